"""Structural similarity on luminance. 1 is equal; it knows nothing of colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import luma

SIGMA, RADIUS = 1.5, 5  # px: the 11 × 11 Gaussian window of Wang et al. 2004
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(picture: NDArray[np.uint8], reference: NDArray[np.uint8]) -> float:
    """Return the mean structural similarity index (Wang, Bovik, Sheikh, Simoncelli 2004) of two (H, W, 3) uint8.

    On BT.601 luma of the code values, without the 5 pixels of the border that the window does not fit in.

    Raises:
        ValueError: shapes differ, or a side is shorter than the window.
    """
    if picture.shape != reference.shape:
        raise ValueError(f"pictures of one shape are compared; found {picture.shape} and {reference.shape}")
    if min(picture.shape[:2]) <= 2 * RADIUS:
        raise ValueError(f"SSIM needs more than {2 * RADIUS} pixels a side; found {picture.shape[:2]}")
    inner = ssim_map(luma(picture), luma(reference))[RADIUS:-RADIUS, RADIUS:-RADIUS]
    return float(inner.mean())


def ssim_map(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Return the index (H, W) of every window of two grey pictures (H, W) in 0 … 255."""

    def mean(field: NDArray) -> NDArray[np.float64]:
        return np.asarray(ndimage.gaussian_filter(np.asarray(field, np.float64), SIGMA, radius=RADIUS, mode="nearest"))

    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    return ((2 * mean_a * mean_b + C1) * (2 * covariance + C2)) / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2))
