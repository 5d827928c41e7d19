"""Two pictures of one moment in one: raster on the left, footage on the right of a divider that can be dragged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRIP = 9.0
"""px beside the divider where a press takes hold of it."""
LINE = (255, 255, 255)


@dataclass
class Divider:
    """Where a split picture is divided.

    Attributes:
        place: share of the width, in [0, 1]: left of it is the raster's picture.
        turned: the other picture is shown alone, where no divider is.
    """

    place: float = 0.5
    turned: bool = False

    def holds(self, x: float, width: int) -> bool:
        """Return whether a press at x px in a picture of that width takes hold of it."""
        return abs(x - self.place * width) <= GRIP

    def move(self, x: float, width: int) -> None:
        """Drag it to x px."""
        self.place = min(max(x / width, 0.0), 1.0)

    def split(self, start: NDArray[np.uint8], footage: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return both pictures (H, W, 3) in one, with a line between them."""
        width = footage.shape[1]
        column = round(self.place * width)
        out = footage.copy()
        out[:, :column] = start[:, :column]
        if 0 < column < width:
            out[:, max(column - 1, 0) : column + 1] = LINE
        return out
