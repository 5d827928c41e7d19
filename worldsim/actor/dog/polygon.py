"""Triangles of a body's surface: surface nets on a grid that is finer where the body is. It knows nothing of dogs.

The grid is rectilinear: its planes lie closer where a feature asks for it. The body is symmetric about y = 0, and so
is what comes out, apart from a few quadrilaterals that rounding cuts the other way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from worldsim.actor.dog.field import FAR, Floats, Group, body_distance, melt

Ints = NDArray[np.int64]

SHIFTS = (0.0, 0.31, 0.57, 0.83, 0.17)
"""How far the planes are moved, in their distances, one try after the other."""

Fineness = Sequence[tuple[float, float, float]]
"""(from, to, step) in m: between the two the grid's planes lie that close; elsewhere as far as they may."""


def planes(low: float, high: float, widest: float, fine: Fineness) -> Floats:
    """Return ascending places in m of grid planes, at most `widest` apart and smoothly graded."""
    x = np.linspace(low, high, 2048)
    step = np.full(len(x), widest)
    for start, end, close in fine:
        away = np.maximum(np.maximum(start - x, x - end), 0.0)
        step = np.minimum(step, close + 0.35 * away)
    count = np.concatenate([[0.0], np.cumsum(np.diff(x) * 0.5 * (1 / step[1:] + 1 / step[:-1]))])
    whole = int(np.ceil(count[-1]))
    return np.interp(np.linspace(0.0, count[-1], whole + 1), count, x)


def sampled(groups: Sequence[Group], grid: tuple[Floats, Floats, Floats]) -> Floats:
    """Return the soft distance (X, Y, Z) at the crossings of grid planes, of which the y ones are not negative."""
    shape = tuple(len(line) for line in grid)
    total = np.full(shape, FAR)
    for width, shapes in groups:
        own = np.full(shape, FAR)
        for part in shapes:
            low, high = part.bounds(max(width, part.blend) + part.soft + 0.02)
            low[1] = max(low[1], 0.0)
            where = tuple(
                slice(int(np.searchsorted(line, low[k])), int(np.searchsorted(line, high[k], side="right")))
                for k, line in enumerate(grid)
            )
            lines = [line[cut] for line, cut in zip(grid, where, strict=True)]
            if min(len(line) for line in lines) == 0:
                continue
            points = np.stack([axis.ravel() for axis in np.meshgrid(*lines, indexing="ij")], 1)
            d = part.distance(points).reshape(tuple(len(line) for line in lines)) - part.soft
            own[where] = -melt(-own[where], d, part.blend) if part.carve else melt(own[where], d, part.blend)
        total = np.where(own < FAR, melt(total, own, width), total)
    return total


def surface(groups: Sequence[Group], grid: tuple[Floats, Floats, Floats]) -> tuple[Floats, Ints]:
    """Return the closed surface of a body: vertices (V, 3) in m and triangles (F, 3), anticlockwise from outside.

    Args:
        groups: the body's left half and middle.
        grid: planes in x, y and z; those in y start at 0.

    Raises:
        ValueError: the surface touches itself wherever the planes are put.
    """
    y = np.concatenate([-grid[1][:0:-1], grid[1]])
    for share in SHIFTS:  # where two sheets meet in one cell, other planes part them
        x, z = (line + share * np.gradient(line) for line in (grid[0], grid[2]))
        half = sampled(groups, (x, grid[1], z))
        position, faces = _nets(np.concatenate([half[:, :0:-1], half], 1), (x, y, z))
        if closed(faces):
            return position, faces
    raise ValueError("the body's surface touches itself: shapes that nearly meet should overlap, or lie farther apart")


