"""What a part sounds like when it is struck: its bank of damped modes, from its geoms and their materials.

A bank says how each mode rings (frequency, decay), how heavy it is to move and how loud it is at one metre. It does not
know of blows, listeners or samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import Geom, Material, Shape
from worldsim.sound.extent import Extent, extent_of
from worldsim.sound.modes import (
    AIR_SOUND_SPEED,
    Modes,
    ball,
    ball_shell,
    beam,
    block,
    disc,
    plate,
    tube,
)

Floats = NDArray[np.float64]

MODES = 24  # a part; van den Doel & Pai 1998 find no more heard in a single blow
LOWEST, HIGHEST = 25.0, 18_000.0  # Hz: what is kept
AIR_IMPEDANCE = 413.0  # Pa·s/m, ρ c of air at 20 °C
ROUND = ("sphere", "capsule", "cylinder", "cone")  # kinds that roll
LIGHT = 0.6  # of the weight it would have if it were solid
SUPPORT_LOSS = 3.0  # 1/s: what air and whatever it hangs on take from every mode
ENDLESS = 4.0  # m: a static thing this large both ways gives its waves to the ground it stands on: a half-space


@dataclass(frozen=True)
class Boxes:
    """The bounding boxes of the geoms of a part: all lengths in m.

    Attributes:
        position: (G, 3) origins of the geoms' frames in the part's. turn: (G, 3, 3) from the part's frame to theirs.
        centre: (G, 3) middles of the boxes, in the geoms' frames. size: (G, 3) their extents.
    """

    position: Floats
    turn: Floats
    centre: Floats
    size: Floats

    @staticmethod
    def of(geoms: Sequence[Geom], extents: Sequence[Extent]) -> Boxes:
        """Collect them; at least one."""
        return Boxes(
            np.array([geom.position for geom in geoms], np.float64),
            matrix_from_quat_xyzw(np.array([geom.orientation for geom in geoms])).transpose(0, 2, 1),
            np.array([extent.centre for extent in extents]),
            np.array([extent.size for extent in extents]),
        )


@dataclass(frozen=True)
class Bank:
    """The modes of one part, padded to `MODES` with silent ones.

    Attributes:
        frequency: (M,) Hz. decay: (M,) 1/s, amplitude falls as e^(−decay t).
        level: (M,) Pa at 1 m per N·s given where the mode moves most, before the softness of the blow is counted.
        heft: (M,) kg, modal mass: the blow gives the mode the speed 1/heft per N·s.
        wave: (M, 3), facing: (M, 3): see `Modes`, in the frame of the mode's geom.
        geom: (M,) which geom of the part (index in `colliders`) the mode is of.
        boxes: the geoms that ring.
        volume: m³, air it displaces. mass: kg, inf for what can't move.
        radius: m, of a sphere of that volume. curvature: m, radius of its surface where it is usually struck.
        round: whether that is a round side, which can roll, and not an edge.
        modulus: Pa, E/(1 − ν²) of its surface. roughness: m, size of the grain of its surface.
        loss: loss factor of its material: what it takes from the ringing of what it touches.
        grit: in [0, 1], how much its surface rustles or crunches when it is pressed.
        endless: whether it is ground rather than a thing.
    """

    frequency: Floats
    decay: Floats
    level: Floats
    heft: Floats
    wave: Floats
    facing: Floats
    geom: NDArray[np.int32]
    boxes: Boxes
    volume: float
    mass: float
    radius: float
    curvature: float
    round: bool
    modulus: float
    roughness: float
    loss: float
    grit: float
    endless: bool

    @cached_property
    def turns(self) -> Floats:
        """(M, 3) rad from one end of the geom to the other."""
        return np.pi * self.wave

    @cached_property
    def least(self) -> Floats:
        """(M,) what a blow across a mode's facing still moves; all of it where the mode has none."""
        return np.where(self.facing.any(axis=1), 0.25, 1.0)

    @cached_property
    def even(self) -> bool:
        """Whether every blow moves every mode alike."""
        return self.endless or (len(self.boxes.size) == 1 and not self.wave.any() and not self.facing.any())

    def weights(self, point: Floats, normal: Floats) -> Floats:
        """Return (M,) how much a blow at `point` (3,) m along `normal` (3,), in the part's frame, moves each mode."""
        if self.even:
            return np.ones(MODES)
        boxes = self.boxes
        nearest = 0
        if len(boxes.size) > 1:
            local = np.einsum("gij,gj->gi", boxes.turn, point - boxes.position) - boxes.centre
            beyond = np.maximum(np.abs(local) - boxes.size / 2, 0.0)
            nearest = int(np.argmin(np.einsum("gi,gi->g", beyond, beyond)))
            at = local[nearest]
        else:
            at = boxes.turn[0] @ (point - boxes.position[0]) - boxes.centre[0]
        at = np.minimum(np.maximum(at / boxes.size[nearest] + 0.5, 0.0), 1.0)
        swing = np.cos(self.turns * at)
        shape = np.abs(swing[:, 0] * swing[:, 1] * swing[:, 2])
        along = np.maximum(np.abs(self.facing @ (boxes.turn[nearest] @ normal)), self.least)
        coupled = np.where(self.geom == nearest, 1.0, 0.25)  # what is fixed to the struck geom sounds along, weaker
        return np.asarray(np.maximum(shape, 0.05) * along * coupled)


