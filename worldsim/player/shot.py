"""What is asked of the drawing process, and what comes back. Data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.renderer import Moment


@dataclass(frozen=True)
class Footage:
    """How the diffusion renderer is made.

    Attributes:
        weights: a size that comes with worldsim, or a folder. steps: 1 … 8.
    """

    weights: str = "small"
    steps: int = 1


@dataclass(frozen=True)
class Shot:
    """A picture to be made.

    Attributes:
        size: (width, height) px. state, camera: the moment.
        layer: "color", or another of `worldsim.render.visualise.LAYERS`.
        renderer: "raster" or "diffusion". before: the moment of the picture before, for the motion layer.
        series: pictures of one series follow each other: "window", "still", "film".
    """

    size: tuple[int, int]
    state: Snapshot
    camera: Camera
    layer: str = "color"
    renderer: str = "raster"
    before: Moment | None = None
    series: str = "window"


@dataclass(frozen=True)
class Picture:
    """A picture that was made.

    Attributes:
        pixels: (H, W, 3) uint8 sRGB. start: the raster's, where footage was made of it; else None.
        seconds: that drawing took.
    """

    pixels: NDArray[np.uint8]
    start: NDArray[np.uint8] | None
    seconds: float
