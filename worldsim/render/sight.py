"""Whether walls hide what a camera follows, and how near it has to come to be on their side.

A line of sight goes from each of a few places on the thing to the eye. What hides it are boxes, cylinders, cones,
capsules and spheres that never move and that things run into, each as the box around it; one that the thing stands in,
such as an arch, is none. It knows nothing of meshes, planes, or of what moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import Geom, Shape

Floats = NDArray[np.float64]

HIDDEN = 0.5
"""Share of the lines of sight that must be cut before the camera comes nearer: a post in the way is no wall."""
MARGIN = 0.1
"""m that it stays in front of a wall."""
NEAREST = 0.25
"""Share of its distance that it keeps at least."""
PLACES = 8
"""Places on the thing that are looked at, at most."""


class Sight:
    """What can hide a target, and whether it does."""

    def __init__(self, parts: Sequence[Part], target: int) -> None:
        """Take the parts of the world and the index of the one that is followed."""
        owner = parts[target].owner
        own = [part.index for part in parts if part.owner == owner]
        self._looked_at = own[:: max(1, -(-len(own) // PLACES))]
        self._walls = [
            (part.index, geom)
            for part in parts
            if part.static and part.owner != owner
            for geom in part.geoms
            if geom.collides and _extents(geom.shape) is not None
        ]
        self._found: _Walls | None = None

    def reach(self, snapshot: Snapshot, aim: Floats, eye: Floats) -> float:
        """Return how far from `aim` to `eye`, both (3,) m, a camera can go: 1 where less than half is hidden."""
        if not self._walls:
            return 1.0
        if self._found is None:
            self._found = _Walls.of(self._walls, snapshot)
        length = float(np.linalg.norm(eye - aim))
        starts = snapshot.position[self._looked_at]
        slack = 0.5 * length + float(np.linalg.norm(starts - aim, axis=1).max())
        near = self._found.near(0.5 * (aim + eye), slack, aim)
        first = self._found.first_cut(near, starts, eye)
        hidden = first < 1.0
        if hidden.mean() < HIDDEN:
            return 1.0
        return max(NEAREST, float(np.median(first[hidden])) - MARGIN / max(length, 1e-9))


@dataclass(frozen=True)
class _Walls:
    """Boxes in the world that never move: (N, 3) m centres and half extents, (N, 3, 3) whose columns are their axes.

    Their radii (N,) m and the parts that they belong to, (N,); of those (P, 3) m positions, (P, 3, 3) axes, and (P, 3)
    m bounds in their frames.
    """

    centres: Floats
    half: Floats
    axes: Floats
    radius: Floats
    part: NDArray[np.intp]
    at: Floats
    turns: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, walls: Sequence[tuple[int, Geom]], snapshot: Snapshot) -> _Walls:
        """Put geoms of parts where a snapshot has them."""
        known, part = np.unique([index for index, _ in walls], return_inverse=True)
        at = snapshot.position[known]
        turns = np.array([matrix_from_quat_xyzw(snapshot.orientation[i]) for i in known])
        places = np.array([geom.position for _, geom in walls], float)
        own = np.array([matrix_from_quat_xyzw(geom.orientation) for _, geom in walls])
        half = 0.5 * np.array([_extents(geom.shape) for _, geom in walls], float)
        spread = (np.abs(own) @ half[..., None])[..., 0]
        low, high = np.full((len(known), 3), np.inf), np.full((len(known), 3), -np.inf)
        np.minimum.at(low, part, places - spread)
        np.maximum.at(high, part, places + spread)
        centres = at[part] + (turns[part] @ places[..., None])[..., 0]
        return cls(centres, half, turns[part] @ own, np.linalg.norm(half, axis=1), part, at, turns, low, high)

    def near(self, point: Floats, within: float, aim: Floats) -> NDArray[np.intp]:
        """Return which are within so many m of a point (3,), without those of parts that a place (3,) m is in."""
        close = np.asarray(((self.centres - point) ** 2).sum(axis=1)) < (self.radius + within) ** 2
        if not close.any():
            return np.empty(0, np.intp)
        local = ((aim - self.at)[:, None] @ self.turns)[:, 0]
        around = np.asarray(((self.low < local) & (local < self.high)).all(axis=1))
        return np.flatnonzero(close & ~around[self.part])

    def first_cut(self, which: NDArray[np.intp], starts: Floats, end: Floats) -> Floats:
        """Return for each line from a start (R, 3) m to an end (3,) m the share up to the first of some boxes, or 1.

        By slabs (Kay and Kajiya, Ray Tracing Complex Scenes, 1986). A box with a start inside cuts nothing.
        """
        if not len(which):
            return np.ones(len(starts))
        half, axes = self.half[which], self.axes[which]
        local = np.swapaxes(np.swapaxes(starts[:, None] - self.centres[which], 0, 1) @ axes, 0, 1)
        way = np.swapaxes((end - starts) @ axes, 0, 1)
        way = np.where(np.abs(way) < 1e-9, 1e-9, way)
        one, other = (-half - local) / way, (half - local) / way
        enters, leaves = np.minimum(one, other).max(axis=2), np.maximum(one, other).min(axis=2)
        cut = (enters < leaves) & (enters > 0) & (enters < 1)
        return np.asarray(np.where(cut, enters, 1.0).min(axis=1))


def _extents(shape: Shape) -> tuple[float, ...] | None:
    """Return the full extents in m of the box around a shape, or None where it has none that is like it."""
    size = shape.size
    if shape.kind == "box":
        return size
    if shape.kind == "sphere":
        return (2 * size[0],) * 3
    if shape.kind in ("cylinder", "cone", "capsule"):
        return 2 * size[0], 2 * size[0], size[1]
    return None
