"""Composes a bar: which notes, when, on what. The same seed and bar, the same notes; intensity adds players.

Four levels: 0 a pad and a few single notes, 1 bass and broken chords, 2 a tune and a shaker, 3 all of it, fuller.
"""

from __future__ import annotations

from dataclasses import dataclass

from worldsim.sound.chance import uniform
from worldsim.sound.music.theory import BEATS, MOODS, TONICS, Mood, chord, degree, voiced

LEVELS = 4
PART = 8  # bars of the A part, then as many of the B part


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        voice: "pad", "bass", "pluck", "bell", "mallet", "shaker", "kick" or "block".
        beat: of the bar, from 0 on, in quarter notes. beats: how long it is held.
        pitch: MIDI note; 0 for what has none.
        strength: 0 … 1. side: −1 left … 1 right.
    """

    voice: str
    beat: float
    beats: float
    pitch: int
    strength: float
    side: float = 0.0


class Score:
    """A piece without end.

    Attributes:
        mood: what it is made of. tonic: semitones above C. tempo: quarter notes a minute.
    """

    def __init__(self, mood: str, seed: int, key: str | None = None, tempo: float | None = None) -> None:
        """Begin a piece.

        Args:
            mood: one of `MOODS`.
            seed: of the piece.
            key: its tonic, or None: the seed chooses.
            tempo: quarter notes a minute, or None for the mood's own, which the seed varies by 4 %.
        """
        chance = uniform(2, seed, 201)
        self.mood: Mood = MOODS[mood]
        self.tonic = TONICS[key] if key is not None else int(chance[0] * 12)
        self.tempo = tempo if tempo is not None else self.mood.tempo * (0.96 + 0.08 * float(chance[1]))
        self._seed = seed

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of its key, 0 is C."""
        return frozenset((self.tonic + step) % 12 for step in self.mood.scale)

    def bar(self, number: int, level: int) -> list[Note]:
        """Return the notes of a bar, from 0 on, at a level of 0 … 3; by when they begin."""
        mood = self.mood
        row = mood.progressions[(number // PART) % 2]
        root = row[number % len(row)]
        steps = chord(mood, root)
        notes = self._pad(steps, level)
        if level >= 1:
            notes += self._bass(root, level, number) + self._broken(steps, level, number)
        else:
            notes += self._single(steps, number)
        if level >= 2:
            notes += self._tune(steps, number, level)
        if level >= 2 and mood.drums:
            notes += self._drums(level, number)
        return sorted(notes, key=lambda note: (note.beat, note.voice, note.pitch))

    def _pad(self, steps: list[int], level: int) -> list[Note]:
        tones = voiced(steps, self.mood.scale, self.tonic, 55)
        strength = 0.55 + 0.1 * level
        return [Note("pad", 0.0, BEATS, tone, strength, -0.5 + k / (len(tones) - 1)) for k, tone in enumerate(tones)]

    def _bass(self, root: int, level: int, number: int) -> list[Note]:
        low = voiced([root], self.mood.scale, self.tonic, 36)[0]
        fifth = voiced([root + 4], self.mood.scale, self.tonic, 36)[0]
        notes = [Note("bass", 0.0, 1.8, low, 0.8)]
        if level >= 2 or self.mood.busy > 0.5:
            notes.append(Note("bass", 2.0, 1.3, fifth if number % 2 else low, 0.65))
        if level >= 3:
            notes.append(Note("bass", 3.5 + self._late(3.5), 0.4, low, 0.6))
        return notes

    def _single(self, steps: list[int], number: int) -> list[Note]:
        chance = uniform(6, self._seed, 211, number)
        tones = voiced(steps, self.mood.scale, self.tonic, 67)
        return [
            Note(
                self.mood.lead, beat, 2.0, tones[int(chance[k] * len(tones))], 0.35 + 0.2 * chance[k + 2], 0.4 - 0.8 * k
            )
            for k, beat in enumerate((1.0, 3.0))
            if chance[4 + k] < 0.4 + 0.4 * self.mood.busy
        ]

    def _broken(self, steps: list[int], level: int, number: int) -> list[Note]:
        tones = voiced(steps, self.mood.scale, self.tonic, 60)
        order = [*range(len(tones)), *range(len(tones) - 2, 0, -1)]
        grid = 0.5 if self.mood.busy > 0.5 or level >= 3 else 1.0
        skip = uniform(8, self._seed, 212, number % 4)  # the same holes every four bars
        notes = []
        for k in range(int(BEATS / grid)):
            beat = k * grid
            if skip[k] > 0.12 + 0.25 * (1 - self.mood.busy):
                tone = tones[order[k % len(order)]]
                notes.append(
                    Note("pluck", beat + self._late(beat), grid, tone, 0.4 + 0.12 * (beat % 1 == 0), 0.35 - 0.1 * k)
                )
        return notes

    def _tune(self, steps: list[int], number: int, level: int) -> list[Note]:
        """A motif of two bars: its rhythm stays for a part, its second half answers the first."""
        part = number // PART
        rhythm = uniform(8, self._seed, 213, part, number % 2)
        chance = uniform(8, self._seed, 214, part, number % 4)
        place = 9 + int(3 * chance[0])  # steps of the scale above the tonic, an octave up
        notes = []
        wanted = 0.35 + 0.35 * self.mood.busy + 0.1 * (level - 2)
        for k in range(8):
            beat = 0.5 * k
            strong = k % 2 == 0
            if rhythm[k] > wanted + (0.18 if strong else -0.1):
                continue
            place = min(max(place + int(5 * chance[k]) - 2, 6), 14)
            if strong:  # on the beat the tune keeps to the chord
                place = min((abs(place - s - 7 * o), s + 7 * o) for s in steps for o in (0, 1, 2))[1]
            tone = 60 + self.tonic - (12 if self.tonic > 6 else 0) + degree(self.mood.scale, place)
            notes.append(Note(self.mood.lead, beat + self._late(beat), 0.9, tone, 0.5 + 0.15 * strong, 0.1))
        return notes

    def _drums(self, level: int, number: int) -> list[Note]:
        notes = [Note("shaker", 0.5 * k + self._late(0.5 * k), 0.25, 0, 0.28 + 0.14 * (k % 2), 0.45) for k in range(8)]
        if level >= 3:
            notes += [Note("kick", beat, 0.5, 0, 0.7) for beat in (0.0, 2.0)]
            notes += [Note("block", beat, 0.25, 0, 0.4, -0.4) for beat in (1.0, 3.0)]
        return notes

    def _late(self, beat: float) -> float:
        """Return the swing of a beat: what is between beats comes late."""
        return self.mood.swing if beat % 1.0 else 0.0
