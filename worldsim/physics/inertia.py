"""Volume, centre of mass and inertia of the shapes: closed forms, and the convex hull of a mesh.

PyBullet takes the box around a capsule, cone or hull for its inertia; here each shape gets its own. Formulas: any table
of moments of inertia of homogeneous solids; polyhedra by signed tetrahedra (Tonon 2004).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SceneError
from worldsim.rotation import quat_from_matrix_xyzw
from worldsim.scene.layout import IDENTITY, ORIGIN, Quat, Shape, Vec3


@dataclass(frozen=True)
class MassFrame:
    """A homogeneous solid of unit mass.

    Attributes:
        volume: m³.
        centre: m, centre of mass in the shape's frame.
        axes: xyzw, principal axes to the shape's frame.
        inertia: m² (kg·m² per kg), principal moments about the centre.
    """

    volume: float
    centre: Vec3
    axes: Quat
    inertia: Vec3


def mass_frame(shape: Shape) -> MassFrame:
    """Return volume, centre of mass and principal inertia per kg of a shape; a plane has none (volume 0)."""
    size = shape.size
    if shape.kind == "box":
        x, y, z = size
        return MassFrame(x * y * z, ORIGIN, IDENTITY, _diagonal(y * y + z * z, x * x + z * z, x * x + y * y, 12))
    if shape.kind == "ellipsoid":
        x, y, z = (s / 2 for s in size)
        volume = 4 / 3 * math.pi * x * y * z
        return MassFrame(volume, ORIGIN, IDENTITY, _diagonal(y * y + z * z, x * x + z * z, x * x + y * y, 5))
    if shape.kind == "sphere":
        r = size[0]
        moment = 0.4 * r * r
        return MassFrame(4 / 3 * math.pi * r**3, ORIGIN, IDENTITY, (moment, moment, moment))
    if shape.kind == "cylinder":
        r, h = size
        side = (3 * r * r + h * h) / 12
        return MassFrame(math.pi * r * r * h, ORIGIN, IDENTITY, (side, side, r * r / 2))
    if shape.kind == "capsule":
        return _capsule(*size)
    if shape.kind == "cone":
        r, h = size
        side = 3 / 20 * r * r + 3 / 80 * h * h
        return MassFrame(math.pi * r * r * h / 3, (0.0, 0.0, -h / 4), IDENTITY, (side, side, 0.3 * r * r))
    if shape.kind == "mesh":
        return _polyhedron(hull_points(shape))
    return MassFrame(0.0, ORIGIN, IDENTITY, ORIGIN)


def hull_points(shape: Shape) -> NDArray[np.float64]:
    """Return the (V, 3) corner points, in m and in the shape's frame, of the convex hull that collides."""
    if shape.kind == "cone":
        r, h = shape.size
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        rim = np.stack([r * np.cos(turn), r * np.sin(turn), np.full_like(turn, -h / 2)], axis=1)
        return np.concatenate([rim, [[0.0, 0.0, h / 2]]])
    if shape.mesh is None:
        raise SceneError(f"a {shape.kind} has no mesh file to make a hull of")
    return _mesh_hull(shape.mesh, shape.size)


@functools.lru_cache(maxsize=256)
def _mesh_hull(path: Path, scale: tuple[float, ...]) -> NDArray[np.float64]:
    from scipy.spatial import ConvexHull, QhullError

    with path.open(encoding="utf-8", errors="replace") as lines:
        points = [[float(word) for word in line.split()[1:4]] for line in lines if line.startswith("v ")]
    scaled = np.array(points, np.float64).reshape(-1, 3) * np.asarray(scale, np.float64)
    try:
        hull = ConvexHull(scaled)
    except (QhullError, ValueError) as error:
        raise SceneError(f"mesh {path.name}: its points enclose no volume, so it can't collide") from error
    corners = scaled[hull.vertices]
    if len(corners) > 128:  # Bullet's own limit for a fast hull: keep the extreme points of 128 even directions
        corners = corners[np.unique(np.argmax(corners @ _even_directions(128).T, axis=0))]
    corners.setflags(write=False)
    return corners


def _even_directions(n: int) -> NDArray[np.float64]:
    """Return n unit vectors (n, 3) spread evenly (Fibonacci sphere)."""
    k = np.arange(n) + 0.5
    z = 1 - 2 * k / n
    turn = np.pi * (1 + 5**0.5) * k
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)


def _diagonal(x: float, y: float, z: float, divisor: float) -> Vec3:
    return (x / divisor, y / divisor, z / divisor)


def _capsule(radius: float, height: float) -> MassFrame:
    tube = max(height - 2 * radius, 0.0)
    v_tube = math.pi * radius**2 * tube
    v_caps = 4 / 3 * math.pi * radius**3
    m_tube, m_caps = v_tube / (v_tube + v_caps), v_caps / (v_tube + v_caps)
    along = m_tube * radius**2 / 2 + m_caps * 0.4 * radius**2
    # Each half sphere: 83/320 m r² about its own centre of mass, which lies 3/8 r beyond the tube's end.
    side = m_tube * (3 * radius**2 + tube**2) / 12
    side += m_caps * (83 / 320 * radius**2 + (tube / 2 + 3 / 8 * radius) ** 2)
    return MassFrame(v_tube + v_caps, ORIGIN, IDENTITY, (side, side, along))


def _polyhedron(points: NDArray[np.float64]) -> MassFrame:
    from scipy.spatial import ConvexHull

    hull = ConvexHull(points)
    origin = points.mean(axis=0)
    corners = points[hull.simplices] - origin
    signed = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    volumes = np.abs(signed)  # the origin lies inside a convex hull, so every tetrahedron counts as positive
    volume = float(volumes.sum())
    centre = (volumes[:, None] * corners.sum(axis=1) / 4).sum(axis=0) / volume
    # Second moments of a tetrahedron with one corner at the origin: V/20 (Σ vᵢvᵢᵀ + s sᵀ), s = Σ vᵢ.
    total = corners.sum(axis=1)
    second = np.einsum("n,nki,nkj->ij", volumes, corners, corners) + np.einsum("n,ni,nj->ij", volumes, total, total)
    second = second / 20 / volume - np.outer(centre, centre)
    tensor = np.trace(second) * np.eye(3) - second
    moments, axes = np.linalg.eigh(tensor)
    if np.linalg.det(axes) < 0:
        axes[:, 0] = -axes[:, 0]
    x, y, z = (float(c) for c in centre + origin)
    qx, qy, qz, qw = (float(c) for c in quat_from_matrix_xyzw(axes))
    return MassFrame(volume, (x, y, z), (qx, qy, qz, qw), (float(moments[0]), float(moments[1]), float(moments[2])))
