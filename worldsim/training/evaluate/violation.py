"""Injected violations: what a renderer must not do, done on purpose to pictures that are right.

A measure is worth something where it falls when this happens. Every violation takes the pictures of a clip and what is
true in it, and returns pictures that are wrong in one way. Deterministic; it knows nothing of measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import lab, linear
from worldsim.render.metrics.phantom import CLEAR, outline_contrast
from worldsim.training.clip import Clip
from worldsim.training.evaluate.measure import instances_of

Pictures = NDArray[np.uint8]
SMALLEST, LARGEST = 0.004, 0.12
"""Share of the picture of a thing that a violation is done to: seen, but not the ground."""


@dataclass(frozen=True)
class Violation:
    """One way to be wrong.

    Attributes:
        name: short. about: what is done, one line. must: names of measures that have to become worse.
        inject: pictures (T, H, W, 3) and their clip to wrong pictures; None where the clip shows nothing to do it to.
    """

    name: str
    about: str
    must: tuple[str, ...]
    inject: Callable[[Pictures, Clip], Pictures | None]


def chosen(clip: Clip) -> int | None:
    """Return the instance id of the largest thing up to `LARGEST` that the reference shows clearly, or None."""
    counts = np.zeros(int(clip.instances.max(initial=0)) + 1, np.int64)
    least = np.full(len(counts), np.iinfo(np.int64).max)
    for t in range(len(clip)):
        count = np.bincount(instances_of(clip, t).ravel(), minlength=len(counts))
        counts, least = counts + count, np.minimum(least, count)
    area = clip.part[0].size
    counts[0] = 0
    fit = (least >= SMALLEST * area) & (counts <= LARGEST * area * len(clip))
    colour = lab(linear(clip.reference[0]))
    for number in np.argsort(-np.where(fit, counts, 0), kind="stable"):
        if not fit[number] or counts[number] == 0:
            break
        if outline_contrast(colour, instances_of(clip, 0) == number) > CLEAR:
            return int(number)
    return None


def moved(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures with a thing a tenth of the picture's width to the right of where it is."""
    number = chosen(clip)
    if number is None:
        return None
    out, shift = _without(pictures, clip, number), max(4, pictures.shape[2] // 10)
    for t, picture in enumerate(pictures):
        mask = instances_of(clip, t) == number
        there = np.zeros_like(mask)
        there[:, shift:] = mask[:, :-shift]
        out[t][there] = np.roll(picture, shift, 1)[there]
    return out


def removed(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures without a thing: what is around it is drawn in."""
    number = chosen(clip)
    return None if number is None else _without(pictures, clip, number)


def added(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures with a thing once more where it is not: mirrored to the other side, in front of all."""
    number = chosen(clip)
    if number is None:
        return None
    out = pictures.copy()
    for t, picture in enumerate(pictures):
        mask = (instances_of(clip, t) == number)[:, ::-1]
        out[t][mask] = picture[:, ::-1][mask]
    return out


def recoloured(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures with a thing in the complement of its colours."""
    number = chosen(clip)
    if number is None:
        return None
    out = pictures.copy()
    for t in range(len(pictures)):
        mask = instances_of(clip, t) == number
        out[t][mask] = 255 - out[t][mask][:, ::-1]
    return out


def frozen(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return the first picture over and over."""
    if len(pictures) < 2 or float(np.abs(clip.motion[1:].astype(np.float32)).max()) < 1:
        return None  # nothing moves: a standstill is right
    return np.repeat(pictures[:1], len(pictures), 0)


def drifting(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures that become warmer and brighter by 6 of 255 with every frame."""
    if len(pictures) < 2:
        return None
    tint = np.arange(len(pictures))[:, None, None, None] * np.array([6.0, 3.0, -4.0])
    return np.clip(np.round(pictures + tint), 0, 255).astype(np.uint8)


def flickering(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures with grain that is new in every frame, 8 of 255 wide."""
    rng = np.random.default_rng(0)
    return np.clip(np.round(pictures + rng.normal(0, 8, pictures.shape)), 0, 255).astype(np.uint8)


def blurred(pictures: Pictures, clip: Clip) -> Pictures | None:
    """Return pictures without detail: a Gaussian of 2 pixels."""
    return np.asarray(ndimage.gaussian_filter(pictures, (0, 2, 2, 0)))


def _without(pictures: Pictures, clip: Clip, number: int) -> Pictures:
    """Return pictures with a thing and a margin for its soft edge filled from the nearest pixels around, smoothed."""
    out = pictures.copy()
    for t, picture in enumerate(pictures):
        hole = ndimage.binary_dilation(instances_of(clip, t) == number, iterations=2)
        if hole.all() or not hole.any():
            continue
        rows, columns = ndimage.distance_transform_edt(hole, return_distances=False, return_indices=True)
        filled = picture[rows, columns]
        soft = ndimage.gaussian_filter(filled, (3, 3, 0))
        out[t][hole] = soft[hole]
    return out


VIOLATIONS = (
    Violation("moved", "a thing stands a tenth of the width beside its place", ("edge_f1", "mask_iou", "flip"), moved),
    Violation("removed", "a thing is not there", ("edge_recall", "phantom", "mask_iou", "flip"), removed),
    Violation("added", "a thing is there twice", ("edge_f1", "phantom", "flip"), added),
    Violation("recoloured", "a thing has the complement of its colours", ("psnr", "flip"), recoloured),
    Violation("frozen", "the first frame stays", ("moving",), frozen),
    Violation("drifting", "colours drift", ("psnr", "warp", "flip"), drifting),
    Violation("flickering", "new grain in every frame", ("warp", "ssim", "psnr"), flickering),
    Violation("blurred", "detail is gone", ("edge_f1", "edge_recall", "ssim"), blurred),
)
"""What is injected, and which measures have to notice."""
