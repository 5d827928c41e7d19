"""What dogs say: bark, woof, yelp, whine, growl, and one breath of panting. Each is a whole wave, Pa at 1 m.

Pitch falls and the tract's resonances fall as the dog grows. A beagle barks at about 520 Hz, a shepherd at 340 Hz
(barks of medium dogs lie between 300 and 800 Hz: Pongrácz et al., J. Comp. Psychol. 119, 2005; Yin & McCowan, Animal
Behaviour 68, 2004). Levels: a bark some 92 dB at 1 m, a whine 62 dB, a growl 66 dB.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.throat import curve, finished, formants, hiss, pulses, through

Floats = NDArray[np.float64]

BEAGLE = 11.0  # kg
PITCH = 520.0  # Hz, a beagle's bark
BARK, WOOF, YELP, WHINE, GROWL, PANT = 0.80, 0.10, 0.45, 0.026, 0.04, 0.040  # Pa at 1 m


def pitch_of(mass: float) -> float:
    """Return the pitch of a bark, Hz: an octave lower for a dog six times as heavy."""
    return float(PITCH * (mass / BEAGLE) ** -0.39)


def bark(mass: float, key: int, sample_rate: int = 48_000, strength: float = 1.0) -> Floats:
    """Return one bark: a jump up, a glide down, a mouth that opens and shuts, harsh folds.

    Args:
        mass: kg.
        key: of chance.
        sample_rate: Hz.
        strength: 1 is a whole bark; softer ones are shorter and lower.
    """
    chance = uniform(4, key, 1)
    lasts = 0.17 * (mass / BEAGLE) ** 0.15 * (0.85 + 0.3 * chance[0]) * (0.8 + 0.2 * strength)
    count = int(lasts * sample_rate)
    top = pitch_of(mass) * (0.93 + 0.14 * chance[1]) * (0.9 + 0.1 * strength)
    pitch = top * curve(count, (0, 0.72), (0.16, 1.06), (0.4, 1.0), (1, 0.58))
    folds = pulses(pitch, sample_rate, key, jitter=0.035, shimmer=0.18, rough=0.22 + 0.2 * chance[2])
    force = curve(count, (0, 0.0), (0.07, 1.0), (0.45, 0.8), (1, 0.0))
    breath = hiss(count, key) * 0.10 * (0.4 + 0.6 * curve(count, (0, 1), (0.2, 0.3), (1, 0.8)))
    air = (folds + breath) * force
    mouth = curve(count, (0, 0.0), (0.22, 1.0), (0.55, 0.9), (1, 0.0))
    shut, wide = (through(air, formants(mass, opening=opening), sample_rate) for opening in (0.1, 1.0))
    return finished(shut * (1 - mouth) + wide * mouth, BARK * strength, sample_rate, 0.4 * top)


def woof(mass: float, key: int, sample_rate: int = 48_000) -> Floats:
    """Return a low bark with the mouth nearly shut: a dog that is not sure."""
    count = int((0.11 + 0.05 * uniform(1, key, 2)[0]) * sample_rate)
    pitch = 0.5 * pitch_of(mass) * curve(count, (0, 0.9), (0.25, 1.0), (1, 0.7))
    air = pulses(pitch, sample_rate, key, jitter=0.03, shimmer=0.15) + 0.15 * hiss(count, key)
    air *= curve(count, (0, 0.0), (0.15, 1.0), (1, 0.0))
    return finished(through(air, formants(mass, 3, 0.0), sample_rate, 0.14), WOOF, sample_rate, 90.0)


def yelp(mass: float, key: int, sample_rate: int = 48_000, strength: float = 1.0) -> Floats:
    """Return the cry of a dog that was hurt: high, up and down again."""
    chance = uniform(2, key, 3)
    count = int((0.13 + 0.08 * chance[0]) * sample_rate)
    top = 2.1 * pitch_of(mass) * (0.9 + 0.2 * chance[1])
    pitch = top * curve(count, (0, 0.6), (0.25, 1.0), (0.6, 0.9), (1, 0.55))
    air = pulses(pitch, sample_rate, key, jitter=0.008, shimmer=0.05) + 0.02 * hiss(count, key)
    air *= curve(count, (0, 0.0), (0.1, 1.0), (0.5, 0.7), (1, 0.0))
    return finished(through(air, formants(mass, opening=0.9), sample_rate), YELP * strength, sample_rate, 0.4 * top)


def whine(mass: float, key: int, sample_rate: int = 48_000) -> Floats:
    """Return a whine through the nose: nearly a pure tone, that rises, trembles and falls."""
    chance = uniform(4, key, 4)
    count = int((0.45 + 0.5 * chance[0]) * sample_rate)
    top = 1.7 * pitch_of(mass) * (0.9 + 0.2 * chance[1])
    trembling = 1 + 0.018 * np.sin(2 * np.pi * (6 + 2 * chance[2]) * np.arange(count) / sample_rate)
    pitch = top * curve(count, (0, 0.86), (0.35, 1.05), (0.7, 1.0), (1, 0.78)) * trembling
    phase = 2 * np.pi * np.cumsum(pitch / sample_rate)
    tone = np.sin(phase) + 0.16 * np.sin(2 * phase) + 0.05 * np.sin(3 * phase)
    tone += 0.012 * through(hiss(count, key), np.array([top]), sample_rate)
    tone *= curve(count, (0, 0.0), (0.2, 1.0), (0.7, 0.8), (1, 0.0))
    return finished(tone, WHINE, sample_rate, 0.4 * top, 0.02)


def growl(mass: float, key: int, sample_rate: int = 48_000, seconds: float = 1.2) -> Floats:
    """Return a growl: slow, uneven pulses behind closed teeth."""
    count = int(seconds * sample_rate)
    pitch = 0.17 * pitch_of(mass) * curve(count, (0, 0.9), (0.4, 1.1), (1, 0.85))
    air = pulses(pitch, sample_rate, key, jitter=0.12, shimmer=0.45)
    air += hiss(count, key) * 0.12 * (0.3 + 0.7 * np.abs(air))
    air *= curve(count, (0, 0.0), (0.15, 1.0), (0.8, 0.9), (1, 0.0))
    return finished(through(air, formants(mass, opening=0.0), sample_rate, 0.12), GROWL, sample_rate, 35.0, 0.02)


@functools.lru_cache(maxsize=64)
def breath(mass: float, key: int, seconds: float, out: bool, effort: float, sample_rate: int = 48_000) -> Floats:
    """Return half a cycle of panting: air over the tongue, brighter out than in; kept.

    Args:
        mass: kg.
        key: of chance.
        seconds: how long it lasts.
        out: whether air goes out.
        effort: 0 … 1.
        sample_rate: Hz.
    """
    count = max(int(seconds * sample_rate), 256)
    dull = np.hanning(13)[1:-1]  # half as strong at 4 kHz
    air = np.convolve(hiss(count, key), dull / dull.sum(), "same") * curve(
        count, (0, 0.0), (0.35, 1.0), (0.6, 0.8), (1, 0.0)
    )
    heard = through(air, formants(mass, opening=0.9 if out else 0.4), sample_rate, 0.2)
    level = PANT * (0.25 + 0.75 * effort) * (1.0 if out else 0.55) * (mass / BEAGLE) ** 0.3
    made = finished(heard, level, sample_rate, 250.0, 0.01)
    made.setflags(write=False)
    return made
