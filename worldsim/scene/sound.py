"""What a scene is to sound like besides its contacts: ambience, music, and sounds played when something comes to hold.

Data only; `worldsim.sound` makes it audible.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from worldsim.scene.number import Finite, PlainPoint, between
from worldsim.scene.object import Word
from worldsim.scene.spec import Spec, refuse, shown

Share = Annotated[Finite, between(0, 1)]
Decibels = Annotated[Finite, between(-40, 20, " dB")]
Call = Literal[
    "bark", "woof", "growl", "whine", "yelp", "horn", "whistle", "chime", "bell", "gong", "buzzer", "thunder",
    "applause",
]  # fmt: skip
Mood = Literal["calm", "bright", "playful", "tense", "night"]
Key = Literal["C", "C#", "Db", "D", "D#", "Eb", "E", "F", "F#", "Gb", "G", "G#", "Ab", "A", "A#", "Bb", "B"]


class AmbienceSpec(Spec):
    """What is heard around. What is left out follows from the look: its sky, hour, season and wetness.

    Attributes:
        level: dB added to all of it.
        wind: 0 … 1, from a breeze to a gale. birds, insects, rain, city, room: 0 … 1, how much of each; 0 is none.
    """

    level: Decibels = 0.0
    wind: Share | None = None
    birds: Share | None = None
    insects: Share | None = None
    rain: Share | None = None
    city: Share | None = None
    room: Share | None = None


class MusicSpec(Spec):
    """Music made while the scene runs: the same seed, the same piece; livelier when more happens.

    Attributes:
        mood: what kind of piece. key: its tonic; left out, the seed chooses.
        tempo: quarter notes a minute; left out, the mood's own.
        seed: of the piece; left out, that of the world.
        level: dB added to it. intensity: 0 … 1 keeps it there; left out, it follows what happens.
    """

    mood: Mood = "calm"
    key: Key | None = None
    tempo: Annotated[Finite, between(40, 200, " beats a minute")] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=1 << 31)] | None = None
    level: Decibels = 0.0
    intensity: Share | None = None


class SoundEventSpec(Spec):
    """A sound that is played when something comes to hold.

    Attributes:
        on: an outcome's name, or a trigger's name or event.
        play: which sound.
        at: an object, an actor or a point in m that it comes from; left out, it is heard from everywhere. A dog barks
            with its own voice.
        level: dB added to it.
    """

    on: Word
    play: Call
    at: str | PlainPoint | None = None
    level: Decibels = 0.0


class VehicleSpec(Spec):
    """An object or actor that sounds like a vehicle, from how it moves; its x axis points ahead.

    Attributes:
        at: whose motion it is: an object or an actor.
        engine: what is under its bonnet. level: dB added to it.
    """

    at: str
    engine: Literal["car", "lorry", "motorbike", "electric"] = "car"
    level: Decibels = 0.0


def _ambience(value: Any) -> Any:
    """Let the word "look" stand for all that the look asks for, and "none" for none."""
    if isinstance(value, str):
        if value not in ("look", "none"):
            raise refuse(f"expected look, none or a map such as {{wind: 0.4, birds: 1}}, found {shown(value)}")
        return AmbienceSpec() if value == "look" else None
    return value


def _music(value: Any) -> Any:
    """Let a mood stand for {mood: …}, and "none" for none."""
    if isinstance(value, str):
        return None if value == "none" else {"mood": value}
    return value


class SoundSpec(Spec):
    """The `sound:` of a scene file. Contacts and what sounds by itself are heard without it.

    Attributes:
        ambience: "look", "none" or a map. music: a mood, "none" or a map. events: what is played when.
        vehicles: what sounds like a vehicle.
    """

    ambience: Annotated[AmbienceSpec | None, BeforeValidator(_ambience)] = None
    music: Annotated[MusicSpec | None, BeforeValidator(_music)] = None
    events: tuple[SoundEventSpec, ...] = Field(default=(), max_length=200)
    vehicles: tuple[VehicleSpec, ...] = Field(default=(), max_length=20)
