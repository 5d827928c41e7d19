"""The players: each note is a whole wave, made once and kept. Soft beginnings, soft ends, nothing above its octave.

Pad: two slightly detuned sets of harmonics, one for each side. Pluck: the higher a harmonic, the sooner it dies. Bell
and mallet: partials of a bar (Fletcher and Rossing, The Physics of Musical Instruments, ch. 19). Drums: shaped noise.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.music.theory import frequency
from worldsim.sound.source.throat import hiss

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

DETUNE = 4.0  # cents between a pad's sides and the note
TABLE = 4_096  # samples of a cycle
LOUDNESS = {
    "pad": 0.10,
    "bass": 0.30,
    "pluck": 0.26,
    "bell": 0.16,
    "mallet": 0.28,
    "shaker": 0.07,
    "kick": 0.5,
    "block": 0.12,
}
"""Peak of a note of strength 1, in parts of the whole band's."""
PAD_HARMONICS = (1.0, 0.55, 0.30, 0.16, 0.08, 0.04)
BAR = {
    "bell": ((1.0, 1.0, 1.3), (2.756, 0.30, 3.5), (5.404, 0.10, 8.0)),
    "mallet": ((1.0, 1.0, 5.0), (3.99, 0.22, 16.0), (9.2, 0.05, 40.0)),
}
"""Ratio, strength, decay 1/s: a free bar; a marimba's, tuned to 1 : 4."""


@functools.lru_cache(maxsize=192)
def note(voice: str, pitch: int, milliseconds: int, sample_rate: int) -> Samples:
    """Return one note of strength 1: (n, 2) for a pad, (n,) for all others.

    Args:
        voice: a key of `LOUDNESS`.
        pitch: MIDI note; 0 for drums.
        milliseconds: how long it is held; it rings on a little.
        sample_rate: Hz.
    """
    held = milliseconds / 1_000
    if voice == "pad":
        wave = _pad(frequency(pitch), held, sample_rate)
    elif voice in BAR:
        wave = _struck(frequency(pitch), BAR[voice], sample_rate)
    elif voice in ("bass", "pluck"):
        wave = _string(frequency(pitch), held, voice == "bass", sample_rate)
    else:
        wave = {"shaker": _shaker, "kick": _kick, "block": _block}[voice](sample_rate)
    wave = wave * (LOUDNESS[voice] / np.abs(wave).max())
    made = wave.astype(np.float32)
    made.setflags(write=False)
    return made


def _ends(count: int, attack: float, release: float, sample_rate: int) -> Floats:
    """Return (count,) a rise and a fall, both smooth, s."""
    out = np.ones(count)
    for seconds, side in ((attack, out), (release, out[::-1])):
        size = min(max(int(seconds * sample_rate), 2), count)
        side[:size] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(size) / size)
    return out


@functools.lru_cache(maxsize=1)
def _pad_cycle() -> Floats:
    turn = 2 * np.pi * np.arange(TABLE + 1) / TABLE
    return np.sum([s * np.sin((k + 1) * turn + k) for k, s in enumerate(PAD_HARMONICS)], axis=0)


def _pad(pitch: float, held: float, rate: int) -> Floats:
    count = int((held + 0.9) * rate)
    cycle, at = _pad_cycle(), np.arange(count)
    sides = []
    for cents in (-DETUNE, DETUNE):
        phase = (at * (pitch * 2 ** (cents / 1_200) / rate * TABLE)) % TABLE
        whole = phase.astype(np.int64)
        sides.append(cycle[whole] + (cycle[whole + 1] - cycle[whole]) * (phase - whole))
    return np.stack(sides, axis=1) * _ends(count, min(0.7, 0.4 * held), 0.9, rate)[:, None]


def _string(pitch: float, held: float, low: bool, rate: int) -> Floats:
    seconds = min(held + 0.25, 1.8) if low else min(held + 0.9, 1.6)
    count = int(seconds * rate)
    t = np.arange(count) / rate
    base, slope = (2.2, 1.4) if low else (3.5, 2.6)
    out = np.zeros(count)
    for k in range(1, 9 if low else 13):
        if k * pitch > 9_000:
            break
        strength = np.sin(np.pi * k * (0.28 if low else 0.21)) / k ** (1.7 if low else 1.25)  # plucked there
        decay = base + slope * (k - 1)
        heard = t[: int(8.0 / decay * rate)]  # down to −70 dB
        out[: len(heard)] += strength * np.exp(-decay * heard) * np.sin(2 * np.pi * k * pitch * heard)
    return out * _ends(count, 0.006 if low else 0.003, 0.2, rate)


def _struck(pitch: float, bar: tuple[tuple[float, float, float], ...], rate: int) -> Floats:
    slowest = min(decay for _, _, decay in bar)
    count = int(min(6.0 / slowest, 2.6) * rate)
    t = np.arange(count) / rate
    out = np.zeros(count)
    for ratio, strength, decay in bar:
        if ratio * pitch < 12_000:
            heard = t[: int(8.0 / decay * rate)]  # down to −70 dB
            out[: len(heard)] += strength * np.exp(-decay * heard) * np.sin(2 * np.pi * ratio * pitch * heard)
    return out * _ends(count, 0.003, 0.3, rate)


def _shaker(rate: int) -> Floats:
    count = int(0.09 * rate)
    t = np.arange(count) / rate
    wave = np.diff(np.diff(hiss(count + 2, 231)))  # bright
    return wave * np.exp(-t * 45) * _ends(count, 0.008, 0.02, rate)


def _kick(rate: int) -> Floats:
    count = int(0.28 * rate)
    t = np.arange(count) / rate
    phase = 2 * np.pi * np.cumsum(48 + 70 * np.exp(-t * 40)) / rate
    return np.sin(phase) * np.exp(-t * 14) * _ends(count, 0.003, 0.05, rate)


def _block(rate: int) -> Floats:
    count = int(0.12 * rate)
    t = np.arange(count) / rate
    wave = np.sin(2 * np.pi * 1_050 * t) * np.exp(-t * 60) + 0.4 * hiss(count, 232) * np.exp(-t * 300)
    return wave * _ends(count, 0.002, 0.02, rate)
