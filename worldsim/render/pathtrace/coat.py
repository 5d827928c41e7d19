"""Fur: hairs rooted in the skin of one part, lying along it, so short that the outline stays where it was.

The skin is drawn a little inside of where it is, and the hairs fill that layer; only their tips may stand out.
Everything follows from the mesh and a seed. It knows nothing of Blender.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from worldsim.render.pathtrace.solid import Solid
from worldsim.render.pathtrace.surface_points import barycentric, taken, thickness

Floats32 = NDArray[np.float32]

DENSITY = 60_000.0
"""Hairs per m² of skin: each stands for the tuft that a picture of this size can show."""
MOST = 12_000
"""Hairs of one part at most."""
POINTS = 4
"""Points along a hair."""
WIDTH = 0.0006
"""m, radius of a hair at its root."""
COARSE = np.array([-0.86, 0.0, -0.51])
"""The way that hair lies: backwards and down, in the part's frame."""
RISE = (0.0, 0.7, 1.0, 1.0)
"""How much of its height over the root a hair has at each of its points."""
VARIED = 0.17
"""Deviation of the logarithm of a hair's brightness."""


@dataclass(frozen=True)
class Coat:
    """The hairs of one part, in its mesh's frame.

    Attributes:
        points: (S, POINTS, 3) float32, m, root first. colour: (S, 3) float32, linear RGB.
        radius: m, at the root. depth: m, how far inside the skin is drawn.
    """

    points: Floats32
    colour: Floats32
    radius: float
    depth: float


def hair_length(size: float) -> float:
    """Return the length of hair in m of a body whose largest part has a bounding radius of `size` m.

    14 mm for a beagle's, 26 mm for a shepherd's torso: the ratio is that of the animals, short to medium coats.
    """
    return float(np.clip(0.055 * size, 0.008, 0.03))


def grow(
    skin: Solid,
    length: float,
    colour: tuple[float, float, float],
    colour2: tuple[float, float, float],
    rng: np.random.Generator,
) -> Coat:
    """Return the hairs of a skin.

    Args:
        skin: closed mesh, at full size.
        length: m, of the longest hairs of the body; thin parts get shorter ones.
        colour: linear RGB of the material.
        colour2: its second one; where the skin has tints these two only say how the lighter hairs differ.
        rng: where each hair is.
    """
    thick = thickness(skin)
    length = min(length, 0.55 * thick)
    depth = min(0.2 * length, 0.1 * thick)
    corners, weight = barycentric(skin, rng, lambda area: min(int(area * DENSITY), MOST))
    count, p = len(corners), skin.position.astype(np.float64)
    root, normal = taken(p, corners, weight), taken(skin.normal, corners, weight)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    flow = COARSE + rng.normal(0.0, 0.14, (count, 3))
    reach = length * rng.uniform(0.6, 1.0, count)
    top = depth * rng.uniform(0.5, 0.95, count)
    tree = cKDTree(p)
    points = np.empty((count, POINTS, 3))
    points[:, 0] = root - normal * depth
    for place in range(1, POINTS):
        # Along the skin where the hair is now, then back to its height over the nearest piece of skin.
        step = flow - normal * (flow * normal).sum(1, keepdims=True)
        step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 0.3)
        there = points[:, place - 1] + step * (reach / (POINTS - 1))[:, None]
        nearest = tree.query(there)[1]
        normal = skin.normal[nearest].astype(np.float64)
        height = ((there - p[nearest]) * normal).sum(1)
        points[:, place] = there + normal * (top * RISE[place] - depth - height)[:, None]
    base = taken(skin.tint, corners, weight) if skin.tint is not None else np.tile(colour, (count, 1))
    other = np.minimum(base * (np.array(colour2) / np.maximum(np.array(colour), 0.02)), 1.0)
    blend = rng.beta(2.0, 3.0, count)[:, None]
    shade = np.exp(rng.normal(0.0, VARIED, count))[:, None]
    tone = np.clip((base + (other - base) * blend) * shade, 0.0, 0.95)
    return Coat(points.astype(np.float32), tone.astype(np.float32), WIDTH * min(1.0, length / 0.012), depth)
