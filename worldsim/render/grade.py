"""The mood of a look as one matrix and one exponent on radiance: white balance, saturation, contrast.

Raster and path tracer grade before the same tone curve, so their pictures keep one mood. It knows nothing of OpenGL.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.scene.look import Look

Floats = NDArray[np.float64]

LUMA = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709
GREY = 0.18
"""Radiance that contrast leaves where it is."""
WARMEST = np.array([1.30, 1.0, 0.62])
"""Gains of warmth 1, before they are scaled to keep white's luminance: about 3400 K seen by a camera set to 5500 K."""
VIVID = 0.6
"""How much farther from grey colours go at saturation 1."""
HARD = 0.5
"""Stops of slope at contrast 1: the exponent is 2 to this power."""


@dataclass(frozen=True)
class Grade:
    """What is done to radiance before the tone curve.

    Attributes:
        matrix: (3, 3) rows of RGB out by RGB in. exponent: of the contrast about `GREY`.
    """

    matrix: tuple[tuple[float, ...], ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    exponent: float = 1.0

    @classmethod
    def of(cls, look: Look) -> Grade:
        """Return the grade of a look."""
        gains = WARMEST**look.warmth
        gains = gains / (gains @ LUMA)
        strength = 1 + look.saturation * (VIVID if look.saturation > 0 else 1.0)
        spread = strength * np.eye(3) + (1 - strength) * np.tile(LUMA, (3, 1))
        matrix = tuple(tuple(row.tolist()) for row in spread @ np.diag(gains))
        return cls(matrix, float(2.0 ** (HARD * look.contrast)))

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return self == Grade()

    def __call__(self, radiance: NDArray) -> Floats:
        """Return graded radiance (…, 3), never negative."""
        value = np.asarray(radiance, np.float64)
        if self.neutral:
            return value
        value = np.maximum(value @ np.array(self.matrix).T, 0.0)
        return np.asarray(GREY * (value / GREY) ** self.exponent)
