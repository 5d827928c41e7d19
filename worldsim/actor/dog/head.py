"""The shapes of a dog's head: skull, stop, muzzle, brow, cheeks and ears, and where its eyes, nose and mouth are.

Coordinates are the torso's joint frame, of the left half, like those of `anatomy.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldsim.actor.dog.anatomy import Frames, at
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Blob, Floats, Group, Limb, Loft, Shape, body_distance
from worldsim.scene.layout import Vec3

LIFT = 0.85
"""rad: how far hanging ears are lifted in the rest pose, so that they are clear of the cheek."""


@dataclass(frozen=True)
class Face:
    """Measures of a head in its joint frame, m.

    Attributes:
        stop: x where the muzzle leaves the skull. tip: x of the nose. bridge: z of the middle of the muzzle.
        mouth: z of the line of the mouth.
    """

    stop: float
    tip: float
    bridge: float
    mouth: float

    @staticmethod
    def of(breed: Breed) -> Face:
        """Return those of a breed; they agree with the capsule that the physics has there."""
        long, _, high = drawn(breed)
        m_long, _, m_high = muzzle(breed)
        stop, bridge = 0.60 * long, -0.16 * high
        return Face(stop, stop + m_long, bridge, bridge - 0.22 * m_high)


def drawn(breed: Breed) -> Vec3:
    """Return length, width and height of the skull as it is drawn, m."""
    long, wide, high = (breed.figure.head * size for size in breed.skull)
    return long, wide, high


def muzzle(breed: Breed) -> Vec3:
    """Return length, width and height of the muzzle as it is drawn, m."""
    long, wide, high = (breed.figure.head * size for size in breed.muzzle)
    return long, wide, high


def _inside(head: Floats, x: float, y: float, z: float, turn: Floats | None = None) -> Floats:
    """Return the frame (3, 4) at a point of the head, turned by a matrix given in the head's frame."""
    own = np.eye(3) if turn is None else turn
    return np.concatenate([head[:, :3] @ own, at(head, x, y, z)[:, None]], 1)


def skull(breed: Breed, frames: Frames) -> Group:
    """Return skull and muzzle."""
    f, head, face = breed.figure, frames["head"], Face.of(breed)
    long, wide, high = drawn(breed)
    m_long, m_wide, m_high = muzzle(breed)
    wool = 0.35 * f.wool
    bridge, stop, tip = face.bridge, face.stop, face.tip
    dome = 0.50 * high + wool
    fall = bridge + 0.50 * m_high  # top of the muzzle
    jaw = bridge - 0.52 * m_high
    lips = f.flews * m_high
    brow = fall + (0.40 + 0.30 * f.stop) * (dome - fall)
    rows = [  # x, top, bottom, half width
        (-0.24 * long, 0.14 * high, -0.22 * high, 0.20 * wide),
        (-0.12 * long, 0.36 * high, -0.36 * high, 0.36 * wide),
        (0.12 * long, dome, -0.43 * high, 0.47 * wide),
        (0.34 * long, 0.99 * dome, -0.46 * high, 0.465 * wide),
        (0.50 * long, brow + 0.3 * (dome - brow), 0.5 * (jaw - 0.46 * high), 0.40 * wide),
        (0.58 * long, brow - 0.5 * f.stop * (brow - fall), jaw - 0.08 * m_high, 0.335 * wide),
        (stop + 0.12 * m_long, fall + 0.02 * m_high, jaw - 0.08 * m_high - 0.3 * lips, 0.60 * m_wide),
        (stop + 0.50 * m_long, fall - 0.04 * m_high, jaw - lips, 0.515 * m_wide),
        (tip - 0.24 * m_long, fall - 0.08 * m_high, jaw - 0.8 * lips, 0.46 * m_wide),
        (tip - 0.07 * m_long, fall - 0.12 * m_high, jaw + 0.06 * m_high, 0.37 * m_wide),
        (tip, fall - 0.18 * m_high, jaw + 0.44 * m_high, 0.27 * m_wide),
    ]
    x, top, bottom, half = (np.array(item) for item in zip(*rows, strict=True))
    mass = Loft("head", 0.01, frame=head, x=x, top=top, bottom=bottom, half=half, square=2.25,
                ends=(0.22 * long, 0.07 * m_long), high=0.46)  # fmt: skip
    cheek = Blob("head", 0.08 * wide, frame=_inside(head, 0.30 * long, 0.30 * wide, -0.16 * high),
                 radii=(0.30 * long, (0.13 + 0.07 * f.cheek) * wide, 0.26 * high))  # fmt: skip
    arch = Blob("head", 0.06 * wide, frame=_inside(head, 0.45 * long, 0.25 * wide, brow - 0.03 * high),
                radii=(0.12 * long, 0.12 * wide, 0.08 * high + wool))  # fmt: skip
    shapes: list[Shape] = [mass, cheek, arch]
    if f.topknot:
        place = _inside(head, 0.12 * long, 0.0, 0.46 * high)
        radii = (0.40 * long + 0.3 * f.topknot, 0.42 * wide + 0.4 * f.topknot, f.topknot)
        shapes.append(Blob("head", 0.3 * f.topknot, frame=place, radii=radii))
    return 0.22 * high, shapes


