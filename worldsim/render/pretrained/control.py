"""Controls: what a video model is told of the truth, as pictures of the kinds it was trained with.

From layers of a G-buffer to (H, W, 3) float32 in [0, 1], and the one check that every control passes before a pipeline
sees it. Pipelines take NumPy arrays for numbers in [0, 1] without a look: 8-bit ones silently become −1 to 509, so they
are refused here. It knows nothing of the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.errors import PretrainedError, UnknownNameError
from worldsim.render.gbuffer import GBuffer
from worldsim.render.metrics.colour import luma
from worldsim.render.metrics.edge import true_edges
from worldsim.render.visualise import id_picture

if TYPE_CHECKING:
    from PIL.Image import Image

Video = NDArray[np.float32]

KINDS = {
    "depth": "inverse depth, near is white: as MiDaS and Depth Anything give it",
    "edge": "outlines of the truth, white on black",
    "normals": "normals as in ScanNet: red left, green up, blue towards the camera",
    "seg": "a colour for each object",
    "grey": "the raster's picture without colour",
    "blur": "the raster's picture without detail",
    "colour": "the raster's picture",
}
"""The controls there are."""

BLUR = 4.0
"""Standard deviation of "blur", pixels for each 360 of height."""
NEAREST = 1.0
"""Per cent of the pixels with something in them that may be nearer than white, where `near` follows from a clip."""


@dataclass(frozen=True)
class Controls:
    """What a model is told of T consecutive frames.

    Attributes:
        videos: kind to (T, H, W, 3) float32 in [0, 1], in the order the model gets them.
        raster: (T, H, W, 3) uint8 sRGB: the raster's pictures.
        start: index of the first of them in the film.
        things: names of the kinds of things that may be seen.
    """

    videos: dict[str, Video]
    raster: NDArray[np.uint8]
    start: int = 0
    things: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check everything.

        Raises:
            PretrainedError: see `check_video`, or there is no control.
        """
        if not self.videos:
            raise PretrainedError(f"no control was given; expected one or more of {', '.join(KINDS)}")
        if self.raster.dtype != np.uint8 or self.raster.ndim != 4 or self.raster.shape[-1] != 3:
            raise PretrainedError(
                f"the raster's pictures are {self.raster.dtype} {self.raster.shape}; expected uint8 (T, H, W, 3)"
            )
        for kind, video in self.videos.items():
            check_video(kind, video, self.raster.shape[:3])

    def __len__(self) -> int:
        return len(self.raster)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.raster.shape[2], self.raster.shape[1]


def control_picture(buffer: GBuffer, kind: str, near: float) -> Video:
    """Return one frame of a control, (H, W, 3) float32 in [0, 1].

    Args:
        buffer: the truth.
        kind: one of `KINDS`.
        near: m, where "depth" is white.

    Raises:
        UnknownNameError: there is no such control.
    """
    if kind == "depth":
        return _three(near / np.maximum(buffer.depth, near))
    if kind == "edge":
        return _three(true_edges(buffer.depth, buffer.normal, buffer.instance))
    if kind == "normals":
        mirrored = buffer.normal * np.array([-1, 1, 1], np.float32)
        nothing = ~buffer.normal.any(-1)
        mirrored[nothing] = (0, 0, 1)  # the sky faces the camera
        return np.asarray(np.clip(mirrored * 0.5 + 0.5, 0, 1), np.float32)
    if kind == "seg":
        return np.asarray(id_picture(buffer.instance), np.float32) / np.float32(255)
    if kind == "grey":
        return _three(luma(buffer.color) / 255)
    if kind == "blur":
        spread = BLUR * buffer.color.shape[0] / 360
        soft = ndimage.gaussian_filter(buffer.color.astype(np.float32), (spread, spread, 0))
        return np.asarray(np.clip(soft / 255, 0, 1), np.float32)
    if kind == "colour":
        return np.asarray(buffer.color, np.float32) / np.float32(255)
    raise UnknownNameError("control", kind, KINDS)


def near_of(depths: list[NDArray[np.float32]]) -> float:
    """Return the distance, m, that `NEAREST` per cent of what is seen in a clip is nearer than; 1 where nothing is."""
    seen = np.concatenate([depth[np.isfinite(depth)] for depth in depths]) if depths else np.zeros(0)
    return float(max(np.percentile(seen, NEAREST), 0.05)) if len(seen) else 1.0


def check_video(kind: str, video: object, shape: tuple[int, ...]) -> Video:
    """Return a control video, if it is one of that length and size.

    Args:
        kind: what the message calls it.
        video: (T, H, W, 3) float32 in [0, 1].
        shape: (T, H, W) that it must have.

    Raises:
        PretrainedError: it is no array, of another dtype, shape or range, or not finite.
    """
    if not isinstance(video, np.ndarray):
        raise PretrainedError(f"control {kind} is a {type(video).__name__}; expected an array (T, H, W, 3) of float32")
    if video.dtype == np.uint8:
        raise PretrainedError(
            f"control {kind} is uint8; pipelines would read it as numbers from 0 to 1 and make −1 to 509 of it: "
            "divide by 255 as float32"
        )
    if video.dtype != np.float32:
        raise PretrainedError(f"control {kind} is {video.dtype}; expected float32 in [0, 1]")
    if video.ndim != 4 or video.shape[-1] != 3:
        raise PretrainedError(f"control {kind} has shape {video.shape}; expected (T, H, W, 3)")
    frames, height, width = shape
    if len(video) != frames:
        raise PretrainedError(f"control {kind} has {len(video)} frames; expected {frames}, as the raster has")
    if video.shape[1:3] != (height, width):
        found = f"{video.shape[2]}x{video.shape[1]}"
        raise PretrainedError(f"control {kind} is {found} pixels; expected {width}x{height}")
    low, high = float(video.min(initial=0)), float(video.max(initial=0))
    if not (np.isfinite(low) and np.isfinite(high)) or np.isnan(video).any():
        raise PretrainedError(f"control {kind} has numbers that are not finite; expected 0 to 1")
    if low < 0 or high > 1:
        raise PretrainedError(f"control {kind} runs from {low:g} to {high:g}; expected 0 to 1")
    return video


def pictures(video: Video) -> list[Image]:
    """Return a checked video as PIL pictures: what no pipeline misreads."""
    from PIL import Image

    return [Image.fromarray(frame) for frame in np.round(video * 255).astype(np.uint8)]


def _three(field: NDArray) -> Video:
    """Return a field (H, W) as three equal channels."""
    return np.repeat(np.asarray(field, np.float32)[..., None], 3, -1)
