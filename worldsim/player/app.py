"""Opens the window: checks what is asked for before anything is built, and says in one line what is missing."""

from __future__ import annotations

import contextlib
import gc
import os
import shlex
import sys
from pathlib import Path
from typing import Any

from worldsim.errors import NoDisplayError, UnknownNameError
from worldsim.player.options import LAYERS, PlayOptions, PlayResult
from worldsim.player.sdl import prepare
from worldsim.policy import fitted
from worldsim.scene.load import load_scene
from worldsim.scene.look_text import as_look

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # environment variables that name a display
NOWHERE = ("dummy", "offscreen")  # SDL's drivers that show nothing: only for those who ask for them


def play(options: PlayOptions) -> PlayResult:
    """Play a scene in a window until it is closed.

    Raises:
        NoDisplayError: there is no display. SceneError, UnknownNameError: there is no such scene, layer, policy or
            look.
        OutputError: the recording can't be written.
    """
    if options.renderer not in LAYERS:
        raise UnknownNameError("renderer of the window", options.renderer, LAYERS)
    scene = fitted(load_scene(options.scene), options.policy)
    as_look(options.look, scene.look)
    pygame = _start(options)
    from worldsim.player.game import Game
    from worldsim.player.window import Window

    try:
        game = Game(options, scene)
        gc.freeze()  # what is there stays: looking through all of it takes 40 ms, which would be heard
        try:
            return Window(game, pygame).run()
        finally:
            gc.unfreeze()
            game.close()
    finally:
        pygame.quit()


def _start(options: PlayOptions) -> Any:
    """Return pygame with its display open; a machine without a sound card plays as well."""
    prepare()
    asked = os.environ.get("SDL_VIDEODRIVER", "")
    if sys.platform.startswith("linux") and not (asked or any(os.environ.get(name) for name in DISPLAYS)):
        raise NoDisplayError(_without_display(options))
    import pygame

    only_x = sys.platform.startswith("linux") and not (asked or os.environ.get("WAYLAND_DISPLAY"))
    if only_x:  # else Wayland is tried where X fails, and its library writes a line of its own
        os.environ["SDL_VIDEODRIVER"] = "x11"
    try:
        pygame.display.init()
    except pygame.error as error:
        raise NoDisplayError(f"{_without_display(options)} ({error})") from None
    finally:
        if only_x:
            os.environ.pop("SDL_VIDEODRIVER", None)
    if pygame.display.get_driver() in NOWHERE and pygame.display.get_driver() not in asked:
        pygame.display.quit()
        raise NoDisplayError(_without_display(options))
    with contextlib.suppress(pygame.error):  # a machine that has no gamepads plays by keys
        pygame.joystick.init()
    return pygame


def _without_display(options: PlayOptions) -> str:
    scene = Path(options.scene)
    words = ["worldsim", "record", options.scene, "-o", str(options.record or f"{scene.stem}.mp4")]
    words += ["--policy", options.policy] if options.policy else []
    words += ["--seed", str(options.seed)] if options.seed else []
    return f"this machine has no display for a window; record a video instead: {shlex.join(words)}"
