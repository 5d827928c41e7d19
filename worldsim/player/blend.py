"""The state between two snapshots, for drawing only: no physics comes of it."""

from __future__ import annotations

from worldsim.physics.state import Snapshot
from worldsim.rotation import slerp_xyzw

TELEPORT = 1.0  # m between two control periods from which on a part is not blended: it was put there


def blend(before: Snapshot, after: Snapshot, fraction: float) -> Snapshot:
    """Return the state at `fraction` in [0, 1] of the way from one snapshot to the next."""
    if fraction >= 1.0 or before.step >= after.step or before.position.shape != after.position.shape:
        return after
    if fraction <= 0.0:
        return before
    mix = 1.0 - fraction
    position = mix * before.position + fraction * after.position
    orientation = slerp_xyzw(before.orientation, after.orientation, fraction)
    jumped = ((after.position - before.position) ** 2).sum(axis=1) > TELEPORT**2
    position[jumped] = after.position[jumped]
    orientation[jumped] = after.orientation[jumped]
    return Snapshot(
        after.step,
        mix * before.time + fraction * after.time,
        position,
        orientation,
        after.velocity,
        after.angular_velocity,
        after.joint_position,
        after.joint_velocity,
    )
