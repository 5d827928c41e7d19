"""Peak signal-to-noise ratio. Higher is nearer; it knows nothing of how people see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CEILING = 100.0
"""dB reported for equal pictures, so that means stay finite."""


def psnr(picture: NDArray[np.uint8], reference: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None) -> float:
    """Return the PSNR in dB of code values with peak 255, at most `CEILING`.

    Args:
        picture: (…, 3) uint8 sRGB.
        reference: of the same shape.
        mask: (…) which pixels count; all where left out.

    Raises:
        ValueError: shapes differ, or no pixel counts.
    """
    error = mean_square(picture, reference, mask)
    return CEILING if error == 0 else min(CEILING, 10 * float(np.log10(255.0**2 / error)))


def mean_square(picture: NDArray, reference: NDArray, mask: NDArray[np.bool_] | None = None) -> float:
    """Return the mean squared difference of the pixels that count.

    Raises:
        ValueError: shapes differ, or no pixel counts.
    """
    if picture.shape != reference.shape:
        raise ValueError(f"pictures of one shape are compared; found {picture.shape} and {reference.shape}")
    difference = picture.astype(np.float64) - reference
    if mask is not None:
        difference = difference[mask]
    if difference.size == 0:
        raise ValueError("no pixel counts: the mask is empty")
    return float(np.mean(difference**2))
