"""Engines: what fires so many times a turn and is heard through an exhaust; and electric motors, which whine.

A four-stroke engine fires each cylinder every second turn: cylinders · rpm/120 times a second. Cylinders differ a
little, which gives the half orders between. Load makes the pulses shorter and louder and opens the intake.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.noise import band, read

Floats = NDArray[np.float64]

TABLE = 8_192  # samples of a cycle of two turns
GASES = 520.0  # m/s, speed of sound in an exhaust of 400 °C
IDLE, FULL = 0.03, 0.9  # Pa rms at 1 m: 900 rpm without load, 5 000 with all of it
POLE_PAIRS = 4
RIPPLE = 6 * POLE_PAIRS  # order of a motor's loudest tone: its torque has six waves for each pair of poles


class Engine:
    """A combustion engine, block by block."""

    def __init__(self, cylinders: int, exhaust: float, sample_rate: int, seed: int) -> None:
        """Start still.

        Args:
            cylinders: how many.
            exhaust: m, length of its pipe.
            sample_rate: Hz.
            seed: of the cylinders' differences.
        """
        from scipy.signal import iirpeak

        self._rate = sample_rate
        self._soft, self._hard = (_cycle(cylinders, width, seed) for width in (0.34, 0.13))
        self._phase, self._rpm, self._load, self._sample = 0.0, 0.0, 0.0, 0
        pipe = GASES / (4 * exhaust) * np.array([1.0, 3.0, 5.0, 7.0])
        self._peaks = [iirpeak(f, 2.5, fs=sample_rate) for f in pipe]
        self._states = [np.zeros(2) for _ in self._peaks]
        self._cylinders = cylinders
        self._strength = 0.95 + 0.10 * uniform(1_024, seed, 302)  # of one firing after another

    def __call__(self, rpm: float, load: float, count: int) -> Floats:
        """Return (count,) Pa at 1 m of a period that ends at these.

        Args:
            rpm: turns a minute.
            load: 0 … 1.
            count: samples.
        """
        from scipy.signal import lfilter

        ramp = np.arange(1, count + 1) / count
        turns = self._rpm + (rpm - self._rpm) * ramp
        pull = self._load + (load - self._load) * ramp
        self._rpm, self._load = rpm, load
        way = self._phase + np.cumsum(turns) / (120 * self._rate)
        self._phase = float(way[-1]) % 4_096.0
        if not turns.any() and not any(state.any() for state in self._states):
            return np.zeros(count)
        at = (way % 1.0) * TABLE
        whole = at.astype(np.int64)
        soft, hard = (t[whole] + (t[whole + 1] - t[whole]) * (at - whole) for t in (self._soft, self._hard))
        fires = soft + (hard - soft) * pull
        firing = np.floor(way * self._cylinders).astype(np.int64)
        fires = fires * self._strength[firing % len(self._strength)]
        level = IDLE * (FULL / IDLE) ** (0.45 * np.clip((turns - 900) / 4_100, -0.3, 1.4) + 0.55 * pull)
        level = level * np.minimum(1.0, turns / 500)
        out = 0.6 * fires
        for k, (forward, back) in enumerate(self._peaks):
            ringing, self._states[k] = lfilter(forward, back, fires, zi=self._states[k])
            out += (0.9 - 0.15 * k) * ringing
        intake = read(band(self._rate, 300.0, 2_400.0, 21, -2.0), self._sample, count)
        self._sample += count
        return np.asarray(level * (out + 0.12 * pull * intake * (0.4 + np.abs(fires))))


def _cycle(cylinders: int, width: float, seed: int) -> Floats:
    """Return (TABLE + 1,) one cycle: a pulse for each cylinder, no two quite alike, rms 1, no DC; its ends meet."""
    chance = uniform(2 * cylinders, seed, 301)
    at = np.arange(TABLE) / TABLE
    out = np.zeros(TABLE)
    for k in range(cylinders):
        since = ((at - (k + 0.03 * (chance[k] - 0.5)) / cylinders) % 1.0) * cylinders
        pulse = np.where(
            since < 3 * width, np.sin(np.pi * np.minimum(since / (3 * width), 1.0)) * np.exp(-since / width), 0
        )
        out += (0.9 + 0.2 * chance[cylinders + k]) * pulse
    out -= out.mean()
    out /= np.sqrt(np.mean(np.square(out)))
    return np.concatenate([out, out[:1]])


class Motor:
    """An electric motor: tones at fixed orders of its turning, and the inverter far above."""

    def __init__(self, sample_rate: int) -> None:
        """Start still."""
        self._rate = sample_rate
        self._phase, self._rpm, self._load, self._sample = 0.0, 0.0, 0.0, 0

    def __call__(self, rpm: float, load: float, count: int) -> Floats:
        """Return (count,) Pa at 1 m; as `Engine`."""
        ramp = np.arange(1, count + 1) / count
        turns = self._rpm + (rpm - self._rpm) * ramp
        pull = self._load + (load - self._load) * ramp
        self._rpm, self._load = rpm, load
        way = self._phase + np.cumsum(turns) / (60 * self._rate)
        self._phase = float(way[-1]) % 4_096.0
        start, self._sample = self._sample, self._sample + count
        if not turns.any():
            return np.zeros(count)
        out = np.zeros(count)
        for order, strength in ((RIPPLE, 1.0), (RIPPLE / 2, 0.45), (2 * RIPPLE, 0.3), (POLE_PAIRS, 0.35)):
            heard = np.clip((0.42 * self._rate - order * turns / 60) / 2_000, 0.0, 1.0)
            out += strength * heard * np.sin(2 * np.pi * order * way)
        carrier = 2 * np.pi * 8_000.0 * (start + np.arange(1, count + 1)) / self._rate
        out += 0.12 * np.sin(carrier) * (1 + 0.5 * np.sin(2 * np.pi * POLE_PAIRS * way))
        return np.asarray(
            out * (0.003 + 0.03 * pull) * np.minimum(1.0, turns / 300) * np.minimum(1.0, 0.4 + turns / 6_000)
        )
