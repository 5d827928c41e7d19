"""The path tracer as a renderer: what a camera would film of the stage, made by Cycles in a process of its own.

The picture has the exposure, the tone curve, the sun and the sky of the raster; the layers of `render` are the
raster's.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError, PathTraceError
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.develop import develop
from worldsim.render.gbuffer import GBuffer
from worldsim.render.grade import Grade
from worldsim.render.instances import gather
from worldsim.render.pathtrace import grass
from worldsim.render.pathtrace.export import GRASS, write_stage
from worldsim.render.pathtrace.options import QUALITY, PathTraceOptions
from worldsim.render.pathtrace.process import ProcessLost, TraceProcess, reference_python
from worldsim.render.pathtrace.skins import matrices
from worldsim.render.renderer import Moment
from worldsim.render.sky import bake_sky, ground_albedo
from worldsim.render.stage import Stage

GRASS_ID = 32767
"""What the process calls blades of grass."""
SEED_STEP = 7919
"""How far the seeds of two neighbouring physics steps lie apart."""


class PathTracer:
    """Traces a stage with Cycles.

    A process that crashes or hangs loses one picture: it is started again and asked once more.

    Attributes:
        name: "pathtrace". size: (width, height) in pixels. stage: what it draws. options: how. sky: the baked sky.
        restarts: how often the process had to be started again.
    """

    name = "pathtrace"

    def __init__(self, stage: Stage, size: tuple[int, int], **options: Any) -> None:
        """Write the stage to a temporary folder; the process starts with the first picture.

        Args:
            stage: what there is to draw.
            size: (width, height) in pixels.
            options: the fields of `PathTraceOptions`, and `quality`: "fast", "good" or "film" stands for a number of
                samples.

        Raises:
            PathTraceError: `make reference` has not been run.
            ValueError: an option that does not exist, or a value out of its range.
        """
        quality = options.pop("quality", None)
        if quality is not None:
            if quality not in QUALITY:
                raise ValueError(f"quality {quality!r} is unknown; known: {', '.join(QUALITY)}")
            options.setdefault("samples", QUALITY[quality])
        try:
            self.options = PathTraceOptions(**options)
        except TypeError as error:
            known = ", ".join(PathTraceOptions.__dataclass_fields__)
            raise ValueError(f"{error}; the path tracer's options are {known}") from None
        reference_python()
        self.size = (int(size[0]), int(size[1]))
        self.restarts = 0
        self._folder: Path | None = Path(tempfile.mkdtemp(prefix="worldsim-pathtrace-"))
        self._process: TraceProcess | None = None
        self._layers: Any = None
        self._take(stage)

    def restage(self, stage: Stage) -> None:
        """Draw another stage from now on. The process stays, which saves 1.5 s; the pictures are those of a new one.

        Raises:
            ClosedError: after `close`.
        """
        if self._folder is None:
            raise ClosedError("this renderer is closed; make a new one with make_renderer")
        if self._layers is not None:
            self._layers.close()
            self._layers = None
        self._take(stage)
        if self._process is not None:
            try:
                self._process.ask({"do": "stage"}, b"")
            except ProcessLost:  # the next picture starts another, on the new stage
                self._process.close()
                self._process = None
                self.restarts += 1

    def _take(self, stage: Stage) -> None:
        """Write a stage's files, and keep what pictures of it need."""
        assert self._folder is not None
        self.stage = stage
        self._instances = gather(stage)
        self._grade = Grade.of(stage.look)
        self.sky = bake_sky(stage.look, ground_albedo(stage))
        found = stage.ground()
        lawn = found is not None and stage.materials[found[1].material].texture == GRASS
        self._lawn: int | None = found[0] if found is not None and lawn and self.options.grass else None
        self._ground_row = int(np.flatnonzero(self._instances.part == self._lawn)[0]) if self._lawn is not None else 0
        write_stage(self._folder, stage, self._instances, self.sky, self.size, self.options)

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture, (H, W, 3) uint8 sRGB, row 0 at the top.

        Raises:
            PathTraceError: the process failed twice.
            ClosedError: after `close`.
        """
        return develop(self.radiance(snapshot, camera, previous), self._grade)

    def radiance(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.float32]:
        """Return the exposed linear RGB radiance (H, W, 3) before the tone curve."""
        data = self._ask("frame", snapshot, camera, previous if self.options.motion_blur > 0 else None)
        return np.frombuffer(data, np.float32).reshape(self.size[1], self.size[0], 3)

    def parts(self, snapshot: Snapshot, camera: Camera) -> NDArray[np.int32]:
        """Return which part is seen at each pixel's centre, (H, W): its index + 1, 0 for nothing; grass is ground."""
        data = self._ask("identities", snapshot, camera)
        found = np.frombuffer(data, np.int32).reshape(self.size[1], self.size[0])
        return np.where(found == GRASS_ID, 0 if self._lawn is None else self._lawn + 1, found)

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers: the raster's, with the path-traced picture as `color`."""
        if self._layers is None:
            from worldsim.render import make_renderer

            self._layers = make_renderer("raster", self.stage, self.size)
        truth: GBuffer = self._layers.render(snapshot, camera, previous)
        return replace(truth, color=self.frame(snapshot, camera, previous))

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def close(self) -> None:
        """End the process and remove the files; a second call does nothing."""
        if self._process is not None:
            self._process.close()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._layers is not None:
            self._layers.close()
            self._layers = None

    def __del__(self) -> None:
        """Leave no process behind."""
        if getattr(self, "_folder", None) is not None:
            self.close()

    def _ask(self, what: str, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> bytes:
        """Send one question; where the process is lost, start it again and ask once more."""
        if self._folder is None:
            raise ClosedError("this renderer is closed; make a new one with make_renderer")
        geoms = self._instances.poses(snapshot)
        skins = matrices(self.stage.skins, snapshot)
        before: tuple[NDArray[np.float64], ...] = ()
        if previous is not None:
            was, view = previous
            before = (_pose(view), self._instances.poses(was), matrices(self.stage.skins, was))
        squares, height = np.zeros((0, 5)), 0.0
        if self._lawn is not None:
            height = float(geoms[self._ground_row, 2, 3])
            variant, places = grass.around(camera, height, self.size[0] / self.size[1])
            squares = np.concatenate([variant[:, None].astype(np.float64), places], 1)
        message = {
            "do": what,
            "seed": (self.options.seed + SEED_STEP * snapshot.step) % 2**31,
            "fov": float(camera.fov),
            "near": float(camera.near),
            "height": height,
            "geoms": len(geoms),
            "squares": len(squares),
            "bones": len(skins),
        }
        data = b"".join(
            np.ascontiguousarray(item, np.float64).tobytes() for item in (_pose(camera), geoms, squares, skins, *before)
        )
        for again in (False, True):
            try:
                if self._process is None:
                    self._process = TraceProcess(self._folder, self.options.timeout)
                return self._process.ask(message, data)
            except ProcessLost as lost:
                if self._process is not None:
                    self._process.close()
                    self._process = None
                self.restarts += 1
                if again:
                    raise PathTraceError(
                        f"the path tracer failed twice at step {snapshot.step}: {lost}\n"
                        "Run `make reference` to check it; a larger `timeout`, fewer `samples` or fur=False may help"
                    ) from lost
        raise AssertionError("unreachable")


def _pose(camera: Camera) -> NDArray[np.float64]:
    """Return a camera's pose (3, 4)."""
    return np.concatenate([camera.rotation, np.reshape(camera.position, (3, 1))], 1)
