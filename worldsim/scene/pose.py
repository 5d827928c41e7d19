"""Poses as plain tuples: quick for thousands of single values, where NumPy's overhead would rule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from worldsim.scene.layout import IDENTITY, ORIGIN, Quat, Vec3


class Pose(NamedTuple):
    """A frame in another: position in m and orientation xyzw."""

    position: Vec3 = ORIGIN
    orientation: Quat = IDENTITY


def rotate_xyzw(q: Quat, v: Vec3) -> Vec3:
    """Rotate a vector by a unit quaternion."""
    x, y, z, w = q
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    return (
        v[0] + w * tx + y * tz - z * ty,
        v[1] + w * ty + z * tx - x * tz,
        v[2] + w * tz + x * ty - y * tx,
    )


def multiply_xyzw(a: Quat, b: Quat) -> Quat:
    """Return the rotation "first b, then a"."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def conjugate_xyzw(q: Quat) -> Quat:
    """Return the opposite rotation."""
    return -q[0], -q[1], -q[2], q[3]


def from_rpy_deg(angles: Vec3) -> Quat:
    """Return the quaternion of roll about x, then pitch about y, then yaw about z (fixed axes), in degrees."""
    if angles == ORIGIN:
        return IDENTITY
    (cr, sr), (cp, sp), (cy, sy) = ((math.cos(math.radians(a) / 2), math.sin(math.radians(a) / 2)) for a in angles)
    return (
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )


def about_z(angle: float) -> Quat:
    """Return the rotation about z by an angle in rad."""
    return 0.0, 0.0, math.sin(angle / 2), math.cos(angle / 2)


def compose(a: Pose, b: Pose) -> Pose:
    """Return the pose that `b`, given in the frame `a`, has in the frame that `a` is given in."""
    x, y, z = rotate_xyzw(a.orientation, b.position)
    px, py, pz = a.position
    q = multiply_xyzw(a.orientation, b.orientation)
    norm = math.sqrt(sum(c * c for c in q))
    return Pose((px + x, py + y, pz + z), (q[0] / norm, q[1] / norm, q[2] / norm, q[3] / norm))


def add(a: Vec3, b: Vec3) -> Vec3:
    """Return the sum of two vectors."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def floats3(values: Iterable[float]) -> Vec3:
    """Return three numbers as floats."""
    x, y, z = values
    return float(x), float(y), float(z)
