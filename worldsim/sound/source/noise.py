"""Noise to read from: loops whose ends meet, made once; and slow chance that drifts smoothly."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform

Floats = NDArray[np.float64]

LOOP = 1 << 18  # samples, 5.5 s at 48 kHz
GRID = 2_400  # samples between two looks at what is slow
FEW = 8  # stretches of it that are drawn one by one


@functools.lru_cache(maxsize=64)
def band(sample_rate: int, low: float, high: float, key: int = 0, slope: float = 0.0, order: int = 2) -> Floats:
    """Return (LOOP,) noise with rms 1 between two frequencies; read it round and round.

    Args:
        sample_rate: Hz.
        low: Hz; below it falls off.
        high: Hz; above it likewise.
        key: of chance: loops of different keys have nothing in common.
        slope: dB an octave between them; −3 is pink.
        order: how steeply it falls off: 6 dB an octave each.
    """
    rng = np.random.default_rng((20_251_123, key))
    f = np.maximum(np.fft.rfftfreq(LOOP, 1 / sample_rate), 1e-3)
    shape = f ** (slope / 6.02) / np.sqrt(1 + (low / f) ** (2 * order)) / np.sqrt(1 + (f / high) ** (2 * order))
    shape[0] = 0.0
    half = len(f)
    spectrum = shape * (rng.standard_normal(half) + 1j * rng.standard_normal(half))
    noise = np.fft.irfft(spectrum, LOOP)
    noise /= np.sqrt(np.mean(np.square(noise)))
    noise.setflags(write=False)
    return noise


def read(loop: Floats, start: int, count: int) -> Floats:
    """Return (count,) of a loop from a sample of the world's clock on."""
    first = start % len(loop)
    if first + count <= len(loop):
        return loop[first : first + count]
    return np.take(loop, np.arange(first, first + count), mode="wrap")


class Drift:
    """A number that wanders smoothly in [0, 1], fixed for each moment by the keys."""

    def __init__(self, every: float, sample_rate: int, *keys: int) -> None:
        """Turn somewhere else every so many s."""
        self._every, self._keys = max(int(every * sample_rate), 1), keys
        self._page = -1
        self._values: list[float] = []

    def at(self, sample: int) -> float:
        """Return it at a sample of the world's clock."""
        knot, rest = divmod(sample, self._every)
        page, row = divmod(knot, 64)
        if page != self._page:
            self._page = page
            self._values = uniform(64, *self._keys, page).tolist() + uniform(1, *self._keys, page + 1).tolist()
        share = rest / self._every
        low, high = self._values[row], self._values[row + 1]
        return low + (high - low) * (3 - 2 * share) * share**2

    def over(self, start: int, count: int) -> Floats:
        """Return (count,) from a sample on."""
        return gridded(self.at, start, count, min(max(self._every // 24, 1), GRID))


def gridded(function: Callable[[int], float], start: int, count: int, grid: int) -> Floats:
    """Return (count,) of a slow function of the world's clock, computed every `grid` samples: alike in any blocks."""
    first, last = start // grid, -(-(start + count) // grid)
    values = [function(knot) for knot in range(first * grid, (last + 1) * grid, grid)]
    if last - first > FEW:
        knots = np.arange(first * grid, (last + 1) * grid, grid)
        return np.interp(np.arange(start, start + count), knots, values)
    out = np.empty(count)
    for k, (one, other) in enumerate(itertools.pairwise(values), first):  # several times quicker than NumPy's own
        begin, end = max(k * grid, start), min((k + 1) * grid, start + count)
        piece = out[begin - start : end - start]
        np.multiply(np.arange(begin - k * grid, end - k * grid), (other - one) / grid, out=piece)
        piece += one
    return out
