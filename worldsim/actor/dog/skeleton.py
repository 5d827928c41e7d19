"""A dog's bones: joints, masses, inertias and collision shapes of one breed, and the PyBullet body made of them.

Every bone's own frame is its joint's: at rest (all angles 0) all frames are parallel to the torso's, legs hang straight
down, neck, head and tail lie level. PyBullet and the world want geoms in the centre-of-mass frame, which is parallel to
it: `Bone.centre` leads from the one to the other. This module knows nothing of gaits or colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.breed import MASS_SHARES, Breed
from worldsim.physics.client import Client
from worldsim.physics.inertia import mass_frame
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import IDENTITY, ORIGIN, Geom, Quat, Shape, Vec3

LEGS = ("front_left", "front_right", "rear_left", "rear_right")
LEG_JOINTS = ("abduction", "hip", "knee")
ALONG_X: Quat = (0.0, 0.5**0.5, 0.0, 0.5**0.5)
"""Turns a shape whose axis is z so that it lies along x."""

FOOT_FRICTION = 1.0
FUR_FRICTION = 0.6


@dataclass(frozen=True)
class Bone:
    """One rigid piece of the dog and the joint it hangs on.

    Attributes:
        name: "torso", "front_left_lower" … joint: the joint's name, "" for the torso.
        parent: index of the bone it hangs on, −1 for the torso (which itself is not in the list of bones).
        anchor: m, the joint in the parent's joint frame. axis: unit, the joint's axis.
        limits: rad, lowest and highest angle it is ever driven to. torque: N·m, its motor's limit.
        mass: kg. centre: m, centre of mass in the bone's joint frame. inertia: kg·m², about it, along its axes.
        collider: what collides, in the joint frame, or None.
    """

    name: str
    joint: str
    parent: int
    anchor: Vec3
    axis: Vec3
    limits: tuple[float, float]
    torque: float
    mass: float
    centre: Vec3
    inertia: Vec3
    collider: Geom | None


@dataclass(frozen=True)
class Skeleton:
    """All bones of a breed.

    Attributes:
        torso: the base; its joint frame is the breed's frame. bones: every other one, parents first; a bone's index is
            its PyBullet link index. The twelve of the legs come first, three a leg in the order of `LEGS`.
        roots: (4) m, where the legs hang, in the torso's centre-of-mass frame.
    """

    torso: Bone
    bones: tuple[Bone, ...]
    roots: tuple[Vec3, ...]

    @staticmethod
    def of(breed: Breed) -> Skeleton:
        """Work out the bones of a breed."""
        return _skeleton(breed)

    def centre(self, breed: Breed) -> Vec3:
        """Return the centre of mass of the whole dog at ease, m, in the torso's centre-of-mass frame."""
        mass, total = self.torso.mass, [0.0, 0.0, 0.0]
        places: list[tuple[float, float]] = []
        for bone in self.bones:
            x, z = (-self.torso.centre[0], -self.torso.centre[2]) if bone.parent < 0 else places[bone.parent]
            tilted = bone.name in ("atlas",)
            reach = math.cos(breed.neck_angle) if tilted else 1.0
            x, z = (
                x + bone.anchor[0] * reach,
                z + bone.anchor[2] + (bone.anchor[0] * math.sin(breed.neck_angle) if tilted else 0.0),
            )
            places.append((x, z))
            mass += bone.mass
            total[0] += bone.mass * (x + bone.centre[0])
            total[2] += bone.mass * (z + bone.centre[2])
        return total[0] / mass, 0.0, total[2] / mass

    def frames(self, angles: Sequence[float]) -> dict[str, NDArray[np.float64]]:
        """Return the joint frame (3, 4) of every bone at these joint angles in rad, in the torso's joint frame."""
        found = {"torso": np.eye(4)[:3]}
        for bone, angle in zip(self.bones, angles, strict=True):
            parent = found["torso" if bone.parent < 0 else self.bones[bone.parent].name]
            axis, half = np.array(bone.axis), 0.5 * angle
            own = matrix_from_quat_xyzw([*(math.sin(half) * axis), math.cos(half)])
            place = parent[:, :3] @ np.array(bone.anchor) + parent[:, 3]
            found[bone.name] = np.concatenate([parent[:, :3] @ own, place[:, None]], 1)
        return found

    def index(self, name: str) -> int:
        """Return the link index of a bone by name, −1 for the torso."""
        return next((i for i, bone in enumerate(self.bones) if bone.name == name), -1)


Solid = tuple[Shape, Vec3, Quat]


