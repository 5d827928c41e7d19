"""A jump: gather, push off (forelegs first), fold the legs over the obstacle, reach for the ground.

Paws are planned in the torso's level frame as in `gait.py`. On the ground they move backwards at the running speed, so
that a jump can start from a run. Times are in pendulum times √(h/g), lengths in hip heights, so that they fit every
breed; they were found by search. This module knows nothing of joints or of PyBullet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


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
    """

    gather: tuple[float, float] = (1.663, 0.807)
    push: float = 0.491
    delay: float = 0.26
    crouch: tuple[float, float] = (0.258, 0.05)
    reach: float = 1.2
    back: tuple[float, float] = (0.146, 0.096)
    tuck: tuple[float, float] = (0.595, 0.736)
    trail: float = 0.32
    balance: tuple[float, float] = (0.0, 0.548)
    skip: float = 0.112
    boost: tuple[float, float] = (0.405, 0.646)
    unfold: tuple[float, float] = (0.083, -1.044)
    land: float = 0.976


class Jump:
    """One jump, from control period to control period. All of its state is in `state()`."""

    def __init__(self, home: list[float], height: float, dt: float, leap: Leap | None = None) -> None:
        """Take the paws' places at rest (twelve numbers, m), the height of the hips over them and the period in s."""
        self.home = home
        self.height = height
        self.dt = dt
        self.leap = leap if leap is not None else Leap()
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
        self.done = False

    def state(self) -> tuple[object, ...]:
        """Return everything that `update` depends on."""
        return tuple(self.start), tuple(self.feet), self.speed, self.time, self.flight, self.falling, self.done

    def set_state(self, state: tuple) -> None:
        """Take back what `state` returned."""
        start, feet, self.speed, self.time, self.flight, self.falling, self.done = state
        self.start, self.feet = list(start), list(feet)

    @property
    def pushing(self) -> bool:
        """Whether the legs still push against the ground."""
        return self.flight == 0.0

    def update(self, rise: float, pitch: float, pitch_rate: float, touching: bool) -> None:
        """Plan the paws for the end of the next control period.

        Args:
            rise: m/s, the torso's vertical speed.
            pitch: rad, nose down positive.
            pitch_rate: rad/s.
            touching: whether a paw touches something.
        """
        leap, h, dt = self.leap, self.height, self.dt
        self.time += dt
        run = min(1.0, abs(self.speed) / math.sqrt(9.81 * h))
        gather = self.scale * (leap.gather[0] + run * (leap.gather[1] - leap.gather[0]))
        sink = h * (leap.crouch[0] + run * (leap.crouch[1] - leap.crouch[0]))
        push, delay = leap.push * self.scale, leap.delay * self.scale
        if self.time < gather + push + delay:
            lead, ahead = leap.balance
            tilt = lead * h * max(-0.6, min(0.6, pitch + ahead * self.scale * pitch_rate))
            self._ground(gather, push, delay, sink, tilt, leap.skip * run * h)
        else:
            self._air(rise, pitch, touching)

    def _ground(self, gather: float, push: float, delay: float, sink: float, tilt: float, skip: float) -> None:
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
            self.feet[a + 2] = low + (end - low) * thrust * thrust * (2 - thrust) + (tilt if i >= 2 else -tilt) * ease

    def _air(self, rise: float, pitch: float, touching: bool) -> None:
        leap, h, dt = self.leap, self.height, self.dt
        self.flight += dt
        top = math.sqrt(9.81 * h)
        if self.flight > 0.5 * self.scale and rise < leap.unfold[0] * top:
            self.falling += dt
        quick = dt / (0.55 * self.scale)
        for i in range(4):
            a = 3 * i
            hind = i // 2
            if self.falling > 0.0 and (hind == 0 or rise < leap.unfold[1] * top):
                x = self.home[a] + 0.9 * self.scale * self.speed * (1 - 0.3 * hind) + h * pitch
                z = self.home[a + 2] + (1.0 - leap.land) * h + self.home[a] * pitch
            else:
                x = self.home[a] - hind * leap.trail * h + (1 - hind) * 0.1 * h
                z = self.home[a + 2] + leap.tuck[hind] * h
            self.feet[a] += (x - self.feet[a]) * min(1.0, 2.5 * quick)
            self.feet[a + 1] += (self.home[a + 1] - self.feet[a + 1]) * quick
            self.feet[a + 2] += (z - self.feet[a + 2]) * min(1.0, 2.5 * quick)
        self.done = (self.falling > 0.3 * self.scale and touching) or self.flight > 12 * self.scale
