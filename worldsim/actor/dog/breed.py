"""The breeds: proportions, masses, strength and coat. Data only.

Heights and weights are those of the breed standards (FCI 161 beagle: 33–40 cm; FCI 166 German shepherd: 55–65 cm, 22–40
kg; FCI 39 Welsh corgi Pembroke: 25–30 cm, 9–12 kg). Bone lengths follow the usual proportions of the skeleton: the
elbow at half the height of the withers, the chest as deep as the elbow is high, humerus and forearm, femur and shank
near the same length (Fischer & Lilje, Dogs in Motion, 2011). Segment masses are rounded shares of body mass (Amit et
al., 2009, for hind legs; about 0.6 of it on the forelegs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from worldsim.actor.dog.figure import Figure
from worldsim.scene.layout import Vec3

MASS_SHARES: Mapping[str, float] = MappingProxyType(
    {"torso": 0.595, "neck": 0.055, "atlas": 0.006, "head": 0.080, "root": 0.020, "upper": 0.028, "lower": 0.014}
)
"""Share of the body mass of each kind of segment ("root", "upper" and "lower" four times); the tail has the rest."""


@dataclass(frozen=True)
class Coat:
    """Colours, linear RGB.

    Attributes:
        back: saddle, top of the torso. side: flanks. belly: underside and chest.
        head: skull and ears' base. muzzle. mask: brow and cheeks. ear. leg: lower legs. thigh: upper legs. paw.
        tail, tail_tip. collar.
        saddle: how far down the flank `back` reaches, in chest depths; 0: none. nape: how far up the neck, 0 … 1.
        bib: how far up chest and throat `belly` reaches, 0 … 1. band: whether it goes round the neck.
        sock: height in hip heights below which front and hind legs have the colour `leg`.
        blaze: width of a stripe of the muzzle's colour between the eyes, in skull widths. dark_mask: whether the
            muzzle's colour fades into the mask rather than ending at the lips.
        tip: share of the tail that has the colour `tail_tip`. stripes: strength of brindling, 0 … 1. iris, nose.
    """

    back: Vec3
    side: Vec3
    belly: Vec3
    head: Vec3
    muzzle: Vec3
    mask: Vec3
    ear: Vec3
    leg: Vec3
    thigh: Vec3
    paw: Vec3
    tail: Vec3
    tail_tip: Vec3
    collar: Vec3
    saddle: float = 0.0
    nape: float = 0.5
    bib: float = 0.5
    band: bool = False
    sock: tuple[float, float] = (0.5, 0.4)
    blaze: float = 0.0
    dark_mask: bool = False
    tip: float = 0.3
    stripes: float = 0.0
    iris: Vec3 = (0.085, 0.034, 0.010)
    nose: Vec3 = (0.006, 0.006, 0.007)

    @staticmethod
    def of(colour: Vec3, collar: Vec3, **others: Any) -> Coat:
        """Return a coat of one colour, apart from the fields that are given by name."""
        names = ["back", "side", "belly", "head", "muzzle", "mask", "ear", "leg", "thigh", "paw", "tail", "tail_tip"]
        return Coat(**({name: colour for name in names} | others), collar=collar)


@dataclass(frozen=True)
class Breed:
    """One breed. Lengths in m, standing, in a frame whose origin is the middle of the torso: x forward, z up.

    Attributes:
        name: the word in a scene file.
        mass: kg.
        hip_height: height of the hips and shoulder joints over the ground.
        front, rear: (x, y) of the left leg's root; z is `root_z` for both.
        root_z: height of the roots in the torso's frame.
        front_bones, rear_bones: lengths of upper and lower bone; the lower one ends in the paw's centre.
        front_foot, rear_foot: how far forward of its root a paw stands.
        paw: radius of the paw. limb: radius of upper and lower leg.
        torso: radius and full length of the torso's capsule.
        chest, loin, rump: full depth and width of the torso there, for its looks and its inertia.
        neck: anchor (x, z), length, and radius. neck_angle: rad above the horizon, at ease.
        skull: length, width, height. muzzle: length, width, height.
        tail: anchor (x, z), lengths of its two pieces, radius at the root. tail_angle: rad above the horizon.
        ears: "floppy", "pricked" or "rose" (small, folded back). ear: length, width.
        speed: m/s, the fastest it is driven. turn: rad/s.
        coat: its colours. figure: what else its body looks like.
    """

    name: str
    mass: float
    hip_height: float
    front: tuple[float, float]
    rear: tuple[float, float]
    root_z: float
    front_bones: tuple[float, float]
    rear_bones: tuple[float, float]
    front_foot: float
    rear_foot: float
    paw: float
    limb: tuple[float, float]
    torso: tuple[float, float]
    chest: tuple[float, float]
    loin: tuple[float, float]
    rump: tuple[float, float]
    neck: tuple[float, float, float, float]
    neck_angle: float
    skull: Vec3
    muzzle: Vec3
    tail: tuple[float, float, float, float, float]
    tail_angle: float
    ears: str
    ear: tuple[float, float]
    speed: float
    turn: float
    coat: Coat
    figure: Figure = field(default_factory=Figure)

    def scaled(self, factor: float) -> Breed:
        """Return the same dog larger by a factor: lengths grow with it, mass with its cube, speed with its root."""
        lengths = (
            "hip_height", "front", "rear", "root_z", "front_bones", "rear_bones", "front_foot", "rear_foot", "paw",
            "limb", "torso", "chest", "loin", "rump", "neck", "skull", "muzzle", "tail", "ear",
        )  # fmt: skip
        grown: dict[str, Any] = {}
        for name in lengths:
            size = getattr(self, name)
            grown[name] = tuple(factor * item for item in size) if isinstance(size, tuple) else factor * size
        return replace(self, mass=self.mass * factor**3, speed=self.speed * factor**0.5, **grown)

    @property
    def strength(self) -> float:
        """N·m, the torque limit of a leg's joint: its weight at its hips' height, 27 N·m for 11 kg and 0.25 m."""
        return self.mass * 9.81 * self.hip_height


_BEAGLE = Breed(
    name="beagle",
    mass=11.0,
    hip_height=0.25,
    front=(0.185, 0.058),
    rear=(-0.165, 0.054),
    root_z=-0.02,
    front_bones=(0.125, 0.153),
    rear_bones=(0.130, 0.168),
    front_foot=-0.042,
    rear_foot=-0.030,
    paw=0.019,
    limb=(0.026, 0.017),
    torso=(0.073, 0.46),
    chest=(0.182, 0.152),
    loin=(0.125, 0.120),
    rump=(0.145, 0.130),
    neck=(0.175, 0.038, 0.105, 0.049),
    neck_angle=1.0,
    skull=(0.116, 0.102, 0.102),
    muzzle=(0.070, 0.058, 0.060),
    tail=(-0.205, 0.048, 0.095, 0.105, 0.013),
    tail_angle=1.0,
    ears="floppy",
    ear=(0.118, 0.068),
    speed=2.8,
    turn=2.5,
    coat=Coat(
        back=(0.012, 0.010, 0.009),
        side=(0.30, 0.125, 0.045),
        belly=(0.80, 0.76, 0.70),
        head=(0.36, 0.155, 0.058),
        muzzle=(0.82, 0.78, 0.72),
        mask=(0.36, 0.155, 0.058),
        ear=(0.24, 0.095, 0.036),
        leg=(0.82, 0.78, 0.72),
        thigh=(0.31, 0.130, 0.047),
        paw=(0.84, 0.80, 0.75),
        tail=(0.014, 0.012, 0.010),
        tail_tip=(0.85, 0.82, 0.78),
        collar=(0.50, 0.020, 0.016),
        saddle=0.50,
        nape=0.45,
        bib=0.75,
        sock=(0.66, 0.40),
        blaze=0.20,
        tip=0.45,
    ),
    figure=Figure(tuck=-0.10, stop=0.8, flews=0.16, cheek=0.5, head=1.08, bone=1.05, sweep=0.03),
)

_SHEPHERD = Breed(
    name="shepherd",
    mass=31.0,
    hip_height=0.43,
    front=(0.320, 0.085),
    rear=(-0.290, 0.080),
    root_z=-0.035,
    front_bones=(0.215, 0.262),
    rear_bones=(0.225, 0.285),
    front_foot=-0.072,
    rear_foot=-0.070,
    paw=0.030,
    limb=(0.040, 0.026),
    torso=(0.118, 0.78),
    chest=(0.285, 0.220),
    loin=(0.200, 0.180),
    rump=(0.225, 0.195),
    neck=(0.300, 0.070, 0.165, 0.082),
    neck_angle=0.95,
    skull=(0.170, 0.150, 0.150),
    muzzle=(0.125, 0.086, 0.086),
    tail=(-0.375, 0.040, 0.20, 0.22, 0.030),
    tail_angle=-0.95,
    ears="pricked",
    ear=(0.125, 0.090),
    speed=3.6,
    turn=2.2,
    coat=Coat(
        back=(0.012, 0.011, 0.011),
        side=(0.40, 0.21, 0.085),
        belly=(0.46, 0.26, 0.115),
        head=(0.20, 0.10, 0.042),
        muzzle=(0.016, 0.014, 0.013),
        mask=(0.36, 0.185, 0.075),
        ear=(0.022, 0.018, 0.016),
        leg=(0.45, 0.25, 0.11),
        thigh=(0.40, 0.21, 0.085),
        paw=(0.44, 0.24, 0.105),
        tail=(0.020, 0.016, 0.014),
        tail_tip=(0.10, 0.055, 0.028),
        collar=(0.022, 0.075, 0.26),
        saddle=0.42,
        nape=0.8,
        bib=0.3,
        sock=(0.6, 0.45),
        dark_mask=True,
        tip=0.25,
    ),
    figure=Figure(
        arch=-0.03, croup=0.25, tuck=-0.08, stop=0.45, flews=0.04, cheek=0.5, fluff=0.024, wool=0.009, brush=1.7,
        sweep=0.07, head=1.10, bone=1.14, hair=0.026,
    ),
)  # fmt: skip

_CORGI = Breed(
    name="corgi",
    mass=11.5,
    hip_height=0.185,
    front=(0.184, 0.064),
    rear=(-0.170, 0.060),
    root_z=-0.022,
    front_bones=(0.095, 0.118),
    rear_bones=(0.100, 0.128),
    front_foot=-0.030,
    rear_foot=-0.020,
    paw=0.019,
    limb=(0.029, 0.019),
    torso=(0.080, 0.47),
    chest=(0.190, 0.168),
    loin=(0.155, 0.148),
    rump=(0.165, 0.158),
    neck=(0.170, 0.048, 0.090, 0.058),
    neck_angle=1.0,
    skull=(0.118, 0.116, 0.102),
    muzzle=(0.068, 0.054, 0.052),
    tail=(-0.225, 0.050, 0.030, 0.030, 0.024),
    tail_angle=0.3,
    ears="pricked",
    ear=(0.078, 0.062),
    speed=2.2,
    turn=2.5,
    coat=Coat(
        back=(0.46, 0.185, 0.055),
        side=(0.50, 0.215, 0.070),
        belly=(0.85, 0.82, 0.77),
        head=(0.48, 0.20, 0.062),
        muzzle=(0.85, 0.82, 0.77),
        mask=(0.48, 0.20, 0.062),
        ear=(0.44, 0.175, 0.052),
        leg=(0.85, 0.82, 0.77),
        thigh=(0.50, 0.215, 0.070),
        paw=(0.86, 0.83, 0.78),
        tail=(0.46, 0.185, 0.055),
        tail_tip=(0.80, 0.72, 0.60),
        collar=(0.018, 0.20, 0.12),
        bib=0.8,
        band=True,
        sock=(0.62, 0.42),
        blaze=0.22,
        tip=0.5,
    ),
    figure=Figure(
        tuck=-0.05, stop=0.6, flews=0.06, cheek=0.8, fluff=0.010, brush=1.2, sweep=0.0, head=1.12, bone=1.1, hair=0.024
    ),
)

_FAWN: Vec3 = (0.40, 0.24, 0.125)
_GREYHOUND = replace(
    _SHEPHERD.scaled(1.10),
    name="greyhound",
    mass=30.0,
    chest=(0.320, 0.200),
    loin=(0.170, 0.150),
    rump=(0.215, 0.180),
    limb=(0.044, 0.025),
    neck=(0.330, 0.077, 0.182, 0.082),
    skull=(0.175, 0.126, 0.132),
    muzzle=(0.150, 0.066, 0.066),
    tail=(-0.405, 0.020, 0.22, 0.24, 0.020),
    tail_angle=-1.05,
    ears="rose",
    ear=(0.085, 0.055),
    speed=3.3,
    coat=Coat.of(_FAWN, (0.20, 0.03, 0.16), stripes=0.5, belly=(0.60, 0.50, 0.40), bib=0.3, muzzle=(0.09, 0.06, 0.04),
                 dark_mask=True),
    figure=Figure(arch=0.10, croup=0.35, tuck=0.08, stop=0.12, flews=0.0, cheek=0.1, brush=0.8, sweep=0.10, head=1.05,
                  throat=0.80, bone=0.92,
                  hair=0.007),
)  # fmt: skip

_APRICOT: Vec3 = (0.56, 0.27, 0.105)
_POODLE = replace(
    _BEAGLE.scaled(1.38),
    name="poodle",
    mass=21.0,
    chest=(0.235, 0.180),
    loin=(0.165, 0.150),
    rump=(0.180, 0.160),
    limb=(0.031, 0.021),
    neck=(0.235, 0.060, 0.165, 0.055),
    neck_angle=1.15,
    skull=(0.150, 0.112, 0.118),
    muzzle=(0.112, 0.056, 0.060),
    tail=(-0.275, 0.062, 0.10, 0.10, 0.015),
    tail_angle=1.15,
    ear=(0.135, 0.095),
    speed=2.8,
    coat=Coat.of(_APRICOT, (0.05, 0.16, 0.42), muzzle=(0.50, 0.235, 0.09), ear=(0.46, 0.20, 0.07)),
    figure=Figure(tuck=0.05, stop=0.3, flews=0.0, cheek=0.2, wool=0.017, topknot=0.045, cuff=0.014, pompon=0.045,
                  sweep=0.0, head=1.05, hair=0.022, curl=1.0),
)  # fmt: skip

BREEDS: Mapping[str, Breed] = MappingProxyType(
    {breed.name: breed for breed in (_BEAGLE, _SHEPHERD, _CORGI, _GREYHOUND, _POODLE)}
)
"""Every breed by name."""
