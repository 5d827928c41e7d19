"""A camera for scenes that name none: one that sees what there is."""

from __future__ import annotations

import math

from worldsim.scene.bounds import bounds, union
from worldsim.scene.camera import FixedCamera, FollowCamera, Lens
from worldsim.scene.layout import Layout
from worldsim.scene.pose import Pose


def default_cameras(layout: Layout) -> dict[str, Lens]:
    """Return "main": behind the first actor, or else from the side above all objects.

    The farthest are left out, and scenery that nothing can run into where there is anything else.
    """
    if layout.actors:
        return {"main": FollowCamera(follow=layout.actors[0].name)}
    solid = [body for body in layout.bodies if any(geom.collides and geom.shape.kind != "plane" for geom in body.geoms)]
    boxes = [bounds(body.geoms, Pose(body.position, body.orientation)) for body in solid or layout.bodies]
    near = [box for box in boxes if box and max(abs(c) for corner in box for c in corner) < 100]
    whole = union(near) or ((-1.0, -1.0, 0.0), (1.0, 1.0, 1.0))
    x, y, z = ((a + b) / 2 for a, b in zip(*whole, strict=True))
    reach = max(1.0, math.dist(*whole) / 2)
    away = 2.6 * reach  # fills a vertical view of 45°
    at = (round(x + 0.55 * away, 3), round(y - 0.75 * away, 3), round(z + 0.4 * away, 3))
    return {"main": FixedCamera(at=at, look_at=(round(x, 3), round(y, 3), round(z, 3)), fov_deg=45.0)}