def _bone(
    name: str,
    joint: str,
    parent: int,
    anchor: Vec3,
    axis: Vec3,
    limits: tuple[float, float],
    torque: float,
    mass: float,
    solids: Sequence[Solid],
    collider: Geom | None = None,
    density: Sequence[float] = (),
) -> Bone:
    """Make a bone whose mass fills the solids (joint frame), evenly unless relative densities are given.

    The axes of the solids must be parallel to the frame's.
    """
    frames = [mass_frame(shape) for shape, _, _ in solids]
    filled = [frame.volume * dense for frame, dense in zip(frames, density or [1.0] * len(frames), strict=True)]
    weights = [mass * share / sum(filled) for share in filled]
    centre = tuple(sum(w * place[k] for w, (_, place, _) in zip(weights, solids, strict=True)) / mass for k in range(3))
    moments = [0.0, 0.0, 0.0]
    for weight, frame, (_, place, turn) in zip(weights, frames, solids, strict=True):
        own = (frame.inertia[2], frame.inertia[1], frame.inertia[0]) if turn == ALONG_X else frame.inertia
        away = [place[k] - centre[k] for k in range(3)]
        square = sum(a * a for a in away)
        for k in range(3):
            moments[k] += weight * (own[k] + square - away[k] * away[k])
    x, y, z = centre
    return Bone(
        name,
        joint,
        parent,
        anchor,
        axis,
        limits,
        torque,
        mass,
        (x, y, z),
        (moments[0], moments[1], moments[2]),
        collider,
    )


def _ellipsoid(x: float, y: float, z: float, at: Vec3) -> Solid:
    return Shape("ellipsoid", (x, y, z)), at, IDENTITY


def _collider(solid: Solid) -> Geom:
    shape, place, turn = solid
    return Geom(shape, place, turn, material="leather", visible=False)


def _capsule(radius: float, length: float, at: Vec3, turn: Quat = IDENTITY) -> Solid:
    return Shape("capsule", (radius, max(length, 2.02 * radius))), at, turn


def _skeleton(breed: Breed) -> Skeleton:
    radius, length = breed.torso
    fx, rx = breed.front[0], breed.rear[0]
    torso = _bone(
        "torso",
        "",
        -1,
        ORIGIN,
        ORIGIN,
        (0.0, 0.0),
        0.0,
        breed.mass * MASS_SHARES["torso"],
        [
            _ellipsoid(0.55 * length, breed.chest[1], breed.chest[0], (fx - 0.20 * length, 0.0, -0.01)),
            _ellipsoid(0.60 * length, breed.loin[1], breed.loin[0], (0.0, 0.0, 0.1 * radius)),
            _ellipsoid(0.45 * length, breed.rump[1], breed.rump[0], (rx + 0.04 * length, 0.0, 0.0)),
        ],
        _collider(_capsule(radius, length, (0.0, 0.0, 0.0), ALONG_X)),
        density=(0.6, 1.0, 1.2),  # lungs; guts; the muscles of the loin and croup
    )
    bones: list[Bone] = []
    for leg in LEGS:
        bones.extend(_leg(breed, leg, len(bones), torso))
    bones.extend(_front_end(breed, len(bones), torso))
    bones.extend(_tail(breed, len(bones), torso))
    cx, cy, cz = torso.centre
    roots = tuple(
        (bones[3 * i].anchor[0] - cx, bones[3 * i].anchor[1] - cy, bones[3 * i].anchor[2] - cz) for i in range(4)
    )
    return Skeleton(torso, tuple(bones), roots)


def _leg(breed: Breed, leg: str, first: int, torso: Bone) -> list[Bone]:
    front, left = leg.startswith("front"), leg.endswith("left")
    x, y = breed.front if front else breed.rear
    upper, lower = breed.front_bones if front else breed.rear_bones
    thick = breed.limb[0]
    side = 1.0 if left else -1.0
    strength, mass = breed.strength, breed.mass
    thigh = _capsule(thick, upper + thick, (0.0, 0.0, -upper / 2))
    shank = _capsule(breed.paw, lower + 2 * breed.paw, (0.0, 0.0, -lower / 2))
    root = _ellipsoid(2.6 * thick, 1.6 * thick, 2.6 * thick, (0.0, -0.15 * side * thick, 0.0))
    # Real hips swing further than they need to for walking: getting up from the back uses it.
    return [
        _bone(
            f"{leg}_root", f"{leg}_abduction", -1, (x, side * y, breed.root_z), (1.0, 0.0, 0.0), (-1.2, 1.2), strength,
            mass * MASS_SHARES["root"], [root],
        ),
        _bone(
            f"{leg}_upper", f"{leg}_hip", first, ORIGIN, (0.0, 1.0, 0.0), (-2.6, 2.6), strength,
            mass * MASS_SHARES["upper"], [thigh], _collider(thigh),
        ),
        _bone(
            f"{leg}_lower", f"{leg}_knee", first + 1, (0.0, 0.0, -upper), (0.0, 1.0, 0.0), (-2.7, 2.7), strength,
            mass * MASS_SHARES["lower"], [shank], _collider(shank),
        ),
    ]  # fmt: skip


