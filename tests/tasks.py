"""Worlds for the tests of tasks, and moving what is in them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldsim.physics.world import World
from worldsim.scene.model import Scene
from worldsim.task import Task

DOG = {"rex": {"kind": "dog", "at": [0, 0]}}


def world_of(objects: Sequence[Mapping[str, Any]], **more: Any) -> World:
    data = {"format": 1, "name": "test", "actors": DOG, "objects": list(objects), **more}
    return World(Scene.model_validate(data), 0, detailed=False)


def put(task: Task, name: str, at: Sequence[float], rpy: Sequence[float] = (0, 0, 0)) -> None:
    """Move a body and let the task see it."""
    world = task.world
    body = world._assembly.body_of[world.part_index(name)]
    world.client.resetBasePositionAndOrientation(body, at, world.client.getQuaternionFromEuler(rpy))
    world._motion = None
    task.update(world.contacts)


def walk(task: Task, *places: tuple[float, float]) -> dict[str, float]:
    """Put the dog at places one after another; return the sums of the reward's terms."""
    total: dict[str, float] = {}
    for x, y in places:
        put(task, "rex", (x, y, 0.28))
        for name, value in task.rewards().items():
            total[name] = total.get(name, 0.0) + value
    return total


def box(name: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    """Return a knockable box that stands, 0.2 m wide and 0.6 m high."""
    size = [0.2, 0.2, 0.6]
    return {
        "name": name,
        "shape": "box",
        "size": size,
        "at": [x, y, 0.3],
        "material": "wood",
        "tags": ["knockable"],
        **more,
    }
