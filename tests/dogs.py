"""Worlds with a dog in them, and what the tests measure on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.dog import Dog
from worldsim.physics.world import World
from worldsim.scene.model import Scene


def dog_world(
    breed: str = "beagle", objects: Sequence[dict] = (), ground: bool = True, seed: int = 0, detailed: bool = False
) -> World:
    """Return a world with the dog "rex" at the origin, heading along x."""
    data: dict = {"format": 1, "name": "dog_test", "actors": {"rex": {"kind": "dog", "breed": breed, "at": [0, 0]}}}
    data["ground"] = {"material": "concrete"} if ground else None
    if objects:
        data["objects"] = list(objects)
    world = World(Scene.model_validate(data), seed, detailed=detailed)
    world.reset()
    return world


def dog_of(world: World) -> Dog:
    """Return the dog of `dog_world`."""
    dog = world.actors["rex"]
    assert isinstance(dog, Dog)
    return dog


def drive(world: World, command: Sequence[float], seconds: float) -> None:
    """Hold a command for a while."""
    values = np.array(command, np.float64)
    for _ in range(round(seconds * world.control_rate)):
        world.advance({"rex": values})


def torso(world: World) -> tuple[NDArray[np.float64], float, float]:
    """Return the torso's position (3,) m, its heading in rad and the cosine of its tilt."""
    client = world.client
    position, turn = client.getBasePositionAndOrientation(dog_of(world).body)
    matrix = client.getMatrixFromQuaternion(turn)
    return np.array(position), math.atan2(matrix[3], matrix[0]), matrix[8]


def centre_of_mass(world: World) -> NDArray[np.float64]:
    """Return the dog's centre of mass (3,) m, from the poses and masses of its parts."""
    now = world.snapshot()
    rows = [part.index for part in world.parts if part.actor == "rex"]
    masses = np.array([world.parts[row].mass for row in rows])
    return masses @ now.position[rows] / masses.sum()
