"""Opens the window: checks what is asked for before anything is built, and says in one line what is missing."""

from __future__ import annotations

import os
import sys
from typing import Any

from worldsim.errors import NoDisplayError, UnknownNameError, WorldsimError
from worldsim.player.options import LAYERS, PlayOptions, PlayResult
from worldsim.scene.load import load_scene


def play(options: PlayOptions) -> PlayResult:
    """Play a scene in a window until it is closed.

    Raises:
        NoDisplayError: there is no display. SceneError, UnknownNameError: there is no such scene, layer or policy.
        OutputError: the recording can't be written.
    """
    if options.renderer not in LAYERS:
        raise UnknownNameError("renderer of the window", options.renderer, LAYERS)
    scene = load_scene(options.scene)
    pygame = _start(options)
    from worldsim.player.window import Window

    try:
        return Window(options, scene, pygame).run()
    finally:
        pygame.quit()


def _start(options: PlayOptions) -> Any:
    """Return pygame with its display open; sound is not touched, so a machine without any plays as well."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    ):
        raise NoDisplayError(_without_display(options))
    import pygame

    try:
        pygame.display.init()
    except pygame.error as error:
        raise NoDisplayError(f"{_without_display(options)} ({error})") from error
    try:
        pygame.joystick.init()
    except pygame.error as error:
        raise WorldsimError(f"the gamepad library does not start: {error}") from error
    pygame.key.set_repeat()
    return pygame


def _without_display(options: PlayOptions) -> str:
    policy = f" --policy {options.policy}" if options.policy else ""
    return (
        "this machine has no display for a window; record a video instead: "
        f"worldsim record {options.scene} -o {options.scene.rsplit('/', 1)[-1].removesuffix('.yaml')}.mp4{policy}"
    )
