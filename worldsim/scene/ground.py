"""The ground: an endless level plane, or none."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from worldsim.scene.number import ColourSpec, Coordinate, Fraction, Length, Number, WordSpec, between, listed
from worldsim.scene.spec import Spec


class GroundSpec(Spec):
    """What everything stands on.

    Attributes:
        material: its surface. colour: replaces the material's. size: m, how much of it is drawn; from 40 m on it
            reaches the horizon. height: m, z of the plane. friction, restitution: replace the material's.
    """

    material: WordSpec = "grass"
    colour: ColourSpec | None = None
    size: Annotated[tuple[Length, Length], listed((2,), "two lengths [x, y]")] = (200.0, 200.0)
    height: Coordinate = 0.0
    friction: Annotated[Number, between(0, 5)] | None = None
    restitution: Fraction | None = None
    visible: bool = Field(default=True)
