"""What a dog has on besides its skin: eyes, nose, nostrils, collar and name tag, rigid and fixed to a bone."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Floats
from worldsim.actor.dog.head import Face, eye_radius, muzzle, reached
from worldsim.actor.dog.shapes import eye_spot, rest_frames, shapes_of
from worldsim.rotation import quat_from_matrix_xyzw
from worldsim.scene.layout import Geom, Quat, Shape, Vec3

BLACK: Vec3 = (0.006, 0.006, 0.007)
WHITE: Vec3 = (0.95, 0.95, 0.95)
BRASS: Vec3 = (0.65, 0.42, 0.10)


@functools.lru_cache(maxsize=32)
def trimmings(breed: Breed) -> Mapping[str, tuple[Geom, ...]]:
    """Return the geoms by name of the bone they are fixed to, in its joint frame."""
    return {"head": (*_eyes(breed), *_nose(breed)), "neck": _collar(breed)}


def _geom(kind: str, size: tuple[float, ...], at: Floats, turn: Floats, material: str, colour: Vec3) -> Geom:
    x, y, z = at.tolist()
    qx, qy, qz, qw = quat_from_matrix_xyzw(turn).tolist()
    turned: Quat = (qx, qy, qz, qw)
    return Geom(Shape(kind, size), (x, y, z), turned, material, colour, collides=False)  # type: ignore[arg-type]


def _facing(way: Floats) -> Floats:
    """Return the matrix whose first column is the way and whose third is as near upwards as can be."""
    side = np.cross([0.0, 0.0, 1.0], way)
    side /= np.linalg.norm(side)
    return np.stack([way, side, np.cross(way, side)], 1)


def _eyes(breed: Breed) -> list[Geom]:
    """Return both eyes: eyeball, pupil and a glint."""
    head = rest_frames(breed)["head"]
    spot, way = eye_spot(breed)
    spot, way = (spot - head[:, 3]) @ head[:, :3], way @ head[:, :3]
    size = eye_radius(breed)
    found = []
    for side in (1.0, -1.0):
        mirror = np.array([1.0, side, 1.0])
        at, out = spot * mirror, way * mirror
        turn = _facing(out)
        ball = 2 * size * np.array([1.0, 1.0, 0.86])
        found.append(_geom("ellipsoid", tuple(ball.tolist()), at, turn, "glass", breed.coat.iris))
        pupil = 2 * size * np.array([0.62, 0.62, 0.60])
        found.append(_geom("ellipsoid", tuple(pupil.tolist()), at + 0.40 * size * out, turn, "glass", BLACK))
        shine = at + size * (turn @ np.array([0.86, 0.22, 0.40]))
        found.append(_geom("sphere", (0.15 * size,), shine, turn, "plastic", WHITE))
    return found


def _nose(breed: Breed) -> list[Geom]:
    """Return the nose's leather and its nostrils."""
    face = Face.of(breed)
    _, m_wide, m_high = muzzle(breed)
    at = np.array([face.tip - 0.02 * m_high, 0.0, face.bridge + 0.20 * m_high])
    flat = np.eye(3)
    size = (0.34 * m_high, 0.52 * m_wide, 0.40 * m_high)
    found = [_geom("ellipsoid", size, at, flat, "rubber", breed.coat.nose)]
    for side in (1.0, -1.0):
        hole = at + np.array([0.125 * m_high, side * 0.13 * m_wide, 0.01 * m_high])
        found.append(_geom("ellipsoid", (0.10 * m_high, 0.10 * m_wide, 0.12 * m_high), hole, flat, "rubber", BLACK))
    return found


def _collar(breed: Breed) -> tuple[Geom, ...]:
    """Return the collar, as wide as the neck is there, and the tag that hangs on it."""
    neck = rest_frames(breed)["neck"]
    _, _, long, thick = breed.neck
    groups = [group for group in shapes_of(breed) if group[1][0].bone in ("torso", "head")]
    middle = neck[:, :3] @ np.array([0.60 * long, 0.0, 0.0]) + neck[:, 3]
    ends = [reached(groups, middle, neck[:, :3] @ np.array(way)) for way in ((0, 1.0, 0), (0, 0, 1.0), (0, 0, -1.0))]
    side, up, down = ((end - neck[:, 3]) @ neck[:, :3] for end in ends)
    over = 0.05 * thick
    centre = np.array([0.60 * long, 0.0, 0.5 * (up[2] + down[2])])
    size = (0.95 * thick, 2 * (float(side[1]) + over), float(up[2] - down[2]) + 2 * over)
    band = _geom("ellipsoid", size, centre, np.eye(3), "leather", breed.coat.collar)
    below = np.array([0.66 * long, 0.0, float(down[2]) - 0.26 * thick])
    lying = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    tag = _geom("cylinder", (0.22 * thick, 0.05 * thick), below, lying, "steel", BRASS)
    return band, tag
