"""Triangle meshes of the primitive shapes, of unit size where a scale factor does. It knows nothing of OpenGL.

Every mesh is closed (the plane excepted), its triangles run anticlockwise seen from outside.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.scene.layout import Shape

Floats32 = NDArray[np.float32]

LEVELS = (40.0, 20.0, 9.0)
"""Pixels: a round thing whose radius is below the first of these is drawn at level 1, and so on. With n segments half
the sagitta, by which its outline is off on average, is radius · (π / n)² / 4: a fifth of a pixel at the most."""

SPHERE = ((24, 48), (12, 26), (8, 16), (5, 10))
"""Rings and segments of a sphere by level of detail."""
CAPSULE = ((12, 26), (8, 16), (4, 10), (4, 7))
SEGMENTS = (36, 26, 16, 10)
"""Segments of cylinders and cones by level of detail."""


@dataclass(frozen=True)
class Mesh:
    """Triangles.

    Attributes:
        position: (V, 3) float32, m or unit size. normal: (V, 3) float32, unit.
        angle: (V,) float32, rad round the z axis from 0 to 2π without a jump inside a triangle; 0 where it has no use.
        colour: (V, 3) float32 linear RGB that replaces the surface's, or None.
        faces: (F, 3) int32.
    """

    position: Floats32
    normal: Floats32
    angle: Floats32
    faces: NDArray[np.int32]
    colour: Floats32 | None = None


def scale_of(shape: Shape) -> tuple[float, float, float]:
    """Return the factors that bring the mesh of `unit_mesh` to the size of the shape."""
    kind, size = shape.kind, shape.size
    if kind == "sphere":
        return size[0], size[0], size[0]
    if kind in ("cylinder", "cone"):
        return size[0], size[0], size[1]
    if kind == "plane":
        return size[0], size[1], 1.0
    if kind == "capsule":
        return 1.0, 1.0, 1.0
    return size[0], size[1], size[2]


def bend_of(shape: Shape) -> float:
    """Return the radius in m of what is round about a shape; without an end where nothing is, or nobody knows."""
    if shape.kind in ("sphere", "cylinder", "cone", "capsule"):
        return shape.size[0]
    return 0.5 * max(shape.size) if shape.kind == "ellipsoid" else float("inf")


def unit_mesh(shape: Shape, level: int = 0) -> Mesh:
    """Return the mesh of a shape before `scale_of`: shared by all shapes that differ by the scale alone.

    Args:
        shape: what it is.
        level: of detail, 0 from near; see `LEVELS`.
    """
    kind = shape.kind
    if kind == "box":
        return box()
    if kind == "sphere":
        return sphere(1.0, *SPHERE[level])
    if kind == "ellipsoid":
        return sphere(0.5, *SPHERE[level])
    if kind == "cylinder":
        return cylinder(SEGMENTS[level])
    if kind == "cone":
        return cone(SEGMENTS[level])
    if kind == "plane":
        return plane()
    if kind == "capsule":
        return capsule(shape.size[0], shape.size[1], *CAPSULE[level])
    from worldsim.render.obj import load_mesh

    if shape.mesh is None:
        raise ValueError("a mesh shape without a file")
    return load_mesh(shape.mesh)


def frozen_mesh(
    position: ArrayLike, normal: ArrayLike, angle: ArrayLike, faces: ArrayLike, colour: ArrayLike | None = None
) -> Mesh:
    """Return a mesh of read-only copies of these arrays, in the order and of the shapes of `Mesh`."""
    p, n, a = (np.array(array, np.float32, order="C") for array in (position, normal, angle))
    c = None if colour is None else np.array(colour, np.float32, order="C")
    f = np.array(faces, np.int32, order="C")
    for array in (p, n, a, f) if c is None else (p, n, a, f, c):
        array.flags.writeable = False
    return Mesh(p, n, a, f, c)


def _mesh(position: ArrayLike, normal: ArrayLike, faces: ArrayLike, angle: ArrayLike | None = None) -> Mesh:
    """Return a frozen mesh; without angles they are 0."""
    return frozen_mesh(position, normal, np.zeros(len(np.asarray(position))) if angle is None else angle, faces)


@functools.cache
def box() -> Mesh:
    """Return a cube of edge 1: 24 vertices, 12 triangles."""
    positions: list[Any] = []
    normals: list[Any] = []
    faces: list[list[int]] = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            n = np.zeros(3)
            n[axis] = sign
            u = np.roll(np.abs(n), 1)
            v = np.cross(n, u)
            start = len(positions)
            positions += [0.5 * (n + a * u + b * v) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            normals += [n] * 4
            faces += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return _mesh(positions, normals, faces)


@functools.cache
def plane() -> Mesh:
    """Return a square of edge 1 that faces z."""
    corners = [[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]]
    return _mesh(corners, [[0, 0, 1]] * 4, [[0, 1, 2], [0, 2, 3]])


def _grid_faces(rows: int, columns: int) -> NDArray[np.int32]:
    """Return the triangles of a grid of (rows + 1) × (columns + 1) vertices, rows upwards, columns anticlockwise."""
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    a = (i * (columns + 1) + j).ravel()
    b, c, d = a + 1, a + columns + 2, a + columns + 1
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)


def _whole(faces: NDArray[np.int32], position: NDArray[np.float64]) -> NDArray[np.int32]:
    """Leave out the triangles without an area (at poles)."""
    a, b, c = (position[faces[:, k]] for k in range(3))
    keep = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12
    return faces[keep]


@functools.cache
def sphere(radius: float, rings: int = 24, segments: int = 48) -> Mesh:
    """Return a sphere of the radius in m; its corners stand out a little, so that its faces lie right on average."""
    swell = (np.cos(np.pi / segments) * np.cos(np.pi / (2 * rings))) ** -0.5
    return _round(radius * swell, 0.0, rings, segments)


@functools.cache
def capsule(radius: float, height: float, rings: int = 12, segments: int = 24) -> Mesh:
    """Return a capsule along z, `height` in m from end to end, caps included."""
    return _round(radius, max(0.0, 0.5 * height - radius), rings, segments)


def _round(radius: float, half: float, rings: int, segments: int) -> Mesh:
    """Return a sphere whose two halves are pulled `half` m apart along z."""
    polar = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    shift = np.where(polar < 0, -half, half)
    if half > 0:  # the equator twice: the ends of the straight part
        middle = rings // 2
        polar = np.insert(polar, middle, 0.0)
        shift = np.insert(np.where(np.arange(rings + 1) < middle, -half, half), middle, -half)
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    t, a = np.meshgrid(polar, angle, indexing="ij")
    normal = np.stack([np.cos(t) * np.cos(a), np.cos(t) * np.sin(a), np.sin(t)], -1)
    position = radius * normal
    position[..., 2] += shift[:, None]
    flat = position.reshape(-1, 3)
    faces = _whole(_grid_faces(len(polar) - 1, segments), flat)
    return _mesh(flat, normal.reshape(-1, 3), faces, a.ravel())


def _cap(z: float, up: float, segments: int, start: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return positions, normals and faces of a disc of radius 1 at height z that faces up (1) or down (−1)."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    ring = np.stack([np.cos(angle), up * np.sin(angle), np.full(segments, z)], 1)
    position = np.concatenate([[[0, 0, z]], ring])
    k = np.arange(segments)
    faces = start + np.stack([np.zeros(segments, int), 1 + k, 1 + (k + 1) % segments], 1)
    return position, np.tile([[0.0, 0.0, up]], (segments + 1, 1)), faces


@functools.cache
def cylinder(segments: int = 36) -> Mesh:
    """Return a cylinder of radius 1 and height 1 along z."""
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    half = np.array([0.0, 0.0, 0.5])
    side = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], 1)
    position = np.concatenate([side - half, side + half])
    top = _cap(0.5, 1.0, segments, 2 * (segments + 1))
    bottom = _cap(-0.5, -1.0, segments, 2 * (segments + 1) + segments + 1)
    return _mesh(
        np.concatenate([position, top[0], bottom[0]]),
        np.concatenate([side, side, top[1], bottom[1]]),
        np.concatenate([_grid_faces(1, segments), top[2], bottom[2]]),
        np.concatenate([angle, angle, np.zeros(2 * (segments + 1))]),
    )


@functools.cache
def cone(segments: int = 36) -> Mesh:
    """Return a cone of radius 1 and height 1 along z, its base at −0.5; normals are those of the unit size."""
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    base = np.stack([np.cos(angle), np.sin(angle), np.full_like(angle, -0.5)], 1)
    tip = np.tile([[0.0, 0.0, 0.5]], (segments + 1, 1))
    slope = np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)], 1) / np.sqrt(2.0)
    side = np.concatenate([base, tip])
    bottom = _cap(-0.5, -1.0, segments, 2 * (segments + 1))
    faces = _whole(_grid_faces(1, segments), side)
    return _mesh(
        np.concatenate([side, bottom[0]]),
        np.concatenate([slope, slope, bottom[1]]),
        np.concatenate([faces, bottom[2]]),
        np.concatenate([angle, angle, np.zeros(segments + 1)]),
    )
