"""Solid shapes as signed distances, and how they melt into one body. It knows nothing of dogs or of meshes.

A body is symmetric about the plane y = 0: shapes are given for its left half (y >= 0) and the middle, distances are
asked for at (x, |y|, z). Smooth unions are Quilez's polynomial ones, of which nothing is felt farther than their width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FAR = 1.0
"""m: what a point counts that is out of reach of every shape."""


@dataclass(frozen=True)
class Shape:
    """What all shapes have.

    Attributes:
        bone: name of the bone it belongs to; "leg_upper" … without the side.
        blend: m, width of the transition to what is already there.
        carve: whether it is taken away instead.
        frame: (3, 4) from its own coordinates to the body's.
        soft: extra thickness in m while the mesh is cut, so that no thin sheet falls through the grid.
    """

    bone: str
    blend: float = 0.01
    carve: bool = False
    frame: Floats = field(default_factory=lambda: np.eye(4)[:3])
    soft: float = 0.0

    def local(self, points: Floats) -> Floats:
        """Return the points (N, 3) in the shape's own coordinates."""
        return (points - self.frame[:, 3]) @ self.frame[:, :3]

    def box(self) -> tuple[Floats, Floats]:
        """Return the lowest and highest corner (3,), m, in the shape's own coordinates."""
        raise TypeError(type(self).__name__)

    def distance(self, points: Floats) -> Floats:
        """Return the signed distance (N,) in m of points (N, 3); about right near the surface, negative inside."""
        raise TypeError(type(self).__name__)

    def bounds(self, margin: float) -> tuple[Floats, Floats]:
        """Return a box in the body's coordinates that holds all points nearer than the margin in m."""
        low, high = self.box()
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        corners = corners @ self.frame[:, :3].T + self.frame[:, 3]
        return corners.min(0) - margin, corners.max(0) + margin


@dataclass(frozen=True)
class Blob(Shape):
    """An ellipsoid of half axes `radii`, m, about its frame's origin."""

    radii: tuple[float, float, float] = (0.1, 0.1, 0.1)

    def box(self) -> tuple[Floats, Floats]:
        """See `Shape`."""
        return -np.array(self.radii), np.array(self.radii)

    def distance(self, points: Floats) -> Floats:
        """See `Shape`: Quilez's bound."""
        local, radii = self.local(points), np.array(self.radii)
        k0 = np.linalg.norm(local / radii, axis=1)
        k1 = np.linalg.norm(local / radii**2, axis=1)
        return np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-9), -radii.min())


