"""A jump: gather, push off (forelegs first), fold the legs over the obstacle, reach for the ground, stay on all fours.

Paws are planned in the torso's level frame as in `gait.py`. On the ground they move backwards at the running speed, so
that a jump can start from a run. Times are in pendulum times √(h/g), lengths in hip heights, so that they fit every
breed; they were found by search. This module knows nothing of joints or of PyBullet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from worldsim.actor.dog.gait import Motion


@dataclass(frozen=True)
class Leap:
    """The numbers of a jump.

    Attributes:
        gather: pendulum times from the order to the push, standing and at Froude speed 1 and above.
        push: pendulum times the push lasts. delay: how much later the hind legs push.
        crouch: how far the torso sinks, in hip heights, standing and at Froude speed 1 and above.
        reach: length of the legs at the end of the push, hip heights.
        back: how far behind their place the paws push, fore and hind, hip heights.
        tuck: height of the folded paws over the standing ground, fore and hind, hip heights.
        trail: how far back the folded hind paws are, hip heights.
        balance: how much more the forelegs, and less the hind legs, push for each rad of nose down, in hip heights; how
            many pendulum times of pitch rate count as pitch.
        skip: how high the paws are lifted while they gather at a run, hip heights: dragging them would brake.
        boost: how much faster than the ground fore and hind paws push back at a run, Froude speed: keeps the speed and
            the nose up.
        unfold: vertical Froude speed below which the fore and the hind legs reach for the ground.
        land: length of the legs that wait for the ground, hip heights.
        rock: share of a roll that the push takes back by pushing more on the lower side; how many pendulum times of
            roll rate count as roll.
        aside: what waiting paws do about a roll: share of it that they level; share of the hips' shift to the side
            that they follow; how many pendulum times they lead a drift to the side.
        stay: pendulum times that all paws stay down after the first has touched: a trot lifts two at once.
        hold: share of the dog's speed at which they are left behind meanwhile; less brakes.
        upright: share of pitch and roll that they take back meanwhile.
        straighten: share of the way to its length on the ground that a leg goes meanwhile in a pendulum time.
    """

    gather: tuple[float, float] = (1.584, 0.608)
    push: float = 0.42
    delay: float = 0.34
    crouch: tuple[float, float] = (0.265, 0.077)
    reach: float = 1.152
    back: tuple[float, float] = (0.139, 0.085)
    tuck: tuple[float, float] = (0.536, 0.78)
    trail: float = 0.089
    balance: tuple[float, float] = (0.0, 0.505)
    skip: float = 0.069
    boost: tuple[float, float] = (0.343, 0.726)
    unfold: tuple[float, float] = (0.137, -1.05)
    land: float = 0.973
    rock: tuple[float, float] = (0.3, 0.5)
    aside: tuple[float, float, float] = (0.7, 0.4, 0.3)
    stay: float = 0.954
    hold: float = 0.864
    upright: tuple[float, float] = (0.487, 0.637)
    straighten: float = 2.0


FROM_A_RUN = Leap(
    delay=0.354, back=(0.158, 0.084), boost=(0.45, 0.679), unfold=(0.181, -1.091), land=0.978, rock=(0.29, 0.523),
    aside=(0.705, 0.37, 0.284), stay=0.903, hold=0.81, upright=(0.389, 0.526), straighten=2.28,
)  # fmt: skip
"""What differs from a jump from standing."""
RUN = 0.6
"""Froude speed from which a jump is one from a run."""


class Jump:
    """One jump, from control period to control period. All of its state is in `state()`."""

    def __init__(self, home: list[float], height: float, dt: float) -> None:
        """Take the paws' places at rest (twelve numbers, m), the height of the hips over them and the period in s."""
        self.home = home
        self.height = height
        self.dt = dt
        self.standing, self.running = Leap(), FROM_A_RUN
        self.scale = math.sqrt(height / 9.81)
        self.begin(home, 0.0)

    def begin(self, feet: list[float], speed: float) -> None:
        """Start from where the paws are, at a forward speed in m/s."""
        self.start = list(feet)
        self.feet = list(feet)
        self.speed = speed
        self.time = 0.0
        self.flight = 0.0
        self.falling = 0.0
        self.landed = 0.0
        self.done = False

    def state(self) -> tuple[object, ...]:
        """Return everything that `update` depends on."""
        clocks = self.time, self.flight, self.falling, self.landed
        return tuple(self.start), tuple(self.feet), self.speed, clocks, self.done

    def set_state(self, state: tuple) -> None:
        """Take back what `state` returned."""
        start, feet, self.speed, clocks, self.done = state
        self.time, self.flight, self.falling, self.landed = clocks
        self.start, self.feet = list(start), list(feet)

    @property
    def leap(self) -> Leap:
        """The numbers of this jump, which go with the speed that it began at."""
        return self.running if abs(self.speed) > RUN * math.sqrt(9.81 * self.height) else self.standing

    @property
    def pushing(self) -> bool:
        """Whether the legs still push against the ground."""
        return self.flight == 0.0

    def update(self, rise: float, motion: Motion, touching: bool) -> None:
        """Plan the paws for the end of the next control period.

        Args:
            rise: m/s, the torso's vertical speed.
            motion: how it moves otherwise.
            touching: whether a paw touches something.
        """
        leap, h, dt = self.leap, self.height, self.dt
        self.time += dt
        run = min(1.0, abs(self.speed) / math.sqrt(9.81 * h))
        gather = self.scale * (leap.gather[0] + run * (leap.gather[1] - leap.gather[0]))
        sink = h * (leap.crouch[0] + run * (leap.crouch[1] - leap.crouch[0]))
        push, delay = leap.push * self.scale, leap.delay * self.scale
        if self.time < gather + push + delay:
            tilt = leap.balance[0] * h * _tilted(motion.pitch, leap.balance[1] * self.scale * motion.pitch_rate)
            rock = leap.rock[0] * _tilted(motion.roll, leap.rock[1] * self.scale * motion.roll_rate)
            self._ground(gather, push, delay, sink, tilt, rock, leap.skip * run * h)
        elif self.landed == 0.0:
            self._air(rise, motion, touching)
        else:
            self._stay(motion)
        if self.landed > leap.stay * self.scale or self.flight > 12 * self.scale:
            self.done = True

    def _ground(
        self, gather: float, push: float, delay: float, sink: float, tilt: float, rock: float, skip: float
    ) -> None:
        leap, h = self.leap, self.height
        boost = math.copysign(math.sqrt(9.81 * h), self.speed) * min(1.0, abs(self.speed) / math.sqrt(9.81 * h))
        for i in range(4):
            a = 3 * i
            begin = gather + (delay if i >= 2 else 0.0)
            part = max(0.0, min(1.0, self.time / begin))
            ease = part * part * (3 - 2 * part)
            thrust = max(0.0, min(1.0, (self.time - begin) / push))
            # The paw passes its place in the middle of the push and moves with the ground.
            sweep = self.speed + boost * leap.boost[i // 2]
            place = self.home[a] - leap.back[i // 2] * h + sweep * (begin + 0.5 * push - self.time)
            limit = 0.8 * h
            place = max(self.home[a] - limit, min(self.home[a] + limit, place))
            self.feet[a] = self.start[a] + (place - self.start[a]) * ease
            self.feet[a + 1] = self.start[a + 1] + (self.home[a + 1] - self.start[a + 1]) * ease
            low = self.start[a + 2] + (self.home[a + 2] + sink - self.start[a + 2]) * ease
            low += skip * math.sin(math.pi * part)
            end = self.home[a + 2] - (leap.reach - 1.0) * h
            more = (tilt if i >= 2 else -tilt) + rock * self.home[a + 1]
            self.feet[a + 2] = low + (end - low) * thrust * thrust * (2 - thrust) + more * ease

    def _air(self, rise: float, motion: Motion, touching: bool) -> None:
        leap, h, dt = self.leap, self.height, self.dt
        self.flight += dt
        top = math.sqrt(9.81 * h)
        if self.flight > 0.5 * self.scale and rise < leap.unfold[0] * top:
            self.falling += dt
        quick = dt / (0.55 * self.scale)
        for i in range(4):
            a = 3 * i
            hind = i // 2
            y = self.home[a + 1]
            if self.falling > 0.0 and (hind == 0 or rise < leap.unfold[1] * top):
                level, shift, drift = leap.aside
                x = self.home[a] + 0.9 * self.scale * self.speed * (1 - 0.3 * hind) + h * motion.pitch
                z = self.home[a + 2] + (1.0 - leap.land) * h + self.home[a] * motion.pitch - level * y * motion.roll
                y += drift * self.scale * motion.left - shift * h * motion.roll
            else:
                x = self.home[a] - hind * leap.trail * h + (1 - hind) * 0.1 * h
                z = self.home[a + 2] + leap.tuck[hind] * h
            self.feet[a] += (x - self.feet[a]) * min(1.0, 2.5 * quick)
            self.feet[a + 1] += (y - self.feet[a + 1]) * min(1.0, (2.5 if self.falling > 0.0 else 1.0) * quick)
            self.feet[a + 2] += (z - self.feet[a + 2]) * min(1.0, 2.5 * quick)
        if self.falling > 0.3 * self.scale and touching:
            self.landed += dt

    def _stay(self, motion: Motion) -> None:
        """Keep all paws on the ground, straighten the legs and take back what the torso is tilted."""
        leap, dt = self.leap, self.dt
        self.landed += dt
        pitch, roll = leap.upright[0] * motion.pitch, leap.upright[1] * motion.roll
        for a in (0, 3, 6, 9):
            self.feet[a] -= leap.hold * motion.forward * dt
            z = self.home[a + 2] + self.feet[a] * pitch - self.feet[a + 1] * roll
            self.feet[a + 2] += (z - self.feet[a + 2]) * min(1.0, leap.straighten * dt / self.scale)


def _tilted(angle: float, coming: float) -> float:
    """Return an angle and what is coming of it, rad, within bounds."""
    return max(-0.6, min(0.6, angle + coming))