def closed(faces: Ints) -> bool:
    """Return whether every edge has two triangles, one on either side."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    forth, back = (np.sort(edges @ np.array(sides)) for sides in ([1 << 32, 1], [1, 1 << 32]))
    return bool((np.diff(forth) > 0).all() and np.array_equal(forth, back))


def _nets(values: Floats, grid: tuple[Floats, Floats, Floats]) -> tuple[Floats, Ints]:
    """Return the quadrilaterals of surface nets (Gibson, 1998), each cut along its shorter diagonal."""
    shape = np.array(values.shape) - 1
    total, count = np.zeros((int(shape.prod()), 3)), np.zeros(int(shape.prod()))
    stride = np.array([shape[1] * shape[2], shape[2], 1])
    quads = []
    for axis in range(3):
        near = np.take(values, np.arange(shape[axis]), axis)
        far = np.take(values, np.arange(1, shape[axis] + 1), axis)
        where = np.argwhere((near < 0) != (far < 0))
        a, b = near[tuple(where.T)], far[tuple(where.T)]
        cross = np.stack([grid[k][where[:, k]] for k in range(3)], 1)
        line = grid[axis]
        cross[:, axis] += a / (a - b) * (line[where[:, axis] + 1] - line[where[:, axis]])
        second, third = (axis + 1) % 3, (axis + 2) % 3
        ring = []
        for step_b, step_c in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = where.copy()
            cell[:, second] += step_b
            cell[:, third] += step_c
            number = cell @ stride
            for k in range(3):
                total[:, k] += np.bincount(number, cross[:, k], len(total))
            count += np.bincount(number, minlength=len(count))
            ring.append(number)
        quad = np.stack(ring, 1)
        quads.append(np.where((a < 0)[:, None], quad, quad[:, ::-1]))
    used = np.flatnonzero(count)
    index = np.zeros(len(count), np.int64)
    index[used] = np.arange(len(used))
    position = total[used] / count[used, None]
    return _parted(position, _cut(index[np.concatenate(quads)], position))


def _cut(quads: Ints, position: Floats) -> Ints:
    """Return the triangles of quadrilaterals, each cut along its shorter diagonal."""
    p = position[quads]
    longer = np.linalg.norm(p[:, 0] - p[:, 2], axis=1) - np.linalg.norm(p[:, 1] - p[:, 3], axis=1)
    # Where both are as long, a rule that is the same on the left and on the right.
    outer = (p * [1.0, 0.0, 2.3]).sum(2) + 3.1 * np.abs(p[:, :, 1])
    first = np.where(np.abs(longer) < 1e-9, np.isin(outer.argmax(1), (0, 2)), longer < 0)
    a = np.where(first[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    b = np.where(first[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return np.concatenate([a, b])


def _parted(position: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """Split vertices where two sheets of the surface touch, so that every edge has two triangles.

    A cell that two sheets pass has one vertex for both; around it the triangles form a fan for each sheet.
    """
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    number, count = np.unique(edges[:, 0] * len(position) + edges[:, 1], return_counts=True)
    shared = number[count > 2]
    faces = faces.copy()
    extra: list[Floats] = []
    for vertex in np.unique(np.concatenate([shared // len(position), shared % len(position)])).tolist():
        around = np.flatnonzero((faces == vertex).any(1))
        fan = {int(face): int(face) for face in around}
        by_other: dict[int, list[int]] = {}
        for face in around.tolist():
            for other in faces[face].tolist():
                if other != vertex:
                    by_other.setdefault(other, []).append(face)
        for members in by_other.values():
            if len(members) > 2:  # an edge of two sheets joins nothing
                continue
            low = min(fan[face] for face in members)
            merged = {fan[face] for face in members}
            fan = {face: low if name in merged else name for face, name in fan.items()}
        for name in sorted(set(fan.values()))[1:]:
            fresh = len(position) + len(extra)
            extra.append(position[vertex])
            for face in [face for face, own in fan.items() if own == name]:
                faces[face][faces[face] == vertex] = fresh
    whole = np.concatenate([position, extra]) if extra else position
    _, piece = csgraph.connected_components(neighbours(faces, len(whole)), directed=False)
    kept = piece == np.bincount(piece).argmax()  # crumbs of thin sheets are left out
    number = np.cumsum(kept) - 1
    return whole[kept], number[faces[kept[faces[:, 0]]]]


def neighbours(faces: Ints, count: int) -> sparse.csr_matrix:
    """Return the (V, V) matrix with a 1 for every edge."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    made = sparse.coo_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), (count, count)).tocsr()
    made.data[:] = 1.0
    return made


def gradient(groups: Sequence[Group], points: Floats, step: float, soft: bool = False) -> Floats:
    """Return the gradient (N, 3) of the body's distance, from four samples a point on a tetrahedron."""
    corners = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
    side = np.where(points[:, 1:2] < 0, [1.0, -1.0, 1.0], [1.0, 1.0, 1.0])  # the right side is asked on the left
    samples = [body_distance(groups, points * side + step * corner, soft) for corner in corners]
    return side * sum(d[:, None] * corner for d, corner in zip(samples, corners, strict=True)) / (4 * step)


def settled(groups: Sequence[Group], position: Floats, faces: Ints, step: float) -> tuple[Floats, Floats]:
    """Bring vertices onto the surface and space them evenly; return them (V, 3) and the unit normals (V, 3)."""
    edges = neighbours(faces, len(position))
    degree = np.asarray(edges.sum(1)).ravel()[:, None]
    for turn in range(3):
        soft = turn < 1
        slope = gradient(groups, position, 0.3 * step, soft)
        steep = np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 0.3)
        normal = slope / steep
        if turn < 2:  # towards the middle of the neighbours, along the surface
            pull = edges @ position / degree - position
            position = position + 0.5 * (pull - normal * (pull * normal).sum(1, keepdims=True))
        off = body_distance(groups, position, soft)[:, None] / steep
        position = position - normal * np.clip(off, -step, step)
    slope = gradient(groups, position, 0.3 * step)
    return position, slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)