def bank_of(part: Part, materials: Mapping[str, Material]) -> Bank:
    """Return the bank of a part; a material that is not in the table counts as plastic."""
    colliders = tuple(geom for geom in part.geoms if geom.collides and geom.shape.kind != "ellipsoid")
    colliders = colliders or part.geoms[:1]
    if not colliders:
        colliders = (Geom(Shape("sphere", (1e-3,)), material=part.material),)  # a joint without a body
    extents = tuple(extent_of(geom.shape) for geom in colliders)
    own = [materials.get(geom.material) or materials.get(part.material) or PLASTIC for geom in colliders]
    volumes = [extent.volume for extent in extents]
    main = int(np.argmax(volumes))
    if part.static and any(_endless(geom, extent) for geom, extent in zip(colliders, extents, strict=True)):
        return _ground_bank(colliders, extents, own[main])
    parts = [
        _geom_modes(geom, extent, material, part.mass * volume / sum(volumes))
        for geom, extent, material, volume in zip(colliders, extents, own, volumes, strict=True)
    ]
    merged = _loudest(
        [_ring(*p, extent, m, k) for k, (p, extent, m) in enumerate(zip(parts, extents, own, strict=True))]
    )
    volume = float(sum(volumes))
    material = own[main]
    return Bank(
        *merged,
        boxes=Boxes.of(colliders, extents),
        volume=volume,
        mass=np.inf if part.static else part.mass,
        radius=(3 * volume / (4 * np.pi)) ** (1 / 3),
        curvature=extents[main].curvature,
        round=colliders[main].shape.kind in ROUND,
        modulus=material.youngs_modulus / (1 - material.poisson**2),
        roughness=_grain(material),
        loss=material.loss_factor,
        grit=_grit(material),
        endless=False,
    )


def banks_of(parts: Sequence[Part], materials: Mapping[str, Material]) -> list[Bank]:
    """Return the bank of each part; parts made alike share one."""
    made: dict[object, Bank] = {}
    out = []
    for part in parts:
        key = (part.geoms, part.material, part.static, part.mass)
        if key not in made:
            made[key] = bank_of(part, materials)
        out.append(made[key])
    return out


PLASTIC = Material(
    "plastic", 1050, 0.58, 5e-4, 0.75, (0.8, 0.8, 0.8), (0.7, 0.7, 0.7), "plain", 0.01, 0.4, 0.0, 2.3e9, 0.37, 0.02
)


