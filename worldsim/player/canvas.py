"""Where the picture lies in the window: as large as fits, bars beside it, and pixels of one as pixels of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Canvas:
    """The place of a picture in a window.

    Attributes:
        picture, window: (width, height) px.
    """

    picture: tuple[int, int]
    window: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the window for a pixel of the picture."""
        return min(self.window[0] / self.picture[0], self.window[1] / self.picture[1])

    @property
    def corner(self) -> tuple[float, float]:
        """Where the picture's top left corner is, px of the window."""
        scale = self.scale
        return (self.window[0] - self.picture[0] * scale) / 2, (self.window[1] - self.picture[1] * scale) / 2

    def to_picture(self, at: tuple[float, float]) -> tuple[float, float]:
        """Return the pixel of the picture under a pixel of the window."""
        (x, y), scale = self.corner, self.scale
        return (at[0] - x) / scale, (at[1] - y) / scale

    def to_window(self, at: tuple[float, float]) -> tuple[float, float]:
        """Return where a pixel of the picture is in the window."""
        (x, y), scale = self.corner, self.scale
        return x + at[0] * scale, y + at[1] * scale

    def blit(self, pygame: Any, screen: Any, frame: NDArray[np.uint8]) -> None:
        """Draw a picture (H, W, 3) uint8, which may be coarser than `picture` says, on the window's surface."""
        drawn = (frame.shape[1], frame.shape[0])
        image = pygame.image.frombuffer(np.ascontiguousarray(frame), drawn, "RGB")
        if drawn == self.window:
            screen.blit(image, (0, 0))
            return
        x, y = self.corner
        size = (max(1, round(self.picture[0] * self.scale)), max(1, round(self.picture[1] * self.scale)))
        screen.fill((0, 0, 0))
        screen.blit(pygame.transform.smoothscale(image, size), (round(x), round(y)))
