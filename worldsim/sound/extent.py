"""How big a shape is to the ear: bounding box, volume, surface, and how sharp the part of it that usually strikes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.scene.layout import Shape

EDGE = 0.08  # radius of the edges of a box or cylinder, in parts of its smallest extent: things are never razor sharp;
# an edge meets a face along a line, which is as stiff as a ball of the geometric mean of its radius and half its length


@dataclass(frozen=True)
class Extent:
    """Size of one shape.

    Attributes:
        size: (3,) m, bounding box. centre: (3,) m, its middle in the shape's frame.
        volume: m³. area: m². curvature: m, radius of the surface where it is usually struck; inf for a plane.
    """

    size: NDArray[np.float64]
    centre: NDArray[np.float64]
    volume: float
    area: float
    curvature: float


def extent_of(shape: Shape) -> Extent:
    """Return the extent of a shape; a mesh counts as its bounding box, two thirds full."""
    centre = np.zeros(3)
    kind, size = shape.kind, shape.size
    if kind == "sphere":
        r = size[0]
        return Extent(np.full(3, 2 * r), centre, 4 / 3 * np.pi * r**3, 4 * np.pi * r * r, r)
    if kind in ("cylinder", "cone"):
        r, h = size
        full = np.pi * r * r * h
        side = 2 * np.pi * r * (h + r)
        share = (1.0, 1.0) if kind == "cylinder" else (1 / 3, 0.6)
        box = np.array([2 * r, 2 * r, h])
        return Extent(box, centre, full * share[0], side * share[1], _edge(box))
    if kind == "capsule":
        r, h = size
        straight = max(h - 2 * r, 0.0)
        volume = np.pi * r * r * straight + 4 / 3 * np.pi * r**3
        return Extent(np.array([2 * r, 2 * r, h]), centre, volume, 2 * np.pi * r * straight + 4 * np.pi * r * r, r)
    if kind == "plane":
        return Extent(np.array([size[0], size[1], 1.0]), centre, size[0] * size[1], 2 * size[0] * size[1], np.inf)
    if kind == "mesh":
        low, high = _mesh_bounds(shape.mesh) if shape.mesh else (np.full(3, -0.5), np.full(3, 0.5))
        scale = np.asarray(size, np.float64)
        box, centre, full = np.abs((high - low) * scale), (low + high) / 2 * scale, 2 / 3
    else:
        box, full = np.asarray(size, np.float64), np.pi / 6 if kind == "ellipsoid" else 1.0
    box = np.maximum(box, 1e-4)
    x, y, z = (float(s) for s in box)
    return Extent(box, centre, x * y * z * full, 2 * (x * y + y * z + z * x), _edge(box))


def _edge(box: NDArray[np.float64]) -> float:
    short, middle, _ = np.sort(box)
    return float(np.sqrt(np.clip(EDGE * short, 5e-4, 0.05) * middle / 2))


def _mesh_bounds(file: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest corner of an OBJ file's vertices, m."""
    points = [
        [float(word) for word in line.split()[1:4]]
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.startswith("v ")
    ]
    if not points:
        return np.full(3, -0.5), np.full(3, 0.5)
    array = np.asarray(points)
    return array.min(axis=0), array.max(axis=0)
