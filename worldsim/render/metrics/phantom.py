"""Phantoms: things in the picture without a body, and bodies without a picture.

A thing shows by its outline. Where an outline is in the picture and not in the expected one (the reference's, or the
raster's where there is none), there is a phantom; where a body has one in the expected picture and none in this, it is
missing. Another exposure or tint moves no outline and counts as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import lab, linear

SMALLEST = 60
"""px: what is smaller is noise, or too small to be told from it."""
DIFFERENT = 16.0
"""ΔE of the blurred pictures from which on something else may be there."""
CLEAR, FAINT = 10.0, 0.4
"""ΔE across an outline that is clear; an outline is gone below this share of what is expected."""
REACH = 2  # px on either side of an outline


@dataclass(frozen=True)
class Phantoms:
    """What should not be, and what should.

    Attributes:
        things: without a body. missing: bodies without a picture. bodies: that should be seen.
    """

    things: int
    missing: int
    bodies: int

    @property
    def rate(self) -> float:
        """Things and missing ones over the bodies that should be seen; 0 where there is nothing of either."""
        wrong = self.things + self.missing
        return wrong / max(self.bodies, 1)


def phantoms(picture: NDArray[np.uint8], expected: NDArray[np.uint8], instance: NDArray[np.integer]) -> Phantoms:
    """Return what is too much and too little in a picture.

    Args:
        picture: (H, W, 3) uint8, what is judged.
        expected: (H, W, 3) uint8, what is known to show everything.
        instance: (H, W) ids, 0 the background.
    """
    found, known = (lab(linear(each)) for each in (picture, expected))
    bodies = missing = 0
    for number in np.unique(instance).tolist():
        mask = instance == number
        if number == 0 or np.count_nonzero(mask) < SMALLEST:
            continue
        clear = outline_contrast(known, mask)
        if clear < CLEAR:
            continue  # hardly seen even where everything is right
        bodies += 1
        missing += outline_contrast(found, mask) < FAINT * clear
    blurred = np.stack([ndimage.gaussian_filter(found[..., k] - known[..., k], 1.5) for k in range(3)], -1)
    patches, _ = ndimage.label(np.linalg.norm(blurred, axis=-1) > DIFFERENT)
    things = 0
    for number, window in enumerate(ndimage.find_objects(patches), 1):
        if window is None or np.count_nonzero(patches[window] == number) < SMALLEST:
            continue
        mask = patches == number
        clear = outline_contrast(found, mask)
        things += clear > CLEAR and outline_contrast(known, mask) < FAINT * clear
    return Phantoms(int(things), int(missing), bodies)


def outline_contrast(colour: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    """Return the mean colour difference ΔE across the outline of a mask (H, W) in a CIELAB picture (H, W, 3).

    Both sides are means of what lies within `REACH` pixels. 0 where the mask has no outline inside the picture.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    margin = 2 * REACH + 1
    window = tuple(slice(max(0, int(line[0]) - margin), int(line[-1]) + margin + 1) for line in (rows, columns))
    inside, part = mask[window], colour[window]
    line = inside & ~ndimage.binary_erosion(inside, border_value=1)
    if not line.any():
        return 0.0
    sides = []
    for side in (inside, ~inside):
        weight = ndimage.uniform_filter(side.astype(np.float64), 2 * REACH + 1, mode="constant")
        total = [ndimage.uniform_filter(part[..., k] * side, 2 * REACH + 1, mode="constant") for k in range(3)]
        sides.append((np.stack(total, -1)[line], weight[line]))
    seen = np.minimum(sides[0][1], sides[1][1]) > 1e-9
    if not seen.any():
        return 0.0
    near, far = (total[seen] / weight[seen, None] for total, weight in sides)
    return float(np.linalg.norm(near - far, axis=1).mean())
