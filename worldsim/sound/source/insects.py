"""Crickets at night: chirps as often as the warmth says, each from its own place in the grass.

A snowy tree cricket chirps N times a minute at T = (N + 30)/7 °C (Dolbear 1897, in °C); each chirp is some pulses,
about 45 a second at 20 °C and faster when warmer, of a tone near 4.5 kHz.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.noise import band, read
from worldsim.sound.source.playlist import Playlist

Floats = NDArray[np.float64]

LEVEL = 0.018  # Pa at the ears, rms within a chirp of the nearest
MEADOW = 0.0008  # Pa rms of all that are far off
CRICKETS = 5
COLDEST = 6.0  # °C: below it they are silent


def chirps_per_minute(celsius: float) -> float:
    """Return how often a cricket chirps; 0 where it is too cold."""
    return max(0.0, 7 * celsius - 30) if celsius >= COLDEST else 0.0


class Insects:
    """All the crickets around; see `weather.Layer`."""

    def __init__(self, sample_rate: int, seed: int, celsius: float = 19.0) -> None:
        """Choose who is there.

        Args:
            sample_rate: Hz.
            seed: of places, tones and beginnings.
            celsius: °C.
        """
        self._rate, self._seed = sample_rate, seed
        rate = chirps_per_minute(celsius) / 60
        self._every = sample_rate / rate if rate else 0.0
        chance = uniform(4 * CRICKETS, seed, 121).reshape(4, CRICKETS)
        self._begin = chance[0]
        self._drawl = 0.94 + 0.12 * chance[1]  # nobody keeps quite the same time
        near, side = 0.25 + 0.75 * chance[2] ** 2, chance[3] * np.pi / 2
        ears = np.stack([np.cos(side), np.sin(side)], axis=1) * 0.8 + 0.2
        self._waves = [
            chirp(sample_rate, celsius, 4_150 + 700 * chance[1, k])[:, None] * ears[k] * (LEVEL * near[k])
            for k in range(CRICKETS if rate else 0)
        ]
        self._playlist = Playlist()

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add them; see `weather.Layer`."""
        if not self._waves:
            return
        end = start + len(out)
        heard = 1 + int(after * (CRICKETS - 1)) if after > 0 else 0
        for k, wave in enumerate(self._waves[:heard]):
            every = self._every * self._drawl[k]
            number = int(np.ceil(start / every - self._begin[k]))
            while (at := int((number + self._begin[k]) * every)) < end:
                if at >= start and uniform(1, self._seed, k, number // 9)[0] < 0.85:  # a rest now and then
                    self._playlist.add(at, wave * after**0.5)
                number += 1
        self._playlist.onto(out, start)
        ramp = MEADOW * np.linspace(before, after, len(out) + 1)[1:]
        for side in (0, 1):
            out[:, side] += ramp * read(band(self._rate, 4_000.0, 5_200.0, 15 + side, 0.0, 8), start, len(out))


def chirp(sample_rate: int, celsius: float, pitch: float, pulses: int = 4) -> Floats:
    """Return one chirp, (n,), with rms about 1 within its pulses: each opens slowly and shuts at once."""
    rate = 45.0 * (1 + 0.03 * (celsius - 20))
    count = int(pulses / rate * sample_rate)
    t = np.arange(count) / sample_rate
    phase = (t * rate) % 1.0
    wing = np.sin(np.pi * np.minimum(phase / 0.72, 1.0)).clip(0.0) ** 1.5 * (0.4 + 0.6 * phase)
    number = (t * rate).astype(np.int64)
    tone = np.sin(2 * np.pi * (pitch * t - 60.0 * t * phase / rate))
    return np.asarray(1.6 * wing * tone * (0.55 + 0.45 * np.minimum(number / 2, 1.0)))
