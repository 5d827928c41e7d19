"""Follows a thing through a film by its colour, from pixels alone after the first frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import lab, linear

SPREAD = 3.0
"""Deviations of its colours within which a pixel may be part of the thing."""
GRAIN = 4.0
"""ΔE added to the deviation of its colours, for light that changes on the way."""


def track(frames: NDArray[np.uint8], start: NDArray[np.bool_], reach: float = 40.0) -> NDArray[np.float64]:
    """Return the centre (T, 2) in pixels, x and y, of a thing in every frame; NaN where it is lost.

    In each frame the patch of its colours is taken that is nearest to where it should be if it goes on as it did.

    Args:
        frames: (T, H, W, 3) uint8.
        start: (H, W) its mask in the first frame.
        reach: px, how far from there the patch may be.

    Raises:
        ValueError: the mask is empty.
    """
    if not start.any():
        raise ValueError("the mask of what is tracked is empty")
    colour = lab(linear(frames[0]))[start]
    mean, spread = colour.mean(0), colour.std(0) + GRAIN
    area = int(start.sum())
    out = np.full((len(frames), 2), np.nan)
    last = speed = np.zeros(2)
    for number, frame in enumerate(frames):
        like = (np.abs(lab(linear(frame)) - mean) < SPREAD * spread).all(-1)
        if number == 0:
            like &= start
        patches, count = ndimage.label(like)
        sizes = np.bincount(patches.ravel(), minlength=count + 1)
        fit = [k for k in range(1, count + 1) if 0.25 * area <= sizes[k] <= 4 * area]
        if not fit:
            continue
        centres = np.array(ndimage.center_of_mass(like, patches, fit))[:, ::-1] + 0.5
        expected = last + speed
        distance = np.linalg.norm(centres - expected, axis=1) if number else np.zeros(len(fit))
        best = int(distance.argmin())
        if distance[best] > reach:
            continue
        out[number] = centres[best]
        if number:
            speed = centres[best] - last
        last = centres[best]
    return out
