"""Physics-IQ style: does the same move, at the same time, as much as in the true film?

Masks of moving pixels and four scores after Motamed et al. 2025, "Do generative video models understand physical
principles?", on scenes of our own, so no figure here stands beside one of a leaderboard. What two takes of the same
scene with jittered starts score is the natural variation; everything is divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import luma

KEEP = 0.3
"""Weight of the newest frame in the running mean."""
CHANGE = 10.0
"""Code values that a pixel differs from its running mean to be moving."""


@dataclass(frozen=True)
class MovingScore:
    """How alike two films move.

    Attributes:
        spatial: IoU of where anything ever moves. weighted: the same, weighted by for how many frames it does.
        spatio_temporal: mean IoU of what moves in each frame. mse: mean squared difference of pixels in [0, 1].
    """

    spatial: float
    weighted: float
    spatio_temporal: float
    mse: float

    def over(self, variation: MovingScore) -> MovingScore:
        """Return the shares of what natural variation scores: 1 is as like as two takes are, and more counts as 1."""

        def share(value: float, best: float) -> float:
            return 1.0 if best <= 0 else min(1.0, value / best)

        return MovingScore(
            share(self.spatial, variation.spatial),
            share(self.weighted, variation.weighted),
            share(self.spatio_temporal, variation.spatio_temporal),
            1.0 if self.mse <= variation.mse else variation.mse / self.mse,
        )


def moving(frames: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the masks (T, H, W) of moving pixels of a film (T, H, W, 3) uint8; the first frame has none.

    A pixel moves where its grey, blurred over 5 × 5, is more than `CHANGE` off its running mean; opened and closed by
    3 × 3, so that single pixels don't count and small holes don't show.
    """
    out = np.zeros(frames.shape[:3], bool)
    mean: NDArray | None = None
    square = np.ones((3, 3), bool)
    for number, frame in enumerate(frames):
        grey = ndimage.uniform_filter(luma(frame), 5, mode="nearest")
        if mean is None:
            mean = grey
            continue
        mask = ndimage.binary_opening(np.abs(grey - mean) > CHANGE, square)
        out[number] = ndimage.binary_closing(np.pad(mask, 1), square)[1:-1, 1:-1]
        mean = (1 - KEEP) * mean + KEEP * grey
    return out


def moving_score(frames: NDArray[np.uint8], truth: NDArray[np.uint8]) -> MovingScore:
    """Return how alike two films (T, H, W, 3) uint8 of the same camera move.

    Raises:
        ValueError: shapes differ.
    """
    if frames.shape != truth.shape:
        raise ValueError(f"films of one shape are compared; found {frames.shape} and {truth.shape}")
    a, b = moving(frames), moving(truth)
    count_a, count_b = a.sum(0), b.sum(0)
    each = [_iou(x, y) for x, y in zip(a[1:], b[1:], strict=True) if x.any() or y.any()]
    return MovingScore(
        _iou(count_a > 0, count_b > 0),
        _ratio(float(np.minimum(count_a, count_b).sum()), float(np.maximum(count_a, count_b).sum())),
        float(np.mean(each)) if each else 1.0,
        float(np.mean(((frames.astype(np.float64) - truth) / 255) ** 2)),
    )


def _iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return _ratio(float((a & b).sum()), float((a | b).sum()))


def _ratio(common: float, all_: float) -> float:
    """Return common over all; 1 where there is nothing: two films in which nothing moves agree."""
    return common / all_ if all_ > 0 else 1.0
