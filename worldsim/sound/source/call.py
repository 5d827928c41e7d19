"""Sounds that a scene can have played: horn, whistle, chime, bell, gong, buzzer, thunder, applause, and a dog's words.

Each is a whole wave, Pa at 1 m, made when it is first asked for and kept. Partials of the bell are those of a church
bell tuned to its prime (Rossing, Science of Percussion Instruments, 2000), those of the gong a plate's.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.bark import bark, growl, whine, woof, yelp
from worldsim.sound.source.throat import curve, finished, hiss, through

Floats = NDArray[np.float64]

DOG = {"bark": bark, "woof": woof, "growl": growl, "whine": whine, "yelp": yelp}
STRAY = 18.0  # kg: the dog that barks where there is none
LEVELS = {
    "horn": 1.2, "whistle": 0.5, "chime": 0.12, "bell": 0.25, "gong": 0.35, "buzzer": 0.35, "thunder": 0.5,
    "applause": 0.12,
}  # fmt: skip
"""Pa at 1 m: the rms of the loudest 50 ms."""
BELL = ((0.5, 1.0, 0.9), (1.0, 0.8, 1.4), (1.2, 0.9, 1.9), (1.5, 0.35, 2.2), (2.0, 1.0, 2.6), (2.67, 0.3, 4.0),
        (3.0, 0.35, 5.0), (4.1, 0.2, 8.0))  # fmt: skip
GONG = ((1.0, 0.8, 0.5), (1.52, 0.6, 0.6), (2.1, 0.9, 0.7), (2.87, 0.6, 0.9), (3.4, 0.5, 1.1), (4.6, 0.4, 1.3),
        (5.7, 0.4, 1.6), (7.3, 0.3, 2.0), (9.1, 0.2, 2.6))  # fmt: skip


@functools.lru_cache(maxsize=32)
def call(word: str, sample_rate: int = 48_000, key: int = 0) -> Floats:
    """Return the wave of a call, (n,) Pa at 1 m.

    Args:
        word: one of `worldsim.scene.sound.Call`.
        sample_rate: Hz.
        key: of chance, for those that vary.
    """
    if word in DOG:
        wave = DOG[word](STRAY, key, sample_rate)
    else:
        made = {
            "horn": _horn, "whistle": _whistle, "chime": _chime, "bell": _bell, "gong": _gong, "buzzer": _buzzer,
            "thunder": _thunder, "applause": _applause,
        }[word](sample_rate, key)  # fmt: skip
        wave = finished(made, LEVELS[word], sample_rate, 25.0, 0.002)
    wave.setflags(write=False)
    return wave


def _time(seconds: float, rate: int) -> Floats:
    return np.arange(int(seconds * rate)) / rate


def _tones(t: Floats, pitch: float, partials: tuple[tuple[float, float, float], ...], rate: int) -> Floats:
    """Return struck partials: (ratio, strength, decay 1/s) each."""
    out = np.zeros_like(t)
    for ratio, strength, decay in partials:
        if ratio * pitch < 0.45 * rate:
            out += strength * np.exp(-decay * t) * np.sin(2 * np.pi * ratio * pitch * t)
    return out


def _horn(rate: int, key: int) -> Floats:
    t = _time(0.85, rate)
    out = np.zeros_like(t)
    for tone in (415.0, 494.0):  # a car's pair, a minor third apart
        order = np.arange(1, int(9_000 / tone))
        strength = order**-0.6 * np.exp(-(((order * tone - 2_200) / 2_600) ** 2))
        out += strength @ np.sin(2 * np.pi * tone * np.outer(order, t) + order[:, None] ** 2)
    return out * curve(len(t), (0, 0), (0.03, 1), (0.93, 1), (1, 0))


def _whistle(rate: int, key: int) -> Floats:
    t = _time(0.75, rate)
    pea = np.sin(2 * np.pi * 32 * t)
    phase = 2 * np.pi * np.cumsum(2_750 + 90 * pea) / rate
    tone = np.sin(phase) + 0.08 * np.sin(2 * phase)
    air = 0.2 * through(hiss(len(t), key), np.array([2_750.0]), rate, 0.08) / 12
    return (tone * (0.65 + 0.35 * pea) + air) * curve(len(t), (0, 0), (0.06, 1), (0.85, 0.9), (1, 0))


def _chime(rate: int, key: int) -> Floats:
    out = np.zeros(int(1.9 * rate))
    bar = ((1.0, 1.0, 3.0), (2.756, 0.35, 7.0), (5.404, 0.12, 14.0))  # a free bar: Euler and Bernoulli
    for k, semitones in enumerate((0, 4, 7, 12)):
        start = int(0.11 * k * rate)
        out[start:] += _tones(_time(1.9, rate)[: len(out) - start], 1_046.5 * 2 ** (semitones / 12), bar, rate)
    return out * curve(len(out), (0, 1), (0.8, 1), (1, 0))


def _bell(rate: int, key: int) -> Floats:
    t = _time(2.6, rate)
    return _tones(t, 660.0, BELL, rate) * curve(len(t), (0, 1), (0.8, 1), (1, 0))


def _gong(rate: int, key: int) -> Floats:
    t = _time(4.5, rate)
    early = _tones(t, 98.0, GONG, rate)
    shimmer = _tones(t, 98.0 * 3.1, GONG, rate) * (1 - np.exp(-6 * t)) * 0.5
    return (early + shimmer) * curve(len(t), (0, 1), (0.75, 1), (1, 0))


def _buzzer(rate: int, key: int) -> Floats:
    t = _time(0.7, rate)
    order = np.arange(1, 40, 2)
    wave = (order**-0.7) @ np.sin(2 * np.pi * 155.0 * np.outer(order, t))
    return wave * curve(len(t), (0, 0), (0.02, 1), (0.96, 1), (1, 0))


def _thunder(rate: int, key: int) -> Floats:
    count = int(5.0 * rate)
    chance = uniform(24, key, 91)
    force = np.zeros(count)
    for k in range(8):
        start = int((0.02 + 0.4 * chance[3 * k] ** 1.5) * count) if k else 0
        span = np.arange(count - start) / rate
        force[start:] += (
            (0.3 + chance[3 * k + 1]) * np.exp(-span * (1.2 + 5 * chance[3 * k + 2])) * (1 - np.exp(-60 * span))
        )
    noise = hiss(count, key)
    low = through(noise, np.array([50.0, 110.0]), rate, 1.2)
    crack = through(noise, np.array([420.0]), rate, 1.4) * np.exp(-np.arange(count) / (0.25 * rate)) * 0.05
    return (
        (low / np.abs(low).max() + crack / np.abs(crack).max() * 0.4) * force * curve(count, (0, 1), (0.7, 1), (1, 0))
    )


def _applause(rate: int, key: int) -> Floats:
    count, hands = int(3.2 * rate), 420
    chance = uniform(3 * hands, key, 92)
    crowd = curve(count, (0, 0), (0.12, 1), (0.6, 0.9), (1, 0))
    out = np.zeros(count)
    for k, tone in enumerate((780.0, 1_050.0, 1_400.0, 1_900.0)):  # cupped palms to flat ones
        claps = np.zeros(count)
        mine = slice(k, None, 4)
        at = (chance[:hands][mine] * (count - 1)).astype(np.int64)
        np.add.at(claps, at, (0.3 + chance[hands : 2 * hands][mine]) * crowd[at])
        burst = hiss(int(0.03 * rate), key + k) * np.exp(-np.arange(int(0.03 * rate)) / (0.005 * rate))
        claps = np.convolve(claps, burst)[:count]
        out += through(claps, np.array([tone]), rate, 0.6) / 3
    return out
