"""The band: plays a score bar by bar on the world's clock, with as many players as what happens asks for.

Half a bar ahead it decides how full the next bar is and then makes one note a control period, so that no period has
much to do. It knows nothing of what else is heard; the desk turns it down under contacts and voices.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.scene.sound import MusicSpec
from worldsim.sound.music.instrument import note
from worldsim.sound.music.intensity import Intensity
from worldsim.sound.music.score import LEVELS, Note, Score
from worldsim.sound.music.theory import BEATS
from worldsim.sound.source.playlist import Playlist
from worldsim.sound.source.source import Bed, Clock, Follower

Floats = NDArray[np.float64]

VOLUME = 0.55  # Pa at the ears, of an instrument's loudness 1: all together some 62 to 70 dB, before it makes way
STEPS = (0.22, 0.45, 0.70)  # intensity from which levels 1, 2 and 3 are played
STAY = 0.06  # how far it must fall below to go back
EARLY = 0.5  # of a bar before it begins: when a bar is composed


class Music(Bed):
    """A piece played while a world runs.

    Attributes:
        score: what is played. level: 0 … 3, how many play in the bar that was composed last.
        bars: how full each composed bar is, by number.
    """

    def __init__(self, spec: MusicSpec, parts: Sequence[Part], clock: Clock, seed: int) -> None:
        """Get ready to begin with the world.

        Args:
            spec: what the scene asks for.
            parts: of the world: what can happen.
            clock: its rates.
            seed: of the piece, where the scene gives none.
        """
        self.score = Score(spec.mood, seed if spec.seed is None else spec.seed, spec.key, spec.tempo)
        self.level = 0
        self.bars: dict[int, int] = {}
        self._clock, self._fixed = clock, spec.intensity
        self._volume = VOLUME * 10 ** (spec.level / 20)
        self._intensity = Intensity(parts, clock.period)
        self._follower, self._playlist = Follower(clock), Playlist()
        self._bar = 60.0 / self.score.tempo * BEATS * clock.sample_rate  # samples
        self._next = 0
        self._waiting: deque[tuple[int, Note]] = deque()

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Floats:
        """Return (count, 2) Pa at the ears; see `Bed`."""
        end = self._clock.end(snapshot)
        start = end - count
        if not self._follower.follows(snapshot):
            self._waiting.clear()
            self._next = int(np.ceil(start / self._bar))
        intensity = self._intensity.follow(snapshot, contacts) if self._fixed is None else self._fixed
        while self._next * self._bar < end + EARLY * self._bar:
            self._compose(self._next, intensity)
            self._next += 1
        horizon = end + count
        made = False
        while self._waiting and (not made or self._waiting[0][0] < horizon):
            at, played = self._waiting.popleft()
            self._playlist.add(at, self._wave(played))
            made = True
        return self._playlist.onto(np.zeros((count, 2)), start)

    def _compose(self, number: int, intensity: float) -> None:
        level = sum(intensity >= step for step in STEPS)
        if level < self.level and intensity > STEPS[self.level - 1] - STAY:
            level = self.level
        self.level = min(level, self.level + 1, LEVELS - 1) if number else level
        self.bars[number] = self.level
        beat = self._bar / BEATS
        for played in self.score.bar(number, self.level):
            self._waiting.append((int((number * BEATS + played.beat) * beat), played))

    def _wave(self, played: Note) -> Floats:
        """Return (n, 2) Pa of a note."""
        held = round(played.beats * 60_000 / self.score.tempo)
        wave = note(played.voice, played.pitch, held, self._clock.sample_rate)
        turn = (1 + played.side) * np.pi / 4
        sides = np.array([np.cos(turn), np.sin(turn)], np.float32) * np.float32(
            played.strength * self._volume * np.sqrt(2)
        )
        return np.asarray(wave * sides if wave.ndim > 1 else wave[:, None] * sides)
