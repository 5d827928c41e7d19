"""A breed's whole figure: the rest pose of its bones and the shapes round them. Worked out once for each breed."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from worldsim.actor.dog.anatomy import fore_leg, hind_leg, tail, trunk
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Floats, Group
from worldsim.actor.dog.gait import Gait
from worldsim.actor.dog.head import LIFT, drawn, ear, eye_radius, reached, skull
from worldsim.actor.dog.kinematics import leg_angles
from worldsim.actor.dog.skeleton import Skeleton


@functools.lru_cache(maxsize=32)
def rest_frames(breed: Breed) -> Mapping[str, Floats]:
    """Return the joint frames (3, 4) of all bones in the pose the skin is cut in, in the torso's joint frame."""
    skeleton = Skeleton.of(breed)
    gait = Gait(breed, skeleton, 1 / 60)
    gait.reset()
    angles: list[float] = []
    for i, (x, y, z) in enumerate(skeleton.roots):
        upper, lower = breed.front_bones if i < 2 else breed.rear_bones
        paw = gait.feet[3 * i : 3 * i + 3]
        angles += leg_angles(paw[0] - x, paw[1] - y, paw[2] - z, upper, lower, -1.0 if i < 2 else 1.0)
    angles += [-breed.neck_angle, 0.0, breed.neck_angle + 0.05]
    angles += [LIFT, -LIFT] if breed.ears == "floppy" else []
    return skeleton.frames([*angles, breed.tail_angle, 0.0])


@functools.lru_cache(maxsize=32)
def shapes_of(breed: Breed) -> tuple[Group, ...]:
    """Return the shapes of a breed's left half and middle in the rest pose."""
    frames = rest_frames(breed)
    first = trunk(breed, frames)
    return (
        *first,
        *fore_leg(breed, frames),
        hind_leg(breed, frames),
        tail(breed, frames),
        skull(breed, frames),
        ear(breed, frames),
    )


@functools.lru_cache(maxsize=32)
def eye_spot(breed: Breed) -> tuple[Floats, Floats]:
    """Return the middle (3,) of the left eyeball and the way (3,) it looks, in the torso's joint frame at rest."""
    head = rest_frames(breed)["head"]
    long, wide, high = drawn(breed)
    way = head[:, :3] @ np.array([0.72, 0.66, 0.16])
    way /= np.linalg.norm(way)
    start = head[:, :3] @ np.array([0.40 * long, 0.14 * wide, 0.155 * high]) + head[:, 3]
    groups = [group for group in shapes_of(breed) if group[1][0].bone == "head"]
    return reached(groups, start, way) - 0.56 * eye_radius(breed) * way, way
