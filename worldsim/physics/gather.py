"""Gathers the contacts of a physics step: of everything that is an actor or moves, each once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from worldsim.physics.assembly import Assembly
from worldsim.physics.client import Client
from worldsim.physics.contacts import StepContacts, Touching
from worldsim.physics.reader import Motion

REST_SPEED = 0.04  # m/s below which a body counts as at rest: what one step of gravity adds, 9.81/240
REST_SPIN = 0.4  # rad/s likewise, for things about 10 cm in size


class ContactGatherer:
    """Reads PyBullet's contacts of the last step.

    Attributes:
        touching: what touched what, so that a new contact can be told from a lasting one.
    """

    def __init__(self, client: Client, assembly: Assembly, dt: float) -> None:
        """Take the world's connection and bodies, and s of a physics step."""
        self._client = client
        self._assembly = assembly
        self._dt = dt
        self.touching = Touching()
        self._actors = assembly.actor_bodies
        self._only = next(iter(self._actors)) if len(self._actors) == 1 else -1

    def of_actors(self, step: int) -> StepContacts:
        """Return the actors' own contacts, without velocities and with none marked new."""
        points = self._client.getContactPoints(self._only) if self._only >= 0 else self._read(self._actors)
        return StepContacts(step, points, self._dt, frozenset(), None, None, None)

    def of_movers(self, step: int, before: Motion, now: Motion) -> StepContacts:
        """Return the contacts of everything that is an actor or moved, given all motion before and after the step."""
        movers = self._movers(before, now)
        points = self._read(movers)
        new = self.touching.update(points, (key for body in movers for key in self._assembly.keys_of[body]))
        return StepContacts(step, points, self._dt, new, before.position, before.velocity, before.angular_velocity)

    def _movers(self, before: Motion, now: Motion) -> set[int]:
        speed = np.maximum(np.abs(before.velocity).max(axis=1), np.abs(now.velocity).max(axis=1))
        spin = np.maximum(np.abs(before.angular_velocity).max(axis=1), np.abs(now.angular_velocity).max(axis=1))
        moving = (speed > REST_SPEED) | (spin > REST_SPIN) | self._assembly.always
        body_of = self._assembly.body_of
        return {body_of[row] for row in np.flatnonzero(moving).tolist()}

    def _read(self, bodies: Collection[int]) -> Sequence[Any]:
        """Return the contact points of these bodies, each once; all at once where most of them move."""
        get = self._client.getContactPoints
        if len(bodies) * 4 > self._assembly.dynamic_bodies > 4:
            return [p for p in get() if p[1] in bodies or p[2] in bodies]
        if len(bodies) == 1:
            return get(*bodies)
        points: list[Any] = []
        done: set[int] = set()
        for body in sorted(bodies):
            points.extend(p for p in get(body) if p[1] not in done and p[2] not in done)
            done.add(body)
        return points
