"""What every renderer can do. It knows nothing of how."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer

Moment = tuple[Snapshot, Camera]


class Renderer(Protocol):
    """Turns snapshots into pictures. The same calls since `reset` give the same bytes.

    A renderer belongs to the thread that made it.

    Attributes:
        name: "raster", "tiny" …; size: (width, height) in pixels.
    """

    name: str
    size: tuple[int, int]

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers; `previous` is where everything was in the frame before, for the motion layer."""
        ...

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture alone, (H, W, 3) uint8 sRGB, row 0 at the top: faster than `render`."""
        ...

    def reset(self) -> None:
        """Forget what earlier frames left behind: the next one follows a cut."""
        ...

    def close(self) -> None:
        """Give everything back; a second call does nothing."""
        ...
