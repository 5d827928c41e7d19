"""A mouth that takes hold of small things: a fixed constraint between the muzzle and what it bit, as strong as a jaw.

PyBullet's saved states don't know of constraints, so what is held is part of the dog's own state and made anew after a
restore. This module knows nothing of balls or of fetching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldsim.actor.base import Channel
from worldsim.physics.client import Client
from worldsim.scene.layout import Quat, Vec3

GRIP = 8.0
"""Times the weight of the heaviest thing it can hold that the jaw holds with."""
HEAVIEST = 0.08
"""Share of the dog's mass that a thing can have to be held."""
NEAR = 0.035
"""m from the muzzle's tip within which a thing is bitten."""
STOOP = 0.85, 1.25
"""rad below the horizon of neck and head where the muzzle reaches for the ground."""


def mouth_channels() -> tuple[Channel, ...]:
    """Return stoop (1: muzzle to the ground) and bite (above one half: shut)."""
    return Channel("stoop", "1", 0.0, 1.0), Channel("bite", "1", 0.0, 1.0)


@dataclass(frozen=True)
class Hold:
    """What is held: PyBullet's body, and its pose in the muzzle's frame (m, xyzw)."""

    body: int
    position: Vec3
    orientation: Quat


class Mouth:
    """The mouth of one body."""

    def __init__(self, client: Client, body: int, head: int, tip: Vec3, mass: float) -> None:
        """Take the dog's body, its head's link, the muzzle's tip in that link's frame (m), and its mass (kg)."""
        self._client, self._body, self._head, self._tip, self._mass = client, body, head, tip, mass
        self._constraint = -1
        self.held: Hold | None = None

    def tip(self) -> Vec3:
        """Return where the muzzle's tip is, m, world."""
        state = self._client.getLinkState(self._body, self._head, computeForwardKinematics=1)
        place: Vec3 = self._client.multiplyTransforms(state[0], state[1], self._tip, (0, 0, 0, 1))[0]
        return place

    def command(self, shut: bool) -> None:
        """Bite what is near, hold on, or let go."""
        if not shut:
            self.hold(None)
        elif self.held is None:
            found = self._near(self.tip())
            if found is not None:
                self.hold(found)

    def _near(self, tip: Vec3) -> Hold | None:
        low, high = [c - NEAR for c in tip], [c + NEAR for c in tip]
        boxes: Sequence[tuple[int, int]] = self._client.getOverlappingObjects(low, high) or ()
        for body in sorted({body for body, link in boxes if body != self._body and link == -1}):
            mass = self._client.getDynamicsInfo(body, -1)[0]
            touched = self._client.getClosestPoints(self._body, body, NEAR, linkIndexA=self._head)
            if 0 < mass <= HEAVIEST * self._mass and touched:
                state = self._client.getLinkState(self._body, self._head, computeForwardKinematics=1)
                inverse = self._client.invertTransform(state[0], state[1])
                pose = self._client.getBasePositionAndOrientation(body)
                return Hold(body, *self._client.multiplyTransforms(*inverse, *pose))
        return None

    def hold(self, held: Hold | None) -> None:
        """Hold something as it was held, or nothing."""
        if held == self.held:
            return
        client = self._client
        if self._constraint >= 0 and self.held is not None:
            client.removeConstraint(self._constraint)
            self._meet(self.held.body, 1)
            self._constraint = -1
        self.held = held
        if held is not None:
            self._constraint = client.createConstraint(
                self._body, self._head, held.body, -1, client.JOINT_FIXED, (0, 0, 0),
                held.position, (0, 0, 0), held.orientation, (0, 0, 0, 1),
            )  # fmt: skip
            client.changeConstraint(self._constraint, maxForce=GRIP * 9.81 * HEAVIEST * self._mass)
            self._meet(held.body, 0)

    def _meet(self, other: int, does: int) -> None:
        """Let the dog and what it holds collide, or not."""
        for link in range(-1, self._client.getNumJoints(self._body)):
            self._client.setCollisionFilterPair(self._body, other, link, -1, does)
