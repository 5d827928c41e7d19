"""Drift: thousands of frames of a take by a renderer that builds each on the last, against the raster's same frames.

There is no traced reference this long, and what is seen changes all the time; so each measure is one of the made frame
less the same of the raster's, and its slope over the frames is the drift. It knows no network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from worldsim.errors import TakeError
from worldsim.render.camera import Camera
from worldsim.render.diffusion.warp import held
from worldsim.render.gbuffer import GBuffer
from worldsim.render.metrics.canny import canny
from worldsim.render.metrics.colour import luma
from worldsim.render.metrics.edge import edge_score, true_edges
from worldsim.render.metrics.horizon import Slope, slope
from worldsim.render.metrics.psnr import psnr
from worldsim.render.metrics.warp import warp_error
from worldsim.render.renderer import Moment

if TYPE_CHECKING:
    from worldsim.physics.state import Snapshot
    from worldsim.take import Take

Pictures = NDArray[np.uint8]

SETTLE = 30
"""Frames that are not measured: a film begins without a past, which is no drift."""

ABOUT = {
    "psnr": "PSNR to the raster's picture, dB",
    "edge_f1": "edge F1 to the G-buffer, less the raster's",
    "warp": "warp error off disocclusions, less the raster's",
    "light": "mean luminance, less the raster's, of 255",
}


class Streaming(Protocol):
    """A renderer that starts from the raster: after `render`, `start` is the raster's picture of that frame."""

    size: tuple[int, int]
    start: Pictures | None

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers, with the picture that was made as `color`."""
        ...


@dataclass(frozen=True)
class Horizon:
    """What became of the measures over a take.

    Attributes:
        series: by name of `ABOUT`, one value for each frame that was measured. frames: how many were made.
        every: frames from one measured to the next.
    """

    series: dict[str, tuple[float, ...]]
    frames: int
    every: int

    def slopes(self) -> dict[str, Slope]:
        """Return the slope of each measure, per thousand measured frames."""
        return {name: slope(values) for name, values in self.series.items()}

    def document(self) -> dict[str, Any]:
        """Return it as plain data; slopes are per 1 000 frames of the film."""
        out: dict[str, Any] = {"frames": self.frames, "every": self.every}
        for name, found in self.slopes().items():
            bounds = (found.low, found.high) if math.isfinite(found.low) else (found.per_thousand,) * 2  # of a constant
            per = [round(value / self.every, 6) for value in (found.per_thousand, *bounds)]
            out[name] = {"about": ABOUT[name], "per_1000": per[0], "ci95": per[1:], "drifts": found.drifts}
        return out


def film(take: Take, size: tuple[int, int], frames: int, camera: str | None = None) -> Iterator[Moment]:
    """Yield the first frames of a take, each with the camera of then.

    Raises:
        TakeError: it is shorter.
        UnknownNameError: the scene has no such camera.
    """
    from worldsim.record.film import choose_rig, frame_stride

    stride = frame_stride(take.header.step_rate, take.header.frame_rate)
    there = take.steps // stride + 1
    if there < frames:
        need = frames / take.header.frame_rate
        raise TakeError(f"{take.name} has {there} frames; {frames} were asked for: record one of {need:.0f} s or more")
    with take.world() as world:
        rig = choose_rig(take.scene, world.parts, take.step_snapshot(0), camera, size)
    for k in range(frames):
        snapshot = take.step_snapshot(k * stride)
        yield snapshot, rig.camera(snapshot)


def horizon(
    moments: Iterator[Moment],
    renderer: Streaming,
    every: int = 5,
    tell: Callable[[int], None] = lambda done: None,
) -> Horizon:
    """Make every frame and measure each so manieth.

    Args:
        moments: of the film, in order.
        renderer: what makes them.
        every: frames from one measured to the next.
        tell: told of frames made.
    """
    series: dict[str, list[float]] = {name: [] for name in ABOUT}
    last: tuple[GBuffer, Pictures] | None = None
    previous: Moment | None = None
    count = 0
    for count, moment in enumerate(moments, 1):
        layers = renderer.render(*moment, previous)
        raster = layers.color if renderer.start is None else renderer.start
        if count > SETTLE and (count - 1) % every == 0 and last is not None:
            _add(series, layers, raster, *last)
        last, previous = (layers, raster), moment
        tell(count)
    return Horizon({name: tuple(values) for name, values in series.items()}, count, every)


def _add(
    series: dict[str, list[float]], layers: GBuffer, raster: Pictures, before: GBuffer, raster_before: Pictures
) -> None:
    true = true_edges(layers.depth, layers.normal, layers.instance)
    gone = _unseen(layers, before)
    series["psnr"].append(psnr(layers.color, raster))
    series["edge_f1"].append(edge_score(canny(layers.color), true).f1 - edge_score(canny(raster), true).f1)
    own = warp_error(layers.color, before.color, layers.motion, gone)
    series["warp"].append(own - warp_error(raster, raster_before, layers.motion, gone))
    series["light"].append(float(luma(layers.color).mean() - luma(raster).mean()))


def _unseen(layers: GBuffer, before: GBuffer) -> NDArray[np.bool_]:
    arrays = (layers.part, layers.depth, before.part, before.depth, layers.motion)
    return np.asarray(~held(*(torch.from_numpy(np.ascontiguousarray(array))[None] for array in arrays))[0].numpy())
