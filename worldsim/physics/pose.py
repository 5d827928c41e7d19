"""A pose: where a frame is and how it is turned, in another frame."""

from __future__ import annotations

import numpy as np

from worldsim.rotation import quat_inverse_xyzw, quat_multiply_xyzw, quat_rotate_xyzw
from worldsim.scene.layout import IDENTITY, ORIGIN, Quat, Vec3

Pose = tuple[Vec3, Quat]
NO_POSE: Pose = (ORIGIN, IDENTITY)


def compose(a: Pose, b: Pose) -> Pose:
    """Return the pose that `b`, given in the frame `a`, has in the frame that `a` is given in."""
    position = quat_rotate_xyzw(a[1], b[0]) + np.asarray(a[0])
    orientation = quat_multiply_xyzw(a[1], b[1])
    orientation /= np.linalg.norm(orientation)
    x, y, z = position.tolist()
    qx, qy, qz, qw = orientation.tolist()
    return (x, y, z), (qx, qy, qz, qw)


def invert(pose: Pose) -> Pose:
    """Return the pose of the outer frame in the inner one."""
    back = quat_inverse_xyzw(pose[1])
    x, y, z = (-quat_rotate_xyzw(back, pose[0])).tolist()
    qx, qy, qz, qw = back.tolist()
    return (x, y, z), (qx, qy, qz, qw)
