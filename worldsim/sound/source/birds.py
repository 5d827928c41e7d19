"""Birds that sing by day: a few individuals, each with its place, its kind of song and its own pauses.

Songs are notes whose pitch glides, in the ranges that field guides give: a great tit's two tones at 3 to 6 kHz, a
chaffinch's falling rattle, a blackbird's slow flute at 1.8 to 3 kHz, a sparrow's chirps, a wood pigeon's coo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform
from worldsim.sound.source.playlist import Playlist

Floats = NDArray[np.float64]

KINDS = ("tit", "finch", "blackbird", "sparrow", "pigeon")
LEVEL = 0.014  # Pa at the ears, rms of a near bird's notes: 57 dB
BIRDS = 6
PAUSE = 6.5  # s between an individual's songs where all sing as much as they can


@dataclass(frozen=True)
class Note:
    """One note: from a pitch to another, Hz, in s, then a pause, s; `trill` Hz by which it flutters."""

    start: float
    end: float
    lasts: float
    pause: float
    strength: float = 1.0
    trill: float = 0.0


def song(kind: str, key: int) -> list[Note]:
    """Return the notes of one song of a kind; each key sings it a little differently."""
    c = uniform(40, key, 111).tolist()
    if kind == "tit":
        high, low = 4_300 + 900 * c[0], 3_200 + 500 * c[1]
        pair = [Note(high, 0.98 * high, 0.11, 0.04), Note(low, 0.97 * low, 0.14, 0.06)]
        return pair * (3 + int(3 * c[2]))
    if kind == "finch":
        count, top = 9 + int(5 * c[0]), 5_600 + 700 * c[1]
        falling = [Note(top - 210 * k, top - 210 * k - 900, 0.045, 0.035, 0.5 + 0.5 * k / count) for k in range(count)]
        return [*falling, Note(2_700, 4_300, 0.12, 0.03), Note(3_900, 2_400, 0.16, 0.0)]
    if kind == "blackbird":
        steps = [0, 2, 4, 5, 7, 9, 12]
        base = 1_750 + 250 * c[0]
        return [
            Note(base * 2 ** (steps[int(7 * c[k])] / 12), base * 2 ** (steps[int(7 * c[k + 8])] / 12),
                 0.13 + 0.17 * c[k + 16], 0.03 + 0.06 * c[k + 24])
            for k in range(5 + int(3 * c[1]))
        ]  # fmt: skip
    if kind == "sparrow":
        return [
            Note(3_300 + 500 * c[k], 4_700 + 600 * c[k + 10], 0.07, 0.16 + 0.25 * c[k + 20], 0.8, 25.0)
            for k in range(2 + int(4 * c[1]))
        ]
    low = 410 + 50 * c[0]
    return [
        Note(low * p, low * p * 0.97, lasts, 0.1)
        for p, lasts in ((1, 0.25), (1.08, 0.5), (1, 0.4), (0.97, 0.22), (1, 0.25))
    ]


def sung(notes: list[Note], sample_rate: int, key: int) -> Floats:
    """Return (n,) of a song, its notes' rms about 0.5."""
    total = sum(note.lasts + note.pause for note in notes) + 0.15
    out = np.zeros(int(total * sample_rate))
    at = 0.0
    for k, note in enumerate(notes):
        count = int(note.lasts * sample_rate)
        share = np.arange(count) / count
        pitch = note.start + (note.end - note.start) * share
        if note.trill:
            pitch = pitch * (1 + 0.06 * np.sin(2 * np.pi * note.trill * share * note.lasts))
        phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
        wave = (np.sin(phase) + 0.12 * np.sin(2 * phase)) * np.sin(np.pi * share) ** 1.4 * note.strength
        start = int(at * sample_rate)
        out[start : start + count] += wave
        at += note.lasts + note.pause * (0.9 + 0.2 * uniform(1, key, 112, k)[0])
    return _echoed(out, sample_rate)


def _echoed(wave: Floats, sample_rate: int) -> Floats:
    """Return it as heard across a garden: a few soft reflections from trunks and walls."""
    out = wave.copy()
    for delay, gain in ((0.031, 0.28), (0.057, 0.2), (0.093, 0.14)):
        shift = int(delay * sample_rate)
        out[shift:] += gain * wave[:-shift]
    return out


class Birds:
    """All the birds around; see `weather.Layer`."""

    def __init__(self, sample_rate: int, seed: int) -> None:
        """Choose who is there; `seed` of who, where and when."""
        self._rate, self._seed = sample_rate, seed
        chance = uniform(4 * BIRDS, seed, 113)
        self._kinds = [KINDS[int(c * len(KINDS))] for c in chance[:BIRDS]]
        self._sides = chance[BIRDS : 2 * BIRDS]  # 0 left … 1 right
        self._near = 0.25 + 0.75 * chance[2 * BIRDS : 3 * BIRDS] ** 2
        self._next: list[int] | None = None
        self._first = chance[3 * BIRDS :]
        self._last = 0
        self._playlist = Playlist()

    def onto(self, out: Floats, start: int, before: float, after: float) -> None:
        """Add them; see `weather.Layer`."""
        if self._next is None or start != self._last:
            self._next = [start + int(first * PAUSE * self._rate) for first in self._first.tolist()]
        self._last = start + len(out)
        for bird, at in enumerate(self._next):
            if at < self._last:
                self._next[bird] = at + self._sing(bird, max(at, start), after)
        self._playlist.onto(out, start)

    def _sing(self, bird: int, at: int, share: float) -> int:
        """Begin a song unless the share says it stays silent; return the samples to the next."""
        pause, whether, which = uniform(3, self._seed, at, bird).tolist()
        kind = self._kinds[bird]
        if whether < share:
            key = self._seed * 31 + bird * 7 + int(3 * which)
            wave = sung(song(kind, key), self._rate, key)
            side, near = self._sides[bird] * np.pi / 2, self._near[bird] * (1.5 if kind == "pigeon" else 1.0)
            ears = np.array([np.cos(side), np.sin(side)]) * 0.85 + 0.15
            self._playlist.add(at, (2 * LEVEL * near) * wave[:, None] * ears)
        return int((0.5 + pause) * PAUSE * self._rate)
