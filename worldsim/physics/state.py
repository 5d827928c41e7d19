"""What is true now: the state of every part and the contacts of a stretch of steps. Data without behaviour.

A *part* is one rigid thing with a pose of its own: an object of the scene, or one link of an actor. Parts have a fixed
order for the life of a world; `World.parts` describes them (name, instance, shape, material), and every array here with
a leading P follows that order. This module knows nothing of PyBullet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONTACT_DTYPE = np.dtype(
    [
        ("step", np.int64),  # physics step in which the contact was found; 1 is the first after a reset
        ("part_a", np.int32),  # index of one partner in World.parts
        ("part_b", np.int32),  # index of the other
        ("position", np.float64, 3),  # m, world: on the surface of part_b
        ("normal", np.float64, 3),  # unit, world: from part_b towards part_a
        ("depth", np.float64),  # m: > 0 where the two interpenetrate, < 0 where a gap is left
        ("impulse", np.float64),  # N·s: along the normal over the step, >= 0
        ("friction", np.float64, 3),  # N·s, world: tangential impulse on part_a over the step
        ("velocity", np.float64, 3),  # m/s, world: of part_a relative to part_b at the point, BEFORE the step
        ("new", np.bool_),  # the two parts did not touch in the step before
    ]
)
"""One row a contact point. Material pair: World.parts[row["part_a"]].material, World.parts[row["part_b"]].material."""


@dataclass(frozen=True)
class Snapshot:
    """The world at one instant. Arrays are float64, C-contiguous and not writeable.

    Attributes:
        step: physics steps since the reset.
        time: s, simulated, since the reset: step / step_rate.
        position: (P, 3) m, world: origin of each part's frame (its centre of mass for primitives).
        orientation: (P, 4) unit quaternion, xyzw: part frame to world.
        velocity: (P, 3) m/s, world: of the origin of the part's frame.
        angular_velocity: (P, 3) rad/s, world.
        joint_position: (J,) rad or m: `World.joint_names` order, actors' joints included.
        joint_velocity: (J,) rad/s or m/s.
    """

    step: int
    time: float
    position: Floats
    orientation: Floats
    velocity: Floats
    angular_velocity: Floats
    joint_position: Floats
    joint_velocity: Floats
