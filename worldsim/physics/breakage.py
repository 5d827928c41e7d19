"""Joints that give way: constraints whose force is watched, and switched off when it was too much.

A broken constraint is kept with no force left in it rather than removed, so that a world can return to the time before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldsim.physics.client import Client
from worldsim.scene.layout import Joint

WHOLE = 1e10  # N: PyBullet's own limit of a constraint's force


@dataclass(frozen=True)
class Breakable:
    """A joint that can give way, and the constraints that make it."""

    joint: Joint
    constraints: tuple[int, ...]


class Breakage:
    """Which of a world's breakable joints are broken."""

    def __init__(self, client: Client, joints: Sequence[Breakable]) -> None:
        """Watch these joints; none is broken."""
        self._client = client
        self._joints = tuple(joints)
        self._broken: frozenset[int] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the broken joints."""
        return tuple(self._joints[k].joint.name for k in sorted(self._broken))

    def check(self, dt: float) -> None:
        """Break every joint whose impulse in the last step of `dt` s was above its limit."""
        for k, item in enumerate(self._joints):
            limit = item.joint.breaking_impulse
            if k not in self._broken and limit is not None:
                pulls = [force for unique in item.constraints for force in self._client.getConstraintState(unique)[:3]]
                if sum(force * force for force in pulls) ** 0.5 * dt > limit:
                    self.set_state(self._broken | {k})

    def state(self) -> frozenset[int]:
        """Return which are broken."""
        return self._broken

    def set_state(self, broken: frozenset[int]) -> None:
        """Break these and mend all others."""
        for k in broken ^ self._broken:
            for unique in self._joints[k].constraints:
                self._client.changeConstraint(unique, maxForce=0.0 if k in broken else WHOLE)
        self._broken = broken
