"""Keys, scales, chords, and what pieces of each mood are made of. Numbers are MIDI notes: 69 is A at 440 Hz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TONICS: Mapping[str, int] = MappingProxyType(
    {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8, "Ab": 8,
     "A": 9, "A#": 10, "Bb": 10, "B": 11}
)  # fmt: skip
"""Semitones above C."""
MAJOR, MINOR, DORIAN = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10)
BEATS = 4  # a bar


@dataclass(frozen=True)
class Mood:
    """What pieces of one kind are made of.

    Attributes:
        scale: semitones above the tonic. tempo: quarter notes a minute.
        progressions: rows of chords, as degrees of the scale from 0 on, one a bar: the first is the piece's A part, the
            second its B part.
        swing: share of a beat by which off-beats come late. busy: 0 … 1, how many notes there are.
        lead: what plays the tune: "pluck", "bell" or "mallet". drums: whether there are any when much happens.
        sevenths: whether chords have four notes.
    """

    scale: tuple[int, ...]
    tempo: float
    progressions: tuple[tuple[int, ...], tuple[int, ...]]
    swing: float
    busy: float
    lead: str
    drums: bool
    sevenths: bool


MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        "calm": Mood(MAJOR, 72.0, ((0, 5, 3, 4), (3, 0, 1, 4)), 0.0, 0.35, "pluck", True, True),
        "bright": Mood(MAJOR, 112.0, ((0, 4, 5, 3), (3, 4, 0, 5)), 0.0, 0.6, "pluck", True, False),
        "playful": Mood(MAJOR, 124.0, ((0, 3, 0, 4), (1, 4, 0, 0)), 0.12, 0.7, "mallet", True, False),
        "tense": Mood(MINOR, 96.0, ((0, 5, 0, 6), (3, 0, 5, 4)), 0.0, 0.6, "pluck", True, False),
        "night": Mood(DORIAN, 64.0, ((0, 3, 0, 6), (5, 3, 4, 0)), 0.06, 0.3, "bell", False, True),
    }
)


def frequency(note: float) -> float:
    """Return the pitch of a MIDI note, Hz, in equal temperament."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def degree(scale: tuple[int, ...], step: int) -> int:
    """Return semitones above the tonic of a step of a scale; 7 is the octave, −1 the step below the tonic."""
    octave, place = divmod(step, len(scale))
    return 12 * octave + scale[place]


def chord(mood: Mood, root: int) -> list[int]:
    """Return the steps of the scale that make the chord on a degree."""
    return [root, root + 2, root + 4, *([root + 6] if mood.sevenths else [])]


def voiced(steps: list[int], scale: tuple[int, ...], tonic: int, low: int) -> list[int]:
    """Return the chord's notes, each lifted or lowered by octaves into the octave from note `low` on, ascending."""
    return sorted(low + (tonic + degree(scale, step) - low) % 12 for step in steps)
