"""Sounds that are made whole when they begin and played block by block, on the world's clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Playlist:
    """What one source is still to play."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._waves: list[tuple[int, Floats]] = []

    def __bool__(self) -> bool:
        return bool(self._waves)

    @property
    def end(self) -> int:
        """The sample of the world's clock after which nothing is left; very small where there is nothing."""
        return max((start + len(wave) for start, wave in self._waves), default=-(1 << 62))

    def longest_at(self, sample: int) -> int:
        """Return the length of the longest wave that sounds at a sample; 0 where none does."""
        return max((len(wave) for start, wave in self._waves if start <= sample < start + len(wave)), default=0)

    def add(self, start: int, wave: Floats) -> None:
        """Play (n,) or (n, 2) Pa from sample `start` of the world's clock on."""
        self._waves.append((start, wave))

    def clear(self) -> None:
        """Play none of it."""
        self._waves.clear()

    def onto(self, out: Floats, origin: int) -> Floats:
        """Add to (count,) or (count, 2), which starts at sample `origin`, what falls into it; what is over is dropped.

        What has no channels goes to both of two.
        """
        count = len(out)
        rest = []
        for start, wave in self._waves:
            begin, skip = max(start - origin, 0), max(origin - start, 0)
            if begin < count:
                now = wave[skip : skip + count - begin]
                out[begin : begin + len(now)] += now[:, None] if out.ndim > now.ndim else now
            if start + len(wave) > origin + count:
                rest.append((start, wave))
        self._waves = rest
        return out
