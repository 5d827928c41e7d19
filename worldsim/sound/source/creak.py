"""What sticks and slips: a series of small slips, one for each bit of the way, that makes wood and iron groan.

Slow turning is a row of ticks, faster turning a tone whose pitch follows the speed (stick-slip: Rubin & Ruina 2007 call
the dry hinge its simplest case; Rabinowicz, Friction and Wear of Materials, ch. 4). Above some speed the surfaces no
longer stick. Each stretch of the way has a grip of its own: the same hinge always creaks at the same places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform

Floats = NDArray[np.float64]

STARTS = (0.05, 0.20)  # rad/s between which it begins to creak
ENDS = (2.5, 6.0)  # rad/s between which it stops
PATCH = 0.11  # rad of one grip
UNEVEN = 0.12  # of a slip: how far it is out of its place
QUIET = 1e-8  # Pa: less is silence, and is made exactly so


@dataclass(frozen=True)
class Creaking:
    """How one thing creaks.

    Attributes:
        slip: rad between two slips. tones: (F,) Hz of what is shaken. ring: s in which a tone falls by 60 dB.
        level: Pa at 1 m, rms at 1 rad/s where it grips most. grip: 0 … 1, how much of the way it creaks.
    """

    slip: float
    tones: tuple[float, ...]
    ring: float
    level: float
    grip: float = 0.6


class Creak:
    """The creak of one joint, block by block."""

    def __init__(self, how: Creaking, sample_rate: int, seed: int) -> None:
        """Start at rest."""
        self._how, self._seed, self._rate = how, seed, sample_rate
        self._speed, self._phase = 0.0, 0.0
        self._slip = slip_of(how, sample_rate)
        self._slip *= how.level / np.sqrt(np.square(self._slip).sum() / (how.slip * sample_rate))
        self._spectra: dict[int, NDArray[np.complex128]] = {}  # of a slip, by the size of the transform
        self._tail = np.zeros(0)  # what rings on after the last block
        self._grips = uniform(256, seed, 51)

    def rests(self, speed: float) -> bool:
        """Take a period that ends with this speed, rad/s, where nothing comes of it; return whether that is so."""
        if len(self._tail) or 0.5 * (self._speed + abs(speed)) > STARTS[0]:
            return False
        self._speed = abs(speed)
        return True

    def __call__(self, speed: float, angle: float, count: int) -> Floats | None:
        """Return (count,) Pa at 1 m of a period that ends with these; None where it is silent.

        Args:
            speed: rad/s.
            angle: rad.
            count: samples.
        """
        before, self._speed = self._speed, abs(speed)
        pulses = self._slips(before, self._speed, angle, count)
        if pulses is None and not len(self._tail):
            return None
        rings = len(self._slip) - 1
        out = np.zeros(count + rings)
        out[: len(self._tail)] = self._tail
        if pulses is not None:
            size = 1 << (count + rings - 1).bit_length()
            if size not in self._spectra:
                self._spectra[size] = np.fft.rfft(self._slip, size)
            out += np.fft.irfft(np.fft.rfft(pulses, size) * self._spectra[size], size)[: len(out)]
        quiet = pulses is None and np.abs(out[count:]).max(initial=0.0) < QUIET
        self._tail = np.zeros(0) if quiet else out[count:]
        return out[:count]

    def _slips(self, before: float, after: float, angle: float, count: int) -> Floats | None:
        mean = 0.5 * (before + after)
        share = _smooth(mean, *STARTS) * (1 - _smooth(mean, *ENDS)) * self._gripping(angle)
        if share <= 0.0:
            return None
        step = np.arange(1, count + 1)
        way = (before + (after - before) * step / (2 * count)) * step / (self._rate * self._how.slip) + self._phase
        first, last = int(self._phase), int(way[-1])
        self._phase = float(way[-1])
        if last == first:
            return None
        slips = np.arange(first + 1, last + 1)
        chance = uniform(2 * len(slips), self._seed, first)
        at = np.minimum(np.searchsorted(way, slips + UNEVEN * (chance[: len(slips)] - 1)), count - 1)
        out = np.zeros(count)
        np.add.at(out, at, share * (0.4 + 1.2 * chance[len(slips) :]))
        return out

    def _gripping(self, angle: float) -> float:
        """Return how much it grips at an angle, 0 … 1."""
        place = angle / PATCH
        k, part = int(np.floor(place)), place - np.floor(place)
        low, high = self._grips[k % 256], self._grips[(k + 1) % 256]
        value = low + (high - low) * (3 - 2 * part) * part**2
        return float(np.clip((value - (1 - self._how.grip)) / 0.4, 0.0, 1.0))


def slip_of(how: Creaking, sample_rate: int) -> Floats:
    """Return (n,) what one slip sounds like: its tones, dying, without DC, faded at the end."""
    count = int(1.5 * how.ring * sample_rate)
    t = np.arange(count) / sample_rate
    tones = np.array([tone for tone in how.tones if tone < 0.45 * sample_rate])
    rings = np.sin(2 * np.pi * np.outer(tones, t)).sum(axis=0) * np.exp(-6.91 * t / how.ring)
    fade = 0.5 + 0.5 * np.cos(np.pi * np.arange(count) / count)
    rings *= fade
    return np.asarray(rings - fade**2 * (rings.sum() / (fade**2).sum()))


def _smooth(value: float, low: float, high: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)
