"""True motion: from where a point is in this frame to where it was in the last, from both frames' poses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.rotation import matrix_from_quat_xyzw


def to_previous(
    snapshot: Snapshot, camera: Camera, before: Snapshot, camera_before: Camera, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the matrices (P + 1, 3, 4) float32 from this frame's camera space to the last frame's clip space.

    Their rows are clip x, y and w. Entry 0 is the background's, which turns with the camera and never comes nearer;
    then come the parts. A point on a part is homogeneous with 1, a direction of the background with 0. Everything is
    multiplied out in double precision first, so that worlds far from the origin keep their accuracy.
    """
    count = len(snapshot.position)
    projection = camera_before.projection(*size)[[0, 1, 3]]
    turn_now, turn_before = matrix_from_quat_xyzw(snapshot.orientation), matrix_from_quat_xyzw(before.orientation)
    change = turn_before @ np.swapaxes(turn_now, -1, -2)
    # Relative to both cameras: p_before = C_b^T (change (C p + eye - t) + t_before - eye_before).
    shift = np.einsum("pij,pj->pi", change, camera.position - snapshot.position) + before.position
    view = np.zeros((count + 1, 4, 4))
    view[:, 3, 3] = 1.0
    view[0, :3, :3] = camera_before.rotation.T @ camera.rotation
    view[1:, :3, :3] = camera_before.rotation.T @ change @ camera.rotation
    view[1:, :3, 3] = (shift - camera_before.position) @ camera_before.rotation
    return (projection @ view).astype(np.float32)
