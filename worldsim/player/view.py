"""A window that shows frames and takes no orders: what `render_mode="human"` opens."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import NoDisplayError
from worldsim.player.sdl import prepare

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")


class Viewer:
    """A window of a fixed size, the only one of its process; on a machine without a display it draws to nowhere."""

    def __init__(self, size: tuple[int, int], title: str = "worldsim", fps: int = 0) -> None:
        """Open it.

        Args:
            size: width and height, pixels.
            title: what its bar says.
            fps: `show` waits so that no more frames than this are shown a second; 0 never waits. Without a display
                nobody looks on, and it never waits either.

        Raises:
            NoDisplayError: there should be a display, but it can't be opened.
        """
        prepare()
        import pygame

        self._pygame = pygame
        nowhere = not any(os.environ.get(name) for name in DISPLAYS)
        self._fps = 0 if nowhere or os.environ.get("SDL_VIDEODRIVER") == "dummy" else fps
        if nowhere:
            os.environ["SDL_VIDEODRIVER"] = "dummy"
        try:
            pygame.display.init()
            self._screen: pygame.Surface | None = pygame.display.set_mode(size)
        except pygame.error as error:
            raise NoDisplayError(
                f"no window can be opened ({error}): on a machine without a display unset DISPLAY, "
                "or use render_mode='rgb_array'"
            ) from error
        finally:
            if nowhere:
                del os.environ["SDL_VIDEODRIVER"]
        pygame.display.set_caption(title)
        self._clock = pygame.time.Clock()

    def show(self, frame: NDArray[np.uint8]) -> None:
        """Show a frame (H, W, 3) of the window's size; closing the window ends the program like Ctrl-C."""
        pygame = self._pygame
        if self._screen is None or pygame.display.get_surface() is not self._screen:
            return  # it is closed, or another window of this process has taken its place
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                self.close()
                raise KeyboardInterrupt
        pygame.surfarray.blit_array(self._screen, frame.swapaxes(0, 1))
        pygame.display.flip()
        self._clock.tick(self._fps)

    def close(self) -> None:
        """Close the window; a second call does nothing."""
        if self._screen is not None:
            if self._pygame.display.get_surface() is self._screen:
                self._pygame.display.quit()
            self._screen = None
