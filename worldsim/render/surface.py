"""One smooth skin over several shapes of a part: the level set of a smooth minimum of their distances, as triangles.

The skin over capsules and ellipsoids makes an animal's body out of its bones. It knows nothing of OpenGL.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SceneError
from worldsim.render.mesh import Mesh, frozen_mesh
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import Geom, Vec3

Floats = NDArray[np.float64]

CELLS = 20
"""Cells along the longest edge of a skin's bounding box."""


def distance(geom: Geom, points: Floats) -> Floats:
    """Return the signed distance (N,) in m of points (N, 3) in the part's frame to a geom; negative inside.

    Exact for spheres, capsules, boxes, cylinders; near the surface for ellipsoids (Quilez's bound); cones as capsules
    of half their radius.

    Raises:
        SceneError: the shape can't be blended (planes, meshes).
    """
    local = (points - np.array(geom.position)) @ matrix_from_quat_xyzw(geom.orientation)
    kind, size = geom.shape.kind, geom.shape.size
    if kind == "sphere":
        return np.linalg.norm(local, axis=1) - size[0]
    if kind == "capsule":
        half = max(0.0, 0.5 * size[1] - size[0])
        local[:, 2] -= np.clip(local[:, 2], -half, half)
        return np.linalg.norm(local, axis=1) - size[0]
    if kind == "ellipsoid":
        radii = 0.5 * np.array(size)
        k0 = np.linalg.norm(local / radii, axis=1)
        k1 = np.linalg.norm(local / radii**2, axis=1)
        return np.where(k1 > 1e-9, k0 * (k0 - 1) / np.maximum(k1, 1e-9), -radii.min())
    if kind == "box":
        q = np.abs(local) - 0.5 * np.array(size)
        return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)
    if kind in ("cylinder", "cone"):
        q = np.stack([np.hypot(local[:, 0], local[:, 1]) - size[0], np.abs(local[:, 2]) - 0.5 * size[1]], 1)
        if kind == "cone":
            q[:, 0] = np.hypot(local[:, 0], local[:, 1]) - size[0] * np.clip(0.5 - local[:, 2] / size[1], 0, 1)
        return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0)
    raise SceneError(f"a {kind} can't be smooth; smooth geoms are spheres, capsules, ellipsoids, boxes and cylinders")


def _thickness(geom: Geom) -> float:
    """Return half the smallest extent of a geom, m."""
    kind, size = geom.shape.kind, geom.shape.size
    if kind in ("ellipsoid", "box"):
        return 0.5 * min(size)
    return size[0]


def _reach(geom: Geom) -> float:
    """Return the radius of a sphere about the geom's centre that holds it, m."""
    kind, size = geom.shape.kind, geom.shape.size
    if kind in ("ellipsoid", "box"):
        return 0.5 * float(np.linalg.norm(size)) if kind == "box" else 0.5 * max(size)
    if kind == "sphere":
        return size[0]
    return float(np.hypot(size[0], 0.5 * size[1]))


def blended_distance(geoms: tuple[Geom, ...], points: Floats) -> tuple[Floats, Floats]:
    """Return the distance (N,) to the blended skin and the weights (N, G) of the geoms there, which add up to 1.

    The polynomial smooth minimum of Quilez, folded over the geoms; its width follows the thinner partner, so that a
    thin leg does not swell where it meets a belly.
    """
    total = distance(geoms[0], points)
    width = _thickness(geoms[0])
    weights = np.zeros((len(points), len(geoms)))
    weights[:, 0] = 1.0
    for place, geom in enumerate(geoms[1:], start=1):
        d = distance(geom, points)
        k = 0.6 * min(width, _thickness(geom))
        width = max(width, _thickness(geom))
        h = np.clip(0.5 + 0.5 * (total - d) / k, 0, 1)
        total = total * (1 - h) + d * h - k * h * (1 - h)
        weights *= (1 - h)[:, None]
        weights[:, place] = h
    return total, weights


