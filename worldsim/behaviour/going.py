"""Behaviours that go somewhere: walk to, run to, chase, knock over, jump over.

Generators of commands, as in `still`. Each gives up after a while: a thing that can't be reached must not stop a story.
"""

from __future__ import annotations

import math

import numpy as np

from worldsim.behaviour.body import TURN, Body, wrapped
from worldsim.behaviour.still import Acts, rise, settle
from worldsim.behaviour.thing import Cast, Thing
from worldsim.scene.story_text import Said
from worldsim.task import Floats

GIVE_UP = 15.0
"""s after which going to a thing is given up."""
NEAR = 0.35
"""m between muzzle and the edge of a thing that counts as being there."""
WALK, RUN = 0.28, 0.75
"""Shares of a breed's top speed."""
CHARGE = 0.35
"""Share of a breed's top speed at which it runs into things: at 0.7 every second beagle falls over what it hits."""
TAKE_OFF, SWING = 1.8, 0.2
"""m/s of a beagle that takes off: slower than it could, for the landing; s, time constant of its turns before."""
RUN_UP = 1.9
"""m before what is jumped over, where the run begins, for a beagle."""
BEAGLE = 0.25
"""m, a beagle's hips' height: what distances here are for; other breeds' go with their height."""


def gap_to(body: Body, thing: Thing) -> float:
    """Return how far the muzzle is from the edge of a thing, m on the ground."""
    return float(np.linalg.norm((thing.at() - body.muzzle())[:2])) - thing.radius()


def go(body: Body, thing: Thing, top: float, near: float) -> Acts:
    """Go to a thing until the muzzle is near its edge, and halt."""
    waited = 0.0
    while waited < GIVE_UP:
        gap, (far, off) = gap_to(body, thing), body.towards(thing.at())
        if gap < near:
            break
        if far < 1.0 and abs(off) > 1.0:  # beside it: too near to turn to it at speed
            yield body.order(0.15, math.copysign(2.0, off))
        else:
            speed = min(top, max(0.3, 1.6 * (gap - near) + 0.2))
            yield body.along(thing.at(), speed, look=thing.at() if abs(off) < 0.8 else None)
        waited += body.dt
    for _ in range(round(0.6 / body.dt)):
        yield body.order(look=thing.at())


def walk_to(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Walk up to a thing."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    yield from go(body, thing, WALK * body.dog.breed.speed, NEAR * body.height / BEAGLE)


def run_to(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Run up to a thing."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    yield from go(body, thing, RUN * body.dog.breed.speed, NEAR * body.height / BEAGLE)


def chase(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Run after a thing, ahead of where it goes, for a while; having caught it, stay with it."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    before = thing.at()
    drift = np.zeros(3)
    for _ in range(round(seconds / body.dt)):
        now = thing.at()
        drift += (0.2 / (0.2 + body.dt)) * 0.1 * ((now - before) / body.dt - drift)
        before = now
        far, _ = body.towards(now)
        ahead = now + min(0.6, far / max(body.dog.breed.speed, 0.1)) * drift
        gap = gap_to(body, thing)
        pace = float(np.linalg.norm(drift[:2])) + max(0.0, 2.0 * gap)
        yield body.along(ahead, min(body.dog.breed.speed, max(0.2, pace)), look=now)
    yield from settle(body)


def knock_over(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Charge at a thing until it has fallen, taking a new run-up where it held."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0], standing=True)
    waited = stuck = 0.0
    charge = CHARGE * body.dog.breed.speed
    while waited < GIVE_UP and not body.achieved:
        far, off = body.towards(thing.at())
        stuck = stuck + body.dt if abs(body.speed()) < 0.25 else 0.0
        if stuck > 0.8 or (far < 0.9 and abs(off) > 0.9):
            stuck = 0.0
            for _ in range(round(1.0 / body.dt)):
                yield body.order(-0.6, 0.0, look=thing.at())
            waited += 1.0
            continue
        yield body.along(thing.at(), charge, look=thing.at() if far > 0.8 else None)
        body.achieved = thing.fallen()
        waited += body.dt
    yield from settle(body)


def jump_over(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Take a run-up square to a thing and jump over where it is thinnest."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    size = body.height / BEAGLE
    middle, way = thing.at()[:2], thing.across()
    if float((middle - body.place()[0][:2]) @ way) < 0:
        way = -way
    start = np.array([*(middle - RUN_UP * size * way), 0.0])
    speed = min(body.dog.breed.speed, TAKE_OFF * math.sqrt(size))
    yield from _line_up(body, start, middle, way)
    waited, jumped, turn = 0.0, False, 0.0
    while waited < 6.0:
        position, heading = body.place()
        left = float((middle - position[:2]) @ way)  # m still to go
        body.achieved = jumped and left < 0
        if jumped and body.dog.doing != "jump" and left < 0:
            break
        aside = float(way[0] * (position - thing.at())[1] - way[1] * (position - thing.at())[0])
        off = wrapped(math.atan2(way[1], way[0]) - heading) - math.atan2(aside, 0.8 * size)
        take_off = not jumped and left < (0.2 + 0.3 * max(0.0, body.speed()) / math.sqrt(size)) * size
        jumped |= take_off
        turn += (max(-1.5, min(1.5, TURN * off)) - turn) * min(1.0, body.dt / SWING)
        yield body.order(speed, turn if not jumped else 0.0, jump=take_off)
        waited += body.dt
    for k in range(round(1.0 / body.dt)):  # run on: who brakes in the landing falls
        yield body.order((1.0 if k * body.dt < 0.3 else 0.5) * speed)
    yield from settle(body)


def _line_up(body: Body, start: Floats, middle: Floats, way: Floats) -> Acts:
    """Go to where the run-up begins, and turn to what is jumped over; near enough before it, only turn."""
    waited = 0.0
    while waited < GIVE_UP:
        position, _ = body.place()
        before = float((middle - position[:2]) @ way)
        beside = abs(float(way[0] * (position[1] - middle[1]) - way[1] * (position[0] - middle[0])))
        far, _ = body.towards(start)
        if far < 0.35 or (before > 1.3 * body.height / BEAGLE and beside < 0.15):
            break
        yield body.along(start, min(0.5 * body.dog.breed.speed, 0.35 + 1.2 * far))
        waited += body.dt
    for _ in range(round(4.0 / body.dt)):
        off = wrapped(math.atan2(way[1], way[0]) - body.place()[1])
        if abs(off) < 0.12:
            break
        yield body.order(turn=math.copysign(max(0.7, TURN * abs(off)), off))
