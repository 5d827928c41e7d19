"""What a scene file may say of a dog: its own keys, on top of those that every actor has."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from worldsim.actor.dog.control.mode import ModeField
from worldsim.actor.dog.control.randomise import RandomiseField
from worldsim.actor.dog.control.sensor import SensorsField


class DogOptions(BaseModel):
    """The dog's own keys in a scene file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    breed: Literal["beagle", "shepherd", "corgi", "greyhound", "poodle"] = Field(
        "beagle", description="proportions, mass and coat"
    )
    control: ModeField = "command"
    look: bool = Field(default=False, description="whether a command also says where to look")
    mouth: bool = Field(default=False, description="whether a command also stoops and bites: it can carry things")
    poses: bool = Field(
        default=False, description="whether a command can also pose the legs, neck and tail: it can sit"
    )
    sensors: SensorsField = ()
    randomise: RandomiseField = None
    tumble: int | None = Field(
        default=None, ge=0, description="start fallen, as this number draws it: any side, any angles of the legs"
    )
