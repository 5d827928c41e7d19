"""Filming a job: its world runs, the raster and the reference draw the same frames, and clips come out.

It knows nothing of folders or of what learns from clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worldsim import World, __version__
from worldsim.physics.state import Snapshot
from worldsim.policy import pilot_for
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.diffusion.conditions import buckets_of, kinds_of
from worldsim.render.renderer import Moment, Renderer
from worldsim.render.rig import CameraRig
from worldsim.render.stage import Stage
from worldsim.scene.look_vector import look_vector
from worldsim.training.clip import Clip, ClipInfo
from worldsim.training.plan import Job, Shot

RATE = 30.0
"""Frames/s of clips."""
DEEPEST = 60_000.0
"""m: depths beyond are kept as this, the range of 16-bit floats."""


class Tracer(Protocol):
    """What makes the reference pictures."""

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture, (H, W, 3) uint8 sRGB."""
        ...

    def restage(self, stage: Stage) -> None:
        """Draw another stage from now on."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


TracerMaker = Callable[[Stage, tuple[int, int], int], Tracer]
"""From a stage, a size and samples a pixel to a tracer."""


def path_tracer(stage: Stage, size: tuple[int, int], samples: int) -> Tracer:
    """Return the reference path tracer with one thread: the same clip is the same bytes."""
    from worldsim.render.pathtrace.renderer import PathTracer

    return PathTracer(stage, size, samples=samples, threads=1)


def film(job: Job, tracer: TracerMaker = path_tracer, commit: str = "") -> Iterator[Clip]:
    """Yield the clips of a job, one for each shot.

    Args:
        job: what to film.
        tracer: makes the reference.
        commit: of the code, for the record.

    Raises:
        PathTraceError: the path tracer is not set up, or failed twice at a picture.
    """
    with World(job.scene(), seed=job.seed) as world, ExitStack() as held:
        set_up: _Set | None = None
        pilot = pilot_for(world, job.pilot or None, job.seed)
        for shot, name in zip(job.shots, job.clip_names(), strict=True):
            while world.time < shot.start:
                world.advance(pilot(world))
            moments = _run(world, shot, job.frames, lambda: world.advance(pilot(world)))
            info = ClipInfo(
                name, job.scene_name, job.seed, shot.camera, shot.look_words, job.split, RATE, job.samples,
                job.size, bool(world.actors), __version__, commit,
            )  # fmt: skip
            if set_up is None:
                stage = Stage.of(world, shot.look)
                set_up = _Set(stage, make_renderer("raster", stage, job.size), tracer(stage, job.size, job.samples))
                held.callback(set_up.close)
            elif set_up.stage.look != shot.look:
                set_up.change(Stage.of(world, shot.look))
            traced = [set_up.reference.frame(*moment) for moment in moments]
            yield clip_of(info, set_up.stage, moments, set_up.raster, traced)


@dataclass
class _Set:
    """A world in one light and who draws it."""

    stage: Stage
    raster: Renderer
    reference: Tracer

    def change(self, stage: Stage) -> None:
        """Put it into another light."""
        size = self.raster.size
        self.raster.close()
        self.stage, self.raster = stage, make_renderer("raster", stage, size)
        self.reference.restage(stage)

    def close(self) -> None:
        """Give everything back."""
        self.reference.close()
        self.raster.close()


def _run(world: World, shot: Shot, frames: int, advance: Callable[[], object]) -> list[Moment]:
    """Return the moments of a shot: its frames, and before them the one that the motion of the first starts from."""
    rig = CameraRig(world.scene.cameras[shot.camera], world.parts)
    moments = []
    begun = world.time
    for number in range(frames):
        while world.time < begun + number / RATE - 1e-9:
            advance()
        snapshot = world.snapshot()
        moments.append((snapshot, rig.camera(snapshot)))
    return moments


def clip_of(
    info: ClipInfo, stage: Stage, moments: list[Moment], raster: Renderer, traced: list[NDArray[np.uint8]]
) -> Clip:
    """Draw the moments beside their traced pictures."""
    before: list[Moment | None] = [None, *moments[:-1]]
    layers = [raster.render(*moment, previous) for moment, previous in zip(moments, before, strict=True)]

    def coded(values: NDArray[np.float32]) -> NDArray[np.uint8]:
        return np.round(255 * np.clip(values, 0, 1)).astype(np.uint8)

    depth = np.stack([layer.depth for layer in layers])
    return Clip(
        info,
        np.stack(traced),
        np.stack([layer.color for layer in layers]),
        np.where(np.isfinite(depth), np.minimum(depth, DEEPEST), np.inf).astype(np.float16),
        np.stack([np.round(127 * layer.normal) for layer in layers]).astype(np.int8),
        coded(np.sqrt(np.stack([layer.albedo for layer in layers]))),
        coded(np.stack([layer.roughness_metallic for layer in layers])),
        np.clip(np.stack([layer.motion for layer in layers]), -DEEPEST, DEEPEST).astype(np.float16),
        np.stack([layer.part for layer in layers]).astype(np.uint16),
        np.stack([np.concatenate([s.position, s.orientation], 1) for s, _ in moments]).astype(np.float32),
        np.stack([np.array([*c.position, *c.rotation.ravel(), c.fov, c.far]) for _, c in moments]),
        look_vector(stage.look),
        kinds_of(stage),
        buckets_of(stage),
        stage.instance_of.astype(np.uint16),
        stage.class_of.astype(np.uint8),
    )
