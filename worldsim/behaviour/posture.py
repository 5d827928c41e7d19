"""Postures of a dog at rest as joint angles, worked out from a breed's bones: standing, sitting, lying, cowering.

A posture says where the motors should go. What the body does then, the physics says: a dog that is pushed over while
it sits lies on its side. Angles are those of `worldsim.actor.dog.kinematics`. This module knows nothing of time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.kinematics import leg_angles
from worldsim.actor.dog.skeleton import Skeleton

STRETCH = 0.97
"""Length of the forelegs of a sitting dog, a share of both bones'."""
RAISED = 0.20
"""rad that a lying dog, resting on its elbows, is nose up."""


@dataclass(frozen=True)
class Posture:
    """Targets of the motors.

    Attributes:
        legs: rad (12): abduction, hip, knee of each leg in the order of `skeleton.LEGS`.
        neck, tail: rad above the torso's axis.
    """

    legs: tuple[float, ...]
    neck: float
    tail: float

    def towards(self, other: Posture, part: float) -> Posture:
        """Return the posture that is `part` (0 … 1) of the way to another."""
        legs = tuple(a + part * (b - a) for a, b in zip(self.legs, other.legs, strict=True))
        return Posture(legs, self.neck + part * (other.neck - self.neck), self.tail + part * (other.tail - self.tail))

    def with_leg(self, leg: int, angles: tuple[float, float, float]) -> Posture:
        """Return it with one leg elsewhere."""
        return replace(self, legs=(*self.legs[: 3 * leg], *angles, *self.legs[3 * leg + 3 :]))


class Postures:
    """The postures of one breed.

    Attributes:
        stand, sit, lie, cower, scratch: what their names say. slope: rad the torso is nose up when sitting.
    """

    def __init__(self, breed: Breed, standing: tuple[float, ...]) -> None:
        """Take the breed, and its legs' angles (rad, 12) when it stands."""
        self._breed, self._skeleton = breed, Skeleton.of(breed)
        self.stand = Posture(standing, breed.neck_angle, breed.tail_angle)
        self.slope = self._sitting_slope()
        self.sit = self._sit()
        self.lie = self._lie()
        self.cower = self._cower()
        self.scratch = self._scratch()

    def _hip(self, slope: float) -> float:
        """Return the hips' height, m, of a torso nose up by `slope` whose rump rests on the ground."""
        breed = self._breed
        radius, length = breed.torso
        behind = breed.rear[0] + 0.5 * length - radius  # of the hips from the middle of the capsule's rear end
        return radius + behind * math.sin(slope) + breed.root_z * math.cos(slope)

    def _sitting_slope(self) -> float:
        breed = self._breed
        long = breed.front[0] - breed.rear[0]
        shoulder = breed.paw + STRETCH * sum(breed.front_bones)
        slope = 0.0
        while slope < 0.9 and self._hip(slope) + long * math.sin(slope) < shoulder:
            slope += 0.005
        return slope

    def _leg(self, leg: int, ahead: float, out: float, up: float, slope: float) -> tuple[float, float, float]:
        """Return the angles that put a paw somewhere seen from its leg's root, m, in a frame that does not slope."""
        c, s = math.cos(slope), math.sin(slope)
        bones = self._breed.front_bones if leg < 2 else self._breed.rear_bones
        side = out if leg % 2 == 0 else -out
        return leg_angles(ahead * c + up * s, side, up * c - ahead * s, *bones, -1.0 if leg < 2 else 1.0)

    def _sit(self) -> Posture:
        breed, slope = self._breed, self.slope
        long = breed.front[0] - breed.rear[0]
        hip = self._hip(slope)
        shoulder = hip + long * math.sin(slope)
        legs: list[float] = []
        for leg in range(4):
            if leg < 2:
                legs += self._leg(leg, 0.02 * breed.hip_height, 0.0, breed.paw - shoulder, slope)
            else:
                legs += self._leg(leg, 0.30 * breed.hip_height, 0.10 * breed.hip_height, breed.paw - hip, slope)
        return Posture(tuple(legs), breed.neck_angle - 0.45 * slope, min(breed.tail_angle, 0.3) - slope)

    def _lie(self) -> Posture:
        breed, slope = self._breed, RAISED
        long = breed.front[0] - breed.rear[0]
        hip = self._hip(slope)
        shoulder = hip + long * math.sin(slope)
        upper = breed.front_bones[0]
        lean = math.acos(max(-0.5, min(0.98, (shoulder - breed.limb[0]) / upper)))
        elbow = max(-2.6, -0.5 * math.pi + 0.08 - lean)
        legs: list[float] = []
        for leg in range(4):
            if leg < 2:  # elbow behind on the ground, forearm forwards along it
                legs += (0.08 if leg % 2 == 0 else -0.08, lean + slope, elbow)
            else:  # folded beside the belly
                legs += self._leg(leg, 0.24 * breed.hip_height, 0.24 * breed.hip_height, breed.paw - hip, slope)
        return Posture(tuple(legs), breed.neck_angle - slope, min(breed.tail_angle, 0.2) - 0.3)

    def _cower(self) -> Posture:
        """Return a dog that flinches: low, head and tail down."""
        breed = self._breed
        high = breed.hip_height - breed.paw
        legs: list[float] = []
        for leg in range(4):
            ahead = breed.front_foot - 0.10 * high if leg < 2 else breed.rear_foot + 0.16 * high
            legs += self._leg(leg, ahead, 0.08 * high, -(0.74 if leg < 2 else 0.60) * high, 0.0)
        return Posture(tuple(legs), 0.55 * breed.neck_angle, min(breed.tail_angle, 0.0) - 0.6)

    def _scratch(self) -> Posture:
        """Return a sitting dog with its left hind paw behind the ear, leaning away from it."""
        sit = self.sit
        lean = 0.12
        legs = list(sit.legs)
        for leg in (0, 1):  # shoulders over to the right
            legs[3 * leg] += lean
        legs[9] -= lean
        legs[6:9] = (0.85, -2.2, 0.95)
        return Posture(tuple(legs), sit.neck - 0.8, sit.tail)
