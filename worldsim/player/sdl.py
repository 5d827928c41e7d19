"""What SDL must be told before it opens a display."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def prepare(environment: MutableMapping[str, str] = os.environ) -> None:
    """Keep SDL from drawing its window with OpenGL, and pygame from greeting; say what program the window is of.

    SDL 2.28 copies a window's surface to the screen by a GL renderer of its own, whose context takes the place of the
    raster's in this thread: the window stays black and the raster draws into nothing. Copied by X or Wayland itself,
    960×540 pixels take about 2 ms.
    """
    environment.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    environment.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    environment.setdefault("SDL_VIDEO_X11_WMCLASS", "worldsim")
    environment.setdefault("SDL_VIDEO_WAYLAND_WMCLASS", "worldsim")
