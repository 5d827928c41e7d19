"""Small random numbers that depend on what happens, not on when it is asked: a hash of whole numbers."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = 0xFFFFFFFFFFFFFFFF
_BITS = tuple(np.uint64(bits) for bits in (30, 27, 31, 11))
_FACTORS = np.uint64(_FIRST), np.uint64(_SECOND)


@functools.lru_cache(maxsize=64)
def _steps(count: int) -> NDArray[np.uint64]:
    steps = np.uint64(_STEP) * np.arange(1, count + 1, dtype=np.uint64)
    steps.setflags(write=False)
    return steps


def uniform(count: int, *keys: int) -> NDArray[np.float64]:
    """Return (count,) float64 in [0, 1) fixed by the keys: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014)."""
    state = 0
    for value in keys:
        x = ((state ^ (value & _WORD)) + _STEP) & _WORD
        x = ((x ^ (x >> 30)) * _FIRST) & _WORD
        x = ((x ^ (x >> 27)) * _SECOND) & _WORD
        state = x ^ (x >> 31)
    if count == 1:  # several times quicker without arrays
        x = (state + _STEP) & _WORD
        x = ((x ^ (x >> 30)) * _FIRST) & _WORD
        x = ((x ^ (x >> 27)) * _SECOND) & _WORD
        return np.array([((x ^ (x >> 31)) >> 11) / float(1 << 53)])
    series = _steps(count) + np.uint64(state)
    series ^= series >> _BITS[0]
    series *= _FACTORS[0]
    series ^= series >> _BITS[1]
    series *= _FACTORS[1]
    series ^= series >> _BITS[2]
    series >>= _BITS[3]
    return np.asarray(series / float(1 << 53), np.float64)
