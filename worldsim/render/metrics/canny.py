"""Edges of a picture by Canny's method, from code values alone: Sobel, thinning, two thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import luma

LOW, HIGH = 100.0, 200.0
"""Thresholds on |gx| + |gy| of Sobel's 3 × 3 kernels over luma 0 … 255, as published scores of adherence use them."""

_SMOOTH, _SLOPE = np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
_AROUND = np.ones((3, 3), bool)


def canny(picture: NDArray[np.uint8], low: float = LOW, high: float = HIGH) -> NDArray[np.bool_]:
    """Return the edges (H, W) of a picture (H, W, 3) uint8: one pixel wide where they are clean (Canny 1986).

    Without smoothing beforehand. A pixel is kept where its gradient is a maximum across the edge; where it is above
    `high`, or above `low` and connected to such a one.
    """
    grey = np.rint(luma(picture))
    x = ndimage.correlate1d(ndimage.correlate1d(grey, _SLOPE, 1, mode="nearest"), _SMOOTH, 0, mode="nearest")
    y = ndimage.correlate1d(ndimage.correlate1d(grey, _SLOPE, 0, mode="nearest"), _SMOOTH, 1, mode="nearest")
    strength = np.abs(x) + np.abs(y)
    weak = _ridge(strength, x, y) & (strength > low)
    labels, count = ndimage.label(weak, structure=_AROUND)
    strong = np.zeros(count + 1, bool)
    strong[labels[weak & (strength > high)]] = True
    strong[0] = False
    return np.asarray(strong[labels])


def _ridge(strength: NDArray, x: NDArray, y: NDArray) -> NDArray[np.bool_]:
    """Return where the strength is a maximum along the gradient, which is rounded to eight directions."""
    padded = np.pad(strength, 1)
    height, width = strength.shape

    def shifted(down: int, right: int) -> NDArray:
        return padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]

    steep, flat = np.abs(y) > 2.414213562 * np.abs(x), np.abs(y) < 0.414213562 * np.abs(x)
    falling = ~steep & ~flat & (x * y > 0)
    rising = ~steep & ~flat & ~falling
    keep = np.zeros(strength.shape, bool)
    for where, (down, right) in ((flat, (0, 1)), (steep, (1, 0)), (falling, (1, 1)), (rising, (1, -1))):
        # The first of two equal neighbours counts, so that a two pixel wide step has one edge.
        keep |= where & (strength > shifted(-down, -right)) & (strength >= shifted(down, right))
    return keep
