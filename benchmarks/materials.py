"""Whether materials can be told apart by ear: a listener learns them in some scenes and names them in others.

In each scene a ball falls on a thing that is held fast: a plate, a bar or a block. The scenes that are asked about have
balls of other materials, other sizes, falls, places and ears. Physics and sound are those of any scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.benchmarks.measure import Result

MATERIALS = ("steel", "glass", "stone", "terracotta", "wood", "plastic", "cardboard", "rubber")
FLOOR = 0.85
SECONDS = 0.5  # heard after the first touch


@dataclass(frozen=True)
class Course:
    """A set of scenes.

    Attributes:
        strikers: materials of the balls that fall. radii: m, of the balls. heights: m, of the fall.
        distances: m, of the ears. lengths: m, of the longest side of what is struck.
        each: scenes for each material. seed: of all that is drawn.
    """

    strikers: tuple[str, ...]
    radii: tuple[float, float]
    heights: tuple[float, float]
    distances: tuple[float, float]
    lengths: tuple[float, float]
    each: int
    seed: int


LEARNT = Course(("hardwood", "aluminium"), (0.010, 0.020), (0.3, 1.0), (1.0, 3.0), (0.12, 0.40), 60, 1)
ASKED = Course(("wood", "marble"), (0.012, 0.025), (0.2, 1.3), (0.8, 4.0), (0.10, 0.45), 30, 2)


def run() -> Iterator[Result]:
    """Yield the share of blows whose material is named rightly."""
    table = confusion_matrix()
    share = float(np.trace(table) / table.sum())
    yield Result("sound_materials", share, "share", FLOOR, f"{table.sum()} blows on eight materials, other scenes")


def confusion_matrix(learnt: Course = LEARNT, asked: Course = ASKED) -> NDArray[np.int64]:
    """Return (8, 8): how often each of `MATERIALS`, by row, was given each name, by column."""
    from worldsim.sound.listen import MaterialListener, confusion

    listener = MaterialListener(MATERIALS).fit(*blows(learnt))
    sounds, truth = blows(asked)
    return confusion(truth, listener.name(sounds), len(MATERIALS))


def blows(course: Course) -> tuple[list[NDArray[np.float32]], NDArray[np.int64]]:
    """Return the sounds of all scenes of a course, and (N,) which of `MATERIALS` was struck."""
    rng = np.random.default_rng(course.seed)
    labels = np.repeat(np.arange(len(MATERIALS)), course.each)
    return [blow(MATERIALS[label], course, rng) for label in labels.tolist()], labels


def blow(material: str, course: Course, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the sound of a ball that falls on a thing held fast, (n, 2), from its first touch on."""
    from worldsim.physics.world import World
    from worldsim.render.camera import Camera
    from worldsim.scene.model import Scene
    from worldsim.sound.synth import Synth

    size = _size(rng, float(rng.uniform(*course.lengths)))
    radius = float(rng.uniform(*course.radii))
    off = [float(rng.uniform(-0.4, 0.4)) * side for side in size[:2]]
    drop = 0.8 + size[2] / 2 + radius + float(rng.uniform(*course.heights))
    target = {"name": "target", "shape": "box", "size": list(size), "at": [0, 0, 0.8], "static": True}
    ball = {"name": "ball", "shape": "sphere", "radius": radius, "at": [*off, drop]}
    things = [{**target, "material": material}, {**ball, "material": str(rng.choice(course.strikers))}]
    scene = Scene.model_validate({"format": 1, "name": "strike", "ground": {"material": "grass"}, "objects": things})
    angle, distance = rng.uniform(0, 2 * np.pi), float(rng.uniform(*course.distances))
    camera = Camera.looking((distance * np.cos(angle), distance * np.sin(angle), 1.2), (0, 0, 0.8))
    blocks: list[NDArray[np.float32]] = []
    with World(scene, int(rng.integers(1 << 30))) as world:
        synth = Synth.of(world)
        while len(blocks) < round(SECONDS * world.control_rate):
            contacts = world.advance()
            block = synth.advance(world.snapshot(), contacts, camera)
            if blocks or block.any():
                blocks.append(block)
    return np.concatenate(blocks)


def _size(rng: np.random.Generator, longest: float) -> tuple[float, float, float]:
    """Return m: a plate, a bar or a block."""
    kind = rng.integers(3)
    if kind == 0:
        return longest, longest * float(rng.uniform(0.6, 0.9)), longest * float(rng.uniform(0.03, 0.06))
    if kind == 1:
        return longest, longest * float(rng.uniform(0.10, 0.16)), longest * float(rng.uniform(0.05, 0.08))
    return longest * 0.6, longest * float(rng.uniform(0.35, 0.55)), longest * float(rng.uniform(0.3, 0.5))
