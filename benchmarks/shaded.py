"""The shaded picture at 640×360, physics left out, beside 60 frames a second."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from worldsim.benchmarks.measure import Result, taking_turns
from worldsim.render.renderer import Moment, Renderer
from worldsim.render.stage import Stage

SIZE = (640, 360)
WANTED = 60.0  # frames/s
ROUNDS = 40


def run() -> Iterator[Result]:
    """Yield frames a second of `Renderer.frame`: in the default quality, and in the window's."""
    from worldsim.render import make_renderer

    stage, moments = moments_of("dog_agility", ROUNDS + 1)
    for name, quality in (("", "good"), ("_fast", "fast")):
        renderer = make_renderer("raster", stage, SIZE, quality=quality)
        (took,) = taking_turns([partial(_frame, renderer, itertools.cycle(moments))], ROUNDS)
        renderer.close()
        note = f"{1000 * took:.1f} ms a frame of dog_agility in quality {quality}; the floor is the wish"
        yield Result(f"shaded_640x360{name}_fps", 1 / took, "frames/s", WANTED, note)


def _frame(renderer: Renderer, moments: Iterator[Moment]) -> None:
    renderer.frame(*next(moments))


def moments_of(scene_name: str, count: int, rate: float = 30.0) -> tuple[Stage, list[Moment]]:
    """Return a scene's stage, and what its first camera sees at `rate` a second while its actors stand."""
    from worldsim.physics.world import World
    from worldsim.render.rig import CameraRig
    from worldsim.scene.load import load_scene

    scene = load_scene(scene_name)
    with World(scene, seed=0) as world:
        rig = CameraRig(next(iter(scene.cameras.values())), world.parts)
        stage = Stage.of(world)
        moments = []
        every = max(1, round(world.control_rate / rate))
        for _ in range(count):
            for _ in range(every):
                world.advance()
            now = world.snapshot()
            moments.append((now, rig.camera(now)))
    return stage, moments
