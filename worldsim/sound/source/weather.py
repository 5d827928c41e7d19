"""Beds of noise: wind in gusts, rain, a city far off, the tone of a room. Left and right differ.

Each layer adds itself to a block at a share that moves from one value to another; it knows nothing of looks. Levels are
those of quiet places: a breeze 51 dB, steady rain 65 dB, a city behind houses 54 dB, a room 37 dB (ISO 1996 examples).
"""

from __future__ import annotations

import functools
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.noise import GRID, LOOP, Drift, band, gridded, read

Floats = NDArray[np.float64]

BREEZE, GALE = 0.0045, 0.15  # Pa rms, share just above 0 and 1
RAIN, CITY, ROOM = 0.040, 0.020, 0.0030  # Pa rms at share 1
GUSTS = ((1, 70.0, 260.0, 0.8), (3, 260.0, 900.0, 0.5), (5, 1_800.0, 6_000.0, 0.22))  # key, Hz, Hz, share
DROPS = 1_600  # single drops in a loop of rain


class Layer(Protocol):
    """One layer of the ambience."""

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add to (count, 2) Pa from a sample of the world's clock on; shares at its ends, 0 … 1."""


class Wind:
    """Gusts: the stronger, the brighter. The low roar is in the air, the hiss is in grass and leaves."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Start anywhere in it; `seed` of the gusts."""
        self._rate = sample_rate
        self._gusts = Drift(3.1, sample_rate, seed, 101)
        self._swells = Drift(11.0, sample_rate, seed, 102)

    def _force(self, sample: int) -> float:
        return 0.35 + 0.45 * self._gusts.at(sample) + 0.45 * self._swells.at(sample)

    def _level(self, share: float, row: int, sample: int) -> float:
        return _gust(share * self._force(sample), row)

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add it; see `Layer`."""
        count = len(out)
        ears = np.zeros((2, count))
        for row, (key, low, high, gain) in enumerate(GUSTS):
            if before == after:  # as a rule
                ramp = gridded(functools.partial(self._level, after, row), start, count, GRID)
            else:
                ends = (_gust(before * self._force(start), row), _gust(after * self._force(start + count), row))
                ramp = np.asarray(ends[0] + (ends[1] - ends[0]) / count * np.arange(1.0, count + 1))
            ramp *= gain
            for side in (0, 1):
                ears[side] += ramp * read(band(self._rate, low, high, key + side, -2.0), start + 97_003 * key, count)
        out += ears.T


def _gust(force: float, row: int) -> float:
    """Return Pa rms of a band of `GUSTS` at a force of 0 to 1 and a little more; treble rises more steeply."""
    level = BREEZE * (GALE / BREEZE) ** min(force, 1.2) * min(1.0, force / 0.05)
    return float(level * min(force, 1.0) ** (0.5 * row))


class Rain:
    """A hiss of many drops and the tick of near ones."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Start anywhere in it; `seed` of where."""
        self._rate = sample_rate
        self._offset = int(uniform(1, seed, 103)[0] * LOOP)

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add it; see `Layer`."""
        count = len(out)
        ramp = RAIN * np.linspace(before, after, count + 1)[1:]
        for side in (0, 1):
            hiss = read(band(self._rate, 900.0, 7_500.0, 7 + side, -1.5), start + self._offset, count)
            ticks = read(drops(self._rate, side), start + self._offset, count)
            out[:, side] += ramp * (0.75 * hiss + 0.5 * np.sqrt(max(before, after)) * ticks)


@functools.lru_cache(maxsize=4)
def drops(sample_rate: int, side: int) -> Floats:
    """Return a loop of single drops, (LOOP,), rms 1: bubbles that ring for some ms at 1.5 to 9 kHz."""
    chance = uniform(3 * DROPS, 104, side)
    spectrum = np.zeros(LOOP // 2 + 1, np.complex128)
    t = np.arange(2_048) / sample_rate
    for k in range(12):
        mine = slice(k, None, 12)
        hits = np.zeros(LOOP)
        np.add.at(hits, (chance[:DROPS][mine] * LOOP).astype(np.int64), chance[DROPS : 2 * DROPS][mine] ** 3)
        pitch = 1_500.0 * 6 ** (k / 11)
        drop = np.exp(-t * pitch / 4) * np.sin(2 * np.pi * pitch * t) * (1 - k / 24)
        spectrum += np.fft.rfft(hits) * np.fft.rfft(drop, LOOP)
    spectrum[0] = 0.0
    loop = np.fft.irfft(spectrum, LOOP)
    loop /= np.sqrt(np.mean(np.square(loop)))
    loop.setflags(write=False)
    return loop


class City:
    """Traffic behind houses: a low hum, and now and then a car that goes by from one side to the other."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Start anywhere in it; `seed` of the traffic."""
        self._rate, self._seed = sample_rate, seed
        self._hum, self._near, self._side = (
            Drift(every, sample_rate, seed, k) for every, k in ((5.0, 105), (4.2, 106), (4.2, 107))
        )

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add it; see `Layer`."""
        count = len(out)
        share = CITY * np.linspace(before, after, count + 1)[1:]
        hum = share * (0.6 + 0.5 * self._hum.over(start, count))
        near = share * self._near.over(start, count) ** 4 * 1.4
        pan = self._side.over(start, count)
        for side in (0, 1):
            out[:, side] += hum * read(band(self._rate, 45.0, 260.0, 9 + side, -2.5), start, count)
            passing = read(band(self._rate, 250.0, 1_600.0, 11 + side, -2.0), start, count)
            out[:, side] += near * np.sqrt(pan if side else 1 - pan) * passing


class Room:
    """A room in which nothing happens: air, and a lamp that hums at twice the mains' 50 Hz."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Start anywhere in it."""
        self._rate = sample_rate
        self._offset = int(uniform(1, seed, 108)[0] * LOOP)

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add it; see `Layer`."""
        count = len(out)
        ramp = ROOM * np.linspace(before, after, count + 1)[1:]
        turn = 2 * np.pi * (start + np.arange(count)) / self._rate
        hum = 0.16 * np.sin(100 * turn) + 0.05 * np.sin(200 * turn + 1.0) + 0.03 * np.sin(300 * turn + 2.0)
        for side in (0, 1):
            air = read(band(self._rate, 60.0, 700.0, 13 + side, -3.5), start + self._offset, count)
            out[:, side] += ramp * (0.95 * air + hum)
