"""Getting up: from any side or the back onto the belly, and from there onto the paws.

On the way to the belly the legs' pose is a function of how far the torso is rolled: what to do on the back, on the
side, and nearly there, with straight lines between. Folding the legs of the side that lies below, reaching over with
the others and bowing the head moves the centre of mass and swings the torso round. The poses were found by search over
random falls (see docs/actors.md). This module knows nothing of PyBullet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Pose = tuple[float, float, float, float, float, float, float, float]
"""abduction outwards and length of the legs below, of the legs above; swing forwards of front below, front above, rear
below, rear above: (rad, share, rad, share, rad, rad, rad, rad)."""


@dataclass(frozen=True)
class Plan:
    """What to do while rolled.

    Attributes:
        rolled: rad, the roll at which each pose holds, increasing.
        poses: one for each.
        neck: rad the neck is lowered by below the horizon, for each.
        quick: rad/s, how fast the joints go from pose to pose.
        wriggle: rad for each turn that failed, and Hz, of a swing of the legs that gets a stuck dog loose.
        restless: s of turning from which the legs swing even before the turn has failed, and s in which that swing
            grows by what a failed turn adds; at most three times as much.
        belly: rad of tilt below which it rises; above 1.5 times that it gives up rising.
        tuck, rise: s to bring the paws under the belly, and to straighten the legs.
        spread: rad the legs are abducted meanwhile. crouch: length of the tucked legs, a share.
        prop: how much more the legs below straighten, in shares of their length for each rad of roll.
        stuck: s of turning after which it tries to rise as it lies, for half that time, again and again.
        leans: s of standing on straight legs without being upright after which it begins anew.
    """

    rolled: tuple[float, ...]
    poses: tuple[Pose, ...]
    neck: tuple[float, ...]
    quick: float
    wriggle: tuple[float, float]
    restless: tuple[float, float]
    belly: float
    tuck: float
    rise: float
    spread: float
    prop: float
    crouch: float
    stuck: float = 1.4
    leans: float = 0.7


PLAN = Plan(
    rolled=(0.7, 1.3, 1.9, 2.5, 3.1),
    poses=(
        (0.413, 0.262, -0.316, 0.543, -1.021, 0.601, -0.403, 0.969),
        (-1.1, 0.251, 1.1, 0.288, -2.2, 0.619, -0.075, -1.563),
        (-0.263, 0.25, 0.991, 0.95, -1.84, 0.807, -2.2, 0.724),
        (0.914, 0.887, -0.748, 0.883, -1.296, -0.496, 1.381, -0.36),
        (0.505, 0.863, -0.839, 0.896, -0.29, -0.41, -0.217, 0.365),
    ),
    neck=(0.579, -0.016, 0.652, 0.003, 0.431),
    quick=17.399,
    wriggle=(0.5, 1.0),
    restless=(0.8, 0.6),
    belly=1.146,
    tuck=0.159,
    rise=0.154,
    spread=0.305,
    prop=-0.078,
    crouch=0.351,
)

HEIGHT = 0.231
"""m, the hips' height over the paws' centres of the dog that the plan's times are for."""
STRAIGHT = 0.86
"""Length of the legs at the end, a share of both bones'."""


class Recovery:
    """One attempt to get up, from control period to control period. All of its state is in `state()`."""

    def __init__(self, dt: float, height: float, plan: Plan = PLAN) -> None:
        """Take the control period in s and the hips' height in m: small dogs are quicker, as the square root of it."""
        self.dt = dt * math.sqrt(HEIGHT / height)
        self.plan = plan
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self.time = 0.0
        self.rising = 0.0
        self.side = 0.0
        self.turning = 0.0
        self.tries = 0

    def state(self) -> tuple[float, float, float, float, int]:
        """Return the times since it began, rises and turns, the side it lies on, and the turns that failed."""
        return self.time, self.rising, self.turning, self.side, self.tries

    def set_state(self, state: tuple[float, float, float, float, int]) -> None:
        """Take back what `state` returned."""
        self.time, self.rising, self.turning, self.side, self.tries = state

    @property
    def done(self) -> bool:
        """Whether the legs are straight."""
        return self.rising >= self.plan.tuck + self.plan.rise

    def update(self, up: tuple[float, float, float]) -> tuple[tuple[tuple[float, float, float], ...], float]:
        """Return for each leg (abduction outwards rad, length as a share, swing forwards rad), and the neck's angle.

        Args:
            up: the world's up in the torso's frame, unit.
        """
        self.time += self.dt
        rolled = math.atan2(math.hypot(up[0], up[1]), up[2])
        if self.rising > self.plan.tuck + self.plan.rise + self.plan.leans:
            self.rising = 0.0  # its legs are straight and it does not stand: it leans on something
        belly = self.plan.belly * (1.0 if self.rising == 0 else 1.5)
        if self.turning > self.plan.stuck:
            belly = 2.2
            if self.turning > 1.5 * self.plan.stuck:
                self.turning = 0.0
                self.side = -self.side  # something holds it: try the other way
                self.tries += 1
        if rolled < belly:
            self.rising += self.dt
            if self.turning > self.plan.stuck:
                self.turning += self.dt
            return self._rise(up[1])
        self.turning += self.dt
        self.rising = 0.0
        roll = math.atan2(abs(up[1]), up[2])
        if self.side == 0.0 or (abs(up[1]) > 0.35 and self.tries % 2 == 0):
            self.side = 1.0 if up[1] >= 0 else -1.0
        return self._turn(roll)

    def _rise(self, left_up: float) -> tuple[tuple[tuple[float, float, float], ...], float]:
        plan = self.plan
        part = max(0.0, min(1.0, (self.rising - plan.tuck) / plan.rise))
        length = plan.crouch + (STRAIGHT - plan.crouch) * part
        spread = plan.spread * (1 - part)
        left = max(0.3, min(0.97, length - plan.prop * left_up))
        right = max(0.3, min(0.97, length + plan.prop * left_up))
        return ((spread, left, 0.0), (spread, right, 0.0)) * 2, -0.3

    def _turn(self, roll: float) -> tuple[tuple[tuple[float, float, float], ...], float]:
        plan = self.plan
        knots = plan.rolled
        k = 0
        while k < len(knots) - 2 and roll > knots[k + 1]:
            k += 1
        part = max(0.0, min(1.0, (roll - knots[k]) / (knots[k + 1] - knots[k])))
        pose = [a + part * (b - a) for a, b in zip(plan.poses[k], plan.poses[k + 1], strict=True)]
        neck = plan.neck[k] + part * (plan.neck[k + 1] - plan.neck[k])
        far, often = plan.wriggle
        late, growth = plan.restless
        failed = self.tries + max(0.0, self.turning - late) / growth
        shake = min(failed, 3.0) * far * math.sin(2 * math.pi * often * self.time)
        below_front = (pose[0] - shake, pose[1], pose[4] + 2 * shake)
        above_front = (pose[2] + shake, pose[3], pose[5] + 2 * shake)
        below_rear = (pose[0] - shake, pose[1], pose[6] - 2 * shake)
        above_rear = (pose[2] + shake, pose[3], pose[7] - 2 * shake)
        if self.side > 0:  # the left side is up: the right legs lie below
            return (above_front, below_front, above_rear, below_rear), neck
        return (below_front, above_front, below_rear, above_rear), neck
