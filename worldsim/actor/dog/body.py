"""The drawn body of a dog: one closed skin over its bones, made once for a breed. It knows nothing of pictures.

The skin is cut in the pose in which the dog stands, its hanging ears lifted clear of the cheeks.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.coat import painted
from worldsim.actor.dog.field import Floats, Group
from worldsim.actor.dog.head import drawn
from worldsim.actor.dog.polygon import planes, settled, surface
from worldsim.actor.dog.shapes import eye_spot, rest_frames, shapes_of
from worldsim.actor.dog.skeleton import Skeleton
from worldsim.actor.dog.weights import skin_weights
from worldsim.physics.skin import Skin
from worldsim.rotation import quat_from_matrix_xyzw


@dataclass(frozen=True)
class Body:
    """A breed's skin, not yet of any dog in particular.

    Attributes:
        vertices, normals: (V, 3). faces: (F, 3). bones: (V, 4) place in `names`. weights: (V, 4).
        names: of the bones, the torso first. rest: (B, 7) pose of each bone's centre-of-mass frame at rest.
        colour: (V, 3) uint8 sRGB. roughness, hair: (V,).
    """

    vertices: Floats
    normals: Floats
    faces: NDArray[np.int64]
    bones: NDArray[np.int64]
    weights: Floats
    names: tuple[str, ...]
    rest: Floats
    colour: NDArray[np.uint8]
    roughness: Floats
    hair: Floats


def _grid(breed: Breed, groups: Sequence[Group]) -> tuple[Floats, Floats, Floats]:
    """Return grid planes: close at the head, the paws and thin legs, wider along the trunk."""
    frames = rest_frames(breed)
    boxes = [shape.bounds(0.02) for _, shapes in groups for shape in shapes if not shape.carve]
    low, high = np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)
    s = drawn(breed)[1] / 0.108  # the head's size, and the trunk's
    t = ((breed.front[0] - breed.rear[0]) / 0.35) ** 0.75
    head, fore, hind = frames["head"][:, 3], frames["front_left_lower"][:, 3], frames["rear_left_lower"][:, 3]
    size = drawn(breed)
    reach, paw, floor = 0.62 * size[0] + breed.figure.head * breed.muzzle[0], 3 * breed.paw, low[2] + 0.02
    leg = 0.0082 * (0.5 * t + 0.5 * breed.limb[1] / 0.017)
    x = planes(
        low[0], high[0], 0.0150 * t,
        [(head[0] - 0.3 * size[0], head[0] + reach + 0.02, 0.0058 * s),
         (fore[0] - paw, fore[0] + paw, leg), (hind[0] - 1.2 * paw, hind[0] + paw, leg)],
    )  # fmt: skip
    y = planes(0.0, high[1], 0.0125 * t, [(0.0, 0.62 * size[1], 0.0064 * s)])
    z = planes(
        low[2], high[2], 0.0150 * t,
        [(floor, floor + 2.2 * breed.paw, 0.0062 * t), (head[2] - 0.62 * size[2], high[2], 0.0062 * s)],
    )  # fmt: skip
    return x, y, z


@functools.lru_cache(maxsize=32)
def body_of(breed: Breed) -> Body:
    """Return the skin of a breed."""
    groups = shapes_of(breed)
    position, faces = surface(groups, _grid(breed, groups))
    position, normal = settled(groups, position, faces, 0.006 * breed.skull[1] / 0.102)
    skeleton, frames = Skeleton.of(breed), rest_frames(breed)
    members = (skeleton.torso, *skeleton.bones)
    names = tuple(bone.name for bone in members)
    bones, weights, nearest = skin_weights(breed, groups, position, faces, names)
    rest = np.empty((len(names), 7))
    for row, bone in enumerate(members):
        frame = frames[bone.name]
        rest[row, :3] = frame[:, :3] @ np.array(bone.centre) + frame[:, 3]
        rest[row, 3:] = quat_from_matrix_xyzw(frame[:, :3])
    paint = painted(breed, frames, position, normal, [names[k] for k in nearest], eye_spot(breed)[0])
    return Body(position, normal, faces, bones, weights, names, rest, paint.colour, paint.roughness, paint.hair)


def skin_of(breed: Breed, owner: str, parts: Sequence[int], material: str) -> Skin:
    """Return the skin of one dog.

    Args:
        breed: what it looks like.
        owner: the actor's name.
        parts: index in `World.parts` of the torso and of every bone, in the skeleton's order.
        material: name of the skin's material.
    """
    body = body_of(breed)
    row = np.asarray(parts, np.int64)
    used = np.unique(body.bones)
    order = used[np.argsort(row[used])]
    bones = row[body.bones]
    return Skin(
        owner=owner,
        vertices=_frozen(body.vertices, np.float32),
        normals=_frozen(body.normals, np.float32),
        faces=_frozen(body.faces, np.int32),
        bones=_frozen(bones, np.int32),
        weights=_frozen(body.weights, np.float32),
        parts=_frozen(row[order], np.int32),
        rest=_frozen(body.rest[order], np.float64),
        colour=_frozen(body.colour, np.uint8),
        roughness=_frozen(body.roughness, np.float32),
        material=material,
        dominant=_frozen(bones[:, 0], np.int32),
        hair=_frozen(body.hair, np.float32),
        curl=breed.figure.curl,
    )


def _frozen(array: NDArray[Any], kind: Any) -> NDArray[Any]:
    """Return a read-only copy of that type."""
    made = np.array(array, kind, order="C")
    made.flags.writeable = False
    return made
