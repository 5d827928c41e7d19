"""Everything that is measured of the pictures of one clip. It knows nothing of who made them.

Measures are taken against the traced reference of the clip and against its truth; each has a name, a unit and a
direction, so that tables, bars and injected violations speak of the same things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from worldsim.render.diffusion.warp import held
from worldsim.render.metrics.canny import canny
from worldsim.render.metrics.edge import edge_score, true_edges
from worldsim.render.metrics.flip import flip
from worldsim.render.metrics.mask import mask_score
from worldsim.render.metrics.moving import moving_score
from worldsim.render.metrics.phantom import phantoms
from worldsim.render.metrics.psnr import psnr
from worldsim.render.metrics.ssim import ssim
from worldsim.render.metrics.warp import warp_error
from worldsim.training.clip import Clip

Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: its key. title: of a column. better: whether more or less of it is better.
        form: how a value is written. slow: whether it is taken of every n-th frame only.
        about: what it is, one line.
    """

    name: str
    title: str
    better: Literal["more", "less"]
    form: str
    slow: bool
    about: str

    def worse(self, value: float, than: float) -> float:
        """Return how much worse a value is than another, in units of the measure; below 0 where it is better."""
        return than - value if self.better == "more" else value - than


MEASURES = (
    Measure("psnr", "PSNR dB", "more", ".2f", False, "peak signal to noise against the reference, dB, at most 100"),
    Measure("ssim", "SSIM", "more", ".4f", False, "structural similarity of luminance to the reference"),
    Measure("flip", "FLIP", "less", ".4f", True, "mean difference that a person sees who flips to the reference"),
    Measure("edge_f1", "edge F1", "more", ".3f", False, "Canny(100, 200) against the G-buffer's edges, 1 px tolerance"),
    Measure("edge_f1_0", "at 0 px", "more", ".3f", False, "the same without tolerance"),
    Measure("edge_recall", "recall", "more", ".3f", False, "share of the G-buffer's edges that are found within 1 px"),
    Measure("mask_iou", "mask mIoU", "more", ".3f", True, "objects cut from the picture alone, over the true masks"),
    Measure("centroid", "off px", "less", ".2f", True, "distance of the centres of those masks, px"),
    Measure("phantom", "phantoms", "less", ".3f", True, "things without a body and bodies unseen, over bodies"),
    Measure("warp", "warp", "less", ".4f", False, "mean change along the true motion off disocclusions, 0 to 1"),
    Measure("moving", "moves", "more", ".3f", False, "IoU over space and time of what moves, with the reference's"),
)
"""All of them, in the order of the columns."""
BY_NAME = {measure.name: measure for measure in MEASURES}


@dataclass(frozen=True)
class Measured:
    """What was measured of the pictures of a clip.

    Attributes:
        values: by name of a measure, one a frame that has it; a measure without any is left out.
    """

    values: dict[str, tuple[float, ...]]

    def mean(self, name: str) -> float | None:
        """Return the mean of a measure over its frames; None where it has none."""
        found = self.values.get(name, ())
        return float(np.mean(found)) if found else None


def measure(pictures: Pictures, clip: Clip, every: int = 1) -> Measured:
    """Return all measures of the pictures (T, H, W, 3) uint8 of a clip.

    Args:
        pictures: one for each of its frames.
        clip: the reference and the truth.
        every: slow measures are taken of each so manieth frame, from the first.

    Raises:
        ValueError: pictures of another number, size or type than the clip's.
    """
    if pictures.shape != clip.reference.shape or pictures.dtype != np.uint8:
        raise ValueError(f"pictures are {pictures.dtype} {pictures.shape}; the clip's are uint8 {clip.reference.shape}")
    found: dict[str, list[float]] = {each.name: [] for each in MEASURES}
    for t, picture in enumerate(pictures):
        reference, instance = clip.reference[t], instances_of(clip, t)
        found["psnr"].append(psnr(picture, reference))
        found["ssim"].append(ssim(picture, reference))
        edges, true = canny(picture), edges_of(clip, t)
        near = edge_score(edges, true, 1)
        found["edge_f1"].append(near.f1)
        found["edge_recall"].append(near.recall)
        found["edge_f1_0"].append(edge_score(edges, true, 0).f1)
        if t:
            motion = clip.motion[t].astype(np.float64)
            found["warp"].append(warp_error(picture, pictures[t - 1], motion, unseen(clip, t)))
        if t % every:
            continue
        found["flip"].append(flip(picture, reference))
        masks = mask_score(picture, instance)
        for name, value in (("mask_iou", masks.mean_iou), ("centroid", masks.mean_centroid)):
            if value is not None:
                found[name].append(value)
        there = phantoms(picture, reference, instance)
        if there.bodies:
            found["phantom"].append(there.rate)
    if len(pictures) > 1:
        found["moving"].append(moving_score(pictures, clip.reference).spatio_temporal)
    return Measured({name: tuple(values) for name, values in found.items() if values})


def instances_of(clip: Clip, t: int) -> NDArray[np.int32]:
    """Return the instance ids (H, W) of a frame."""
    return clip.instances[clip.part[t]].astype(np.int32)


def edges_of(clip: Clip, t: int) -> NDArray[np.bool_]:
    """Return the edges (H, W) of the truth of a frame."""
    depth = clip.depth[t].astype(np.float32)
    return true_edges(depth, clip.normal[t].astype(np.float32) / 127, instances_of(clip, t))


def unseen(clip: Clip, t: int) -> NDArray[np.bool_]:
    """Return (H, W): what of frame t was not in sight in the frame before; all of it in the first."""
    if t == 0:
        return np.ones(clip.part.shape[1:], bool)
    tensors = (
        torch.from_numpy(array)[None]
        for array in (
            clip.part[t].astype(np.int32),
            clip.depth[t].astype(np.float32),
            clip.part[t - 1].astype(np.int32),
            clip.depth[t - 1].astype(np.float32),
            clip.motion[t].astype(np.float32),
        )
    )
    return np.asarray(~held(*tensors)[0].numpy())
