"""Behaviours of the nose and the mouth: sniff at a thing, fetch one. Generators of commands, as in `still`."""

from __future__ import annotations

import math

from worldsim.behaviour.body import TURN, Body
from worldsim.behaviour.going import BEAGLE, GIVE_UP, RUN, WALK, gap_to, go
from worldsim.behaviour.still import GLAD, Acts, rise
from worldsim.behaviour.thing import Cast
from worldsim.errors import PolicyError
from worldsim.scene.story_text import Said

SNIFFS = 3.5
"""Hz of the small nods of a nose on a trail; the breaths themselves are 4 to 7 a second."""
REACH = 0.07
"""m between muzzle and the edge of what a beagle sniffs at."""
CREEP = 0.45
"""m/s over the last of the way to what is to be bitten."""
HOME = 0.6
"""m from home where a thing is put down."""


def sniff(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Walk up to a thing and put the nose to it: nods, and a head that searches from side to side."""
    assert said.to is not None
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    size = body.height / BEAGLE
    if gap_to(body, thing) > 0.30 * size:
        yield from go(body, thing, WALK * body.dog.breed.speed, 0.22 * size)
    low = max(0.35, min(1.0, 1.0 - 0.8 * (thing.top() - 0.2 * body.height) / body.height))
    time = held = 0.0
    while held < seconds and time < seconds + 3.0:
        gap, (_, off) = gap_to(body, thing), body.towards(thing.at())
        near = gap < REACH * size
        held += body.dt * near
        time += body.dt
        nod = 0.08 * min(1.0, held) * math.sin(2 * math.pi * SNIFFS * time)
        search = 0.3 * math.sin(2 * math.pi * 0.6 * time)
        turn = TURN * off if abs(off) > 0.15 and not near else search
        stoop = min(1.0, time / 0.5) * (low + nod)
        yield body.order(0.0 if near else 0.3, turn, stoop=stoop, wag=GLAD if said.wag else 0.25)
    for k in range(round(0.4 / body.dt)):
        yield body.order(stoop=low * (1 - k * body.dt / 0.4))


def fetch(body: Body, cast: Cast, said: Said, seconds: float) -> Acts:
    """Run to a thing, take it in the mouth, bring it to where the story began, and put it down.

    Raises:
        PolicyError: the dog has no mouth.
    """
    assert said.to is not None
    if body.dog.mouth is None:
        raise PolicyError(f"{body.task.actor_name!r} can't fetch: give it the option `mouth: true`")
    yield from rise(body)
    thing = cast.nearest(said.to, body.place()[0])
    waited, back = 0.0, 0.0
    while body.dog.mouth.held is None and waited < GIVE_UP:
        tip = body.muzzle()
        _, heading = body.place()
        dx, dy = (thing.at() - tip)[:2]
        ahead = math.cos(heading) * dx + math.sin(heading) * dy
        left = math.cos(heading) * dy - math.sin(heading) * dx
        far, off = math.hypot(ahead, left), math.atan2(left, ahead + 0.3)
        if back <= 0 and ((far < 0.5 and abs(off) > 0.7) or (ahead < -0.1 and far < 1.0)):
            back = 0.9
        back -= body.dt
        if back > 0:
            yield body.order(-0.6)
        else:
            speed = min(RUN * body.dog.breed.speed, max(CREEP, 2.2 * (far - 0.45))) * max(0.25, 1 - 0.8 * abs(off))
            near = far < 0.7
            yield body.order(speed, TURN * off, stoop=float(near), bite=near)
        waited += body.dt
    waited = 0.0
    while body.dog.mouth.held is not None and waited < GIVE_UP:
        far, _ = body.towards(body.home)
        if far < HOME:
            break
        _, off = body.towards(body.home)
        speed = min(0.5 * body.dog.breed.speed, 0.4 + 1.5 * far)
        yield body.order(speed * max(0.3, 1 - 0.7 * abs(off)), TURN * off, bite=True)
        waited += body.dt
    holding = body.dog.mouth.held is not None
    for k in range(round(1.4 / body.dt)):
        yield body.order(stoop=float(k * body.dt < 0.9), bite=holding and k * body.dt < 0.7, wag=GLAD)
