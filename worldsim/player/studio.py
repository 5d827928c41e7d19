"""What the drawing process serves: pictures of stages. It knows nothing of worlds and windows."""

from __future__ import annotations

import time

import numpy as np

from worldsim.player.serve import serve
from worldsim.player.shot import Footage, Picture, Shot
from worldsim.render import make_renderer
from worldsim.render.raster.renderer import RasterRenderer
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage
from worldsim.render.visualise import layer_picture

QUALITY = "fast"  # of the raster: a steady picture before a finer one
NICE = 5  # less urgent than the world, its sound and a person's input (see nice(2))

Key = tuple[int, str, str]


class Studio:
    """Stages by number, and for each its renderers: one of a kind for each series of pictures."""

    def __init__(self) -> None:
        """Have nothing yet."""
        self._stages: dict[int, tuple[Stage, Footage]] = {}
        self._renderers: dict[Key, Renderer] = {}

    def build(self, number: int, stage: Stage, footage: Footage) -> None:
        """Take a stage; a renderer is made when the first picture is asked for."""
        self._stages[number] = stage, footage

    def shoot(self, number: int, shot: Shot) -> Picture:
        """Make a picture.

        Raises:
            WorldsimError: the renderer can't be made.
        """
        renderer, began = self._renderer(number, shot), time.perf_counter()
        if shot.layer == "color":
            pixels = renderer.frame(shot.state, shot.camera)
        else:
            pixels = layer_picture(renderer.render(shot.state, shot.camera, shot.before), shot.layer)
        return Picture(np.ascontiguousarray(pixels), getattr(renderer, "start", None), time.perf_counter() - began)

    def _renderer(self, number: int, shot: Shot) -> Renderer:
        """Return the renderer of a series, in the size asked for."""
        key = number, shot.renderer, shot.series
        found = self._renderers.get(key)
        if isinstance(found, RasterRenderer) and found.size != shot.size:
            found.resize(shot.size)
        elif found is None or found.size != shot.size:
            if found is not None:
                self._renderers.pop(key).close()
            found = self._renderers[key] = self._make(number, shot.renderer, shot.size)
        return found

    def _make(self, number: int, name: str, size: tuple[int, int]) -> Renderer:
        stage, footage = self._stages[number]
        if name == "raster":
            return make_renderer(name, stage, size=size, quality=QUALITY)
        return make_renderer(name, stage, size=size, weights=footage.weights, steps=footage.steps)

    def forget(self, number: int) -> None:
        """Let what comes next follow nothing: a cut."""
        for key, renderer in self._renderers.items():
            if key[0] == number:
                renderer.reset()

    def drop(self, number: int) -> None:
        """Close a stage's renderers and let go of it."""
        for key in [key for key in self._renderers if key[0] == number]:
            self._renderers.pop(key).close()
        del self._stages[number]


if __name__ == "__main__":
    serve(Studio(), NICE)