@functools.lru_cache(maxsize=256)
def blended(geoms: tuple[Geom, ...], colours: tuple[Vec3, ...], cells: int = CELLS) -> Mesh:
    """Return the skin over the geoms of one part, in the part's frame, coloured like the geom that is nearest.

    Args:
        geoms: smooth geoms.
        colours: linear RGB of each.
        cells: along the longest edge of the bounding box, at least.
    """
    low = np.min([np.array(g.position) - _reach(g) for g in geoms], axis=0)
    high = np.max([np.array(g.position) + _reach(g) for g in geoms], axis=0)
    thin = min(_thickness(g) for g in geoms)
    step = max(float((high - low).max()) / (1.6 * cells), min(float((high - low).max()) / cells, thin / 2.5))
    count = np.ceil((high - low) / step).astype(int) + 3
    grid = [low[k] - step + step * np.arange(count[k]) for k in range(3)]
    x, y, z = np.meshgrid(*grid, indexing="ij")
    points = np.stack([x.ravel(), y.ravel(), z.ravel()], 1)
    values = blended_distance(geoms, points)[0].reshape(count)
    position, faces = level_set(values, np.array([grid[0][0], grid[1][0], grid[2][0]]), step)
    # Two steps of Newton's method put the vertices on the surface; the gradient is the normal.
    for _ in range(2):
        normal = _gradient(geoms, position, 0.25 * step)
        position = position - normal * np.clip(blended_distance(geoms, position)[0], -step, step)[:, None]
    normal = _gradient(geoms, position, 0.25 * step)
    weights = blended_distance(geoms, position)[1] ** 2
    weights /= weights.sum(1, keepdims=True)
    return frozen_mesh(position, normal, np.zeros(len(position)), faces, weights @ np.array(colours))


def _gradient(geoms: tuple[Geom, ...], points: Floats, step: float) -> Floats:
    """Return the unit gradient (N, 3) of the blended distance by central differences."""
    out = np.empty_like(points)
    for axis in range(3):
        shift = np.zeros(3)
        shift[axis] = step
        out[:, axis] = blended_distance(geoms, points + shift)[0] - blended_distance(geoms, points - shift)[0]
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def level_set(values: Floats, origin: Floats, step: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return the triangles of the zero level of a field on a grid, by naive surface nets (Gibson 1998).

    Every cell that the surface passes has one vertex, the mean of the crossings on its edges; every edge of the grid
    that the surface crosses has one quadrilateral between the four cells round it.

    Args:
        values: (X, Y, Z) field, negative inside; its outermost samples are positive.
        origin: (3,) place of sample (0, 0, 0).
        step: between samples.

    Returns:
        (V, 3) positions; (F, 3) indices, anticlockwise from outside.
    """
    inside = values < 0
    shape = np.array(values.shape) - 1
    total = np.zeros((*shape, 3))
    count = np.zeros(tuple(shape))
    quads: list[NDArray[np.int64]] = []
    number = np.arange(int(np.prod(shape))).reshape(tuple(shape))
    for axis in range(3):
        ends = [slice(None)] * 3, [slice(None)] * 3
        ends[0][axis], ends[1][axis] = slice(0, -1), slice(1, None)
        near, far = values[tuple(ends[0])], values[tuple(ends[1])]
        crossed = (near < 0) != (far < 0)
        where = np.argwhere(crossed)
        cross = where.astype(np.float64)
        cross[:, axis] += near[crossed] / (near[crossed] - far[crossed])
        b, c = (axis + 1) % 3, (axis + 2) % 3
        ring = []
        for db, dc in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = where.copy()
            cell[:, b] += db
            cell[:, c] += dc
            np.add.at(total, tuple(cell.T), cross)
            np.add.at(count, tuple(cell.T), 1)
            ring.append(number[tuple(cell.T)])
        quad = np.stack(ring, 1)
        leaving = inside[tuple(ends[0])][crossed]
        quads.append(np.where(leaving[:, None], quad, quad[:, ::-1]))
    used = count > 0
    index = np.full(tuple(shape), -1, np.int64)
    index[used] = np.arange(int(used.sum()))
    every = index.ravel()[np.concatenate(quads)]
    position = origin + step * total[used] / count[used][:, None]
    return position, np.concatenate([every[:, [0, 1, 2]], every[:, [0, 2, 3]]])