def ear(breed: Breed, frames: Frames) -> Group:
    """Return the left ear."""
    f = breed.figure
    tall, broad = breed.ear
    kind = breed.ears
    long, wide, high = drawn(breed)
    if kind == "floppy":
        root = frames["ear_left"]
        out = 0.11 * wide + f.wool
        thin = 0.0048 * high / 0.1 + 0.8 * f.wool
        line = [
            (0.05 * broad, -0.10 * wide, 0.02 * tall),
            (0.0, 0.6 * out, -0.04 * tall),
            (0.02 * broad, out, -0.40 * tall),
            (0.05 * broad, out, -0.74 * tall),
            (0.08 * broad, out, -0.93 * tall),
        ]
        half = np.array([0.30, 0.36, 0.47, 0.47, 0.24]) * broad + 0.5 * f.wool
        chain = Limb("ear_left", 0.006, frame=root, soft=0.002, points=np.array(line), radii=half, flat=np.ones(5),
                     plate=thin, bones=("head", "ear_left", "ear_left", "ear_left", "ear_left"))  # fmt: skip
        return 0.05 * wide, [chain]
    head = frames["head"]
    if kind == "rose":
        turn = _turn((-0.93, 0.30, 0.06), (0.05, 0.8, 0.6))
        root = _inside(head, 0.12 * long, 0.37 * wide, 0.36 * high, turn)
        share, sizes, thin = (0.0, 0.3, 0.65, 1.0), (0.42, 0.46, 0.30, 0.12), 0.12 * broad
    else:
        turn = _turn((0.0, 0.24, 0.97), (0.93, 0.36, 0.0))
        root = _inside(head, 0.06 * long, 0.31 * wide, 0.34 * high, turn)
        share, sizes, thin = (0.0, 0.38, 0.72, 0.94), (0.46, 0.45, 0.30, 0.10), 0.15 * broad
    half = np.array(sizes) * broad
    rise = np.array(share) * (tall + 0.06 * high)
    points = np.stack([-0.04 * broad * np.array(share), np.zeros(4), rise], 1)
    across = np.maximum(half / thin, 1.0)
    leaf = Limb("head", 0.006, frame=root, points=points, radii=np.minimum(half, thin), flat=across, soft=0.004)
    scoop = Blob("head", 0.05 * broad, True, _shifted(root, 0.26 * broad, 0.0, 0.46 * tall), 0.0,
                 (0.26 * broad, 0.33 * broad, 0.44 * tall))  # fmt: skip
    return 0.10 * wide, [leaf, scoop] if kind == "pricked" else [leaf]


def _turn(up: tuple[float, float, float], front: tuple[float, float, float]) -> Floats:
    """Return the matrix whose third column is `up` and whose first is as near as can be to `front`."""
    z = np.array(up) / np.linalg.norm(up)
    x = np.array(front) - (np.array(front) @ z) * z
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], 1)


def _shifted(frame: Floats, x: float, y: float, z: float) -> Floats:
    return np.concatenate([frame[:, :3], at(frame, x, y, z)[:, None]], 1)


def reached(groups: list[Group], start: Floats, way: Floats) -> Floats:
    """Return where a ray (3,) from inside the body leaves it."""
    way = way / np.linalg.norm(way)
    steps = np.linspace(0.0, 0.3, 601)
    d = body_distance(groups, start + steps[:, None] * way)
    first = int(np.argmax(d > 0))
    return np.asarray(start + steps[first] * way)


def eye_radius(breed: Breed) -> float:
    """Return the radius of an eyeball, m: about 10 mm in dogs of every size."""
    return 0.0068 + 0.037 * drawn(breed)[1]
