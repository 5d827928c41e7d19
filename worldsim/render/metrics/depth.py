"""Scale-invariant error of a depth that somebody estimated from a picture. It estimates nothing itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLIP = 10.0
"""m: a larger residual counts as this much, so that one outlier does not rule."""


def depth_si_rmse(estimate: NDArray, depth: NDArray) -> float:
    """Return the root mean square error in m after the estimate is scaled by the median ratio.

    Both are used where both are finite and greater than 0; the residual is clipped at ±`CLIP`, as in the published
    scores of adherence (Cosmos-Transfer).

    Args:
        estimate: (H, W), any unit along the view axis; no resizing by nearest neighbours beforehand.
        depth: (H, W) m along the view axis, +inf where nothing is.

    Raises:
        ValueError: shapes differ, or no pixel is valid in both.
    """
    if estimate.shape != depth.shape:
        raise ValueError(f"depths of one shape are compared; found {estimate.shape} and {depth.shape}")
    valid = np.isfinite(estimate) & np.isfinite(depth) & (estimate > 0) & (depth > 0)
    if not valid.any():
        raise ValueError("no pixel has a valid depth in both")
    guess, true = estimate[valid].astype(np.float64), depth[valid].astype(np.float64)
    residual = np.clip(guess * np.median(true / guess) - true, -CLIP, CLIP)
    return float(np.sqrt(np.mean(residual**2)))
