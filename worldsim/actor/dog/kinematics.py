"""A leg of three joints (abduction, hip, knee): foot position to joint angles and back, in closed form.

Frames are the torso's: x forward, y left, z up, the origin at the leg's own root, where abduction and hip axes meet.
Abduction turns about +x, hip and knee about +y, so a positive hip angle takes the foot backwards. This module knows
nothing of dogs or of PyBullet.
"""

from __future__ import annotations

import math

Angles = tuple[float, float, float]
Point = tuple[float, float, float]


def foot_position(angles: Angles, upper: float, lower: float) -> Point:
    """Return where the foot is, m, for joint angles in rad and the lengths of the two bones in m."""
    abduction, hip, knee = angles
    x = -upper * math.sin(hip) - lower * math.sin(hip + knee)
    reach = upper * math.cos(hip) + lower * math.cos(hip + knee)
    return x, reach * math.sin(abduction), -reach * math.cos(abduction)


def leg_angles(x: float, y: float, z: float, upper: float, lower: float, bend: float) -> Angles:
    """Return the joint angles, rad, that put the foot at (x, y, z) m.

    A target out of reach is brought to the nearest distance the leg has, along the same line.

    Args:
        x: m, forward of the root.
        y: m, left of it.
        z: m, above it.
        upper: m, hip to knee.
        lower: m, knee to foot.
        bend: the sign of the knee angle: −1 where the joint points backwards (an elbow), +1 where it points forwards.
    """
    abduction = math.atan2(y, -z)
    reach = math.hypot(y, z)
    square = x * x + reach * reach
    cosine = (square - upper * upper - lower * lower) / (2 * upper * lower)
    knee = bend * math.acos((cosine if cosine < 0.9998 else 0.9998) if cosine > -0.95 else -0.95)
    hip = math.atan2(-x, reach) - math.atan2(lower * math.sin(knee), upper + lower * math.cos(knee))
    return abduction, hip, knee


def folded_angles(abduction: float, length: float, swing: float, upper: float, lower: float, bend: float) -> Angles:
    """Return the joint angles, rad, of a leg given by its length and direction.

    Args:
        abduction: rad, sideways about +x.
        length: m, root to foot.
        swing: rad, forwards from straight down; any angle.
        upper: m, hip to knee.
        lower: m, knee to foot.
        bend: the sign of the knee angle, as in `leg_angles`.
    """
    cosine = (length * length - upper * upper - lower * lower) / (2 * upper * lower)
    knee = bend * math.acos(min(0.9998, max(-0.95, cosine)))
    return abduction, -swing - math.atan2(lower * math.sin(knee), upper + lower * math.cos(knee)), knee
