"""Where a dog's paws should be: standing, walking, trotting and turning, with foot placement that keeps the balance.

Paws are planned in the torso's level frame: x forward, y left, z up, the origin at the torso's centre of mass, turned
with the torso about the vertical but not tilted with it. Speeds are made comparable between breeds by the Froude
number: u = v / √(g h) with the hips' height h (Alexander & Jayes, J. Zool. 201, 1983). Where a paw lands follows
Raibert (Legged Robots That Balance, 1986): half a stance ahead, corrected by the error of velocity. This module knows
nothing of joints or of PyBullet.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.skeleton import Skeleton

GRAVITY = 9.81
TALL = 0.07
"""How much higher than in motion a dog stands, in hip heights."""
WALK, TROT, RUN = 0.40, 0.62, 1.5
"""Froude speeds: below WALK four beats, from TROT on two (a dog trots from about u = 0.6), RUN: shortest stance."""
HIGHEST, LOWERING = 0.66, 0.08
"""Froude speed at which paws swing highest, and how many hip heights lower for each Froude speed above it up to 1: what
is set down from less high sinks in less deep."""

OVER = 0.04
"""How far over what lies in its way a paw swings, hip heights."""

Rise = Callable[[float, float, float, float], float]
"""How much higher the ground is on a paw's way: see `worldsim.actor.dog.footing.Footing.rise`."""


class Motion(NamedTuple):
    """How the torso moves now.

    Attributes:
        forward, left: m/s, velocity in the level frame. turn: rad/s about the vertical.
        roll, pitch: rad, left side up and nose down positive. roll_rate, pitch_rate: rad/s.
    """

    forward: float
    left: float
    turn: float
    roll: float
    pitch: float
    roll_rate: float
    pitch_rate: float


@dataclass(frozen=True)
class Style:
    """The numbers of a gait that were found by search; those without a unit are shares.

    Attributes:
        rate: strides in a pendulum time √(h/g) at rest, its growth with Froude speed, and its highest value.
        duty: share of a stride a paw is down: walking, trotting, running.
        clearance: how high a paw swings, in hip heights: at rest, its growth with Froude speed up to HIGHEST, and
            with the Froude speed at which it is pushed aside.
        place: how far ahead a paw lands for each m/s too fast, forward and sideways, in pendulum times.
        push: share of the error of velocity that planted paws make good, forward and sideways.
        level: share of the torso's pitch and roll that planted paws counter.
        turn: share of the error of the turn rate that planted paws make good.
        retract: share of the ground's speed that a paw has when it lands.
        hurry: Froude speed gained in a pendulum time at most.
        lean: share of the pull of a curve or a start that paws landing further out make good.
        course: rad/s of turn for each rad away from the course.
        trust: share of a new measurement in the smoothed one, for each number of `Motion`.
        patience: Froude speed that the plan may be ahead of the truth: more is no use against a wall.
        footing: share of the pitch taken for the ground's slope in a pendulum time.
        swerve: turn rate gained in a pendulum time at most, in radians a pendulum time.
    """

    rate: tuple[float, float, float] = (0.31, 0.277, 0.84)
    duty: tuple[float, float, float] = (0.745, 0.454, 0.301)
    clearance: tuple[float, float, float] = (0.15, 0.155, 0.3)
    place: tuple[float, float] = (0.19, 0.697)
    push: tuple[float, float] = (0.978, 0.0)
    level: tuple[float, float] = (-0.5, -0.5)
    turn: float = 0.0
    retract: float = 0.78
    hurry: float = 0.21
    lean: float = 0.623
    patience: float = 0.45
    footing: float = 0.3
    swerve: float = 1.058
    course: float = 2.507
    trust: tuple[float, ...] = (0.944, 0.944, 0.944, 0.955, 0.955, 0.955, 0.955)


def mix(x: float, x0: float, x1: float, y0: float, y1: float) -> float:
    """Return y0 below x0, y1 above x1 and the straight line between."""
    if x <= x0:
        return y0
    if x >= x1:
        return y1
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)


