"""Poses on command: angles of the legs, neck and tail that take the place of the gait's while a command asks for them.

They are targets of the same motors, with the same limits of torque, as the gait's; how fast they may change is bounded
too. What sitting or lying looks like is not known here: `worldsim.behaviour` knows it.
"""

from __future__ import annotations

from worldsim.actor.base import Channel
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.skeleton import LEG_JOINTS, LEGS, Skeleton

QUICK = 14.0
"""rad/s, how fast a pose's targets go at most: a hind leg that scratches needs this much."""
WAG = 0.35
"""rad, how far a tail swings that nothing was said of."""


def pose_channels(breed: Breed, skeleton: Skeleton, standing: list[float]) -> tuple[Channel, ...]:
    """Return the 16 channels of a pose, in the order in which `Poses.take` expects them.

    `pose` (above one half: the legs do as posed, not as the gait plans), the legs' twelve angles, the neck above the
    torso's axis, the tail above it, and how far the tail wags; the last two count while it walks too.

    Args:
        breed: of the dog.
        skeleton: its bones.
        standing: rad, the legs' twelve angles at rest.
    """
    joints = [f"{leg}_{joint}" for leg in LEGS for joint in LEG_JOINTS]
    neck = skeleton.bones[skeleton.index("neck")].limits
    tail = skeleton.bones[skeleton.index("tail")].limits
    return (
        Channel("pose", "1", 0.0, 1.0),
        *(
            Channel(f"{joint}_pose", "rad", *bone.limits, angle)
            for joint, bone, angle in zip(joints, skeleton.bones[:12], standing, strict=True)
        ),
        Channel("neck_pose", "rad", -neck[1], -neck[0], breed.neck_angle),
        Channel("tail_pose", "rad", *tail, breed.tail_angle),
        Channel("wag", "rad", 0.0, 1.0, WAG),
    )


class Poses:
    """What the last command asked for; the commands of a dog without the option leave it at rest.

    Attributes:
        posed: whether the legs do as posed. legs: rad (12). neck, tail: rad above the torso's axis. wag: rad.
    """

    def __init__(self, breed: Breed, standing: list[float], dt: float) -> None:
        """Take the breed, the legs' angles at rest (rad) and the control period in s."""
        self._rest = (False, tuple(standing), breed.neck_angle, breed.tail_angle, WAG)
        self._step = QUICK * dt
        self.begin()

    def begin(self) -> None:
        """Ask for nothing."""
        self.set_state(self._rest)

    def state(self) -> tuple[bool, tuple[float, ...], float, float, float]:
        """Return everything that it asks for."""
        return self.posed, self.legs, self.neck, self.tail, self.wag

    def set_state(self, state: tuple[bool, tuple[float, ...], float, float, float]) -> None:
        """Take back what `state` returned."""
        self.posed, self.legs, self.neck, self.tail, self.wag = state

    def take(self, order: tuple[float, ...]) -> tuple[float, ...]:
        """Keep the 16 numbers at a command's end; return the rest of the command."""
        pose, *legs, self.neck, self.tail, self.wag = order[-16:]
        self.posed, self.legs = pose > 0.5, tuple(legs)
        return order[:-16]

    def towards(self, planned: list[float]) -> list[float]:
        """Return the legs' twelve targets of the next period, from those of this one."""
        step = self._step
        return [p + max(-step, min(step, w - p)) for p, w in zip(planned[:12], self.legs, strict=True)]
