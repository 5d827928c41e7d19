"""Clicks, rustles and claws: short sounds that are made whole when they begin, and played block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Bursts:
    """What is still to be played, on the world's clock."""

    def __init__(self, block: int) -> None:
        """Start with nothing; `block` in samples."""
        self._block = block
        self._waves: list[tuple[int, int, Floats, float]] = []  # part, first sample, Pa at 1 m, the highest of it

    def add(self, part: int, start: int, wave: Floats) -> None:
        """Add the sound of a part, Pa at 1 m, from a sample of the world's clock on."""
        self._waves.append((part, start, wave, float(max(wave.max(), -wave.min()))))

    def clear(self) -> None:
        """Play none of it."""
        self._waves.clear()

    def loudness(self, into: Floats) -> None:
        """Add the peak of each, Pa at 1 m, to (P,) by part."""
        for part, _, _, peak in self._waves:
            into[part] += peak

    def play(self, parts: NDArray[np.int64], mono: Floats, origin: int) -> None:
        """Add to (V, N) of some parts, ascending, what falls into the block that starts at sample `origin`.

        What belongs to other parts is dropped, what comes later is kept.
        """
        rest = []
        row = {part: k for k, part in enumerate(parts.tolist())} if self._waves else {}
        for part, start, wave, peak in self._waves:
            if part not in row:
                continue
            begin = max(start - origin, 0)
            skip = max(origin - start, 0)
            now = wave[skip : skip + self._block - begin]
            mono[row[part], begin : begin + len(now)] += now
            if start + len(wave) > origin + self._block:
                rest.append((part, start, wave, peak))
        self._waves = rest
