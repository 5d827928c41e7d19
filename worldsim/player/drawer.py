"""Draws in a thread of its own, so that the world goes on while a picture is made.

Python's lock is given away wherever the driver works (see `render.raster.context.flusher`), and taken for the calls in
between. Renderers are made, used and closed in this thread alone. It knows nothing of worlds, windows and layers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage

QUALITY = "fast"  # of the raster: a steady picture before a finer one

Paint = Callable[[Renderer], NDArray[Any]]
"""Makes a picture with the renderer it is given."""


@dataclass(frozen=True)
class Picture:
    """A picture and what it is of.

    Attributes:
        pixels: (H, W, 3) uint8 sRGB. state, camera: the moment. seconds: that drawing took.
    """

    pixels: NDArray[Any]
    state: Snapshot
    camera: Camera
    seconds: float


class Drawer:
    """One stage's renderers, one for each size asked for lately."""

    def __init__(self, stage: Stage) -> None:
        """Start the thread; a renderer is made when the first picture is asked for."""
        self._stage = stage
        self._renderers: dict[tuple[int, int], Renderer] = {}
        self._thread = ThreadPoolExecutor(1, "worldsim-draw")
        self._closed = False

    def begin(self, size: tuple[int, int], state: Snapshot, camera: Camera, paint: Paint) -> Future[Picture]:
        """Begin a picture of `size` (width, height) px; its result raises what drawing raised."""
        return self._thread.submit(self._draw, size, state, camera, paint)

    def keep(self, *sizes: tuple[int, int]) -> None:
        """Close the renderers of all other sizes, once the pictures that were begun are done."""
        self._thread.submit(self._close_but, sizes)

    def _draw(self, size: tuple[int, int], state: Snapshot, camera: Camera, paint: Paint) -> Picture:
        if size not in self._renderers:
            self._renderers[size] = make_renderer("raster", self._stage, size=size, quality=QUALITY)
        began = time.perf_counter()
        pixels = paint(self._renderers[size])
        return Picture(pixels, state, camera, time.perf_counter() - began)

    def _close_but(self, sizes: tuple[tuple[int, int], ...]) -> None:
        for size in [size for size in self._renderers if size not in sizes]:
            self._renderers.pop(size).close()

    def close(self) -> None:
        """Close all renderers and end the thread; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._close_but, ())
            self._thread.shutdown()
