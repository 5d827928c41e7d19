"""How honest a dog's way of moving is: whether paws slip, bodies sink in, motors are overtaxed, and what a metre costs.

An observer lives beside a world and looks after every physics step; it changes nothing, so a dog that is watched does
to the byte what it would have done. It knows nothing of gaits, breeds or what would be good enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.dog import STRENGTH, Dog
from worldsim.actor.dog.senses import PAWS
from worldsim.physics.world import World

Floats = NDArray[np.float64]

GRAVITY = 9.81
SPENT = 0.999
"""Share of its limit from which a torque counts as being at it."""


@dataclass(frozen=True)
class Honesty:
    """What an observer saw; a share is 0 … 1.

    Attributes:
        seconds: s watched. way: m that the torso went over the ground, around corners too.
        slip: of the torso's way while a paw is down, the share that this paw slips, over all four. Rolling over the pad
            is no slip. paw_slip: likewise of each paw, in the order of `skeleton.LEGS`.
        loaded_slip: likewise of those steps in which the paw bears a tenth of the dog's weight or more.
        paw_depth, body_depth: m, how deep lower legs with their paws, and everything else, ever were in ground or
            things: 0 where they never touched.
        torque: N·m, the greatest of any leg's joint. torque_share: of its limit.
        at_limit: share of time and joints that a leg's motor gives all it may by its breed's limit. at_share: likewise
            by the part of that limit which the gait uses, so that it falls behind its plan.
        speed: rad/s, the greatest of any leg's joint.
        work, braked: J, what all motors, neck and tail too, did and what they took away.
        energy_per_metre: J/m, positive work of all motors over the way. cost_of_transport: that over the weight, no
            unit. absolute_cost: likewise with braking counted as an expense.
        mean_speed: m/s, the way over the time.
    """

    seconds: float
    way: float
    slip: float
    paw_slip: tuple[float, ...]
    loaded_slip: float
    paw_depth: float
    body_depth: float
    torque: float
    torque_share: float
    at_limit: float
    at_share: float
    speed: float
    work: float
    braked: float
    energy_per_metre: float
    cost_of_transport: float
    absolute_cost: float
    mean_speed: float


def point_speed(point: Sequence[float], normal: Sequence[float], motions: Sequence[Sequence[Sequence[float]]]) -> float:
    """Return how fast one body slides over another at a point, m/s.

    Args:
        point: (3,) m, world.
        normal: (3,) unit, of the contact.
        motions: of the one and of the other body: (3,) position m, velocity m/s, angular velocity rad/s.
    """
    (p, v, w), (q, u, o) = motions
    a, b, c = point[0] - p[0], point[1] - p[1], point[2] - p[2]
    d, e, f = point[0] - q[0], point[1] - q[1], point[2] - q[2]
    x = v[0] + w[1] * c - w[2] * b - u[0] - o[1] * f + o[2] * e
    y = v[1] + w[2] * a - w[0] * c - u[1] - o[2] * d + o[0] * f
    z = v[2] + w[0] * b - w[1] * a - u[2] - o[0] * e + o[1] * d
    along = x * normal[0] + y * normal[1] + z * normal[2]
    return math.sqrt(max(0.0, x * x + y * y + z * z - along * along))


def positive_work(torques: Sequence[float], before: Sequence[float], after: Sequence[float], dt: float) -> float:
    """Return the work that motors do in a step of dt s, J, braking left out.

    Args:
        torques: N·m of each joint during the step.
        before: rad/s of each joint when it began.
        after: rad/s of each joint at its end.
        dt: s.
    """
    return sum(max(0.0, t * 0.5 * (a + b) * dt) for t, a, b in zip(torques, before, after, strict=True))


class Observer:
    """Watches one dog of a world; call `look` after each physics step."""

    def __init__(self, world: World, name: str) -> None:
        """Begin to watch an actor, which must be a dog driven by its motors: PyBullet reports no raw torques."""
        dog = world.actors[name]
        assert isinstance(dog, Dog)
        self.world, self.dog = world, dog
        self._dt = 1 / world.step_rate
        self._rows = {part.name: part.index for part in world.parts if part.actor == name}
        self._own = frozenset(self._rows.values())
        self._paws = [self._rows[f"{name}/{dog.skeleton.bones[link].name}"] for link in PAWS]
        self._torso = self._rows[f"{name}/torso"]
        self._weight = dog.breed.mass * GRAVITY
        self._limits = [bone.torque for bone in dog.skeleton.bones]
        self._steps = 0
        self._slid, self._under = np.zeros(4), np.zeros(4)  # m: slipped, and gone, while down
        self._loaded, self._borne = 0.0, 0.0
        self._way = self._work = self._braked = self._torque = self._share = self._speed = 0.0
        self._paw_depth = self._body_depth = 0.0
        self._spent = self._eager = 0
        self._rates = [joint[1] for joint in self._joints()]

    def _joints(self) -> Sequence[Any]:
        return self.world.client.getJointStates(self.dog.body, self.dog.joint_indices)

    def look(self) -> None:
        """Take in the physics step that has just been done."""
        motion, dt = self.world.motion(), self._dt
        gone = float(np.hypot(*motion.velocity[self._torso, :2])) * dt
        self._steps += 1
        self._way += gone
        self._touch(motion, gone)
        rates, torques = zip(*[(joint[1], joint[3]) for joint in self._joints()], strict=True)
        self._work += positive_work(torques, self._rates, rates, dt)
        self._braked += positive_work([-torque for torque in torques], self._rates, rates, dt)
        self._rates = list(rates)
        for torque, limit, rate in zip(torques[:12], self._limits, rates, strict=False):
            share = abs(torque) / limit
            self._torque, self._share = max(self._torque, abs(torque)), max(self._share, share)
            self._speed = max(self._speed, abs(rate))
            self._spent += share >= SPENT
            self._eager += share >= SPENT * STRENGTH

    def _touch(self, motion: Any, gone: float) -> None:
        """Take in the contacts: what slips, and how deep it is."""
        slides: dict[int, list[tuple[float, float]]] = {}
        for row in self.world.contacts:
            a, b, depth = int(row["part_a"]), int(row["part_b"]), float(row["depth"])
            mine = [part for part in (a, b) if part in self._own]
            if len(mine) != 1:
                continue
            if mine[0] in self._paws:
                self._paw_depth = max(self._paw_depth, depth)
            else:
                self._body_depth = max(self._body_depth, depth)
            if mine[0] in self._paws and row["impulse"] > 0:
                moves = [(motion.position[i], motion.velocity[i], motion.angular_velocity[i]) for i in (a, b)]
                speed = point_speed(row["position"], row["normal"], moves)
                slides.setdefault(self._paws.index(mine[0]), []).append((speed, float(row["impulse"])))
        for paw, found in slides.items():
            pressed = sum(impulse for _, impulse in found)
            slid = sum(speed * impulse for speed, impulse in found) / pressed * self._dt
            self._slid[paw] += slid
            self._under[paw] += gone
            if pressed > 0.1 * self._weight * self._dt:
                self._loaded, self._borne = self._loaded + slid, self._borne + gone

    def result(self) -> Honesty:
        """Return what was seen so far."""
        seconds, metre = self._steps * self._dt, max(self._way, 1e-9)
        return Honesty(
            seconds=seconds,
            way=self._way,
            slip=float(self._slid.sum() / max(self._under.sum(), 1e-9)),
            paw_slip=tuple((self._slid / np.maximum(self._under, 1e-9)).tolist()),
            loaded_slip=self._loaded / max(self._borne, 1e-9),
            paw_depth=self._paw_depth,
            body_depth=self._body_depth,
            torque=self._torque,
            torque_share=self._share,
            at_limit=self._spent / max(12 * self._steps, 1),
            at_share=self._eager / max(12 * self._steps, 1),
            speed=self._speed,
            work=self._work,
            braked=self._braked,
            energy_per_metre=self._work / metre,
            cost_of_transport=self._work / metre / self._weight,
            absolute_cost=(self._work + self._braked) / metre / self._weight,
            mean_speed=self._way / max(seconds, 1e-9),
        )


def watch(world: World, name: str, command: Sequence[float], seconds: float, observer: Observer | None = None) -> None:
    """Hold a command for so long, s, and show each physics step to an observer."""
    values = np.array(command, np.float64)
    for _ in range(round(seconds * world.control_rate)):
        world.actors[name].command(values)
        for _ in range(world.steps_per_control):
            world.step()
            if observer is not None:
                observer.look()
