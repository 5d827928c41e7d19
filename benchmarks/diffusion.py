"""The diffusion renderer at 384×256, one step, everything included, beside 24 frames/s; its speed and its memory."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from worldsim.benchmarks.measure import Result, resident

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.render.rig import CameraRig
    from worldsim.render.stage import Stage

SIZE = (384, 256)
WANTED = 24.0  # frames/s
FASTER = 30.0  # times the reference at equal size
MEMORY = 1536.0  # MiB resident in play
FRAMES, WARM = 90, 10
TRACED = 2
SAMPLES = 32  # paths a pixel of the reference: its good quality
SCENE = POLICY = "dog_agility"


def run() -> Iterator[Result]:
    """Yield frames/s with physics, policy, G-buffer, network and conversion; then over the reference; then memory."""
    from worldsim.physics.world import World
    from worldsim.policy import pilot_for
    from worldsim.render import make_renderer
    from worldsim.render.diffusion.weights import shipped
    from worldsim.render.rig import CameraRig
    from worldsim.render.stage import Stage
    from worldsim.scene.load import load_scene

    scene = load_scene(SCENE)
    weights = "small" if "small" in shipped() else None
    with World(scene, seed=0) as world:
        stage = Stage.of(world)
        rig = CameraRig(next(iter(scene.cameras.values())), world.parts)
        pilot = pilot_for(world, POLICY)
        renderer = make_renderer("diffusion", stage, SIZE, weights=weights, threads=len(os.sched_getaffinity(0)))
        times = []
        periods = max(1, round(world.control_rate / 30))
        for _ in range(FRAMES + WARM):
            began = time.perf_counter()
            for _ in range(periods):
                world.advance(pilot(world))
            snapshot = world.snapshot()
            renderer.frame(snapshot, rig.camera(snapshot))
            times.append(time.perf_counter() - began)
        took = statistics.median(times[WARM:])
        held = resident()
        renderer.close()
        note = f"{1000 * took:.0f} ms a frame of {SCENE}, one step, everything included; the floor is the wish"
        yield Result("diffusion_384x256_fps", 1 / took, "frames/s", WANTED, note if weights else note + "; untrained")
        yield from _over_reference(world, stage, rig, took)
    yield Result("diffusion_memory", MEMORY / held, "share", 1.0, f"{held:.0f} MiB resident; {MEMORY:.0f} MiB allowed")


def _over_reference(world: World, stage: Stage, rig: CameraRig, took: float) -> Iterator[Result]:
    """Yield how many times faster than the path tracer it is, where that is set up."""
    from worldsim.errors import PathTraceError
    from worldsim.render import make_renderer

    snapshot = world.snapshot()
    moment = (snapshot, rig.camera(snapshot))
    try:
        tracer = make_renderer("pathtrace", stage, SIZE, samples=SAMPLES)
    except PathTraceError:
        return
    try:
        tracer.frame(*moment)
        began = time.perf_counter()
        for _ in range(TRACED):
            tracer.frame(*moment)
        traced = (time.perf_counter() - began) / TRACED
    finally:
        tracer.close()
    note = f"the reference takes {traced:.1f} s a frame, {SAMPLES} paths a pixel, all cores"
    yield Result("diffusion_over_reference", traced / took, "times", FASTER, note)
