"""A window that shows frames and takes no orders: what `render_mode="human"` opens."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray


class Viewer:
    """A window of a fixed size; on a machine without a display it draws to nowhere."""

    def __init__(self, size: tuple[int, int], title: str = "worldsim") -> None:
        """Open it.

        Args:
            size: width and height, pixels.
            title: what its bar says.
        """
        import pygame

        if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")):
            os.environ["SDL_VIDEODRIVER"] = "dummy"
        pygame.display.init()
        self._pygame = pygame
        self._screen: pygame.Surface | None = pygame.display.set_mode(size)
        pygame.display.set_caption(title)

    def show(self, frame: NDArray[np.uint8]) -> None:
        """Show a frame (H, W, 3) of the window's size; closing the window ends the program like Ctrl-C."""
        if self._screen is None:
            return
        for event in self._pygame.event.get():
            if event.type == self._pygame.QUIT:
                self.close()
                raise KeyboardInterrupt
        self._pygame.surfarray.blit_array(self._screen, frame.swapaxes(0, 1))
        self._pygame.display.flip()

    def close(self) -> None:
        """Close the window; a second call does nothing."""
        if self._screen is not None:
            self._screen = None
            self._pygame.display.quit()
