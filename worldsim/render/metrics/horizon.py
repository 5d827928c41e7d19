"""Drift: the slope of a measure against the frame's number, and whether it is more than chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

WINDOW = 50
"""Frames averaged to one point, so that neighbours, which resemble each other, don't pass for many witnesses."""


@dataclass(frozen=True)
class Slope:
    """How a measure changes over time.

    Attributes:
        per_thousand: its change over 1 000 frames. low, high: bounds of the 95 % interval of that.
        start: the fitted value at frame 0. frames: how many there were.
    """

    per_thousand: float
    low: float
    high: float
    start: float
    frames: int

    @property
    def drifts(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def slope(values: Iterable[float], window: int = WINDOW) -> Slope:
    """Return the least-squares slope of a measure over its frames, from means of windows.

    Args:
        values: one a frame, in order.
        window: frames a window; smaller where there are fewer than six windows.

    Raises:
        ValueError: fewer than six frames, or values that are not finite.
    """
    series = np.array([*values], np.float64)
    if len(series) < 6:
        raise ValueError(f"a slope needs at least 6 frames; found {len(series)}")
    if not np.isfinite(series).all():
        raise ValueError("a slope needs finite values; leave out frames without any")
    size = max(1, min(window, len(series) // 6))
    count = len(series) // size
    means = series[: count * size].reshape(count, size).mean(1)
    at = (np.arange(count) + 0.5) * size - 0.5
    fit = stats.linregress(at, means)
    reach = float(stats.t.ppf(0.975, count - 2) * fit.stderr)
    middle = float(fit.slope)
    return Slope(1000 * middle, 1000 * (middle - reach), 1000 * (middle + reach), float(fit.intercept), len(series))
