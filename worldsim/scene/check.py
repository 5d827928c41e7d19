"""`worldsim scene check`: every mistake of a file, then a second of physics to see whether its world holds.

Imports the physics only when it is asked to settle.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from worldsim.errors import Problem, SceneError, WorldsimError, did_you_mean
from worldsim.scene.bounds import bounds
from worldsim.scene.camera import MountedCamera
from worldsim.scene.load import load_scene
from worldsim.scene.mark import NOWHERE, Mark, mark_of
from worldsim.scene.pose import Pose
from worldsim.scene.problems import problem_at

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.model import Scene

SETTLE = 1.0  # s
DEEP = 0.01  # m: two bodies that overlap by more than this at the start are pushed apart with force
WILD = 15.0  # m/s: more than gravity gives in a second, and more than twice what the file gave, is an explosion
SUNK = 0.05  # m below the ground with all of it


def check(
    path: str | os.PathLike[str], *, settle: bool = True, seed: int = 0, allow_outside: bool = False
) -> list[Problem]:
    """Return everything wrong with a scene; an empty list when it is sound.

    Args:
        path: name or path of the scene.
        settle: whether to build its world and let a second pass.
        seed: of the drawing that settles.
        allow_outside: as in `load_scene`.
    """
    try:
        scene = load_scene(path, allow_outside)
    except SceneError as error:
        return list(error.problems)
    return settle_problems(scene, seed) if settle else []


def settle_problems(scene: Scene, seed: int = 0) -> list[Problem]:
    """Return what a second of physics shows: overlaps, things that fall through, leave or explode, and failures."""
    from worldsim.physics.world import World

    try:
        with World(scene, seed) as world:
            problems = _name_problems(scene, world)
            return problems + _Settling(scene, world, seed).problems
    except SceneError as error:
        return list(error.problems)
    except WorldsimError as error:
        return [problem_at(scene.data.mark if scene.data is not None else NOWHERE, str(error))]


def _name_problems(scene: Scene, world: World) -> list[Problem]:
    """Return names that only a built world knows: parts of actors in cameras, channels in keys."""
    problems = []
    for name, camera in scene.cameras.items():
        target = getattr(camera, "mount", None) if isinstance(camera, MountedCamera) else None
        if target is not None:
            try:
                world.part_index(target)
            except WorldsimError as error:
                problems.append(problem_at(mark_of(scene.data, ("cameras", name, "mount")), f"cameras.{name}: {error}"))
    for key, actors in scene.keys.items():
        for actor, values in actors.items():
            known = [channel.name for channel in world.actors[actor].command_channels]
            for channel in values:
                if channel not in known:
                    text = f"keys.{key}: {actor!r} has no channel {channel!r}; it has: {', '.join(known)}"
                    mark = mark_of(scene.data, ("keys", key, actor, channel), key=True)
                    problems.append(problem_at(mark, text, did_you_mean(channel, known)))
    return problems


class _Settling:
    """Lets a world settle and gathers what goes wrong, one problem a body."""

    def __init__(self, scene: Scene, world: World, seed: int) -> None:
        self.scene, self.world = scene, world
        self.marks = scene.draw(seed).marks
        self.problems: list[Problem] = []
        self._reported: set[str] = set()
        start = world.snapshot()
        given = np.linalg.norm(start.velocity, axis=1)
        steps = math.ceil(SETTLE * world.control_rate)
        for number in range(steps):
            contacts = world.advance()
            if number == 0:
                self._overlaps(contacts)
            self._motion(world.snapshot(), given)
        self._places(world.snapshot())

    def _overlaps(self, contacts: Any) -> None:
        first = [row for row in contacts.rows if row["step"] <= 1 and row["depth"] > DEEP]
        for row in sorted(first, key=lambda row: -float(row["depth"])):
            a, b = (self.world.parts[int(row[key])] for key in ("part_a", "part_b"))
            if a.static:
                a, b = b, a
            if a.owner == b.owner:
                continue
            text = f"{a.owner!r} overlaps {b.owner!r} by {1000 * float(row['depth']):.0f} mm at the start"
            self._add(a.owner, text, "move one of them")

    def _motion(self, now: Any, given: Any) -> None:
        speed = np.linalg.norm(now.velocity, axis=1)
        for part in self.world.parts:
            value = float(speed[part.index])
            if not math.isfinite(value) or not np.isfinite(now.position[part.index]).all():
                self._add(part.owner, f"{part.owner!r} has no finite place after {now.time:.2f} s: the physics failed")
            elif value > max(WILD, 2 * float(given[part.index]) + WILD) and not part.static:
                text = f"{part.owner!r} flies off at {value:.0f} m/s after {now.time:.2f} s"
                self._add(part.owner, text, "things that overlap or joints that pull against each other explode")

    def _places(self, now: Any) -> None:
        ground = next((body for body in self.world.layout.bodies if body.name == "ground"), None)
        for part in self.world.parts:
            if part.static:
                continue
            x, y, z = now.position[part.index].tolist()
            if max(abs(x), abs(y), abs(z)) > self.world.layout.bounds:
                self._add(part.owner, f"{part.owner!r} left the world: it is at [{x:.0f}, {y:.0f}, {z:.0f}] m")
            qx, qy, qz, qw = now.orientation[part.index].tolist()
            box = bounds(part.geoms, Pose((x, y, z), (qx, qy, qz, qw)))
            if ground is not None and box is not None and box[1][2] < ground.position[2] - SUNK:
                self._add(
                    part.owner, f"{part.owner!r} is below the ground after {SETTLE:g} s", "start it above the ground"
                )

    def _add(self, owner: str, message: str, hint: str = "") -> None:
        if owner not in self._reported:
            self._reported.add(owner)
            mark: Mark = self.marks.get(owner, NOWHERE)
            self.problems.append(problem_at(mark, message, hint))
