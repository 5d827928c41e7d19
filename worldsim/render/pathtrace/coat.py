"""Fur: hairs rooted in the skin of one part or of a whole body, along it, so short that the outline stays as it was.

The skin is drawn a little inside of where it is, and the hairs fill that layer; only their tips may stand out.
Everything follows from the mesh and a seed. It knows nothing of Blender.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from worldsim.physics.skin import Skin
from worldsim.render.pathtrace.solid import Solid
from worldsim.render.pathtrace.surface_points import areas, barycentric, taken, thickness
from worldsim.rotation import matrix_from_quat_xyzw

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

DENSITY = 60_000.0
"""Hairs per m² of skin: each stands for the tuft that a picture of this size can show."""
MOST = 12_000
"""Hairs of one part at most."""
MOST_OF_A_BODY = 60_000
"""Hairs of one skin at most."""
DEEP = 1.38
"""How much lighter the hairs of a skin are than it: light is lost between them. So fur is as light as the raster's skin
(measured on five breeds under an overcast sky)."""
DEEPER = 0.72
"""Exponent that lightens the colour of curls, in which light is lost more often, most of it the colour that is rare."""
POINTS = 4
"""Points along a hair."""
LOCK, HAIRS_OF_A_LOCK = 7, 14
"""Points along a curled hair, and how many make a lock."""
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


@dataclass(frozen=True)
class BentCoat:
    """The hairs of a whole body in its rest pose, each of which follows the bones as its root does.

    Attributes:
        points: (S, K, 3) float32, m, root first. colour: (S, 3) float32, linear RGB. radius: m, at the root.
        weights: (S, B) float32 of the skin's `parts`. part: (S,) int32, the one its root follows most.
    """

    points: Floats32
    colour: Floats32
    radius: float
    weights: Floats32
    part: NDArray[np.int32]


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
    count = len(corners)
    root, normal = taken(skin.position, corners, weight), taken(skin.normal, corners, weight)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    flow = COARSE + rng.normal(0.0, 0.14, (count, 3))
    reach = length * rng.uniform(0.6, 1.0, count)
    top = depth * rng.uniform(0.5, 0.95, count)
    points = _combed(skin, root, normal, flow, reach, np.full(count, depth), top)
    base = taken(skin.tint, corners, weight) if skin.tint is not None else np.tile(colour, (count, 1))
    tone = _toned(base, colour, colour2, rng)
    return Coat(points, tone, WIDTH * min(1.0, length / 0.012), depth)


def cover(skin: Skin, colour: tuple[float, float, float], colour2: tuple[float, float, float], seed: int) -> BentCoat:
    """Return the hairs of a whole body's skin in its rest pose; see `grow`.

    Args:
        skin: tells how long the hair is and how curly.
        colour: linear RGB of the material.
        colour2: its second one.
        seed: where each hair is.
    """
    rng = np.random.default_rng(seed)
    body = whole(skin)
    area = float(areas(body).sum())
    corners, weight = barycentric(body, rng, lambda area: min(int(area * DENSITY), MOST_OF_A_BODY))
    count = len(corners)
    root, normal = taken(body.position, corners, weight), taken(body.normal, corners, weight)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    length = taken(skin.hair[:, None], corners, weight)[:, 0]
    depth = sunk(length, skin.curl)
    tone = np.minimum(DEEP * taken(skin.linear_colour, corners, weight), 0.9)
    if skin.curl > 0.5:
        tone = tone**DEEPER
        points, shade = _curled(root, normal, depth, rng)
        tone = tone * shade[:, None]
    else:
        ways = matrix_from_quat_xyzw(skin.rest[:, 3:]) @ COARSE
        flow = ways[np.searchsorted(skin.parts, skin.dominant)][corners[:, 0]]
        flow = flow + rng.normal(0.0, 0.14, (count, 3))
        reach = length * rng.uniform(0.6, 1.0, count)
        points = _combed(body, root, normal, flow, reach, depth, depth * rng.uniform(0.5, 0.95, count))
    tone = _toned(tone, colour, colour2, rng)
    sparse = max(1.0, area * DENSITY / max(count, 1)) ** 0.5
    hold = np.einsum("nk,nkb->nb", weight, skin.spread[corners]).astype(np.float32)
    parts = skin.dominant[corners[np.arange(count), weight.argmax(1)]]
    return BentCoat(points, tone, WIDTH * sparse * (1.0 + 0.5 * skin.curl), hold, parts.astype(np.int32))


def sunk(length: ArrayLike, curl: float = 0.0) -> NDArray[np.float64]:
    """Return how far inside a skin is drawn under hair of that length, m; curls stand on it, so they need more room."""
    depth, most = (0.30, 0.0055) if curl > 0.5 else (0.16, 0.0024)
    return np.asarray(np.minimum(depth * np.asarray(length, np.float64), most))


def _curled(root: Floats, normal: Floats, depth: Floats, rng: np.random.Generator) -> tuple[Floats32, Floats]:
    """Return hairs (S, LOCK, 3) in locks that turn round once, and how light each is (S,): the locks' own shade.

    A lock is what grows around one of many places on the skin; its hairs turn the same way.
    """
    chosen = rng.permutation(len(root))[: max(1, len(root) // HAIRS_OF_A_LOCK)]
    lock = cKDTree(root[chosen]).query(root)[1]
    side = rng.normal(size=(len(chosen), 3))[lock]
    side -= normal * (side * normal).sum(1, keepdims=True)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    start = (rng.uniform(0, 2 * np.pi, len(chosen))[lock] + rng.normal(0, 0.25, len(root)))[:, None]
    angle = start + np.linspace(0.0, 1.7 * np.pi, LOCK)[None]
    wide = (depth * rng.uniform(0.45, 0.75, len(root)))[:, None]
    high = (0.42 * depth * rng.uniform(0.8, 1.1, len(root)))[:, None]
    along = wide * np.cos(angle) + 0.5 * wide * np.linspace(-1.0, 1.0, LOCK)[None]
    above = -0.55 * depth[:, None] + high * np.sin(angle)
    points = root[:, None] + along[..., None] * side[:, None] + above[..., None] * normal[:, None]
    return points.astype(np.float32), np.exp(rng.normal(0.0, 0.16, len(chosen)))[lock]


def whole(skin: Skin) -> Solid:
    """Return a skin in its rest pose as a mesh."""
    count = len(skin.vertices)
    flat, none = np.zeros((count, 2), np.float32), np.zeros((count, 3), np.float32)
    return Solid(skin.vertices, skin.normals, skin.faces, flat, none, skin.linear_colour)


def _combed(
    skin: Solid, root: Floats, normal: Floats, flow: Floats, reach: Floats, depth: Floats, top: Floats
) -> Floats32:
    """Return hairs (S, POINTS, 3) from roots that deep in the skin, along the flow, up to `top` over their roots."""
    p = skin.position.astype(np.float64)
    tree = cKDTree(p)
    points = np.empty((len(root), POINTS, 3))
    points[:, 0] = root - normal * depth[:, None]
    for place in range(1, POINTS):
        # Along the skin where the hair is now, then back to its height over the nearest piece of skin.
        step = flow - normal * (flow * normal).sum(1, keepdims=True)
        step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 0.3)
        there = points[:, place - 1] + step * (reach / (POINTS - 1))[:, None]
        away, nearest = tree.query(there, k=3)
        share = 1.0 / np.maximum(away, 1e-5)
        normal = (skin.normal[nearest] * share[:, :, None]).sum(1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        # The skin bends between a vertex and here: over the mean of both normals its height is right to second order.
        between = 0.5 * (normal + skin.normal[nearest[:, 0]])
        height = ((there - p[nearest[:, 0]]) * between).sum(1)
        points[:, place] = there + normal * (top * RISE[place] - depth - height)[:, None]
    return points.astype(np.float32)


def _toned(
    base: Floats, colour: tuple[float, float, float], colour2: tuple[float, float, float], rng: np.random.Generator
) -> Floats32:
    """Return the colour (S, 3) of every hair: between both colours of the material, some lighter, some darker."""
    other = np.minimum(base * (np.array(colour2) / np.maximum(np.array(colour), 0.02)), 1.0)
    blend = rng.beta(2.0, 3.0, len(base))[:, None]
    shade = np.exp(rng.normal(0.0, VARIED, len(base)))[:, None]
    return np.clip((base + (other - base) * blend) * shade, 0.0, 0.95).astype(np.float32)
