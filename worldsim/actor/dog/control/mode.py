"""The control modes of a dog: what the numbers of a command mean in each.

`command` says where to go and leaves the rest to the gait; `gait+residual` lets a policy bend the gait's joint angles;
`cpg` sets a rhythm, `cpg+residual` bends that; `joint` sets the angles of the legs' motors; `torque` is raw. Only
`command` and `gait+residual` get up after a fall by themselves. This module knows the channels, not what is done with
them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from worldsim.actor.base import Channel
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.control.cpg import cpg_channels
from worldsim.actor.dog.skeleton import LEG_JOINTS, LEGS, Skeleton

Mode = Literal["command", "gait+residual", "cpg", "cpg+residual", "joint", "torque"]
ModeField = Annotated[Mode, Field(description="what a command means: where to go, a rhythm, joint angles, torques")]

RESIDUAL = 0.35
"""rad that a residual can bend a joint by."""
SOFTEN = 0.35
"""Share of a new residual taken in a control period of 1/60 s: noise between periods doesn't reach the motors."""
GAZE = (0.9, 0.6)
"""rad, how far a look goes sideways, and up and down."""


def command_channels(
    mode: Mode, look: bool, breed: Breed, skeleton: Skeleton, height: float, standing: list[float]
) -> tuple[Channel, ...]:
    """Return the channels of a mode.

    Args:
        mode: which.
        look: whether the gaze can be set too: two more channels at the end.
        breed: of the dog.
        skeleton: its bones.
        height: m, of the hips over the paws.
        standing: rad, the legs' twelve angles at rest: neutral in `joint` mode.
    """
    joints = [f"{leg}_{joint}" for leg in LEGS for joint in LEG_JOINTS]
    steer = (
        Channel("speed", "m/s", -0.25 * breed.speed, breed.speed),
        Channel("turn", "rad/s", -breed.turn, breed.turn),
        Channel("jump", "1", 0.0, 1.0),
    )
    residual = tuple(Channel(f"{joint}_residual", "rad", -RESIDUAL, RESIDUAL) for joint in joints)
    if mode == "command":
        own: tuple[Channel, ...] = steer
    elif mode == "gait+residual":
        own = (*steer, *residual)
    elif mode == "cpg":
        own = cpg_channels(height)
    elif mode == "cpg+residual":
        own = (*cpg_channels(height), *residual)
    elif mode == "joint":
        own = tuple(
            Channel(f"{joint}_target", "rad", *bone.limits, angle)
            for joint, bone, angle in zip(joints, skeleton.bones[:12], standing, strict=True)
        )
    else:
        own = tuple(
            Channel(f"{joint}_torque_order", "N·m", -bone.torque, bone.torque)
            for joint, bone in zip(joints, skeleton.bones[:12], strict=True)
        )
    if not look:
        return own
    return (*own, Channel("look_left", "rad", -GAZE[0], GAZE[0]), Channel("look_up", "rad", -GAZE[1], GAZE[1]))
