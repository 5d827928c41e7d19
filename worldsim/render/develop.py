"""From radiance to the picture's numbers, on the CPU: the same curve as the shader's `develop`."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.render.grade import Grade

INTO = np.array([[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]])
BACK = np.array([[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]])
GAIN = 1.5


def develop(radiance: ArrayLike, grade: Grade | None = None) -> NDArray[np.uint8]:
    """Return sRGB pixels (…, 3) of exposed radiance (…, 3), in the mood of a grade.

    Stephen Hill's fit of the ACES reference and output transforms (BakingLab, MIT licence).
    """
    exposed = np.asarray(radiance, np.float64)
    v = (exposed if grade is None else grade(exposed)) * GAIN @ INTO.T
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081)
    return to_srgb(np.clip(v @ BACK.T, 0, 1))


def to_srgb(linear: ArrayLike) -> NDArray[np.uint8]:
    """Return the sRGB code values (uint8) of linear numbers in [0, 1] (IEC 61966-2-1)."""
    x = np.clip(np.asarray(linear, np.float64), 0, 1)
    coded = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(coded * 255).astype(np.uint8)
