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
class Footage:
    """How the diffusion renderer is made.

    Attributes:
        weights: a size that comes with worldsim, or a folder. steps: 1 … 8.
    """

    weights: str = "small"
    steps: int = 1


@dataclass(frozen=True)
class Picture:
    """A picture and what it is of.

    Attributes:
        pixels: (H, W, 3) uint8 sRGB. start: the raster's, where footage was made of it; else None.
        state, camera: the moment. seconds: that drawing took.
    """

    pixels: NDArray[Any]
    start: NDArray[Any] | None
    state: Snapshot
    camera: Camera
    seconds: float


class Drawer:
    """One stage's renderers, one for each size asked for lately."""

    def __init__(self, stage: Stage, footage: Footage | None = None) -> None:
        """Start the thread; a renderer is made when the first picture is asked for."""
        self._stage = stage
        self._footage = footage if footage is not None else Footage()
        self._renderers: dict[tuple[str, tuple[int, int]], Renderer] = {}
        self._thread = ThreadPoolExecutor(1, "worldsim-draw")
        self._closed = False

    def begin(
        self, size: tuple[int, int], state: Snapshot, camera: Camera, paint: Paint, name: str = "raster"
    ) -> Future[Picture]:
        """Begin a picture of `size` (width, height) px by a renderer; its result raises what drawing raised."""
        return self._thread.submit(self._draw, name, size, state, camera, paint)

    def keep(self, *sizes: tuple[int, int]) -> None:
        """Close the renderers of all other sizes, once the pictures that were begun are done."""
        self._thread.submit(self._close_but, sizes)

    def forget(self) -> None:
        """Let what comes next follow nothing: a cut."""
        self._thread.submit(self._reset)

    def _draw(self, name: str, size: tuple[int, int], state: Snapshot, camera: Camera, paint: Paint) -> Picture:
        if (name, size) not in self._renderers:
            self._renderers[name, size] = self._make(name, size)
        renderer = self._renderers[name, size]
        began = time.perf_counter()
        pixels = paint(renderer)
        return Picture(pixels, getattr(renderer, "start", None), state, camera, time.perf_counter() - began)

    def _make(self, name: str, size: tuple[int, int]) -> Renderer:
        if name == "raster":
            return make_renderer(name, self._stage, size=size, quality=QUALITY)
        weights, steps = self._footage.weights, self._footage.steps
        return make_renderer(name, self._stage, size=size, weights=weights, steps=steps)

    def _reset(self) -> None:
        for renderer in self._renderers.values():
            renderer.reset()

    def _close_but(self, sizes: tuple[tuple[int, int], ...]) -> None:
        for key in [key for key in self._renderers if key[1] not in sizes]:
            self._renderers.pop(key).close()

    def close(self) -> None:
        """Close all renderers and end the thread; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._close_but, ())
            self._thread.shutdown()
