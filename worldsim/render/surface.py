"""One smooth skin over several shapes of a part: the level set of a smooth minimum of their distances, as triangles.

The skin over capsules and ellipsoids makes an animal's body out of its bones. It knows nothing of OpenGL.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SceneError
from worldsim.render.mesh import Mesh
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import Geom, Vec3

Floats = NDArray[np.float64]

CELLS = 40
"""Cells along the longest edge of a skin's bounding box."""

# A cube as six tetrahedra round its main diagonal 0–7; corner k is at the bits (x, y, z) = (k & 1, k >> 1 & 1, k >> 2).
TETRAHEDRA = np.array([[0, 5, 1, 7], [0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7]])


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
def blended(geoms: tuple[Geom, ...], colours: tuple[Vec3, ...]) -> Mesh:
    """Return the skin over the geoms of one part, in the part's frame, coloured like the geom that is nearest.

    Args:
        geoms: smooth geoms. colours: linear RGB of each.
    """
    low = np.min([np.array(g.position) - _reach(g) for g in geoms], axis=0)
    high = np.max([np.array(g.position) + _reach(g) for g in geoms], axis=0)
    thin = min(_thickness(g) for g in geoms)
    step = max(float((high - low).max()) / (1.4 * CELLS), min(float((high - low).max()) / CELLS, thin / 2.5))
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
    arrays = [
        np.ascontiguousarray(a, np.float32)
        for a in (position, normal, np.zeros(len(position)), weights @ np.array(colours))
    ]
    faces = np.ascontiguousarray(faces, np.int32)
    for array in (*arrays, faces):
        array.flags.writeable = False
    return Mesh(arrays[0], arrays[1], arrays[2], faces, arrays[3])


def _gradient(geoms: tuple[Geom, ...], points: Floats, step: float) -> Floats:
    """Return the unit gradient (N, 3) of the blended distance by central differences."""
    out = np.empty_like(points)
    for axis in range(3):
        shift = np.zeros(3)
        shift[axis] = step
        out[:, axis] = blended_distance(geoms, points + shift)[0] - blended_distance(geoms, points - shift)[0]
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def level_set(values: Floats, origin: Floats, step: float) -> tuple[Floats, NDArray[np.int64]]:
    """Return the triangles of the zero level of a field on a grid, by marching tetrahedra.

    Args:
        values: (X, Y, Z) field, negative inside. origin: (3,) place of sample (0, 0, 0). step: between samples.

    Returns:
        (V, 3) positions, every one on an edge of the grid and used by all its triangles; (F, 3) indices, anticlockwise
        from outside.
    """
    shape = np.array(values.shape)
    strides = np.array([shape[1] * shape[2], shape[2], 1])
    corner = np.array([[k & 1, k >> 1 & 1, k >> 2] for k in range(8)]) @ strides
    base = np.arange(values.size).reshape(values.shape)[:-1, :-1, :-1].ravel()
    flat = values.ravel()
    inside = flat < 0
    cube = inside[base[:, None] + corner]
    base = base[cube.any(1) & ~cube.all(1)]
    tetra = base[:, None, None] + corner[TETRAHEDRA]
    tetra = tetra.reshape(-1, 4)
    state = inside[tetra]
    count = state.sum(1)
    edges: list[NDArray[np.int64]] = []  # (F, 3, 2): three edges, from an inner to an outer sample

    for number in (1, 3):
        chosen = tetra[count == number]
        alone = state[count == number] if number == 1 else ~state[count == number]
        first = np.argmax(alone, 1)
        # The three others in an order that keeps the tetrahedron's handedness.
        others = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])[first]
        one = np.take_along_axis(chosen, first[:, None], 1)
        rest = np.take_along_axis(chosen, others, 1)
        pairs = np.stack([np.broadcast_to(one, rest.shape), rest], -1)
        edges.append(pairs if number == 1 else pairs[:, ::-1, ::-1])
    chosen, two = tetra[count == 2], state[count == 2]
    order = np.argsort(~two, axis=1, kind="stable")
    swapped = np.array([_odd(row) for row in order], bool) if len(order) else np.zeros(0, bool)
    sorted_ = np.take_along_axis(chosen, order, 1)
    sorted_[swapped] = sorted_[swapped][:, [1, 0, 2, 3]]
    a, b, c, d = sorted_.T
    quad = [np.stack(pair, -1) for pair in ((a, c), (a, d), (b, d), (b, c))]
    edges += [np.stack([quad[0], quad[1], quad[2]], 1), np.stack([quad[0], quad[2], quad[3]], 1)]
    every = np.concatenate(edges)
    key = np.sort(every, axis=-1)
    code = key[..., 0] * np.int64(values.size) + key[..., 1]
    unique, faces = np.unique(code.ravel(), return_inverse=True)
    p, q = unique // values.size, unique % values.size
    t = flat[p] / (flat[p] - flat[q])
    place = lambda i: np.stack(np.unravel_index(i, values.shape), 1)  # noqa: E731
    position = origin + step * (place(p) * (1 - t)[:, None] + place(q) * t[:, None])
    return position, faces.reshape(-1, 3)


def _odd(order: NDArray[np.int64]) -> bool:
    """Return whether a permutation of four is odd."""
    return bool(sum(order[i] > order[j] for i in range(4) for j in range(i + 1, 4)) % 2)