@dataclass(frozen=True)
class Limb(Shape):
    """A chain of tapered capsules whose sections are ellipses.

    Attributes:
        points: (N, 3) m. radii: (N,) m. flat: (N,) width across (along y) as a share of the rest.
        plate: m, where not 0 the sections are not ellipses: it is a plate twice that thick, across y, round at its rim.
        bones: (N,) names: the bone of the nearest point is that of the skin there; empty for `bone` throughout.
    """

    points: Floats = field(default_factory=lambda: np.zeros((2, 3)))
    radii: Floats = field(default_factory=lambda: np.zeros(2))
    flat: Floats = field(default_factory=lambda: np.ones(2))
    plate: float = 0.0
    bones: tuple[str, ...] = ()

    def box(self) -> tuple[Floats, Floats]:
        """See `Shape`."""
        reach = (self.radii * np.maximum(self.flat, 1.0))[:, None]
        return (self.points - reach).min(0), (self.points + reach).max(0)

    def along(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the distance (N,) in m and the place (N,) along the chain, in points from the first."""
        local = self.local(points)
        best, place = np.full(len(local), np.inf), np.zeros(len(local))
        for k in range(len(self.points) - 1):
            a, axis = self.points[k], self.points[k + 1] - self.points[k]
            t = np.clip((local - a) @ axis / max(float(axis @ axis), 1e-12), 0.0, 1.0)
            off = local - a - t[:, None] * axis
            flat = self.flat[k] + t * (self.flat[k + 1] - self.flat[k])
            radius = self.radii[k] + t * (self.radii[k + 1] - self.radii[k])
            whole = (off * off).sum(1)
            if self.plate:
                rim = np.sqrt(np.maximum(whole - off[:, 1] ** 2, 0.0)) - np.maximum(radius - self.plate, 0.0)
                d = np.hypot(np.maximum(rim, 0.0), off[:, 1]) - self.plate
                nearer = d < best
                best, place = np.where(nearer, d, best), np.where(nearer, k + t, place)
                continue
            stretched = np.sqrt(whole - off[:, 1] ** 2 + (off[:, 1] / flat) ** 2)
            # To first order the distance to an ellipse: the stretched one over how fast it grows.
            grows = np.sqrt(whole - off[:, 1] ** 2 + (off[:, 1] / flat**2) ** 2) / np.maximum(stretched, 1e-9)
            d = (stretched - radius) / np.maximum(grows, 0.2)
            nearer = d < best
            best = np.where(nearer, d, best)
            place = np.where(nearer, k + t, place)
        return best, place

    def distance(self, points: Floats) -> Floats:
        """See `Shape`."""
        return self.along(points)[0]


@dataclass(frozen=True)
class Loft(Shape):
    """A body along x, given by its outline from the side and from above.

    Attributes:
        x: (N,) m, ascending. top, bottom: (N,) m, z of its back and its belly there. half: (N,) m, half its width.
        square: exponent of its sections: 2 are ellipses, more are squarer.
        ends: m, over how much of either end it is rounded off.
        high: where between bottom and top it is widest, 0 … 1.
    """

    x: Floats = field(default_factory=lambda: np.array([0.0, 1.0]))
    top: Floats = field(default_factory=lambda: np.ones(2))
    bottom: Floats = field(default_factory=lambda: -np.ones(2))
    half: Floats = field(default_factory=lambda: np.ones(2))
    square: float = 2.0
    ends: tuple[float, float] = (0.05, 0.05)
    high: float = 0.5

    def box(self) -> tuple[Floats, Floats]:
        """See `Shape`."""
        wide = 1.05 * self.half.max()
        return np.array([self.x[0], -wide, self.bottom.min() - 0.01]), np.array(
            [self.x[-1], wide, self.top.max() + 0.01]
        )

    def distance(self, points: Floats) -> Floats:
        """See `Shape`: to first order within the section."""
        local = self.local(points)
        x = np.clip(local[:, 0], self.x[0], self.x[-1])
        top, bottom, half = hermite(x, self.x, np.stack([self.top, self.bottom, self.half], 1)).T
        first = np.clip((x - self.x[0]) / max(self.ends[0], 1e-9), 0.0, 1.0)
        last = np.clip((self.x[-1] - x) / max(self.ends[1], 1e-9), 0.0, 1.0)
        cap = np.maximum(np.sqrt(first * (2 - first)) * np.sqrt(last * (2 - last)), 0.03)
        centre = bottom + self.high * (top - bottom)
        up = local[:, 2] - centre
        tall = np.maximum(np.where(up > 0, top - centre, centre - bottom) * cap, 1e-4)
        wide = np.maximum(half * cap, 1e-4)
        p = self.square
        a, b = np.abs(local[:, 1]) / wide, np.abs(up) / tall
        rho = np.maximum((a**p + b**p) ** (1 / p), 1e-6)
        slope = np.hypot((a / rho) ** (p - 1) / wide, (b / rho) ** (p - 1) / tall)
        inside = (rho - 1) / np.maximum(slope, 1.0 / np.maximum(tall, wide))
        beyond = np.abs(local[:, 0] - x)
        return np.where(beyond > 0, np.hypot(np.maximum(inside, 0.0), beyond), inside)


def hermite(x: Floats, knots: Floats, values: Floats) -> Floats:
    """Return a smooth curve (N, K) through values (M, K) at knots (M,), without overshoot at level stretches.

    Cubic Hermite with harmonic-mean slopes (Fritsch & Butland, SIAM J. Sci. Stat. Comput. 5, 1984).
    """
    step = np.diff(knots)[:, None]
    rise = np.diff(values, axis=0) / step
    slope = np.zeros_like(values)
    same = rise[:-1] * rise[1:] > 0
    total = np.where(same, rise[:-1] + rise[1:], 1.0)
    slope[1:-1] = np.where(same, 2 * rise[:-1] * rise[1:] / total, 0.0)
    slope[0], slope[-1] = rise[0], rise[-1]
    k = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    h = step[k]
    t = ((x - knots[k])[:, None]) / h
    return (
        (1 + 2 * t) * (1 - t) ** 2 * values[k]
        + t * (1 - t) ** 2 * h * slope[k]
        + t * t * (3 - 2 * t) * values[k + 1]
        + t * t * (t - 1) * h * slope[k + 1]
    )


def within(columns: Floats, low: Floats, high: Floats) -> NDArray[np.int64]:
    """Return which of the points (3, N), given by columns, lie in a box."""
    x = columns[0]
    found = np.flatnonzero((x >= low[0]) & (x <= high[0]))
    for k in (1, 2):
        line = columns[k][found]
        found = found[(line >= low[k]) & (line <= high[k])]
    return found


def melt(a: Floats, b: Floats, width: ArrayLike) -> Floats:
    """Return the smooth minimum of two distances; `width` in m."""
    k = np.maximum(np.asarray(width, np.float64), 1e-9)
    h = np.clip(0.5 + 0.5 * (a - b) / k, 0.0, 1.0)
    return np.asarray(a * (1 - h) + b * h - k * h * (1 - h))


Group = tuple[float, Sequence[Shape]]
"""Shapes that melt into each other, and the width in m with which all of them together melt into what is there."""


def body_distance(groups: Sequence[Group], points: Floats, soft: bool = False) -> Floats:
    """Return the signed distance (N,) of points (N, 3) to the body; `soft`: with the extra thickness of its sheets."""
    at = points.copy()
    at[:, 1] = np.abs(at[:, 1])
    total = np.full(len(at), FAR)
    columns = np.ascontiguousarray(at.T)
    for width, shapes in groups:
        own = np.full(len(at), FAR)
        for shape in shapes:
            near = within(columns, *shape.bounds(max(width, shape.blend) + shape.soft + 0.02))
            if len(near) == 0:
                continue
            d = shape.distance(at[near]) - (shape.soft if soft else 0.0)
            if shape.carve:
                own[near] = -melt(-own[near], d, shape.blend)
            else:
                own[near] = melt(own[near], d, shape.blend)
        total = np.where(own < FAR, melt(total, own, width), total)
    return total
