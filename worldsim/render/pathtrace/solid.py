"""Meshes at full size for the path tracer: edges of boxes and cylinders rounded, texture coordinates laid on.

The coordinates are those of the raster (`laid` in geometry.frag.glsl), so that grain, bricks and planks lie at the same
places in both pictures. It knows nothing of Blender.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.render.mesh import Mesh

Floats = NDArray[np.float64]

RIM = 0.0015
"""m, the rounding of an edge; a twentieth of the smallest extent where that is less. The raster shades wider ones, but
rounded for real they would take too much from the outline of thin things."""
BEND = (-45.0, -15.0, 15.0, 45.0)
"""Degrees round a rounded edge, as seen from the middle of each of the two faces that share it."""


@dataclass(frozen=True)
class Solid:
    """A mesh with what a procedural surface needs.

    Attributes:
        position, normal: (V, 3) float32, m and unit, object space. faces: (F, 3) int32.
        place: (V, 2) float32, m: texture coordinates. along: (V, 3) float32 unit: where the first of them grows; both
            zero on round things, whose texture is projected.
        tint: (V, 3) float32 linear RGB that replaces the colour, or None.
    """

    position: NDArray[np.float32]
    normal: NDArray[np.float32]
    faces: NDArray[np.int32]
    place: NDArray[np.float32]
    along: NDArray[np.float32]
    tint: NDArray[np.float32] | None = None


def solid(mesh: Mesh, kind: int, size: Sequence[float]) -> Solid:
    """Return a mesh of `unit_mesh` at that size.

    Args:
        mesh: what the raster draws.
        kind: `instances.KIND`: 1 box, 2 cylinder, 3 cone, 4 plane, 0 anything round.
        size: (3,) scale factors, m.
    """
    extent = np.asarray(size, np.float64)
    if kind == 1:
        return _box(extent)
    if kind == 2:
        return _cylinder(float(extent[0]), float(extent[2]))
    position = mesh.position.astype(np.float64) * extent
    normal = mesh.normal.astype(np.float64) / extent
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    place, along = np.zeros((len(position), 2)), np.zeros((len(position), 3))
    if kind == 3:
        place, along = _round_place(position, normal, mesh.angle.astype(np.float64), float(extent[0]))
    elif kind == 4:
        place, along = position[:, :2].copy(), np.tile([1.0, 0.0, 0.0], (len(position), 1))
    return _solid(position, normal, mesh.faces, place, along, mesh.colour)


def _solid(
    position: Floats,
    normal: Floats,
    faces: NDArray[Any],
    place: Floats,
    along: Floats,
    tint: NDArray[np.float32] | None = None,
) -> Solid:
    p, n, s, a = (np.ascontiguousarray(item, np.float32) for item in (position, normal, place, along))
    return Solid(p, n, np.ascontiguousarray(faces, np.int32), s, a, tint)


def _round_place(position: Floats, normal: Floats, angle: Floats, radius: float) -> tuple[Floats, Floats]:
    """Return coordinates and grain of cylinders and cones: along z on the side, flat on the caps."""
    side = (np.abs(normal[:, 2]) < 0.999)[:, None]
    place = np.where(side, np.stack([position[:, 2], angle * radius], 1), position[:, :2])
    return place, np.where(side, [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])


def _grid(rows: int, columns: int, start: int) -> NDArray[np.int64]:
    """Return the triangles (F, 3) of rows × columns vertices, row by row, from that index on."""
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = start + (i * columns + j).ravel()
    b, c, d = a + 1, a + columns + 1, a + columns
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def _box(extent: Floats) -> Solid:
    """Return a box with rounded edges: six patches, each over its share of the rounding."""
    rim = min(RIM, 0.05 * float(extent.min()))
    half = 0.5 * extent - rim
    lean = np.tan(np.radians([BEND[0], 0.5 * BEND[0], 0.0, 0.0, 0.5 * BEND[3], BEND[3]]))
    shift = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1.0, -1.0):
            a, b = np.meshgrid(np.arange(6), np.arange(6), indexing="ij")
            direction, inner = np.empty((36, 3)), np.empty((36, 3))
            direction[:, axis], inner[:, axis] = sign, sign * half[axis]
            direction[:, u], inner[:, u] = lean[a.ravel()], shift[a.ravel()] * half[u]
            direction[:, v], inner[:, v] = sign * lean[b.ravel()], sign * shift[b.ravel()] * half[v]
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            position = inner + rim * direction
            # The grain runs along the longer edge of the face.
            first, second = ((1, 2), (0, 2), (0, 1))[axis]
            if extent[first] < extent[second]:
                first, second = second, first
            place = position[:, [first, second]] + 0.37 * sign * (axis + 1)
            parts.append((position, direction, place, np.tile(np.eye(3)[first], (36, 1))))
            faces.append(_grid(6, 6, 36 * (len(parts) - 1))[:, ::-1])
    position, normal, place, along = (np.concatenate(item) for item in zip(*parts, strict=True))
    triangles = np.concatenate(faces)
    p, q, r = (position[triangles[:, k]] for k in range(3))
    outwards = (np.cross(q - p, r - p) * normal[triangles].sum(1)).sum(1) > 0
    triangles = np.where(outwards[:, None], triangles, triangles[:, ::-1]).astype(np.int32)
    return _solid(position, normal, triangles, place, along)


def _cylinder(radius: float, height: float, segments: int = 48) -> Solid:
    """Return a cylinder with rounded rims: caps and side apart, so that each has its own texture coordinates."""
    rim = min(RIM, 0.05 * min(2 * radius, height))
    swell = np.cos(np.pi / segments) ** -0.5  # its faces lie right on average
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    up = 0.5 * height - rim
    tilt = np.radians([0.0, 22.5, 45.0])
    side = [(radius - rim + rim * np.cos(t), -up - rim * np.sin(t), np.cos(t), -np.sin(t)) for t in tilt[::-1]]
    side += [(radius - rim + rim * np.cos(t), up + rim * np.sin(t), np.cos(t), np.sin(t)) for t in tilt]
    steep = np.radians([45.0, 67.5, 90.0])
    cap = [(radius - rim + rim * np.cos(t), up + rim * np.sin(t), np.cos(t), np.sin(t)) for t in steep]
    cap.append((0.0, 0.5 * height, 0.0, 1.0))
    bottom = [(r, -z, out, -n) for r, z, out, n in cap[::-1]]
    parts, faces, start = [], [], 0
    for ring, flat in ((bottom, True), (side, False), (cap, True)):
        r, z, out, n = (np.array(item)[:, None] for item in zip(*ring, strict=True))
        shape = (len(ring), segments + 1)
        cosine, sine = np.cos(angle)[None], np.sin(angle)[None]
        position = np.stack([swell * r * cosine, swell * r * sine, np.broadcast_to(z, shape)], -1).reshape(-1, 3)
        normal = np.stack([out * cosine, out * sine, np.broadcast_to(n, shape)], -1).reshape(-1, 3)
        turn = np.broadcast_to(angle, shape).ravel()
        place = position[:, :2] if flat else np.stack([position[:, 2], turn * radius], 1)
        along = np.tile([1.0, 0.0, 0.0] if flat else [0.0, 0.0, 1.0], (len(position), 1))
        parts.append((position, normal, place, along))
        faces.append(_grid(len(ring), segments + 1, start))
        start += len(position)
    position, normal, place, along = (np.concatenate(item) for item in zip(*parts, strict=True))
    triangles = np.concatenate(faces)
    p, q, s = (position[triangles[:, k]] for k in range(3))
    area = np.cross(q - p, s - p)
    keep = np.linalg.norm(area, axis=1) > 1e-14
    triangles, area = triangles[keep], area[keep]
    outwards = (area * normal[triangles].sum(1)).sum(1) > 0
    triangles = np.where(outwards[:, None], triangles, triangles[:, ::-1]).astype(np.int32)
    return _solid(position, normal, triangles, place, along)


def ground_mesh(half: float = 2000.0) -> Solid:
    """Return a square of that half edge in m that faces z, finer towards its middle (rays stay exact near it)."""
    steps = np.array([8.0, 30.0, 120.0, 500.0, half])
    line = np.concatenate([-steps[::-1], steps])
    x, y = np.meshgrid(line, line, indexing="ij")
    position = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], 1)
    faces = _grid(len(line), len(line), 0)[:, ::-1].astype(np.int32)
    normal = np.tile([0.0, 0.0, 1.0], (len(position), 1))
    return _solid(position, normal, faces, position[:, :2], np.tile([1.0, 0.0, 0.0], (len(position), 1)))