def _front_end(breed: Breed, first: int, torso: Bone) -> list[Bone]:
    x, z, length, thick = breed.neck
    mass, torque = breed.mass, 0.25 * breed.strength
    neck = _capsule(thick, length + thick, (length / 2, 0.0, 0.0), ALONG_X)
    atlas = _ellipsoid(thick, thick, thick, ORIGIN)
    skull, muzzle = breed.skull, breed.muzzle
    cranium = _ellipsoid(skull[0], skull[1], skull[2], (0.25 * skull[0], 0.0, 0.1 * skull[2]))
    nose = 0.62 * skull[0] + 0.5 * muzzle[0]
    snout = _ellipsoid(1.4 * muzzle[0], muzzle[1], muzzle[2], (nose, 0.0, -0.08 * skull[2]))
    reach = 0.62 * skull[0] + muzzle[0] + 0.2 * skull[0]
    hard = _capsule(0.44 * skull[2], reach, (reach / 2 - 0.2 * skull[0], 0.0, 0.0), ALONG_X)
    bones = [
        _bone(
            "neck", "neck", -1, (x, 0.0, z), (0.0, 1.0, 0.0), (-1.5, 0.9), torque,
            mass * MASS_SHARES["neck"], [neck], _collider(neck),
        ),
        _bone(
            "atlas", "head_yaw", first, (length, 0.0, 0.0), (0.0, 0.0, 1.0), (-1.1, 1.1), torque,
            mass * MASS_SHARES["atlas"], [atlas],
        ),
        _bone(
            "head", "head_pitch", first + 1, ORIGIN, (0.0, 1.0, 0.0), (-1.0, 1.9), torque,
            mass * MASS_SHARES["head"], [cranium, snout], _collider(hard),
        ),
    ]  # fmt: skip
    if breed.ears == "floppy":
        long, wide = breed.ear
        flap = _ellipsoid(wide, 0.014, long, (0.0, 0.0, -long / 2))
        for side, sign in (("left", 1.0), ("right", -1.0)):
            anchor = (0.16 * skull[0], sign * 0.40 * skull[1], 0.38 * skull[2])
            bones.append(
                _bone(
                    f"ear_{side}", f"ear_{side}", first + 2, anchor, (1.0, 0.0, 0.0), (-1.2, 1.2),
                    0.004 * breed.strength, 0.006 * mass, [flap],
                )
            )  # fmt: skip
    return bones


def _tail(breed: Breed, first: int, torso: Bone) -> list[Bone]:
    x, z, one, two, thick = breed.tail
    share = 1 - MASS_SHARES["torso"] - MASS_SHARES["neck"] - MASS_SHARES["atlas"] - MASS_SHARES["head"]
    share -= 4 * (MASS_SHARES["root"] + MASS_SHARES["upper"] + MASS_SHARES["lower"])
    share -= 0.012 if breed.ears == "floppy" else 0.0
    torque = 0.03 * breed.strength
    return [
        _bone(
            "tail", "tail_pitch", -1, (x, 0.0, z), (0.0, 1.0, 0.0), (-1.6, 1.6), torque, 0.6 * share * breed.mass,
            [_capsule(thick, one + thick, (-one / 2, 0.0, 0.0), ALONG_X)],
        ),
        _bone(
            "tail_tip", "tail_yaw", first, (-one, 0.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 1.0), torque,
            0.4 * share * breed.mass, [_capsule(0.7 * thick, two + thick, (-two / 2, 0.0, 0.0), ALONG_X)],
        ),
    ]  # fmt: skip


def create_body(client: Client, skeleton: Skeleton, position: Vec3, orientation: Quat) -> int:
    """Create the PyBullet body with the torso's centre of mass at a pose; return its id. No motor is set."""
    torso, bones = skeleton.torso, skeleton.bones
    offset = torso.centre
    body = client.createMultiBody(
        baseMass=torso.mass,
        baseCollisionShapeIndex=_shape(client, torso.collider, offset),
        basePosition=position,
        baseOrientation=orientation,
        linkMasses=[bone.mass for bone in bones],
        linkCollisionShapeIndices=[_shape(client, bone.collider, ORIGIN) for bone in bones],
        linkVisualShapeIndices=[-1] * len(bones),
        linkPositions=[_minus(bone.anchor, offset) if bone.parent < 0 else bone.anchor for bone in bones],
        linkOrientations=[IDENTITY] * len(bones),
        linkInertialFramePositions=[bone.centre for bone in bones],
        linkInertialFrameOrientations=[IDENTITY] * len(bones),
        linkParentIndices=[bone.parent + 1 for bone in bones],
        linkJointTypes=[client.JOINT_REVOLUTE] * len(bones),
        linkJointAxis=[bone.axis for bone in bones],
    )
    for link, bone in enumerate((torso, *bones), start=-1):
        client.changeDynamics(
            body,
            link,
            localInertiaDiagonal=bone.inertia,
            linearDamping=0.0,
            angularDamping=0.0,
            jointDamping=0.0,
            lateralFriction=FOOT_FRICTION if bone.name.endswith("_lower") else FUR_FRICTION,
            restitution=0.0,
        )
    return int(body)


def _minus(a: Vec3, b: Vec3) -> Vec3:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _shape(client: Client, geom: Geom | None, offset: Vec3) -> int:
    if geom is None:
        return -1
    radius, height = geom.shape.size
    return int(
        client.createCollisionShape(
            client.GEOM_CAPSULE,
            radius=radius,
            height=height - 2 * radius,
            collisionFramePosition=_minus(geom.position, offset),
            collisionFrameOrientation=geom.orientation,
        )
    )
