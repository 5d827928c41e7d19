"""What a person does to a world besides commanding its actors: part of the input, so part of a take and its replay."""

from __future__ import annotations

from dataclasses import dataclass

from worldsim.scene.layout import Vec3


@dataclass(frozen=True)
class Pull:
    """A spring from a point of a part to a point in space, acting during one control period.

    Attributes:
        part: index in `World.parts`.
        local: m, the point held, in the part's frame.
        target: m, world, where the hand is.
        stiffness: N/m per kg of the part's mass. damping: N·s/m per kg.
    """

    part: int
    local: Vec3
    target: Vec3
    stiffness: float = 120.0
    damping: float = 18.0


@dataclass(frozen=True)
class Throw:
    """One of the world's spare balls appears at a point with a velocity, at the start of one control period.

    Attributes:
        position: m, world. velocity: m/s, world.
    """

    position: Vec3
    velocity: Vec3


Event = Pull | Throw
