"""How much room shapes take and how much they hold: extents and volumes. Knows nothing of physics."""

from __future__ import annotations

import math
from collections.abc import Iterable

from worldsim.scene.layout import Geom, Quat, Shape, Vec3
from worldsim.scene.mesh import mesh_hull
from worldsim.scene.pose import Pose, compose, rotate_xyzw

Box = tuple[Vec3, Vec3]  # m: lowest and highest corner


def shape_bounds(shape: Shape, orientation: Quat) -> Box:
    """Return the corners of the axis-parallel box about a turned shape, relative to its origin.

    Boxes, spheres, cylinders, capsules and meshes: exact. Cones: that of their cylinder. Planes: nothing, since
    they take no room.
    """
    if shape.kind == "plane":
        return (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    if shape.kind == "mesh":
        scale = shape.size
        points = [
            rotate_xyzw(orientation, (p[0] * scale[0], p[1] * scale[1], p[2] * scale[2]))
            for p in mesh_hull(shape.mesh).points
        ]
        xs, ys, zs = zip(*points, strict=True)
        return (min(xs), min(ys), min(zs)), (max(xs), max(ys), max(zs))
    reach = _half_extents(shape, orientation)
    return (-reach[0], -reach[1], -reach[2]), reach


def _half_extents(shape: Shape, q: Quat) -> Vec3:
    if shape.kind == "sphere":
        r = shape.size[0]
        return r, r, r
    axes = [rotate_xyzw(q, axis) for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))]
    if shape.kind in ("box", "ellipsoid"):
        half = [size / 2 for size in shape.size]
        if shape.kind == "ellipsoid":
            x, y, z = (math.sqrt(sum((h * axis[k]) ** 2 for h, axis in zip(half, axes, strict=True))) for k in range(3))
        else:
            x, y, z = (sum(h * abs(axis[k]) for h, axis in zip(half, axes, strict=True)) for k in range(3))
        return x, y, z
    radius, height = shape.size
    along = axes[2]
    if shape.kind == "capsule":
        tube = max(0.0, height / 2 - radius)
        x, y, z = (tube * abs(a) + radius for a in along)
    else:
        x, y, z = (height / 2 * abs(a) + radius * math.sqrt(max(0.0, 1 - a * a)) for a in along)
    return x, y, z


def bounds(geoms: Iterable[Geom], pose: Pose) -> Box | None:
    """Return the corners of the box about the geoms of a body at a pose, or None where none takes room."""
    lows, highs = [], []
    for geom in geoms:
        if geom.shape.kind == "plane":
            continue
        place = compose(pose, Pose(geom.position, geom.orientation))
        low, high = shape_bounds(geom.shape, place.orientation)
        lows.append([low[k] + place.position[k] for k in range(3)])
        highs.append([high[k] + place.position[k] for k in range(3)])
    if not lows:
        return None
    x0, y0, z0 = (min(c) for c in zip(*lows, strict=True))
    x1, y1, z1 = (max(c) for c in zip(*highs, strict=True))
    return (x0, y0, z0), (x1, y1, z1)


def union(boxes: Iterable[Box | None]) -> Box | None:
    """Return the box about boxes."""
    real = [box for box in boxes if box is not None]
    if not real:
        return None
    x0, y0, z0 = (min(box[0][k] for box in real) for k in range(3))
    x1, y1, z1 = (max(box[1][k] for box in real) for k in range(3))
    return (x0, y0, z0), (x1, y1, z1)


def volume(shape: Shape) -> float:
    """Return the volume in m³; a mesh counts as its convex hull, a plane as nothing."""
    size = shape.size
    if shape.kind == "box":
        return size[0] * size[1] * size[2]
    if shape.kind == "ellipsoid":
        return math.pi / 6 * size[0] * size[1] * size[2]
    if shape.kind == "sphere":
        return 4 / 3 * math.pi * size[0] ** 3
    if shape.kind == "cylinder":
        return math.pi * size[0] ** 2 * size[1]
    if shape.kind == "cone":
        return math.pi * size[0] ** 2 * size[1] / 3
    if shape.kind == "capsule":
        radius, tube = size[0], max(0.0, size[1] - 2 * size[0])
        return math.pi * radius**2 * tube + 4 / 3 * math.pi * radius**3
    if shape.kind == "mesh":
        return mesh_hull(shape.mesh).volume * size[0] * size[1] * size[2]
    return 0.0
