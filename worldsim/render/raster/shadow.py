"""Where the two squares of the shadow map look: they fit what the camera sees, seen from the light.

Each square moves in whole texels and changes size in fixed steps only, so that shadows do not shimmer. No OpenGL here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.camera import Camera

Floats = NDArray[np.float64]

INNER = 0.95
"""Share of the near square's half edge within which the near square alone is looked up."""

DETAIL = 0.25
"""Pixels a texel counts for when the level of detail is chosen: shadows are blurred."""

STEP = 2.0**0.5
"""Radii of the squares are powers of this, in m."""

NEAREST = 0.1
"""The share of the things in view that lie nearer than what the near square is made for: a camera that follows a dog
sees it in front of a whole course, and the dog's shadow is looked at."""

NOWHERE = 5.0
"""m: how far what matters is taken to be where nothing is in view."""


@dataclass(frozen=True)
class Squares:
    """Both squares of the shadow map. They look the same way and share their range of depths.

    Attributes:
        matrices: (2, 4, 4) world to the light's clip space: the near square, the far square.
        texels: (2,) m: edge of a texel on a plane that faces the light.
        radii: (2,) m: half the edge of each square.
        lookup: (4, 4) world to x and y of the near square in [−1, 1] and depth in [0, 1].
        to_far: (4,) offset x, y, 0 and scale that take x and y from the near to the far square.
        depth: m, the range of depths.
    """

    matrices: Floats
    texels: Floats
    radii: Floats
    lookup: Floats
    to_far: Floats
    depth: float


def fit(camera: Camera, direction: Floats, low: Floats, high: Floats, focus: float, side: int) -> Squares:
    """Return the squares for a picture.

    Args:
        camera: where the picture is taken.
        direction: (3,) unit, towards the light.
        low: (3,) m, the lower corner of a box that holds everything that casts a shadow.
        high: (3,) m, its upper corner.
        focus: m from the camera to what matters most.
        side: texels of a square's edge.
    """
    reach = float(np.linalg.norm(high - low))
    near = _stepped(float(np.clip(1.1 * focus, 0.6, 40.0)))
    far = _stepped(float(np.clip(5.0 * near, 2.5 * near, max(2.5 * near, 12.0, 0.75 * reach))))
    right = np.cross((0.0, 0.0, 1.0), direction)
    right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-6 else np.array([1.0, 0.0, 0.0])
    turn = np.stack([right, np.cross(direction, right), direction])
    gaze = -camera.rotation[:, 2]
    radii = np.array([near, far])
    texels = 2 * radii / side
    # A sphere of the radius about its centre starts a little behind the eye and reaches ahead of it.
    centres = np.stack([turn @ (camera.position + gaze * radius * 0.85) for radius in radii])
    centres[:, :2] = np.round(centres[:, :2] / texels[:, None]) * texels[:, None]
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    heights = corners @ direction
    top = float(heights.max()) + 0.5
    # Casters below the lowest receiver do not matter; receivers below the floor are clamped to it, not lost.
    bottom = float(heights.min()) - 0.5
    matrices = np.stack(
        [_matrix(turn, centre, radius, top, bottom) for centre, radius in zip(centres, radii, strict=True)]
    )
    lookup = np.diag([1.0, 1.0, 0.5, 1.0])
    lookup[2, 3] = 0.5
    ratio = near / far
    offset = (centres[0, :2] - centres[1, :2]) / far
    return Squares(matrices, texels, radii, lookup @ matrices[0], np.array([*offset, 0.0, ratio]), top - bottom)


def focus(camera: Camera, size: tuple[int, int], centre: Floats, radius: Floats) -> float:
    """Return how far what matters most is from the camera, m.

    Args:
        camera: where the picture is taken.
        size: (width, height) of the picture.
        centre: (N, 3) m, of what casts a shadow.
        radius: (N,) m.
    """
    half = np.tan(camera.fov / 2)
    slopes = np.array([half * size[0] / size[1], half])
    local = (centre - camera.position) @ camera.rotation
    ahead = -local[:, 2]
    inside = (ahead > 0) & (np.abs(local[:, :2]) < ahead[:, None] * slopes + radius[:, None]).all(1)
    return float(np.quantile(ahead[inside], NEAREST)) if inside.any() else NOWHERE


def seen(
    camera: Camera, size: tuple[int, int], direction: Floats, centre: Floats, radius: Floats, floor: float
) -> NDArray[np.bool_]:
    """Return (N,) whether the shadow of each sphere can fall into the picture.

    A shadow ends at the floor. It is left out where both its ends, and so all of it, lie beyond one plane of the view.

    Args:
        camera: where the picture is taken.
        size: (width, height) of the picture.
        direction: (3,) unit, towards the light.
        centre: (N, 3) m.
        radius: (N,) m.
        floor: m, height of the lowest thing that casts or receives.
    """
    half = np.tan(camera.fov / 2)
    slopes = np.array([half * size[0] / size[1], half])
    fall = np.maximum(centre[:, 2] + radius - floor, 0.0) / max(float(direction[2]), 0.02)
    out = np.ones(len(centre), bool)
    ends = [(point - camera.position) @ camera.rotation for point in (centre, centre - fall[:, None] * direction)]
    reach = radius[:, None] * np.sqrt(1 + slopes**2)
    for sign in (1.0, -1.0):
        beyond = [sign * end[:, :2] + end[:, 2:] * slopes > reach for end in ends]
        out &= ~(beyond[0] & beyond[1]).any(1)
    return out & ~((ends[0][:, 2] > radius) & (ends[1][:, 2] > radius))


def _stepped(radius: float) -> float:
    """Round a radius up to a power of `STEP`."""
    return float(STEP ** np.ceil(np.log(radius) / np.log(STEP)))


def _matrix(turn: Floats, centre: Floats, radius: float, top: float, bottom: float) -> Floats:
    """Return the orthographic projection (4, 4) of a square about a centre in the light's axes."""
    matrix = np.eye(4)
    matrix[0, :3], matrix[0, 3] = turn[0] / radius, -centre[0] / radius
    matrix[1, :3], matrix[1, 3] = turn[1] / radius, -centre[1] / radius
    span = 2 / (top - bottom)
    matrix[2, :3], matrix[2, 3] = -turn[2] * span, (top + bottom) / (top - bottom)
    return matrix
