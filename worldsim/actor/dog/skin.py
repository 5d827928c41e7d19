"""The geoms of a dog's links: what collides, what the skin does not cover, and shapes for renderers without skins.

Those shapes (`Geom.skinned`) stand in for the skin of `body.py`: for each bone smooth ones that overlap its
neighbours'. All are given in the joint frame (see `skeleton.py`) and moved to the centre-of-mass frame here. It knows
nothing of motion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from worldsim.actor.base import ActorLink
from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.skeleton import Bone, Skeleton
from worldsim.actor.dog.trim import trimmings
from worldsim.scene.layout import IDENTITY, Geom, Material, Quat, Shape, Vec3

PINK: Vec3 = (0.55, 0.26, 0.22)


def dress(breed: Breed, skeleton: Skeleton, materials: Mapping[str, Material]) -> tuple[ActorLink, ...]:
    """Return the links of a dog with what is drawn and what collides; fur is "fur" where the layout has it."""
    tailor = _Tailor(breed, "fur" if "fur" in materials else "fabric")
    links = []
    extra = trimmings(breed)
    for index, bone in enumerate((skeleton.torso, *skeleton.bones), start=-1):
        shapes = [*tailor.dress(bone.name), *extra.get(bone.name, ()), *([bone.collider] if bone.collider else [])]
        links.append(ActorLink(bone.name, index, tuple(_to_centre(bone, shapes)), bone.mass, tailor.fur))
    return tuple(links)


def _to_centre(bone: Bone, shapes: Iterable[Geom]) -> Iterable[Geom]:
    cx, cy, cz = bone.centre
    for geom in shapes:
        x, y, z = geom.position
        yield replace(geom, position=(x - cx, y - cy, z - cz))


def _pitched(angle: float) -> Quat:
    """Return the turn by an angle about y: positive takes x down."""
    return 0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2)


class _Tailor:
    def __init__(self, breed: Breed, fur: str) -> None:
        self.breed = breed
        self.fur = fur
        self.coat = breed.coat

    def dress(self, name: str) -> list[Geom]:
        """Return the drawn shapes of the bone of that name, in its joint frame."""
        if name == "torso":
            return self._torso()
        if name.endswith("_upper"):
            return self._upper(name.startswith("front"))
        if name.endswith("_lower"):
            return self._lower(name.startswith("front"))
        makers = {"neck": self._neck, "head": self._head, "tail": self._tail, "tail_tip": self._tail_tip}
        if name in makers:
            return makers[name]()
        return self._flap() if name.startswith("ear") else []

    # ---- shapes

    def _egg(self, size: Vec3, at: Vec3, colour: Vec3, turn: Quat = IDENTITY) -> Geom:
        return Geom(Shape("ellipsoid", size), at, turn, self.fur, colour, collides=False, smooth=True, skinned=True)

    def _tube(self, start: Vec3, end: Vec3, radius: float, colour: Vec3) -> Geom:
        """Return a capsule between the centres of its two caps; both lie in one plane y = const."""
        dx, dz = end[0] - start[0], end[2] - start[2]
        length = math.hypot(dx, dz)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, (start[2] + end[2]) / 2)
        shape = Shape("capsule", (radius, length + 2 * radius))
        return Geom(
            shape, middle, _pitched(math.atan2(dx, dz)), self.fur, colour, collides=False, smooth=True, skinned=True
        )

    # ---- bones

    def _torso(self) -> list[Geom]:
        b, c = self.breed, self.coat
        fx, rx = b.front[0], b.rear[0]
        length = fx - rx
        deep, wide = b.chest
        loin_deep, loin_wide = b.loin
        rump_deep, rump_wide = b.rump
        top = 0.5 * deep - 0.014
        nx, nz = b.neck[0], b.neck[1]
        thick = b.neck[3]
        back_x, saddle = 0.5 * (fx + rx), 0.66 * deep
        middle = back_x - 0.05 * length
        return [
            self._egg((0.86 * length, wide, 0.84 * deep), (fx - 0.30 * length, 0.0, -0.08 * deep - 0.012), c.side),
            self._egg((0.95 * length, loin_wide, 0.8 * loin_deep), (middle, 0.0, top - 0.6 * loin_deep), c.side),
            self._egg(
                (0.54 * length, rump_wide, 0.8 * rump_deep), (rx + 0.06 * length, 0.0, top - 0.62 * rump_deep), c.side
            ),
            self._egg((0.36 * length, 0.74 * wide, 0.70 * deep), (fx - 0.01 * length, 0.0, -0.022), c.belly),
            self._egg(
                (0.60 * length, 0.66 * wide, 0.5 * deep), (fx - 0.36 * length, 0.0, -0.27 * deep - 0.012), c.belly
            ),
            self._egg(
                (0.98 * length, 1.05 * wide, saddle),
                (back_x + 0.02 * length, 0.0, top + 0.05 * deep - 0.5 * saddle),
                c.back,
            ),
            self._egg(
                (0.52 * length, 1.04 * rump_wide, saddle),
                (rx + 0.12 * length, 0.0, top + 0.03 * deep - 0.5 * saddle),
                c.back,
            ),
            self._tube((nx - 0.75 * thick, 0.0, nz - 0.9 * thick), (nx, 0.0, nz), thick, c.head),
        ]

    def _upper(self, front: bool) -> list[Geom]:
        b, c = self.breed, self.coat
        bone = (b.front_bones if front else b.rear_bones)[0]
        thick = b.limb[0]
        if front:
            return [
                self._egg((3.0 * thick, 1.75 * thick, 1.05 * bone), (0.2 * thick, 0.0, -0.16 * bone), c.thigh),
                self._tube((0.1 * thick, 0.0, -0.35 * bone), (0.0, 0.0, -bone), 0.80 * thick, c.thigh),
            ]
        return [
            self._egg((3.9 * thick, 1.9 * thick, 1.25 * bone), (-0.35 * thick, 0.0, -0.28 * bone), c.thigh),
            self._egg((2.6 * thick, 1.6 * thick, 0.9 * bone), (-0.1 * thick, 0.0, -0.66 * bone), c.thigh),
            self._tube((0.0, 0.0, -0.5 * bone), (0.0, 0.0, -bone), 0.82 * thick, c.thigh),
        ]

    def _lower(self, front: bool) -> list[Geom]:
        b, c = self.breed, self.coat
        bone = (b.front_bones if front else b.rear_bones)[1]
        thick, thin = 0.80 * b.limb[0], b.limb[1]
        paw = b.paw
        sole = -bone - 0.12 * paw
        shapes = []
        if front:
            shapes += [
                self._tube((0.0, 0.0, 0.0), (0.0, 0.0, -0.45 * bone), thick, c.leg),
                self._tube((0.0, 0.0, -0.3 * bone), (0.002, 0.0, -bone + 0.5 * paw), 0.92 * thin, c.leg),
                self._egg((2.5 * thin, 2.2 * thin, 3.0 * thin), (0.0, 0.0, -0.72 * bone), c.leg),
            ]
        else:
            hock = (-0.20 * bone, 0.0, -0.50 * bone)
            shapes += [
                self._tube((0.0, 0.0, 0.0), (0.6 * hock[0], 0.0, 0.6 * hock[2]), 0.95 * thick, c.thigh),
                self._tube((0.3 * hock[0], 0.0, 0.3 * hock[2]), hock, 0.80 * thin, c.leg),
                self._egg((2.2 * thin, 1.7 * thin, 2.2 * thin), (hock[0] - 0.2 * thin, 0.0, hock[2]), c.leg),
                self._tube(hock, (-0.004, 0.0, -bone + 0.5 * paw), 0.82 * thin, c.leg),
            ]
        ahead = 0.45 * paw
        shapes.append(self._egg((3.0 * paw, 2.1 * paw, 1.75 * paw), (ahead, 0.0, sole), c.paw))
        for y, x in ((0.62, 1.25), (0.22, 1.6), (-0.22, 1.6), (-0.62, 1.25)):
            shapes.append(
                self._egg(
                    (1.1 * paw, 0.62 * paw, 1.15 * paw), (ahead + (x - 0.75) * paw, y * paw, sole - 0.18 * paw), c.paw
                )
            )
        return shapes

    def _neck(self) -> list[Geom]:
        b, c = self.breed, self.coat
        _, _, length, thick = b.neck
        return [
            self._tube((-0.2 * length, 0.0, -0.1 * thick), (0.35 * length, 0.0, 0.0), thick, c.head),
            self._tube((0.2 * length, 0.0, 0.0), (length, 0.0, 0.02 * thick), 0.84 * thick, c.head),
            self._egg((1.0 * length, 1.3 * thick, 0.9 * thick), (0.12 * length, 0.0, -0.62 * thick), c.belly),
        ]

    def _head(self) -> list[Geom]:
        b, c = self.breed, self.coat
        long, wide, high = b.skull
        m_long, m_wide, m_high = b.muzzle
        start = 0.60 * long  # where the muzzle leaves the skull
        tip = start + m_long
        floor = -0.16 * high
        shapes = [
            self._egg((long, wide, high), (0.24 * long, 0.0, 0.06 * high), c.head),
            self._egg((0.62 * long, 0.90 * wide, 0.58 * high), (0.34 * long, 0.0, -0.12 * high), c.mask),
            self._egg((0.40 * long, 0.52 * wide, 0.40 * high), (0.52 * long, 0.0, 0.20 * high), c.head),
            self._tube(
                (start - 0.1 * long, 0.0, floor + 0.12 * m_high),
                (tip - 0.42 * m_high, 0.0, floor + 0.10 * m_high),
                0.42 * m_high,
                c.muzzle,
            ),
            self._egg(
                (0.92 * m_long, m_wide, 0.78 * m_high), (tip - 0.44 * m_long, 0.0, floor - 0.06 * m_high), c.muzzle
            ),
            self._egg(
                (0.85 * m_long, 0.62 * m_wide, 0.42 * m_high),
                (tip - 0.62 * m_long, 0.0, floor - 0.40 * m_high),
                c.muzzle,
            ),
        ]
        if c.muzzle != c.mask and c.muzzle[0] > 0.5:  # a white blaze between the eyes
            shapes.append(
                self._egg(
                    (0.85 * long, 0.27 * wide, 0.34 * high), (0.47 * long, 0.0, 0.27 * high), c.muzzle, _pitched(0.45)
                )
            )
        for side in (1.0, -1.0):
            if b.ears == "pricked":
                shapes += self._pricked(side)
        return shapes

    def _pricked(self, side: float) -> list[Geom]:
        b, c = self.breed, self.coat
        long, wide, high = b.skull
        tall, broad = b.ear
        lean = -0.28 * side
        turn = (math.sin(lean / 2), 0.0, 0.0, math.cos(lean / 2))
        x, y, z = 0.10 * long, side * 0.34 * wide, 0.40 * high
        up = (math.sin(-lean), math.cos(lean))
        at = lambda share: (x, y + share * tall * up[0], z + share * tall * up[1])  # noqa: E731
        plain = [
            (at(0.35), (0.36 * broad, broad, 1.00 * tall), 0.0, c.ear),
            (at(0.54), (0.30 * broad, 0.66 * broad, 0.96 * tall), 0.0, c.ear),
            (at(0.66), (0.24 * broad, 0.38 * broad, 0.86 * tall), 0.0, c.ear),
            (at(0.44), (0.20 * broad, 0.52 * broad, 0.74 * tall), 0.10 * broad, PINK),
        ]  # thin shapes stay apart: a blended skin is too coarse for them
        return [
            Geom(Shape("ellipsoid", size), (x0 + ahead, y0, z0), turn, self.fur, colour, False, skinned=True)
            for (x0, y0, z0), size, ahead, colour in plain
        ]

    def _flap(self) -> list[Geom]:
        long, wide = self.breed.ear
        colour = self.coat.ear
        return [
            self._egg((0.62 * wide, 0.020, 0.6 * long), (0.0, 0.0, -0.16 * long), colour),
            self._egg((wide, 0.016, 0.66 * long), (0.04 * wide, 0.0, -0.56 * long), colour),
            self._egg((0.72 * wide, 0.015, 0.42 * long), (0.05 * wide, 0.0, -0.80 * long), colour),
        ]

    def _tail(self) -> list[Geom]:
        _, _, one, _, thick = self.breed.tail
        return [
            self._tube((0.5 * thick, 0.0, 0.0), (-0.6 * one, 0.0, 0.0), thick, self.coat.tail),
            self._tube((-0.4 * one, 0.0, 0.0), (-one, 0.0, 0.0), 0.86 * thick, self.coat.tail),
        ]

    def _tail_tip(self) -> list[Geom]:
        _, _, _, two, thick = self.breed.tail
        return [
            self._tube((0.0, 0.0, 0.0), (-0.55 * two, 0.0, 0.0), 0.80 * thick, self.coat.tail),
            self._tube((-0.5 * two, 0.0, 0.0), (-0.95 * two, 0.0, 0.0), 0.58 * thick, self.coat.tail_tip),
        ]
