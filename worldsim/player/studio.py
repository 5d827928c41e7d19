"""The drawing process: `python -m worldsim.player.studio`, started by `painter.py`. It knows no worlds and no windows.

Questions come on standard input, each (verb, arguments) pickled; each gets one answer on standard output, (True, what
was found) or (False, the error), in the same order. The pipe's end is the process's.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from typing import Any

import numpy as np

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


def main() -> None:
    """Serve until the pipe ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # drivers that print do not get between
    questions = os.fdopen(os.dup(0), "rb")
    if hasattr(os, "nice"):
        os.nice(NICE)
    studio = Studio()
    while True:
        try:
            verb, arguments = pickle.load(questions)
        except EOFError:
            break
        answer: tuple[bool, Any]
        try:
            answer = True, getattr(studio, verb)(*arguments)
        except Exception as error:  # it is raised again where the picture was wanted
            answer = False, error
        with contextlib.suppress(BrokenPipeError):  # nobody waits any more
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    main()
