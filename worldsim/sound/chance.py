"""Small random numbers that depend on what happens, not on when it is asked: a hash of whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def uniform(count: int, *keys: int) -> NDArray[np.float64]:
    """Return (count,) float64 in [0, 1) fixed by the keys: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014)."""
    state = np.zeros(1, np.uint64)
    for value in keys:
        state = _scramble((state ^ np.uint64(value & 0xFFFFFFFFFFFFFFFF)) + _MIX[0])
    series = _scramble(state + _MIX[0] * np.arange(1, count + 1, dtype=np.uint64))
    return np.asarray((series >> np.uint64(11)) / float(1 << 53), np.float64)


def _scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _MIX[1]
    x = (x ^ (x >> np.uint64(27))) * _MIX[2]
    return x ^ (x >> np.uint64(31))
