"""What a behaviour is about, a thing or another actor: where it is, how large, which way over it, if it has fallen.

A name may mean several things; a behaviour takes the nearest when it begins. This module knows nothing of dogs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from worldsim.errors import UnknownNameError
from worldsim.physics.world import World
from worldsim.rotation import quat_rotate_xyzw
from worldsim.scene.bounds import bounds
from worldsim.scene.pose import Pose
from worldsim.scene.story_target import targets
from worldsim.task import Floats

TILTED = math.cos(math.radians(45.0))
"""Cosine of the tilt from how it stood beyond which a thing has fallen."""
UP = np.array([0.0, 0.0, 1.0])


class Thing:
    """One thing: all parts of one object, of one prefab, or of one actor.

    Attributes:
        name: of it. rows: its parts' indices in `World.parts`; those that can move, where any can.
    """

    def __init__(self, world: World, name: str, rows: Sequence[int]) -> None:
        """Remember how its parts stand now."""
        self.name, self._world, self._all = name, world, tuple(rows)
        moving = tuple(row for row in rows if not world.parts[row].static)
        self.rows = moving or self._all
        now = world.snapshot()
        self._turn, self._high = now.orientation[list(self.rows)], now.position[list(self.rows), 2]
        self._size = [self._box(row)[1][2] - self._box(row)[0][2] for row in self.rows]

    def _box(self, row: int) -> tuple[Floats, Floats]:
        position, turn = self._world.pose(row)
        x, y, z = position
        a, b, c, d = turn
        found = bounds(self._world.parts[row].geoms, Pose((x, y, z), (a, b, c, d)))
        at = np.array(position)
        return (at, at) if found is None else (np.array(found[0]), np.array(found[1]))

    def at(self) -> Floats:
        """Return its middle, m (3,)."""
        low, high = self._extent()
        return np.asarray(0.5 * (low + high))

    def radius(self) -> float:
        """Return half of its larger extent on the ground, m."""
        low, high = self._extent()
        return float(0.5 * max(high[0] - low[0], high[1] - low[1]))

    def top(self) -> float:
        """Return how high it reaches, m."""
        return float(self._extent()[1][2])

    def _extent(self) -> tuple[Floats, Floats]:
        boxes = [self._box(row) for row in self._all]
        return np.min([low for low, _ in boxes], 0), np.max([high for _, high in boxes], 0)

    def across(self) -> Floats:
        """Return the direction on the ground in which it is thinnest, unit (2,): the way over it."""
        corners = [
            (x, y) for low, high in map(self._box, self._all) for x in (low[0], high[0]) for y in (low[1], high[1])
        ]
        places = np.array(corners)
        _, vectors = np.linalg.eigh(np.cov((places - places.mean(0)).T))
        return np.asarray(vectors[:, 0])

    def fallen(self) -> bool:
        """Return whether a part of it is tilted by more than 45° from how it stood, or sunk by half its height."""
        for row, turn, high, size in zip(self.rows, self._turn, self._high, self._size, strict=True):
            position, now = self._world.pose(row)
            then_up, now_up = quat_rotate_xyzw(turn, UP), quat_rotate_xyzw(np.array(now), UP)
            if float(then_up @ now_up) < TILTED or high - position[2] > max(0.03, 0.5 * size):
                return True
        return False


class Cast:
    """Everything in a world that a behaviour can be about."""

    def __init__(self, world: World, but: str) -> None:
        """Take the world, and the name of the actor who acts."""
        self._world = world
        self._bodies = world.layout.bodies
        self._actors = [name for name in world.actors if name != but]
        self._known: dict[str, Thing] = {}

    def things(self, name: str) -> list[Thing]:
        """Return what a name means, in the order of the scene.

        Raises:
            UnknownNameError: nothing.
        """
        found = targets(name, self._bodies, self._actors)
        if not found:
            tops = {body.name.split("/", 1)[0] for body in self._bodies}
            raise UnknownNameError("thing of the scene", name, [*tops, *self._actors])
        return [self._thing(one) for one in found]

    def nearest(self, name: str, place: Floats, *, standing: bool = False) -> Thing:
        """Return which of the things of a name is nearest to a place, m (3,); of those that stand, where any does."""
        found = self.things(name)
        upright = [thing for thing in found if not thing.fallen()] if standing else []
        return min(upright or found, key=lambda thing: float(np.linalg.norm((thing.at() - place)[:2])))

    def _thing(self, name: str) -> Thing:
        if name not in self._known:
            rows = [
                part.index
                for part in self._world.parts
                if name in (part.owner, part.owner.split("/", 1)[0], part.actor)
            ]
            self._known[name] = Thing(self._world, name, rows)
        return self._known[name]
