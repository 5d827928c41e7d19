"""What lies where a paw is about to step: a look at the ground along its way, as a dog takes one.

Rays go straight down from the torso's height on both sides of the paw's way. They never meet the dog itself. This
module knows nothing of gaits.
"""

from __future__ import annotations

import math

from worldsim.actor.dog.control.sensor import OWN_GROUP
from worldsim.physics.client import Client

PLACES = 10
"""Places along the way that are looked at, the first under the paw."""
BESIDE = 0.7
"""How far to both sides of its middle a paw looks, paws."""
BEYOND = 0.25
"""How far beyond its landing it looks, hip heights."""
CAN = 0.4
"""What is higher, in hip heights, no paw steps over: it is taken for level."""
STRAIGHT = 0.008
"""m that the ground may depart from a straight line and still be a slope, which the gait sees to by itself."""


class Footing:
    """The ground under the next steps of one dog."""

    def __init__(self, client: Client, body: int, height: float, paw: float) -> None:
        """Take the body, how high the hips are over the paws' centres (m) and a paw's radius (m)."""
        self._client, self._body, self._height, self._paw = client, body, height, paw

    def rise(self, x0: float, y0: float, x1: float, y1: float) -> float:
        """Return how much higher than under the paw the ground is anywhere on its way, m; none on a slope.

        Args:
            x0: where the paw is, m ahead of the torso's middle, in the level frame of `worldsim.actor.dog.gait`.
            y0: the same, to the left.
            x1: where it will land, m ahead.
            y1: the same, to the left.
        """
        way = math.hypot(x1 - x0, y1 - y0)
        ahead, left = ((x1 - x0) / way, (y1 - y0) / way) if way > self._paw else (1.0, 0.0)
        far, side, deep = way + BEYOND * self._height + self._paw, BESIDE * self._paw, 2 * self._height
        (px, py, pz), (x, y, z, w) = self._client.getBasePositionAndOrientation(self._body)
        yaw = math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))
        c, s = math.cos(yaw), math.sin(yaw)
        tops: list[tuple[float, float, float]] = []
        for k in range(PLACES):
            along = far * k / (PLACES - 1)
            for aside in (-side, side):
                gx, gy = x0 + along * ahead - aside * left, y0 + along * left + aside * ahead
                tops.append((px + c * gx - s * gy, py + s * gx + c * gy, pz))
        ends = [(gx, gy, gz - deep) for gx, gy, gz in tops]
        hits = self._client.rayTestBatch(tops, ends, collisionFilterMask=~OWN_GROUP)
        heights = [-deep * hit[2] if hit[0] >= 0 else -deep for hit in hits]
        profile = [max(heights[k], heights[k + 1]) for k in range(0, len(heights), 2)]
        over = [height - profile[0] for height in profile]
        over = [height if height < CAN * self._height else 0.0 for height in over]
        last = len(over) - 1
        if max(abs(height - over[-1] * k / last) for k, height in enumerate(over)) < STRAIGHT:
            return 0.0
        return max(over)
