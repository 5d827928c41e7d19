"""Colour spaces that the measures share: luma, linear light, CIELAB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB to XYZ (IEC 61966-2-1, D65)."""
WHITE = TO_XYZ @ np.ones(3)
REC601 = np.array([0.299, 0.587, 0.114])


def luma(picture: NDArray) -> Floats:
    """Return the BT.601 luma (…) of code values (…, 3), in their range."""
    return np.asarray(picture, np.float64) @ REC601


def linear(picture: NDArray[np.uint8]) -> Floats:
    """Return linear light in [0, 1] of sRGB code values (uint8)."""
    return _TABLE[picture]


def lab(rgb: Floats) -> Floats:
    """Return CIELAB (…, 3) of linear sRGB (…, 3) in [0, 1], white D65."""
    ratio = rgb @ (TO_XYZ / WHITE[:, None]).T
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _table() -> Floats:
    code = np.arange(256) / 255
    table = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    table.flags.writeable = False
    return table


_TABLE = _table()
