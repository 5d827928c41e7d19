"""Beds make way: music, and ambience a little, go down while something is heard over them, and come back slowly."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DEPTH = {"ambience": 2.0, "music": 9.0}  # dB by which each makes way at most
FULL, FIRST = 0.1, 0.005  # Pa rms of what is over them, 74 and 48 dB: where they are all the way down, where they begin
DOWN, UP = 0.06, 0.9  # s


class Ducker:
    """Follows how loud the foreground is."""

    def __init__(self, block: int, sample_rate: int) -> None:
        """Start with nothing over the beds; `block` in samples."""
        seconds = block / sample_rate
        self._down, self._up = 1 - math.exp(-seconds / DOWN), 1 - math.exp(-seconds / UP)
        self._block = block
        self._ramp = np.repeat(np.arange(1, block + 1) / block, 2).reshape(block, 2)
        self._level = 0.0  # of the way down

    def __call__(self, over: Floats, beds: Iterable[str] = tuple(DEPTH)) -> dict[str, Floats]:
        """Return the gain of some beds, (block, 2), while `over`, (block, 2) Pa at the ears, is heard.

        A block's gain goes in a straight line to its end, hundredths of a decibel beside one straight in dB.
        """
        power = float(np.vdot(over.T, over.T)) / self._block  # by ear: as the panner leaves them in memory
        loud = math.log(max(math.sqrt(power), 1e-9) / FIRST) / math.log(FULL / FIRST)
        wanted = min(max(loud, 0.0), 1.0)
        before = self._level
        self._level += (wanted - before) * (self._down if wanted > before else self._up)
        gains = {}
        for name in beds:
            depth = DEPTH[name]
            first, last = 10 ** (-depth / 20 * before), 10 ** (-depth / 20 * self._level)
            gains[name] = first + (last - first) * self._ramp
        return gains
