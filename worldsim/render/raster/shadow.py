"""Where the two halves of the shadow map look: squares that fit what the camera sees, seen from the light.

Each half moves in whole texels and changes size in fixed steps only, so that shadows do not shimmer. No OpenGL here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.camera import Camera

Floats = NDArray[np.float64]

STEP = 2.0**0.5
"""Radii of the squares are powers of this, in m."""


@dataclass(frozen=True)
class Cascade:
    """One square of the shadow map.

    Attributes:
        matrix: (4, 4) world to the light's clip space.
        texel: m, edge of a texel on a plane that faces the light.
    """

    matrix: Floats
    texel: float


def fit(
    camera: Camera, aspect: float, direction: Floats, low: Floats, high: Floats, focus: float, side: int
) -> tuple[Cascade, Cascade]:
    """Return the near and the far square.

    Args:
        camera: where the picture is taken. aspect: width over height.
        direction: (3,) unit, towards the light.
        low, high: (3,) m, a box that holds everything that casts a shadow.
        focus: m from the camera to what matters most. side: texels of a square's edge.
    """
    reach = float(np.linalg.norm(high - low))
    near = _stepped(np.clip(1.1 * focus, 0.6, 40.0))
    far = _stepped(np.clip(6.0 * near, 3.0, max(12.0, 0.75 * reach)))
    return (
        _square(camera, aspect, direction, low, high, near, side),
        _square(camera, aspect, direction, low, high, max(far, near * 2), side),
    )


def _stepped(radius: float) -> float:
    """Round a radius up to a power of `STEP`."""
    return float(STEP ** np.ceil(np.log(radius) / np.log(STEP)))


def _square(
    camera: Camera, aspect: float, direction: Floats, low: Floats, high: Floats, radius: float, side: int
) -> Cascade:
    """Return the square of that radius that covers as much as it can of the view from the camera on."""
    gaze = -camera.rotation[:, 2]
    # The sphere about this point touches the eye's surroundings and reaches as far as the radius allows.
    centre = camera.position + gaze * radius * 0.85
    back = direction
    right = np.cross((0.0, 0.0, 1.0), back)
    right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-6 else np.array([1.0, 0.0, 0.0])
    up = np.cross(back, right)
    turn = np.stack([right, up, back])
    texel = 2 * radius / side
    local = turn @ centre
    local[:2] = np.round(local[:2] / texel) * texel
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    heights = corners @ back
    top = max(float(heights.max()), local[2] + radius) + 1.0
    # The floor of the range must hold every receiver in the square, casters below it do not matter.
    bottom = min(float(heights.min()), local[2] - 2.5 * radius) - 1.0
    matrix = np.eye(4)
    matrix[0, :3], matrix[0, 3] = turn[0] / radius, -local[0] / radius
    matrix[1, :3], matrix[1, 3] = turn[1] / radius, -local[1] / radius
    span = 2 / (top - bottom)
    matrix[2, :3], matrix[2, 3] = -turn[2] * span, (top + bottom) / (top - bottom)
    return Cascade(matrix, texel)
