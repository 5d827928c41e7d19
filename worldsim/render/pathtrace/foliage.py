"""Leaves: crowns and bushes that are smooth bodies in the simulator get a layer of leaves just inside their outline.

The body is drawn a little smaller, and the leaves fill the layer between. Everything follows from the mesh and a seed.
It knows nothing of Blender.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.pathtrace.solid import Solid
from worldsim.render.pathtrace.surface_points import scattered, thickness

Floats32 = NDArray[np.float32]

SHARE = 0.055
"""Length of a leaf over the radius of what it grows on."""
LENGTH = (0.010, 0.075)
"""m, of the shortest and the longest leaves."""
COVER = 2.2
"""How many times over the leaves would cover the surface."""
GAIN = 1.75
"""Leaves shade each other: how much lighter one is than the smooth body that stands for all of them."""
MOST = 12_000
"""Leaves of one body at most."""


@dataclass(frozen=True)
class Leaves:
    """The leaves of one body, in its mesh's frame.

    Attributes:
        position, normal: (V, 3) float32. faces: (F, 3) int32. colour: (V, 3) float32 linear RGB.
        depth: m, how much smaller the body is drawn.
    """

    position: Floats32
    normal: Floats32
    faces: NDArray[np.int32]
    colour: Floats32
    depth: float


def sprout(
    body: Solid, colour: tuple[float, float, float], colour2: tuple[float, float, float], rng: np.random.Generator
) -> Leaves:
    """Return the leaves of a body.

    Args:
        body: closed mesh at full size.
        colour: linear RGB of the darker leaves.
        colour2: of the lighter ones.
        rng: where each leaf is.
    """
    length = float(np.clip(SHARE * thickness(body), *LENGTH))
    depth = 0.55 * length
    root, outward, area = scattered(body, rng, lambda total: min(int(COVER * total / (0.5 * length**2)), MOST))
    count = len(root)
    # A coarser leaf where there would be too many.
    size = max(length, float(np.sqrt(2 * COVER * area / max(count, 1))))
    centre = root - outward * (depth * rng.uniform(0.12, 1.0, count))[:, None]
    facing = outward + rng.normal(0.0, 0.38, (count, 3))
    facing /= np.linalg.norm(facing, axis=1, keepdims=True)
    along = rng.normal(0.0, 1.0, (count, 3)) - np.array([0.0, 0.0, 0.6])
    along -= facing * (along * facing).sum(1, keepdims=True)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    aside = np.cross(facing, along)
    scale = (0.5 * size * rng.uniform(0.7, 1.15, count))[:, None]
    keel = facing * (0.22 * scale)  # a leaf is folded along its middle
    position = np.stack(
        [centre - along * scale, centre + aside * 0.5 * scale, centre + along * scale, centre - aside * 0.5 * scale], 1
    )
    position[:, [0, 2]] -= keel[:, None]
    # No corner may leave the body: the outline is the simulator's.
    over = np.maximum(((position - root[:, None]) * outward[:, None]).sum(2).max(1), 0.0)
    position -= (outward * over[:, None])[:, None]
    start = 4 * np.arange(count)[:, None]
    faces = np.concatenate([start + np.array([0, 2, 1]), start + np.array([0, 3, 2])])
    mixed = rng.beta(2.0, 2.5, count)[:, None]
    shade = np.exp(rng.normal(0.0, 0.2, count))[:, None]
    tone = np.clip(GAIN * (np.array(colour) * (1 - mixed) + np.array(colour2) * mixed) * shade, 0.0, 0.9)
    return Leaves(
        position.reshape(-1, 3).astype(np.float32),
        np.repeat(facing, 4, axis=0).astype(np.float32),
        faces.astype(np.int32),
        np.repeat(tone, 4, axis=0).astype(np.float32),
        depth,
    )
