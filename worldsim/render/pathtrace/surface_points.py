"""Points on a mesh for what grows on it, and the mesh drawn in below that. It knows nothing of what grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldsim.render.pathtrace.solid import Solid

Floats = NDArray[np.float64]


def areas(body: Solid) -> Floats:
    """Return the area (F,) of every triangle, m²."""
    a, b, c = (body.position[body.faces[:, k]].astype(np.float64) for k in range(3))
    return np.asarray(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1))


def thickness(body: Solid) -> float:
    """Return the radius in m of the sphere that has the ratio of volume to area of a closed mesh."""
    a, b, c = (body.position[body.faces[:, k]].astype(np.float64) for k in range(3))
    volume = abs(float((np.cross(a, b) * c).sum())) / 6
    return 3 * volume / max(float(areas(body).sum()), 1e-12)


def barycentric(
    body: Solid, rng: np.random.Generator, count: Callable[[float], int]
) -> tuple[NDArray[np.int64], Floats]:
    """Return evenly scattered points as corners (N, 3) of their triangles and weights (N, 3).

    Args:
        body: the mesh.
        rng: where.
        count: how many for a total area in m².
    """
    area = areas(body)
    number = count(float(area.sum()))
    face = rng.choice(len(area), size=number, p=area / area.sum())
    u, v = rng.random(number), rng.random(number)
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    return body.faces[face].astype(np.int64), np.stack([1 - u - v, u, v], 1)


def taken(values: NDArray, corners: NDArray[np.int64], weight: Floats) -> Floats:
    """Return values (V, K) at the vertices interpolated to points, (N, K)."""
    return np.asarray((values.astype(np.float64)[corners] * weight[:, :, None]).sum(1))


def scattered(body: Solid, rng: np.random.Generator, count: Callable[[float], int]) -> tuple[Floats, Floats, float]:
    """Return points (N, 3), outward unit normals (N, 3) and the total area in m²; see `barycentric`."""
    corners, weight = barycentric(body, rng, count)
    normal = taken(body.normal, corners, weight)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    return taken(body.position, corners, weight), normal, float(areas(body).sum())


def drawn_in(body: Solid, depth: float) -> Solid:
    """Return the mesh moved inwards by that many m along its normals."""
    return replace(body, position=(body.position - depth * body.normal).astype(np.float32))
