"""A hand on the fader: brings sound that is still being made to the loudness of a programme.

What is loud and what is soft is known only as it comes, so the level is that of what was heard so far, moved slowly; it
is within a decibel or two of what `master` reaches, which knows the whole. The same stream gives the same bytes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.loudness import HOP, RELATIVE_GATE, WINDOW, k_weighting
from worldsim.sound.master import CEILING, LOUDNESS

Floats = NDArray[np.float64]

FIRST = -38.0  # LUFS of the raw sound of an everyday scene: where the fader starts
CERTAIN = 1.0  # s of sound after which what is heard counts for more than that
UP, DOWN = 4.0, 40.0  # dB/s, once what was heard is certain; up to `UNSURE` before
UNSURE = 40.0  # dB/s
MOST, LEAST = 45.0, -30.0  # dB of gain
MOST_LIMITED = 12.0  # dB that peaks may be above the ceiling when they reach the limiter: more is heard
FAINTEST = -80.0  # LUFS of the raw sound, about 35 dB: what is softer stays in the background


class Leveller:
    """Moves the gain of a stream of stereo blocks."""

    def __init__(self, sample_rate: int, loudness: float = LOUDNESS) -> None:
        """Start at the level of an everyday scene.

        Args:
            sample_rate: Hz.
            loudness: LUFS to come to.
        """
        self._hop = round(HOP * sample_rate)
        self._weights = _power_weights(sample_rate, self._hop)
        self._rate = sample_rate
        self._loudness = loudness
        self._gain = loudness - FIRST
        self._target = self._gain
        self._rise = UNSURE
        self._ramp = np.zeros((0, 1))
        self._waiting: list[Floats] = []  # blocks that do not fill a hop yet
        self._count = 0
        self._hops: list[float] = []
        self._windows: list[float] = []

    def __call__(self, block: NDArray[np.floating]) -> Floats:
        """Return the next (n, 2) at its level."""
        data = np.asarray(block, np.float64)
        self._measure(data)
        seconds = len(data) / self._rate
        end = min(max(self._target, self._gain - DOWN * seconds), self._gain + self._rise * seconds)
        peak = float(max(data.max(), -data.min())) if data.size else 0.0
        if peak > 0:
            end = min(end, CEILING + MOST_LIMITED - 20 * math.log10(peak))
        if end == self._gain:
            return np.asarray(data * 10 ** (end / 20))
        if len(self._ramp) != len(data):
            self._ramp = (np.arange(1, len(data) + 1) / len(data))[:, None]
        first, last = 10 ** (self._gain / 20), 10 ** (end / 20)
        ramp = first + (last - first) * self._ramp
        self._gain = end
        return np.asarray(data * ramp)

    def _measure(self, data: Floats) -> None:
        self._waiting.append(data)
        self._count += len(data)
        if self._count < self._hop:
            return
        from scipy.fft import rfft

        gathered = np.concatenate(self._waiting)
        whole = len(gathered) // self._hop * self._hop
        self._waiting, self._count = [gathered[whole:]], len(gathered) - whole
        for start in range(0, whole, self._hop):
            wave = rfft(np.ascontiguousarray(gathered[start : start + self._hop].T))
            self._hops.append(float(((wave.real**2 + wave.imag**2) @ self._weights).sum()))
            overlap = round(WINDOW / HOP)
            window = float(np.mean(self._hops[-overlap:]))
            self._hops = self._hops[-overlap:]
            if _lufs(window) > FAINTEST:
                self._windows.append(window)
                self._target = self._wanted()

    def _wanted(self) -> float:
        windows = np.array(self._windows)
        gate = windows.mean() * 10 ** (RELATIVE_GATE / 10)
        heard = _lufs(float(windows[windows > gate].mean()))
        seconds = len(windows) * HOP
        sure = seconds**2 / (seconds**2 + CERTAIN**2)
        self._rise = UP * sure + UNSURE * (1 - sure)
        return float(np.clip(self._loudness - (sure * heard + (1 - sure) * FIRST), LEAST, MOST))


def _power_weights(sample_rate: int, count: int) -> Floats:
    """Return what each bin of a real transform of `count` samples adds to their mean square behind the K filter.

    Parseval's theorem instead of the filter itself: what rings on from one hop into the next is left out. In clips of
    shipped scenes the sum differs by 0.03 dB, for half of the time.
    """
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(count))
    gain = np.ones(len(turn))
    for b0, b1, b2, a0, a1, a2 in k_weighting(sample_rate):
        gain *= np.abs((b0 + turn * (b1 + turn * b2)) / (a0 + turn * (a1 + turn * a2))) ** 2
    gain[1 : (count + 1) // 2] *= 2  # bins that stand for negative frequencies, too
    return np.asarray(gain / count**2)


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(max(power, 1e-30)))
