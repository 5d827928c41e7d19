"""Behaviours in one place: stand, wait, sit, lie, wag, scratch, look at, and the fright.

Each is a generator of commands, one a control period, from whatever the dog is doing until it is done. Whoever drives
it may close it at any time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from worldsim.behaviour.body import TURN, Body
from worldsim.behaviour.posture import Posture
from worldsim.behaviour.thing import Cast
from worldsim.scene.story_text import Said
from worldsim.task import Floats

Acts = Iterator[Floats]

EASY, HASTY = 0.75, 0.16
"""s from one posture to another: at ease, in fright."""
GLAD = 0.9
"""rad a tail swings that is told to wag."""
ASIDE = 0.65
"""rad: what is farther off to the side than this is turned to before it is looked at."""
SCRATCHES = 4.0
"""Hz. Dogs scratch at 4 to 5 Hz."""


def move(body: Body, goal: Posture, seconds: float = EASY) -> Acts:
    """Go over to a posture."""
    start = body.pose if body.pose is not None else body.postures.stand
    if body.pose is None:  # the paws must stand before they can be posed
        yield from settle(body)
    steps = max(1, round(seconds / body.dt))
    for k in range(1, steps + 1):
        part = k / steps
        yield body.order(pose=start.towards(goal, part * part * (3 - 2 * part)))


def rise(body: Body) -> Acts:
    """Stand up from any posture, and leave the legs to the gait."""
    if body.pose is not None:
        yield from move(body, body.postures.stand, 0.6)


def settle(body: Body, limit: float = 2.0) -> Acts:
    """Come to a halt, and wait until a dog that fell is on its paws again."""
    waited = still = 0.0
    while (still < 0.15 and waited < limit) or body.dog.doing == "recover":
        (vx, vy, _), _ = body.dog.client.getBaseVelocity(body.dog.body)
        still = still + body.dt if math.hypot(vx, vy) < 0.15 and not body.dog.gait.walking else 0.0
        waited += body.dt
        yield body.order()


def _held(seconds: float, body: Body) -> range:
    return range(max(1, round(seconds / body.dt)))


def stand(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Stand, tail as told."""
    yield from rise(body)
    for _ in _held(seconds, body):
        yield body.order(wag=GLAD if said.wag else None)


def wait(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Stay as it is."""
    pose = body.pose
    for _ in _held(seconds, body):
        yield body.order(pose=pose, wag=GLAD if said.wag else None)


def sit(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Sit: rump on the ground, forelegs straight."""
    yield from _rest(body, body.postures.sit, said, seconds)


def lie(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Lie on the belly, forelegs along the ground."""
    yield from _rest(body, body.postures.lie, said, seconds)


def _rest(body: Body, goal: Posture, said: Said, seconds: float) -> Acts:
    yield from move(body, goal)
    for _ in _held(seconds, body):
        yield body.order(pose=goal, wag=GLAD if said.wag else 0.0)


def wag(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Wag the tail, the hindquarters with it, in the posture it has."""
    pose = body.pose
    for k in _held(seconds, body):
        if pose is None:
            yield from _swing(body, k)
        else:
            yield body.order(pose=pose, wag=GLAD)


def _swing(body: Body, k: int) -> Acts:
    """Stand with hips that swing with the tail."""
    ease = min(1.0, k * body.dt / 0.3)
    swing = 0.10 * ease * math.sin(2 * math.pi * 2.6 * k * body.dt)
    yield body.order(turn=swing, wag=GLAD)


def scratch(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Sit down and scratch behind the ear with a hind leg, head bent to it."""
    base = body.postures.scratch
    yield from move(body, body.postures.sit)
    yield from move(body, base, 0.45)
    beats = max(2, round(SCRATCHES * seconds))
    for k in range(round(beats / SCRATCHES / body.dt)):
        turn = 2 * math.pi * SCRATCHES * k * body.dt
        rest = 0.5 - 0.5 * math.cos(min(math.pi, turn))  # grows over the first half beat
        hip, knee = 0.12 * rest * math.sin(turn), 0.26 * rest * math.sin(turn + 0.6)
        abduction, thigh, shank = base.legs[6:9]
        pose = base.with_leg(2, (abduction, thigh + hip, shank + knee))
        yield body.order(pose=pose, wag=0.0, look=_ear(body))
    yield from move(body, body.postures.sit, 0.4)


def _ear(body: Body) -> Floats:
    """Return the point, m, that a head turned to its own left flank looks at."""
    position, heading = body.place()
    c, s = math.cos(heading), math.sin(heading)
    ahead, left = 0.25 * body.long, 1.2 * body.long
    return np.array([position[0] + c * ahead - s * left, position[1] + s * ahead + c * left, 0.15 * body.height])


def look_at(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Look at a thing, and turn the whole body where the neck does not reach; sitting dogs keep sitting."""
    assert said.to is not None
    thing = cast.nearest(said.to, body.place()[0])
    pose = body.pose
    _, off = body.towards(thing.at())
    if abs(off) > ASIDE:
        yield from rise(body)
        pose = None
        for _ in range(round(6.0 / body.dt)):
            _, off = body.towards(thing.at())
            if abs(off) < 0.4 * ASIDE:
                break
            yield body.order(turn=math.copysign(max(0.8, TURN * abs(off)), off), look=thing.at())
    for _ in _held(max(seconds, 0.5) + 0.5, body):
        yield body.order(pose=pose, look=thing.at(), wag=GLAD if said.wag else None)


def startle(body: Body, cast: Cast, said: Said, seconds: float, noise: Floats | None = None) -> Acts:
    """Flinch, and look where the noise came from (m, (3,)); then be as before."""
    before = body.pose if body.pose is not None else body.postures.stand
    low = body.postures.cower if body.pose is None else body.pose.towards(body.postures.cower, 0.45)
    steps = max(1, round(HASTY / body.dt))
    for k in range(1, steps + 1):
        yield body.order(pose=before.towards(low, k / steps), wag=0.0, look=noise)
    for _ in _held(0.5 * seconds, body):
        yield body.order(pose=low, wag=0.0, look=noise)
    yield from move(body, before, 0.4)
    for _ in _held(0.5 * seconds, body):
        yield body.order(pose=before, wag=0.0, look=noise)
