"""Rotations as unit quaternions, xyzw (PyBullet's order). Every function takes single values or leading batch axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def cross(a: Floats, b: Floats) -> Floats:
    """Return a × b for (…, 3) and (…, 3); several times quicker than np.cross on the few rows of a world."""
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    out[..., 0] = ay * bz - az * by
    out[..., 1] = az * bx - ax * bz
    out[..., 2] = ax * by - ay * bx
    return out


def quat_multiply_xyzw(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return the rotation "first b, then a": (…, 4) from (…, 4) and (…, 4)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    ax, ay, az, aw = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bx, by, bz, bw = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return out


def quat_inverse_xyzw(q: ArrayLike) -> Floats:
    """Return the opposite rotation of unit quaternions (…, 4)."""
    return np.asarray(q, np.float64) * np.array([-1.0, -1.0, -1.0, 1.0])


def quat_rotate_xyzw(q: ArrayLike, v: ArrayLike) -> Floats:
    """Rotate vectors (…, 3) by unit quaternions (…, 4)."""
    q = np.asarray(q, np.float64)
    v = np.asarray(v, np.float64)
    u, w = q[..., :3], q[..., 3:]
    t = 2 * cross(u, v)
    return np.asarray(v + w * t + cross(u, t))


def quat_from_rpy_xyzw(roll: float, pitch: float, yaw: float) -> Floats:
    """Return the quaternion (4,) of roll about x, then pitch about y, then yaw about z (fixed axes), in rad."""
    (cr, sr), (cp, sp), (cy, sy) = ((np.cos(t / 2), np.sin(t / 2)) for t in (roll, pitch, yaw))
    return np.array(
        [
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        ]
    )


def matrix_from_quat_xyzw(q: ArrayLike) -> Floats:
    """Return rotation matrices (…, 3, 3) of unit quaternions (…, 4)."""
    q = np.asarray(q, np.float64)
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    xx, yy, zz, xy, xz, yz, xw, yw, zw = x * x, y * y, z * z, x * y, x * z, y * z, x * w, y * w, z * w
    out = np.empty((*q.shape[:-1], 3, 3))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = 1 - 2 * (yy + zz), 2 * (xy - zw), 2 * (xz + yw)
    out[..., 1, 0], out[..., 1, 1], out[..., 1, 2] = 2 * (xy + zw), 1 - 2 * (xx + zz), 2 * (yz - xw)
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = 2 * (xz - yw), 2 * (yz + xw), 1 - 2 * (xx + yy)
    return out


def quat_from_matrix_xyzw(matrix: ArrayLike) -> Floats:
    """Return the unit quaternion (4,) of one rotation matrix (3, 3); its w is not negative."""
    m = np.asarray(matrix, np.float64)
    # Largest of the four squared components first: numerically safe (Shepperd 1978).
    squares = np.array([m[0, 0] - m[1, 1] - m[2, 2], m[1, 1] - m[0, 0] - m[2, 2], m[2, 2] - m[0, 0] - m[1, 1], 0.0])
    squares[3] = np.trace(m)
    k = int(np.argmax(squares))
    if k == 3:
        q = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1 + squares[3]])
    else:
        i, j = (k + 1) % 3, (k + 2) % 3
        q = np.empty(4)
        q[k] = 1 + squares[k]
        q[i] = m[i, k] + m[k, i]
        q[j] = m[j, k] + m[k, j]
        q[3] = m[j, i] - m[i, j]
    q /= np.linalg.norm(q)
    return q if q[3] >= 0 else -q


def slerp_xyzw(a: ArrayLike, b: ArrayLike, t: float) -> Floats:
    """Interpolate (…, 4) from a (t = 0) to b (t = 1) the short way round; normalised linear where nearly equal."""
    a = np.asarray(a, np.float64)
    b = np.asarray(b, np.float64)
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6
    safe = np.where(near, 1.0, sine)
    out = np.where(near, (1 - t) * a + t * b, (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / safe)
    return np.asarray(out / np.linalg.norm(out, axis=-1, keepdims=True))
