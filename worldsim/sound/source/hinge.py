"""Doors, gates, swings, see-saws: what turns on a hinge creaks, and slides rumble.

How it creaks follows from what hangs on it: heavy things low and loud, small ones high and soft, metal longer than
wood. What is lighter than `LIGHTEST` is silent. A joint that has given way is not heard any more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.scene.layout import Joint, Material
from worldsim.sound.chance import uniform
from worldsim.sound.source.creak import Creak, Creaking
from worldsim.sound.source.source import Clock, Emission, Source, silence
from worldsim.sound.space import turn_of

Floats = NDArray[np.float64]

LIGHTEST = 1.0  # kg
LEVEL = 0.02  # Pa at 1 m, rms, of 20 kg that turn at 1 rad/s where it grips most: 60 dB
SLIP = 0.0028  # rad between slips of 20 kg
TORN = 0.05  # m: a hinge whose halves are farther apart has given way
WOOD_TONES, METAL_TONES = (310.0, 540.0, 960.0, 1_500.0, 2_250.0), (640.0, 1_180.0, 2_030.0, 3_100.0, 4_600.0)


def is_metal(material: Material | None) -> bool:
    """Return whether a material rings like metal rather than wood."""
    return material is not None and material.youngs_modulus > 6e10 and material.density > 2_600


def creaking_of(mass: float, metal: bool, seed: int) -> Creaking:
    """Return how a hinge creaks that carries so much.

    Args:
        mass: kg.
        metal: whether what turns is of metal.
        seed: no two hinges are alike.
    """
    chance = uniform(3, seed, 61)
    size = (mass / 20) ** (1 / 3)
    tones = tuple(tone * (0.9 + 0.2 * chance[0]) / size**0.5 for tone in (METAL_TONES if metal else WOOD_TONES))
    level = LEVEL * min(2.0, (mass / 20) ** 0.5) * (0.6 + 0.8 * chance[1])
    return Creaking(SLIP * size**0.5 * (0.8 + 0.4 * chance[2]), tones, 0.03 if metal else 0.014, level)


class HingeCreak(Source):
    """One hinge."""

    def __init__(
        self, joint: Joint, row: int, child: Part, parent: Part | None, metal: bool, clock: Clock, seed: int,
        start: Snapshot,
    ) -> None:  # fmt: skip
        """Start at rest.

        Args:
            joint: the hinge.
            row: its place in a snapshot's joints.
            child: what turns.
            parent: what it hangs on, None for the world.
            metal: whether what turns is of metal.
            clock: the world's rates.
            seed: of its grips and tones.
            start: the world at the reset.
        """
        self.name = child.owner
        self._creak = Creak(creaking_of(child.mass, metal, seed), clock.sample_rate, seed)
        self._row, self._child, self._parent = row, child.index, None if parent is None else parent.index
        anchor = np.array(joint.anchor)
        self._here = anchor
        self._anchors = {i: _local(anchor, i, start) for i in (self._child, self._parent) if i is not None}

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of the hinge; see `Source`."""
        speed = float(snapshot.joint_velocity[self._row])
        if self._creak.rests(speed):
            return Emission(silence(count), self._here, self.name)
        here = self._here = _world(self._anchors[self._child], self._child, snapshot)
        if speed and self._parent is not None:
            gap = here - _world(self._anchors[self._parent], self._parent, snapshot)
            speed = speed if float(gap @ gap) < TORN**2 else 0.0
        made = self._creak(speed, float(snapshot.joint_position[self._row]), count)
        return Emission(silence(count) if made is None else made, here, self.name)


def _local(point: Floats, part: int, now: Snapshot) -> Floats:
    back = quat_inverse_xyzw(now.orientation[part][None])
    return np.asarray(quat_rotate_xyzw(back, (point - now.position[part])[None])[0])


def _world(point: Floats, part: int, now: Snapshot) -> Floats:
    return np.asarray(now.position[part] + turn_of(now.orientation[part]) @ point)
