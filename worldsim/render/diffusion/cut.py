"""When the last picture is of no use: cuts, resets and teleports."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldsim.render.renderer import Moment

LONGEST = 0.5
"""s of simulated time between two frames; more is a cut."""
CAMERA_JUMP, CAMERA_SPEED = 0.5, 40.0
"""m, and m/s: a camera that moved further than both together has been cut to another place."""
CAMERA_TURN, CAMERA_SPIN = math.radians(15), math.radians(360)
"""rad, and rad/s: the same for turning."""
ZOOM = 1.25
"""A field of view that changed by more than this factor is another lens."""
PART_JUMP, PART_SPEED = 0.3, 60.0
"""m, and m/s: a part that moved further than both together was put elsewhere."""


def is_cut(before: Moment, now: Moment) -> bool:
    """Return whether nothing of the frame before should be carried along to this one."""
    (was, camera_was), (snapshot, camera) = before, now
    gap = snapshot.time - was.time
    if not 0 <= gap <= LONGEST or len(snapshot.position) != len(was.position):
        return True
    if np.linalg.norm(camera.position - camera_was.position) > CAMERA_JUMP + CAMERA_SPEED * gap:
        return True
    cosine = (np.trace(camera.rotation.T @ camera_was.rotation) - 1) / 2
    if math.acos(min(1.0, max(-1.0, float(cosine)))) > CAMERA_TURN + CAMERA_SPIN * gap:
        return True
    ratio = math.tan(camera.fov / 2) / math.tan(camera_was.fov / 2)
    return max(ratio, 1 / ratio) > ZOOM


def jumped(before: Moment, now: Moment) -> NDArray[np.bool_]:
    """Return (P + 1,) by index of the part + 1: whether it was put elsewhere between two frames that are no cut."""
    (was, _), (snapshot, _) = before, now
    moved = np.linalg.norm(snapshot.position - was.position, axis=1)
    return np.concatenate([[False], moved > PART_JUMP + PART_SPEED * (snapshot.time - was.time)])
