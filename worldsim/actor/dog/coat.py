"""How a dog's coat is coloured, and how long its hair is: a pattern laid on the skin. It knows nothing of meshes.

Everything is a mask in [0, 1] over points of the rest pose, with ragged edges as between tufts of hair; colours are
laid over each other in order. Points are in the torso's joint frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Floats
from worldsim.actor.dog.head import Face, drawn, muzzle

LIPS = np.array([0.020, 0.011, 0.010])
PINK = np.array([0.50, 0.25, 0.20])


@dataclass(frozen=True)
class Paint:
    """What a coat is at every point of the skin.

    Attributes:
        colour: (V, 3) uint8 sRGB. roughness: (V,). hair: (V,) m, how long it is.
    """

    colour: NDArray[np.uint8]
    roughness: Floats
    hair: Floats


def noise(points: Floats, size: float, seed: int) -> Floats:
    """Return smooth noise (N,) about within ±1 whose features are as wide as `size` m: a sum of twelve plane waves."""
    rng = np.random.default_rng(seed)
    ways = rng.normal(size=(12, 3))
    ways *= (2 * np.pi / (2 * size) * rng.uniform(0.6, 1.5, 12) / np.linalg.norm(ways, axis=1))[:, None]
    return np.asarray(np.sin(points @ ways.T + rng.uniform(0, 2 * np.pi, 12)).sum(1) / 3.0)


def above(values: ArrayLike, edge: ArrayLike, width: float) -> Floats:
    """Return 0 where values are below the edge, 1 where above, smoothly within the width."""
    t = np.clip((np.asarray(values) - np.asarray(edge)) / width + 0.5, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


class _Canvas:
    """Linear colours (V, 3) that masks lay others over."""

    def __init__(self, count: int, colour: ArrayLike) -> None:
        self.linear = np.tile(np.asarray(colour, np.float64), (count, 1))

    def lay(self, colour: ArrayLike, mask: Floats) -> None:
        """Lay a colour over what is there, as far as the mask says."""
        self.linear += mask[:, None] * (np.asarray(colour, np.float64) - self.linear)


def painted(
    breed: Breed, frames: Mapping[str, Floats], position: Floats, normal: Floats, bones: Sequence[str], eye: Floats
) -> Paint:
    """Return the coat of a breed at points (V, 3) of the rest pose.

    Args:
        breed: whose coat.
        frames: joint frames (3, 4) of the rest pose.
        position: (V, 3) m.
        normal: (V, 3) unit.
        bones: (V,) name of the nearest bone.
        eye: (3,) middle of the left eye.
    """
    c, deep = breed.coat, breed.chest[0]
    x, y, z = position.T
    s = deep / 0.182  # the unit of all rags and fringes
    rag = 0.7 * noise(position, 0.030 * s, 3) + 0.45 * noise(position, 0.010 * s, 4)
    name = np.array(bones)
    limb = np.char.find(name, "_upper") >= 0
    shank = np.char.find(name, "_lower") >= 0
    hind = np.char.startswith(name, "rear")
    ears = np.char.startswith(name, "ear")
    tail = np.char.startswith(name, "tail")
    skull = name == "head"
    trunk = ~(skull | ears | tail | shank)
    canvas = _Canvas(len(position), c.side)
    canvas.lay(c.thigh, limb.astype(np.float64))
    fx, rx = breed.front[0], breed.rear[0]
    top = 0.5 * deep - 0.014
    along = (x - rx) / (fx - rx)
    neck = frames["neck"]
    up_neck = (position - neck[:, 3]) @ neck[:, 0] / breed.neck[2]
    canvas.lay(c.head, trunk * above(up_neck + 0.15 * rag, 0.35, 0.5))
    if c.saddle:
        # Its lower edge runs from the shoulder back over the ribs to the rump, lowest behind the shoulder.
        edge = top - c.saddle * deep * (1.0 - 1.1 * np.clip(along - 0.75, 0, 1) - 0.6 * np.clip(0.25 - along, 0, 1))
        mask = above(z + 0.014 * s * rag, edge, 0.022 * s) * above(c.nape + 0.12 * rag, up_neck, 0.25)
        canvas.lay(c.back, trunk * mask)
    else:
        canvas.lay(c.back, trunk * above(normal[:, 2] + 0.2 * rag, 0.35, 0.6))
    low = above(0.10 * rag - normal[:, 2], 0.55, 0.35) * above(top - 0.55 * deep, z, 0.3 * deep)
    canvas.lay(c.belly, trunk * low * ~limb)
    if c.bib:
        front = (position - np.array([fx + 0.04 * (fx - rx), 0.0, top - 0.62 * deep])) / (0.62 * deep)
        reach = front[:, 2] - 0.9 * front[:, 0] + 0.9 * np.abs(y) / (0.5 * breed.chest[1])
        mask = above(2.0 * c.bib - 0.45 + 0.16 * rag, reach, 0.3) * above(normal[:, 0] - 0.35 * normal[:, 2], 0.1, 0.5)
        canvas.lay(c.belly, trunk * mask * above(along, 0.82, 0.2))
    if c.band:
        ring = np.abs(up_neck + 0.35 - 0.5 * normal[:, 2] * 0.3) - 0.42 + 0.10 * rag
        canvas.lay(c.belly, trunk * above(0.0, ring, 0.22) * ~limb)
    height = (z - z.min()) / breed.hip_height
    sock = np.where(hind, c.sock[1], c.sock[0]) + 0.05 * rag
    legs = limb | shank
    canvas.lay(c.leg, legs * above(sock, height, 0.10))
    canvas.lay(c.paw, shank * above(3.2 * breed.paw / breed.hip_height, height, 0.06))
    _part_toes(canvas, breed, frames, position, shank)
    _paint_tail(canvas, breed, frames, position, tail, rag)
    _paint_head(canvas, breed, frames["head"], position, normal, skull | (up_neck > 0.8) & trunk, ears, rag, eye)
    if c.stripes:
        bent = 3.2 * noise(position, 0.07 * s, 9) + 0.7 * rag
        wave = np.sin((x + 0.35 * np.abs(z)) * 2 * np.pi / (0.024 * s) + bent) + 0.5 * noise(position, 0.05 * s, 10)
        mask = c.stripes * above(wave, 0.35, 0.9) * (trunk | limb)
        canvas.linear *= 1.0 - 0.62 * mask[:, None]
    tone = 1.0 + 0.07 * noise(position, 0.035 * s, 5) + 0.06 * noise(position, 0.010 * s, 6)
    if breed.figure.curl:
        tone *= 1.0 + 0.10 * breed.figure.curl * noise(position, 0.008 * s, 8)
    ahead = (position - frames["head"][:, 3]) @ frames["head"][:, 0] / Face.of(breed).stop
    face = 0.55 - 0.33 * above(ahead, 0.9, 0.6)  # short on the muzzle
    long = np.where(skull, face, np.where(shank, 0.45, np.where(ears, 0.6, 1.0))) * breed.figure.hair
    rough = np.full(len(position), 0.82)
    return Paint(encoded(canvas.linear * tone[:, None]), rough, long)


def _part_toes(
    canvas: _Canvas, breed: Breed, frames: Mapping[str, Floats], position: Floats, shank: NDArray[np.bool_]
) -> None:
    """Darken the gaps between the toes, which are finer than the mesh."""
    paw = 1.14 * breed.paw
    for leg, size in (("front_left", 1.0), ("rear_left", 0.94)):
        lower = frames[f"{leg}_lower"]
        reach = (breed.front_bones if leg == "front_left" else breed.rear_bones)[1]
        foot = lower[:, 3] - reach * lower[:, 2]
        p = size * paw
        x, y, z = ((position * [1, 0, 1] + np.abs(position) * [0, 1, 0]) - foot).T / p
        fan = y / (0.75 + 0.25 * np.maximum(x, 0.0))
        gap = np.max([np.exp(-(((fan - line) / 0.11) ** 2)) for line in (-0.52, 0.0, 0.52)], axis=0)
        mask = gap * above(x, 0.75, 0.5) * above(0.15, z, 0.5) * (np.hypot(x, y) < 3) * shank
        canvas.linear *= 1.0 - 0.55 * mask[:, None]


def _paint_tail(
    canvas: _Canvas, breed: Breed, frames: Mapping[str, Floats], position: Floats, tail: NDArray[np.bool_], rag: Floats
) -> None:
    """Colour the tail from its root to its tip."""
    c, root = breed.coat, frames["tail"]
    _, _, one, two, _ = breed.tail
    share = -(position - root[:, 3]) @ root[:, 0] / (one + two)
    canvas.lay(c.tail, tail * above(share + 0.03 * rag, -0.05, 0.2))
    canvas.lay(c.tail_tip, tail * above(share + 0.04 * rag, 1 - c.tip, 0.12))


def _paint_head(
    canvas: _Canvas,
    breed: Breed,
    head: Floats,
    position: Floats,
    normal: Floats,
    skull: NDArray[np.bool_],
    ears: NDArray[np.bool_],
    rag: Floats,
    eye: Floats,
) -> None:
    """Colour skull, mask, muzzle, blaze, lips, lids and ears."""
    c, face = breed.coat, Face.of(breed)
    long, wide, high = drawn(breed)
    m_long, _, m_high = muzzle(breed)
    local = (position - head[:, 3]) @ head[:, :3]
    up = normal @ head[:, :3]
    x, y, z = local.T
    canvas.lay(c.head, skull * above(x + 0.10 * long * rag, -0.10 * long, 0.3 * long))
    canvas.lay(c.mask, skull * above(x + 0.08 * long * rag, 0.30 * long, 0.35 * long))
    start = face.stop + (0.02 if c.dark_mask else 0.10) * m_long
    lower = 0.35 * m_long * np.clip((face.bridge - z) / high, -0.6, 1.0)
    canvas.lay(
        c.muzzle, skull * above(x + lower + 0.05 * m_long * rag, start, (0.55 if c.dark_mask else 0.22) * m_long)
    )
    if c.blaze:
        half = 0.5 * c.blaze * wide * np.interp(x / long, [-0.1, 0.15, 0.45, 0.62], [0.0, 0.55, 0.8, 1.6])
        canvas.lay(
            c.muzzle, skull * above(half + 0.012 * wide * rag, np.abs(y), 0.05 * wide) * above(up[:, 2], 0.1, 0.3)
        )
    canvas.lay(c.ear, ears.astype(np.float64))
    if breed.ears == "pricked":
        tip = (z - 0.36 * high) / breed.ear[0]
        canvas.lay(c.ear, skull * above(tip + 0.05 * rag, 0.05, 0.2))
        out = up[:, 0] * 0.93 + np.sign(y) * up[:, 1] * 0.36
        canvas.lay(PINK, skull * above(tip, 0.12, 0.15) * above(0.80, tip, 0.2) * above(out, 0.72, 0.25) * 0.75)
    mouth = np.exp(-(((z - face.mouth + 0.10 * (x - face.stop)) / (0.075 * m_high)) ** 2))
    side = above(x, face.stop + 0.10 * m_long, 0.2 * m_long)
    canvas.lay(LIPS, skull * mouth * side * 0.85)
    apart = np.linalg.norm(
        position * np.array([1.0, 0.0, 1.0]) + np.abs(position) * np.array([0, 1.0, 0]) - eye, axis=1
    )
    canvas.lay(LIPS, skull * above(0.13 * wide, apart, 0.07 * wide) * 0.9)


def encoded(linear: Floats) -> NDArray[np.uint8]:
    """Return linear RGB as sRGB bytes (IEC 61966-2-1)."""
    c = np.clip(linear, 0.0, 1.0)
    s = np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
    return np.rint(255 * s).astype(np.uint8)
