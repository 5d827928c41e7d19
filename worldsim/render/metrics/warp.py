"""Warp error: does a picture carry on from the last one along the true motion? Light that changes counts as error too.

That is why it always stands beside the same figure of the reference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def warped(previous: NDArray, motion: NDArray) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the last picture as it would look now, and where it says anything.

    Args:
        previous: (H, W, C) the last frame.
        motion: (H, W, 2) pixels, x right and y down: the surface at p was at p + motion.

    Returns:
        (H, W, C) float64, sampled bilinearly; (H, W) bool, False where the point was outside the picture.
    """
    height, width = motion.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x += motion[..., 0]
    y += motion[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    channels = [
        ndimage.map_coordinates(previous[..., k].astype(np.float64), [y, x], order=1, mode="nearest")
        for k in range(previous.shape[-1])
    ]
    return np.stack(channels, -1), inside


def warp_error(
    picture: NDArray[np.uint8], previous: NDArray[np.uint8], motion: NDArray, disoccluded: NDArray[np.bool_]
) -> float:
    """Return mean |picture − warp(previous)| in [0, 1] where the surface was seen in the last frame.

    Args:
        picture: (H, W, 3) uint8, this frame.
        previous: (H, W, 3) uint8, the frame before.
        motion: (H, W, 2) pixels from this frame back to the last.
        disoccluded: (H, W) where there is no valid past.

    Returns:
        The error; 0 where nothing was seen before.
    """
    expected, inside = warped(previous, motion)
    seen = inside & ~disoccluded
    if not seen.any():
        return 0.0
    return float(np.abs(picture[seen] - expected[seen]).mean() / 255)
