"""Grass: a few square patches of blades, and where they lie on the ground so that those near the camera are seen.

The world is paved with squares for ever; which patch a square has, and how it is turned, follows from its place alone,
so that a blade stands where it stands in every picture. Towards the edge of sight blades shrink into the ground, whose
texture goes on. It knows nothing of Blender.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.camera import Camera

Floats = NDArray[np.float64]

EDGE = 1.0
"""m, of a square."""
VARIANTS = 4
"""Different patches."""
BLADES = 2600
"""Blades in a patch."""
HEIGHT = (0.010, 0.026)
"""m, of the shortest and the longest blades: a lawn, so that paws and balls are seen."""
WIDTH = (0.0016, 0.0034)
"""m, at the foot of a blade."""
NEAR, FAR = 4.5, 8.0
"""m from the camera: where blades begin to shrink, and where none is left."""
MOST = 160
"""Squares in one picture."""


@dataclass(frozen=True)
class Patch:
    """Blades on one square about the origin, as triangles.

    Attributes:
        position: (V, 3) float32 m. normal: (V, 3) float32. faces: (F, 3) int32.
        root: (V, 3) float32: x and y of the blade's foot, and how far up it the vertex is, 0 to 1.
        shade: (V,) float32: brightness of the blade.
    """

    position: NDArray[np.float32]
    normal: NDArray[np.float32]
    faces: NDArray[np.int32]
    root: NDArray[np.float32]
    shade: NDArray[np.float32]


def patch(rng: np.random.Generator) -> Patch:
    """Return one patch: five vertices a blade, bent over and tapering to a point."""
    foot = (rng.random((BLADES, 2)) - 0.5) * EDGE
    heading = rng.uniform(0, 2 * np.pi, BLADES)
    tall = rng.uniform(*HEIGHT, BLADES)
    wide = rng.uniform(*WIDTH, BLADES)
    bow = rng.uniform(0.25, 0.95, BLADES) * tall
    ahead = np.stack([np.cos(heading), np.sin(heading), np.zeros(BLADES)], 1)
    aside = np.stack([-ahead[:, 1], ahead[:, 0], ahead[:, 2]], 1)
    up = np.array([0.0, 0.0, 1.0])
    base = np.concatenate([foot, np.full((BLADES, 1), -0.001)], 1)
    half = 0.5 * wide[:, None] * aside
    middle = base + 0.55 * tall[:, None] * up + 0.3 * bow[:, None] * ahead
    tip = base + 0.92 * tall[:, None] * up + bow[:, None] * ahead
    position = np.stack([base - half, base + half, middle - 0.8 * half, middle + 0.8 * half, tip], 1)
    low = np.cross(aside, middle - base)
    high = np.cross(aside, tip - middle)
    low /= np.linalg.norm(low, axis=1, keepdims=True)
    high /= np.linalg.norm(high, axis=1, keepdims=True)
    mean = low + high
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    normal = np.stack([low, low, mean, mean, high], 1)
    start = 5 * np.arange(BLADES)[:, None]
    faces = np.concatenate([start + np.array(f) for f in ([0, 1, 3], [0, 3, 2], [2, 3, 4])])
    share = np.tile([0.0, 0.0, 0.55, 0.55, 1.0], BLADES)
    root = np.concatenate([np.repeat(foot, 5, axis=0), share[:, None]], 1)
    shade = np.repeat(np.exp(rng.normal(0.0, 0.22, BLADES)), 5)
    return Patch(
        position.reshape(-1, 3).astype(np.float32),
        normal.reshape(-1, 3).astype(np.float32),
        faces.astype(np.int32),
        root.astype(np.float32),
        shade.astype(np.float32),
    )


def mixed(cells: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a hash (N,) of integer places (N, 2): splitmix64's finaliser over both (Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        z = cells[:, 0].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = z ^ (cells[:, 1].astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F))
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def around(camera: Camera, height: float, aspect: float) -> tuple[NDArray[np.int64], Floats]:
    """Return the squares that a camera sees near it, the nearest first.

    Args:
        camera: where it is.
        height: m, of the ground.
        aspect: width over height of the picture.

    Returns:
        (N,) variant of each square; (N, 4) x, y of its middle in m, its turn in quarter turns, its stretch upwards.
    """
    eye = camera.position[:2]
    reach = int(np.ceil(FAR / EDGE)) + 1
    middle = np.floor(eye / EDGE).astype(np.int64)
    span = np.arange(-reach, reach + 1)
    cells = np.stack(np.meshgrid(middle[0] + span, middle[1] + span, indexing="ij"), -1).reshape(-1, 2)
    centre = (cells + 0.5) * EDGE
    place = np.concatenate([centre, np.full((len(cells), 1), height)], 1) - camera.position
    away = np.linalg.norm(place, axis=1)
    stretch = np.clip((FAR - away) / (FAR - NEAR), 0.0, 1.0)
    local = place @ camera.rotation
    up = np.tan(camera.fov / 2)
    slopes = np.array([up * aspect, up])
    round_it = 0.75 * EDGE
    seen = (np.abs(local[:, :2]) + local[:, 2:] * slopes - round_it * np.sqrt(1 + slopes**2) < 0).all(1)
    keep = np.flatnonzero(seen & (stretch > 0.02))
    keep = keep[np.argsort(away[keep], kind="stable")][:MOST]
    code = mixed(cells[keep])
    variant = (code % np.uint64(VARIANTS)).astype(np.int64)
    turn = ((code >> np.uint64(8)) % np.uint64(4)).astype(np.float64)
    return variant, np.concatenate([centre[keep], turn[:, None], stretch[keep, None]], 1)
