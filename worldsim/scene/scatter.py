"""Finding room: random places that overlap nothing that already stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from worldsim.scene.bounds import bounds
from worldsim.scene.layout import Vec3
from worldsim.scene.number import Draw
from worldsim.scene.pose import Pose
from worldsim.scene.repeat import Scatter
from worldsim.scene.thing import Thing

TRIES = 300  # random places tried for each copy before giving up


class Crowd:
    """The boxes of all that stands so far, shape by shape, so that there is room inside a fence or under a table."""

    def __init__(self, things: Iterable[Thing], spots: Iterable[tuple[Vec3, float]]) -> None:
        """Take what stands, and spots (position, radius in m) to keep free."""
        self._boxes: list[NDArray[np.float64]] = []
        self._table: NDArray[np.float64] | None = None
        for thing in things:
            self.add(thing)
        for (x, y, z), radius in spots:
            self._boxes.append(np.array([[x - radius, y - radius, z, x + radius, y + radius, z + 1.0]]))

    def add(self, thing: Thing) -> None:
        """Count a placed thing in."""
        rows = _rows(thing)
        if len(rows):
            self._boxes.append(rows)
            self._table = None

    def find(
        self, thing: Thing, placed: Callable[[float, float, float], Pose], way: Scatter, draw: Draw
    ) -> Pose | None:
        """Return a pose at which a thing overlaps nothing, or None where none was found.

        Args:
            thing: in its own frame.
            placed: the pose for x, y (m) and a turn (rad).
            way: region, gap and turning.
            draw: draws the places.
        """
        if self._table is None:
            self._table = np.concatenate(self._boxes) if self._boxes else np.empty((0, 6))
        gap = draw.number(way.min_gap)
        for _ in range(TRIES):
            x, y = way.region.point(draw)
            yaw = float(draw.rng.uniform(0, 2 * math.pi)) if way.turn else 0.0
            pose = placed(x, y, yaw)
            mine = _rows(thing.at(pose))
            # Resting on the same floor is no overlap: a hair of room is left below and above.
            low = mine[:, None, :3] - (gap, gap, -1e-4)
            high = mine[:, None, 3:] + (gap, gap, -1e-4)
            if not ((low < self._table[None, :, 3:]) & (high > self._table[None, :, :3])).all(axis=2).any():
                return pose
        return None


def _rows(thing: Thing) -> NDArray[np.float64]:
    """Return the box of every shape of a thing: (N, 6) m, lowest then highest corner."""
    rows = []
    for body in thing.bodies:
        for geom in body.geoms:
            box = bounds((geom,), Pose(body.position, body.orientation))
            if box is not None:
                rows.append((*box[0], *box[1]))
    return np.array(rows, np.float64).reshape(-1, 6)
