"""What the drawing process serves: pictures of stages. It knows nothing of worlds and windows."""

from __future__ import annotations

import time

import numpy as np

from worldsim.player.serve import serve
from worldsim.player.shot import Footage, Picture, Shot
from worldsim.render import make_renderer
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage
from worldsim.render.visualise import layer_picture

QUALITY = "fast"  # of the raster: a steady picture before a finer one
NICE = 5  # less urgent than the world, its sound and a person's input (see nice(2))

Key = tuple[int, str, tuple[int, int]]


class Studio:
    """Stages by number, and for each its renderers: one for each size asked for lately."""

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
        key = number, shot.renderer, shot.size
        if key not in self._renderers:
            self._renderers[key] = self._make(*key)
        renderer, began = self._renderers[key], time.perf_counter()
        if shot.layer == "color":
            pixels = renderer.frame(shot.state, shot.camera)
        else:
            pixels = layer_picture(renderer.render(shot.state, shot.camera, shot.before), shot.layer)
        return Picture(np.ascontiguousarray(pixels), getattr(renderer, "start", None), time.perf_counter() - began)

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

    def keep(self, number: int, sizes: tuple[tuple[int, int], ...]) -> None:
        """Close a stage's renderers of all other sizes."""
        for key in [key for key in self._renderers if key[0] == number and key[2] not in sizes]:
            self._renderers.pop(key).close()

    def drop(self, number: int) -> None:
        """Close a stage's renderers and let go of it."""
        self.keep(number, ())
        del self._stages[number]


if __name__ == "__main__":
    serve(Studio(), NICE)
