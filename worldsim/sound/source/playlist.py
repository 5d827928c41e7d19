"""Sounds that are made whole when they begin and played block by block, on the world's clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


FADE = 480  # samples in which everything fades where the world's clock jumps


class Playlist:
    """What one source is still to play. Where the clock jumps, what sounds fades and what was to come is dropped."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._waves: list[tuple[int, Floats]] = []
        self._at: int | None = None  # where the next block should begin

    def __bool__(self) -> bool:
        return bool(self._waves)

    def longest_at(self, sample: int) -> int:
        """Return the length of the longest wave that sounds at a sample; 0 where none does."""
        return max((len(wave) for start, wave in self._waves if start <= sample < start + len(wave)), default=0)

    def add(self, start: int, wave: Floats) -> None:
        """Play (n,) or (n, 2) Pa from sample `start` of the world's clock on."""
        self._waves.append((start, wave))

    def _jump(self, origin: int) -> None:
        old = self._at or 0
        fade = np.linspace(1.0, 0.0, FADE + 1)[1:]
        left = []
        for start, wave in self._waves:
            tail = wave[old - start : old - start + FADE] if start < old else wave[:0]
            if len(tail):
                ramp = fade[: len(tail)]
                left.append((origin, tail * (ramp[:, None] if tail.ndim > 1 else ramp)))
        self._waves = left

    def onto(self, out: Floats, origin: int) -> Floats:
        """Add to (count,) or (count, 2), which starts at sample `origin`, what falls into it; what is over is dropped.

        What has no channels goes to both of two.
        """
        count = len(out)
        if self._at is not None and origin != self._at:
            self._jump(origin)
        rest = []
        for start, wave in self._waves:
            begin, skip = max(start - origin, 0), max(origin - start, 0)
            if begin < count:
                now = wave[skip : skip + count - begin]
                out[begin : begin + len(now)] += now[:, None] if out.ndim > now.ndim else now
            if start + len(wave) > origin + count:
                rest.append((start, wave))
        self._waves = rest
        self._at = origin + count if rest else None
        return out
