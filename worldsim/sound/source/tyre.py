"""What a car does to road and air: tyres that roll or squeal, brakes, and the wind over the body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.source.noise import Drift, band, read

Floats = NDArray[np.float64]

STREET = 14.0  # m/s, 50 km/h
ROLL, WIND = 0.16, 0.018  # Pa rms at 1 m at that speed: 78 and 59 dB
SQUEAL, PITCH = 0.35, 930.0  # Pa rms at 1 m, Hz: a tyre that slides on dry asphalt
SLIPS = (0.12, 0.45)  # slip between which the squeal comes
BRAKE = 0.02  # Pa rms at 1 m, of a disc that squeals just before it stands


class Road:
    """Tyres, brakes and wind of one vehicle, block by block."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Start at rest; `seed` of where in the noise."""
        self._rate = sample_rate
        self._wobble = Drift(0.07, sample_rate, seed, 311)
        self._phase = self._disc = 0.0
        self._sample = (seed % 9_973) * 1_000
        self._gains = np.zeros(4)

    def __call__(self, speed: float, slip: float, brake: float, count: int) -> Floats:
        """Return (count,) Pa at 1 m of a period that ends at these.

        Args:
            speed: m/s over the ground.
            slip: 0 … 1: how much the tyres slide.
            brake: 0 … 1.
            count: samples.
        """
        speed = abs(speed)
        start, self._sample = self._sample, self._sample + count
        slides = _smooth(slip, *SLIPS) * min(1.0, speed / 5)
        wanted = np.array(
            [
                ROLL * (speed / STREET) ** 1.5,  # +9 dB for each doubling (Sandberg & Ejsmont, Tyre/Road Noise, 2002)
                WIND * (speed / STREET) ** 3,
                SQUEAL * slides,
                BRAKE * brake * _smooth(speed, 0.2, 0.6) * (1 - _smooth(speed, 2.0, 4.0)),
            ]
        )
        before, self._gains = self._gains, wanted
        if not before.any() and not wanted.any():
            return np.zeros(count)
        ramp = np.arange(1, count + 1) / count
        roll, wind, squeal, disc = (a + (b - a) * ramp for a, b in zip(before, wanted, strict=True))
        out = roll * read(band(self._rate, 500.0, 1_500.0, 31, -1.0), start, count)
        out += wind * read(band(self._rate, 80.0, 800.0, 32, -2.5), start, count)
        if squeal.any():
            shake = self._wobble.over(start, count)
            way = self._phase + np.cumsum(PITCH * (0.9 + 0.14 * shake + 0.02 * slides)) / self._rate
            self._phase = float(way[-1]) % 1.0
            tone = np.sin(2 * np.pi * way) + 0.5 * np.sin(4 * np.pi * way) + 0.25 * np.sin(6 * np.pi * way)
            rough = read(band(self._rate, 700.0, 3_000.0, 33), start, count)
            out += squeal * (0.55 + 0.45 * shake) * (0.8 * tone + 0.35 * rough)
        if disc.any():
            way = self._disc + 2_650.0 * np.arange(1, count + 1) / self._rate
            self._disc = float(way[-1]) % 1.0
            out += disc * (np.sin(2 * np.pi * way) + 0.3 * np.sin(4 * np.pi * way))
        return np.asarray(out)


def _smooth(value: float, low: float, high: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)