def _endless(geom: Geom, extent: Extent) -> bool:
    return geom.shape.kind == "plane" or sorted(extent.size)[1] >= ENDLESS


def _grain(material: Material) -> float:
    """Return the size of the surface's grain, m: 0.15 mm where polished, 1.2 mm where coarse (RSm of ISO 4287)."""
    return 1.5e-4 * 8.0**material.roughness


def _grit(material: Material) -> float:
    """Return how loose the surface is: very lossy and heavy materials (grass, soil, sand) are made of loose bits."""
    if material.loss_factor < 0.9:
        return 0.0
    return float(np.clip((material.density - 500) / 700, 0.0, 1.0))


def _geom_modes(geom: Geom, extent: Extent, material: Material, mass: float) -> tuple[Modes, float]:
    """Return the modes of one geom and the mass, kg, that rings."""
    size, kind = extent.size, geom.shape.kind
    solid = extent.volume * material.density
    if material.hollow or 0 < mass < LIGHT * solid:  # lighter than solid: it must be hollow
        area = extent.area
        wall = float(np.clip((mass or solid) / (material.density * area), 3e-4, min(6e-3, size.min() / 6)))
        heavy = max(wall * area * material.density, mass)
        if kind == "sphere":
            return ball_shell(float(size.min()) / 2, wall, material), heavy
        if kind in ("cylinder", "capsule", "cone"):
            return tube(float(size[0]) / 2, float(size[2]), 2, wall, material), heavy
        walls = [plate(size, axis, wall, material, 8) for axis in range(3)]
        return Modes.joined(walls), heavy
    if kind == "sphere":
        return ball(float(size.min()) / 2, material), solid
    order = np.argsort(size, kind="stable")
    short, middle, long = (float(size[k]) for k in order)
    if kind in ("cylinder", "capsule", "cone"):
        across, height = float(size[0]), float(size[2])
        if height < across / 3:
            return disc(across / 2, 2, height, material), solid
        if height > 2.5 * across:
            return beam(height, 2, across, 0, across / 4, material), solid
        return block(size, material), solid
    if short < middle / 2.5:
        flat = plate(size, int(order[0]), short, material)
        if middle > long / 1.6:
            return flat, solid
        bowed = beam(long, int(order[2]), short, int(order[0]), short / np.sqrt(12), material)
        return Modes.joined([bowed, flat]), solid  # a narrow plate also bends as a beam, lower than the formula says
    if middle < long / 2.5:
        bends = [
            beam(long, int(order[2]), depth, int(axis), depth / np.sqrt(12), material)
            for depth, axis in ((short, order[0]), (middle, order[1]))
        ]
        return Modes.joined(bends), solid
    return block(size, material), solid


Ring = tuple[Floats, Floats, Floats, Floats, Floats, Floats, NDArray[np.int32]]


def _ring(modes: Modes, mass: float, extent: Extent, material: Material, geom: int) -> Ring:
    """Return frequency, decay, level, heft, wave, facing and geom of the modes of one geom.

    Decay π f η + support. Level: a blow of J gives a mode of modal mass m/4 (every closed form here) the speed
    J/(m/4); a surface S moving at rms speed v radiates p(1 m) = ρ c v √(σ S/2π) into a half-space, with the efficiency
    of a compact multipole of order l, σ = (ka)^2(l+1)/(1 + (ka)^2(l+1)), a = √(S/4π) (Cremer, Heckl & Petersson,
    Structure-Borne Sound, ch. 6).
    """
    f = modes.frequency
    reach = np.sqrt(extent.area / (4 * np.pi))
    ka = 2 * np.pi * f / AIR_SOUND_SPEED * reach
    power = ka ** (2 * (1 + np.minimum(modes.multipole, 2.0)))
    heft = max(mass / 4, 1e-9)
    speed = 1 / np.sqrt(2) / heft / 2
    level = AIR_IMPEDANCE * speed * np.sqrt(power / (1 + power) * extent.area / (2 * np.pi))
    decay = np.pi * f * material.loss_factor + SUPPORT_LOSS
    return f, decay, level, np.full(len(f), heft), modes.wave, modes.facing, np.full(len(f), geom, np.int32)