class Gait:
    """The paws of one dog from control period to control period. All of its state is in `state()`.

    Attributes:
        feet: twelve numbers, m: where the four paws' centres should be in the torso's tilted frame.
        phase: [0, 1) of the stride.
        swinging: which paws are in the air by plan.
        rise: m, how much higher each has to swing for what lies in its way.
    """

    def __init__(self, breed: Breed, skeleton: Skeleton, dt: float, style: Style | None = None) -> None:
        """Take the dog's measures and the control period in s."""
        self.dt = dt
        self.style = style if style is not None else Style()
        self.height = breed.hip_height - breed.paw
        self.scale = math.sqrt(self.height / GRAVITY)  # s: the pendulum time of the leg
        self.top = math.sqrt(self.height * GRAVITY)  # m/s at Froude speed 1
        self.home: list[float] = []
        for i, root in enumerate(skeleton.roots):
            ahead = breed.front_foot if i < 2 else breed.rear_foot
            self.home.extend((root[0] + ahead, root[1], root[2] - self.height))
        middle = (self.home[0] + self.home[6]) / 2
        self.shift = skeleton.centre(breed)[0] - middle
        self.reset()

    def reset(self) -> None:
        """Stand."""
        self.phase = 0.0
        self.speed = 0.0
        self.spin = 0.0
        self.walking = False
        self.quiet = 0.0
        self.tall = TALL
        self.going = 0.0
        self.slope = 0.0
        self.swinging = [False] * 4
        self.rise = [0.0] * 4
        self.ground = list(self.home)
        self.lift = list(self.home)
        self.feet = [c - TALL * self.height if k % 3 == 2 else c for k, c in enumerate(self.home)]

    def adopt(self, feet: list[float]) -> None:
        """Go on from paws that are where something else put them: twelve numbers as in `feet`."""
        self.ground = [self.home[k] if k % 3 == 2 else feet[k] for k in range(12)]
        self.tall = (self.home[2] - feet[2]) / self.height
        self.feet = list(feet)

    def land(self, feet: list[float], speed: float) -> None:
        """Go on from a jump: all paws near the ground, at a forward speed in m/s."""
        self.adopt(feet)
        self.tall = 0.0
        self.speed = self.going = speed
        self.walking = True
        self.swinging = [False] * 4

    def state(self) -> tuple[object, ...]:
        """Return everything that `update` depends on, as plain numbers."""
        return (
            self.phase, self.speed, self.spin, self.walking, self.quiet, self.tall, self.going, self.slope,
            tuple(self.swinging), tuple(self.rise), tuple(self.ground), tuple(self.lift), tuple(self.feet),
        )  # fmt: skip

    def set_state(self, state: tuple) -> None:
        """Take back what `state` returned."""
        self.phase, self.speed, self.spin, self.walking, self.quiet, self.tall, self.going, self.slope = state[:8]
        self.swinging, self.rise, self.ground, self.lift, self.feet = (list(values) for values in state[8:])

    def update(self, speed: float, spin: float, motion: Motion, crouch: float = 0.0, rise: Rise | None = None) -> None:
        """Plan the paws for the end of the next control period.

        Args:
            speed: m/s wanted.
            spin: rad/s wanted.
            motion: how the torso moves.
            crouch: m to sink the torso by.
            rise: looks where a paw that is lifted will go; None for level ground.
        """
        dt, feet, ground, lift, home = self.dt, self.feet, self.ground, self.lift, self.home
        style = self.style
        hurry = style.hurry * self.top * dt / self.scale
        # Limits are written out as conditions: calls of max and min would be a third of this function's time.
        gain = speed - self.speed
        gain = (gain if gain > -hurry else -hurry) if gain < hurry else hurry
        slope = self.slope + min(1.0, style.footing * dt / self.scale) * (motion.pitch - self.slope)
        self.slope = (slope if slope > -0.45 else -0.45) if slope < 0.45 else 0.45
        nose = motion.pitch - self.slope
        swerve = style.swerve * 0.15 * dt / self.scale**2
        self.going += min(1.0, 0.9 * dt / self.scale) * (motion.forward - self.going)
        slack = style.patience * self.top
        most, least, wanted = self.going + slack, self.going - slack, self.speed + gain
        wanted = wanted if wanted < most else most
        gain = (wanted if wanted > least else least) - self.speed
        self.speed += gain
        more = spin - self.spin
        self.spin += (more if more > -swerve else -swerve) if more < swerve else swerve
        speed, spin = self.speed, self.spin
        self._start_or_stop(speed, spin, motion)
        slack = (0.12 + 0.12 * min(1.0, self.quiet)) * self.height
        halting = self.quiet > 0.0 and abs(motion.forward) + abs(motion.left) < 0.15 * self.top
        u = (abs(speed) + 0.08 * abs(spin)) / self.top
        walk, trot, run = style.duty
        duty = mix(u, WALK, TROT, walk, trot) if u < TROT else mix(u, TROT, RUN, trot, run)
        rate = min(style.rate[0] + style.rate[1] * u, style.rate[2]) / self.scale
        stance = duty / rate
        swing = (1 - duty) / rate
        if self.walking:
            self.phase = (self.phase + rate * dt) % 1.0
        tall = 0.0 if self.walking else TALL
        self.tall += max(-0.6 * dt, min(0.25 * dt, tall - self.tall))
        crouch -= self.tall * self.height
        pair = mix(u, WALK, TROT, 0.25, 0.0)  # walk: lateral sequence of four beats; trot: diagonal pairs
        offsets = (0.5 - pair, 1.0 - pair, 0.0, 0.5)
        under = mix(u, 0.1, 0.6, 0.0, self.shift)
        error_x, error_y = motion.forward - speed, motion.left
        push_x, push_y = style.push[0] * error_x, style.push[1] * error_y
        step_x = 0.5 * stance * (0.5 * speed + 0.5 * motion.forward) + style.place[0] * self.scale * error_x
        step_y = 0.5 * stance * motion.left + style.place[1] * self.scale * error_y
        outwards = style.lean * self.height / GRAVITY
        step_x -= outwards * gain / dt
        step_y -= outwards * speed * spin
        far, aside = 0.75 * self.height, 0.6 * self.height
        step_x = (step_x if step_x > -far else -far) if step_x < far else far
        step_y = (step_y if step_y > -aside else -aside) if step_y < aside else aside
        turn = spin + style.turn * (spin - motion.turn)
        rest, grown, pushed = style.clearance
        over = min(u, 1.0) - HIGHEST
        swung = rest + grown * min(u, HIGHEST) - (LOWERING * over if over > 0.0 else 0.0)
        clearance = self.height * (swung + pushed * min(0.7, abs(error_y) / self.top))
        tilt_x = style.level[0] * nose
        tilt_y = style.level[1] * motion.roll
        tilt_x = (tilt_x if tilt_x > -0.3 else -0.3) if tilt_x < 0.3 else 0.3
        tilt_y = (tilt_y if tilt_y > -0.3 else -0.3) if tilt_y < 0.3 else 0.3
        for i in range(4):
            a = 3 * i
            hx, hy = home[a] + under, home[a + 1]
            phase = (self.phase + offsets[i]) % 1.0
            part = (phase - duty) / (1 - duty)
            lifted = False
            if not self.swinging[i]:
                astray = abs(ground[a] - home[a]) + abs(ground[a + 1] - home[a + 1]) > slack
                if self.walking and 0.0 <= part < 0.35 and (astray or not halting):
                    self.swinging[i] = lifted = True
                    lift[a], lift[a + 1] = ground[a], ground[a + 1]
            elif part < 0.0 or part > 1.0:
                self.swinging[i] = False
            if self.swinging[i]:
                to_x = hx + step_x - 0.5 * stance * spin * hy + self.height * motion.pitch
                to_y = hy + step_y + 0.5 * stance * spin * hx - self.height * motion.roll
                if lifted and rise is not None:
                    self.rise[i] = self._look(rise, (ground[a], ground[a + 1]), (to_x, to_y), swing, motion)
                # Hermite curve that leaves and meets the ground at the ground's own speed.
                t2, t3 = part * part, part * part * part
                h1 = 3 * t2 - 2 * t3
                slope = (t3 - 2 * t2 + part) + (t3 - t2)
                back = -style.retract * swing * slope
                ground[a] = lift[a] + (to_x - lift[a]) * h1 + back * (speed - spin * hy)
                ground[a + 1] = lift[a + 1] + (to_y - lift[a + 1]) * h1 + back * spin * hx
                wave = math.sin(math.pi * part)
                up = clearance * wave**1.2
                if self.rise[i] > 0.0:
                    up += (self.rise[i] + OVER * self.height) * wave**0.6
                feet[a], feet[a + 1] = ground[a], ground[a + 1]
                feet[a + 2] = home[a + 2] + crouch + up + 0.8 * (ground[a] * nose - ground[a + 1] * motion.roll)
            else:
                if self.walking:
                    gx, gy = ground[a], ground[a + 1]
                    ground[a] -= (speed - push_x - turn * gy) * dt
                    ground[a + 1] -= (-push_y + turn * gx) * dt
                    self._tether(a, hx, hy)
                feet[a], feet[a + 1] = ground[a], ground[a + 1]
                feet[a + 2] = home[a + 2] + crouch - ground[a] * tilt_x + ground[a + 1] * tilt_y

    def _look(
        self, rise: Rise, start: tuple[float, float], end: tuple[float, float], swing: float, motion: Motion
    ) -> float:
        """Return how much higher the ground is on the way of a paw that is in the air for `swing` s; places in m.

        The torso goes on and turns meanwhile; `end` is seen from where it will be then.
        """
        turned = self.spin * swing
        c, s = math.cos(turned), math.sin(turned)
        x = 0.5 * (motion.forward + self.speed) * swing + c * end[0] - s * end[1]
        return rise(*start, x, motion.left * swing + s * end[0] + c * end[1])

    def _start_or_stop(self, speed: float, spin: float, motion: Motion) -> None:
        wanted = abs(speed) > 0.04 or abs(spin) > 0.25
        shaken = (
            math.hypot(motion.forward, motion.left) > 0.22 * self.top
            or abs(motion.roll) > 0.16
            or abs(motion.pitch - self.slope) > 0.22
        )
        away = max(
            abs(self.ground[a] - self.home[a]) + abs(self.ground[a + 1] - self.home[a + 1]) for a in (0, 3, 6, 9)
        )
        self.quiet = 0.0 if wanted or shaken else self.quiet + self.dt
        if not self.walking:
            self.walking = wanted or shaken or away > 0.25 * self.height
        elif self.quiet > 0.2 and not any(self.swinging):
            self.walking = away > 0.25 * self.height and self.quiet < 2.0

    def _tether(self, a: int, hx: float, hy: float) -> None:
        """Keep a planted paw within the leg's reach."""
        limit = 0.85 * self.height
        dx, dy = self.ground[a] - hx, self.ground[a + 1] - hy
        away = math.hypot(dx, dy)
        if away > limit:
            self.ground[a] = hx + dx * limit / away
            self.ground[a + 1] = hy + dy * limit / away
