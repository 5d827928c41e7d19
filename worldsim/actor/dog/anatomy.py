"""The shapes of a dog's trunk, legs and tail, laid round its joints in the rest pose; the head has a file of its own.

Coordinates are the torso's joint frame, of the left half. The proportions follow the points of the dog that breed
standards name: withers, croup, point of shoulder, elbow, stifle, hock. It knows nothing of meshes or colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Blob, Floats, Group, Limb, Loft

PAD = 0.0045
"""m: how far the pads give way under a standing dog: the drawn soles are that much higher than the physical ones."""

Frames = Mapping[str, Floats]


def at(frame: Floats, x: float, y: float, z: float) -> Floats:
    """Return a point (3,) given in a frame (3, 4)."""
    return np.asarray(frame[:, :3] @ np.array([x, y, z]) + frame[:, 3])


def limb(
    bone: str,
    points: Sequence[Floats],
    radii: Sequence[float],
    flat: Sequence[float],
    blend: float,
    bones: tuple[str, ...] = (),
) -> Limb:
    """Return a chain of tapered capsules through points of the body."""
    return Limb(bone, blend, points=np.array(points), radii=np.array(radii), flat=np.array(flat), bones=bones)


def blob(bone: str, centre: Floats, radii: tuple[float, float, float], blend: float, pitch: float = 0.0) -> Blob:
    """Return an ellipsoid turned by `pitch` rad about y, nose down."""
    c, s = np.cos(pitch), np.sin(pitch)
    turn = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    return Blob(bone, blend, frame=np.concatenate([turn, np.reshape(centre, (3, 1))], 1), radii=radii)


def trunk(breed: Breed, frames: Frames) -> list[Group]:
    """Return torso and neck."""
    f = breed.figure
    fx, rx = breed.front[0], breed.rear[0]
    long = fx - rx
    deep, wide = breed.chest
    loin, loin_wide = breed.loin
    rump, rump_wide = breed.rump
    top = 0.5 * deep - 0.014
    tail = breed.tail[1] + 0.9 * breed.tail[4]
    belly = top - loin - 0.02 * deep + f.tuck * deep
    fur = f.wool
    rows = [  # x, top, bottom, half width
        (rx - 0.18 * long, tail - 0.10 * rump, tail - 0.58 * rump, 0.26 * rump_wide),
        (rx - 0.05 * long, tail + 0.05 * rump, tail - 0.80 * rump, 0.42 * rump_wide),
        (rx + 0.16 * long, top - 0.35 * f.croup * deep, top - 0.95 * rump, 0.46 * rump_wide),
        (rx + 0.36 * long, top + f.arch * loin, belly, 0.465 * loin_wide),
        (rx + 0.58 * long, top + 0.5 * f.arch * loin, top - 0.45 * (top - belly) - 0.47 * deep, 0.47 * wide),
        (fx - 0.18 * long, top + 0.03 * deep, top - deep, 0.5 * wide),
        (fx - 0.02 * long, top + 0.09 * deep, top - 0.98 * deep, 0.46 * wide),
        (fx + 0.11 * long, top - 0.10 * deep, top - 0.86 * deep, 0.36 * wide),
        (fx + 0.19 * long, top - 0.34 * deep, top - 0.68 * deep, 0.22 * wide),
    ]
    x, up, low, half = (np.array(item) for item in zip(*rows, strict=True))
    body = Loft(
        "torso", 0.01, x=x, top=up + fur, bottom=low - fur, half=half + fur, square=2.15,
        ends=(0.12 * long, 0.07 * long), high=0.52,
    )  # fmt: skip
    nx, nz, reach, thick = breed.neck
    neck = frames["neck"]
    way = neck[:, 0]
    root = np.array([nx, 0.0, nz])
    skull = breed.skull
    thick = f.throat * thick + 0.6 * fur
    chain = limb(
        "neck",
        [
            np.array([fx - 0.12 * long, 0.0, top - 0.36 * deep]),
            root - 0.05 * reach * way,
            root + 0.55 * reach * way,
            at(frames["head"], 0.06 * skull[0], 0.0, -0.02 * skull[2]),
        ],
        [1.30 * thick, 1.16 * thick + 0.5 * f.fluff, 0.95 * thick + 0.8 * f.fluff, 0.80 * thick + 0.5 * f.fluff],
        [0.86, 0.84, 0.84, 0.90],
        0.35 * thick,
        ("torso", "neck", "neck", "head"),
    )
    chest = blob(
        "torso", np.array([fx + 0.09 * long, 0.0, top - 0.60 * deep]),
        (0.12 * long + 0.5 * f.fluff, 0.27 * wide, 0.24 * deep + 0.5 * f.fluff), 0.7 * thick, 0.35,
    )  # fmt: skip
    return [(0.01, [body, chain, chest])]


def fore_leg(breed: Breed, frames: Frames) -> list[Group]:
    """Return the left foreleg: shoulder blade and arm; elbow, forearm, wrist, pastern, paw."""
    f, thick, thin, paw = breed.figure, *breed.limb, breed.paw
    thick, thin = f.bone * thick, f.bone * thin
    upper, lower = frames["front_left_upper"], frames["front_left_lower"]
    shank = breed.front_bones[1]
    root, elbow = upper[:, 3], lower[:, 3]
    foot = at(lower, 0.0, 0.0, -shank)
    top = 0.5 * breed.chest[0] - 0.014
    withers = np.array([breed.front[0] - 0.10 * (breed.front[0] - breed.rear[0]), 0.62 * root[1], 0.80 * top])
    out = np.array([0.0, 0.010 * thick / 0.026, 0.0])
    cuff = f.cuff
    wrist = foot + 0.30 * (elbow - foot) + np.array([0.10 * paw, 0.0, 0.0])
    b = 0.45 * thick
    names = ("front_left_upper", "front_left_upper", "front_left_lower")
    arm: Group = (
        0.9 * thick,
        [
            limb("front_left_upper", [withers, root + 0.4 * out], [1.2 * thick, 1.75 * thick], [0.5, 0.62], b,
                 ("torso", "front_left_upper")),
            limb("front_left_upper", [root + 0.3 * out, 0.5 * (root + elbow) + out, elbow + 0.8 * out],
                 [1.75 * thick, 1.45 * thick, 0.98 * thick + 0.4 * cuff], [0.62, 0.68, 0.78], b, names),
        ],
    )  # fmt: skip
    # The elbow melts into the arm, hardly into the chest beside it: the skin between them would be torn at every step.
    fore: Group = (
        0.22 * thick,
        [
            blob("front_left_lower", elbow + 0.9 * out + np.array([-0.55 * thick, 0.0, 0.12 * thick]),
                 (0.52 * thick, 0.50 * thick, 0.55 * thick), 0.4 * thick),
            limb("front_left_lower",
                 [elbow + 0.9 * out, elbow + 0.30 * (foot - elbow) + 0.4 * out, wrist, foot + 0.10 * (elbow - foot)],
                 [0.98 * thick + 0.4 * cuff, 0.80 * thick + 0.9 * cuff, 1.04 * thin + cuff, 0.92 * thin + cuff],
                 [0.80, 0.84, 0.92, 1.0], 0.25 * thick),
            *_paw("front_left_lower", foot, paw, thin, 1.0),
        ],
    )  # fmt: skip
    return [arm, fore]


def hind_leg(breed: Breed, frames: Frames) -> Group:
    """Return the left hind leg: thigh, stifle, shank with its calf, hock, cannon, paw."""
    f, thick, thin, paw = breed.figure, *breed.limb, breed.paw
    thick, thin = f.bone * thick, f.bone * thin
    upper, lower = frames["rear_left_upper"], frames["rear_left_lower"]
    shank = breed.rear_bones[1]
    hip, stifle = upper[:, 3], lower[:, 3]
    foot = at(lower, 0.0, 0.0, -shank)
    long = breed.front[0] - breed.rear[0]
    hock = foot + np.array([-1.15 * paw, 0.0, 0.27 * breed.hip_height])
    ischium = np.array([breed.rear[0] - 0.12 * long, 0.75 * hip[1], hip[2] + 0.85 * thick])
    out = np.array([0.0, 0.25 * thick, 0.0])
    fluff, cuff, wool = f.fluff, f.cuff, f.wool
    b = 0.8 * thick
    u, low = "rear_left_upper", "rear_left_lower"
    calf = stifle + 0.55 * (hock - stifle)
    return (
        0.8 * thick,
        [
            limb(u, [hip + np.array([0.1 * thick, 0.0, 0.5 * thick]), 0.45 * hip + 0.55 * stifle + out, stifle + out],
                 [1.9 * thick + wool, 1.46 * thick + wool, 0.98 * thick + 0.5 * wool + 0.5 * cuff],
                 [0.55, 0.56, 0.68], b, ("torso", u, low)),
            limb(u, [ischium, 0.42 * ischium + 0.58 * calf + 0.5 * out, calf + 0.4 * out],
                 [1.25 * thick + fluff + wool, 0.95 * thick + 0.7 * fluff + wool, 0.48 * thick + 0.5 * cuff],
                 [0.62, 0.66, 0.80], b, ("torso", u, low)),
            blob(u, 0.24 * (hip + ischium) + 0.27 * stifle + 0.25 * calf + 0.5 * out,
                 (1.45 * thick, 0.85 * thick + 0.5 * wool, 0.42 * breed.rear_bones[0] + 0.7 * thick), b),
            limb(low, [stifle + 0.9 * out, stifle + 0.45 * (hock - stifle) + 0.5 * out, hock],
                 [1.02 * thick + 0.5 * cuff, 0.74 * thick + 0.8 * cuff, 0.84 * thin + cuff],
                 [0.72, 0.75, 0.78], 0.5 * thick),
            blob(low, hock + np.array([-0.55 * thin, 0.0, 0.35 * thin]),
                 (0.62 * thin, 0.52 * thin, 0.75 * thin), 0.5 * thin),
            limb(low, [hock, foot + 0.12 * (hock - foot)],
                 [0.98 * thin + cuff, 0.86 * thin + cuff], [0.78, 0.98], 0.4 * thin),
            *_paw(low, foot, paw, thin, 0.94),
        ],
    )  # fmt: skip


def _paw(bone: str, foot: Floats, paw: float, thin: float, size: float) -> list[Limb | Blob]:
    """Return a paw that stands on the ground one radius below the middle of its physical ball."""
    p = 1.14 * size * paw
    floor = foot[2] - paw + PAD
    shapes: list[Limb | Blob] = [
        limb(bone, [foot + np.array([-0.25 * p, 0.0, 0.35 * p]),
                    np.array([foot[0] + 0.75 * p, foot[1], floor + 0.80 * p])],
             [1.02 * thin, 0.82 * p], [1.0, 1.22], 0.5 * p),
        blob(bone, np.array([foot[0] - 0.35 * p, foot[1], floor + 0.55 * p]), (0.75 * p, 0.80 * p, 0.55 * p), 0.5 * p),
    ]  # fmt: skip
    for y, x, r in ((0.74, 1.15, 0.36), (0.26, 1.52, 0.40), (-0.26, 1.52, 0.40), (-0.74, 1.15, 0.36)):
        tip = np.array([foot[0] + x * p, foot[1] + y * p, floor + 0.42 * p])
        back = np.array([foot[0] + (x - 0.8) * p, foot[1] + 0.9 * y * p, floor + 0.72 * p])
        shapes.append(limb(bone, [back, tip], [1.1 * r * p, r * p], [1.0, 1.0], 0.16 * p))
    return shapes


def tail(breed: Breed, frames: Frames) -> Group:
    """Return the tail, root to tip."""
    f = breed.figure
    _, _, one, two, thick = breed.tail
    root, tip = frames["tail"], frames["tail_tip"]
    thick += 0.3 * f.wool
    middle = thick * f.brush
    chain = limb(
        "tail",
        [
            root[:, 3] + np.array([0.9 * thick, 0.0, -0.4 * thick]),
            at(root, -0.30 * one, 0.0, 0.0),
            at(root, -0.95 * one, 0.0, 0.0),
            at(tip, -0.50 * two, 0.0, 0.35 * f.sweep),
            at(tip, -0.97 * two, 0.0, f.sweep),
        ],
        [thick, 0.5 * (thick + middle), 0.92 * middle, 0.74 * middle, 0.34 * min(middle, 1.6 * thick)],
        [1.0, 0.95, 0.92, 0.92, 1.0],
        0.8 * thick,
        ("torso", "tail", "tail", "tail_tip", "tail_tip"),
    )
    shapes: list[Limb | Blob] = [replace(chain, soft=0.35 * thick)]
    if f.pompon:
        shapes.append(blob("tail_tip", at(tip, -0.75 * two, 0.0, 0.7 * f.sweep), (f.pompon,) * 3, 0.4 * f.pompon))
    return 1.1 * thick, shapes