def _loudest(rings: list[Ring]) -> Ring:
    """Join the geoms' modes and keep `MODES` of them: the loudest of each of as many bands, then the loudest."""
    columns = [np.concatenate(column) for column in zip(*rings, strict=True)]
    f, decay, level = columns[:3]
    heard = np.flatnonzero((f > LOWEST) & (f < HIGHEST))
    if len(heard) > MODES:
        energy = level[heard] ** 2 / (2 * decay[heard]) / (1 + (f[heard] / 6000.0) ** 2)
        edges = np.geomspace(f[heard].min() * 0.999, f[heard].max() * 1.001, MODES + 1)
        band = np.digitize(f[heard], edges)
        best = np.lexsort((-energy, band))
        first = best[np.concatenate([[True], np.diff(band[best]) > 0])]
        rest = np.setdiff1d(np.argsort(-energy, kind="stable"), first, assume_unique=False)
        rest = rest[np.argsort(-energy[rest], kind="stable")]
        # Bands that hold many modes are as loud as all of them: scale the one that stands for them.
        share = np.ones(len(heard))
        for row in first:
            share[row] = np.sqrt(energy[band == band[row]].sum() / energy[row])
        kept = np.concatenate([first, rest[: MODES - len(first)]])
        share[rest[: MODES - len(first)]] = 0.7
        level = level.copy()
        level[heard] *= np.minimum(share, 3.0)
        columns[2] = level
        heard = heard[np.sort(kept)]
    order = heard[np.argsort(f[heard], kind="stable")]
    out = []
    for column, filler in zip(columns, (1000.0, 1000.0, 0.0, 1.0, 0.0, 0.0, 0), strict=True):
        padded = np.full((MODES, *column.shape[1:]), filler, column.dtype)
        padded[: len(order)] = column[order]
        out.append(padded)
    return out[0], out[1], out[2], out[3], out[4], out[5], out[6]


def _ground_bank(colliders: tuple[Geom, ...], extents: tuple[Extent, ...], material: Material) -> Bank:
    """Return the bank of ground: a half-space gives its waves away, what is left is a short thud coloured by stiffness.

    Modes at golden-ratio steps from the resonance of a hand-sized patch, f₀ = c_s/(2π 0.25 m), clipped to what soils
    and slabs show (60–900 Hz: Richart, Hall & Woods, Vibrations of Soils and Foundations, 1970); radiation damping of a
    footing, ζ = 0.3, or more by the loss factor. The patch that moves weighs what a 0.5 m hemisphere of it weighs.
    """
    speed = np.sqrt(material.youngs_modulus / (2 * material.density * (1 + material.poisson)))
    base = float(np.clip(speed / (2 * np.pi * 0.25), 60.0, 900.0))
    f = base * np.power(1.618, np.arange(8.0))
    f = f[f < 12_000]
    zeta = 0.12 + 0.25 * min(material.loss_factor, 1.0)
    mass = material.density * 2 / 3 * np.pi * 0.25**3
    area = np.pi * 0.25**2
    level = AIR_IMPEDANCE / mass * np.sqrt(area / (2 * np.pi)) / (1 + np.arange(len(f)) * (0.3 + material.loss_factor))
    still = np.zeros((len(f), 3))
    ring = (f, 2 * np.pi * f * zeta, level, np.full(len(f), mass), still, still, np.zeros(len(f), np.int32))
    return Bank(
        *_loudest([ring]),
        boxes=Boxes.of(colliders[:1], extents[:1]),
        volume=0.0,
        mass=np.inf,
        radius=0.25,
        curvature=np.inf,
        round=False,
        modulus=material.youngs_modulus / (1 - material.poisson**2),
        roughness=_grain(material),
        loss=material.loss_factor,
        grit=_grit(material),
        endless=True,
    )
