"""ꟻLIP: the difference that a person sees who flips between two pictures. 0 is none, 1 the largest.

LDR-ꟻLIP of Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström and Fairchild, "FLIP: A Difference Evaluator for
Alternating Images", 2020: contrast sensitivity, Hunt-adjusted HyAB colour distance, and edge and point features.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.metrics.colour import TO_XYZ, WHITE, lab, linear

Floats = NDArray[np.float64]

PIXELS_PER_DEGREE = 0.7 * 3840 / 0.7 * math.pi / 180
"""A 0.7 m wide screen of 3840 pixels seen from 0.7 m: the authors' default, 67.02."""

SENSITIVITY = (((1.0, 0.0047),), ((1.0, 0.0053),), ((34.1, 0.04), (13.5, 0.025)))
"""(a, b) of the Gaussians a √(π/b) exp(−π² x²/b) of the achromatic, red-green and blue-yellow channel; x in degrees."""
WIDEST = 0.04
FEATURE = 0.082
"""Degrees: width of the edges and points that are looked for."""
COLOUR_POWER, FEATURE_POWER = 0.7, 0.5
KNEE, AT_KNEE = 0.4, 0.95


def flip(
    picture: NDArray[np.uint8], reference: NDArray[np.uint8], pixels_per_degree: float = PIXELS_PER_DEGREE
) -> float:
    """Return the mean of `flip_map`."""
    return float(flip_map(picture, reference, pixels_per_degree).mean())


def flip_map(
    picture: NDArray[np.uint8], reference: NDArray[np.uint8], pixels_per_degree: float = PIXELS_PER_DEGREE
) -> Floats:
    """Return the visible difference (H, W) in [0, 1] of two (H, W, 3) uint8 sRGB pictures.

    Raises:
        ValueError: shapes differ.
    """
    if picture.shape != reference.shape:
        raise ValueError(f"pictures of one shape are compared; found {picture.shape} and {reference.shape}")
    a, b = (_opponent(linear(each)) for each in (picture, reference))
    colour = _colour(_filtered(a, pixels_per_degree), _filtered(b, pixels_per_degree))
    feature = _feature((a[..., 0] + 16) / 116, (b[..., 0] + 16) / 116, pixels_per_degree)
    return np.asarray(colour ** (1 - feature))


def _opponent(rgb: Floats) -> Floats:
    """Return YyCxCz (…, 3): CIELAB without its cube root."""
    x, y, z = np.moveaxis(rgb @ (TO_XYZ / WHITE[:, None]).T, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def _from_opponent(opponent: Floats) -> Floats:
    """Return linear sRGB (…, 3) of YyCxCz, clipped to [0, 1]."""
    y = (opponent[..., 0] + 16) / 116
    ratio = np.stack([y + opponent[..., 1] / 500, y, y - opponent[..., 2] / 200], -1)
    return np.clip(ratio @ np.linalg.inv(TO_XYZ / WHITE[:, None]).T, 0, 1)


def _filtered(opponent: Floats, ppd: float) -> Floats:
    """Return what is seen at that many pixels a degree, in CIELAB after the Hunt effect."""
    radius = math.ceil(3 * math.sqrt(WIDEST / (2 * math.pi**2)) * ppd)
    x = np.arange(-radius, radius + 1) / ppd
    out = np.empty_like(opponent)
    for channel, gaussians in enumerate(SENSITIVITY):
        total = np.zeros(opponent.shape[:2])
        weight = 0.0
        for a, b in gaussians:
            line = np.exp(-(math.pi**2) * x * x / b)
            height = a * math.sqrt(math.pi / b)
            total += height * _separable(opponent[..., channel], line, line)
            weight += height * float(line.sum()) ** 2
        out[..., channel] = total / weight
    seen = lab(_from_opponent(out))
    seen[..., 1:] *= 0.01 * seen[..., :1]
    return seen


def _separable(field: Floats, along: Floats, across: Floats) -> Floats:
    """Return the field correlated with a kernel along its rows and one across them; the border is repeated."""
    return np.asarray(
        ndimage.correlate1d(ndimage.correlate1d(field, along, 1, mode="nearest"), across, 0, mode="nearest")
    )


def _hyab(a: Floats, b: Floats) -> Floats:
    """Return the HyAB distance (Abasi, Tehran and Fairchild 2019)."""
    return np.abs(a[..., 0] - b[..., 0]) + np.linalg.norm(a[..., 1:] - b[..., 1:], axis=-1)


def _colour(a: Floats, b: Floats) -> Floats:
    """Return the colour difference in [0, 1]: large distances are squeezed into the upper 5 %."""
    ends = lab(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    ends[:, 1:] *= 0.01 * ends[:, :1]
    largest = float(_hyab(ends[0], ends[1])) ** COLOUR_POWER
    distance = _hyab(a, b) ** COLOUR_POWER
    knee = KNEE * largest
    return np.where(
        distance < knee, AT_KNEE / knee * distance, AT_KNEE + (distance - knee) / (largest - knee) * (1 - AT_KNEE)
    )


def _feature(a: Floats, b: Floats, ppd: float) -> Floats:
    """Return how much the edges and points of two grey pictures in [0, 1] differ, in [0, 1]."""
    deviation = 0.5 * FEATURE * ppd
    radius = math.ceil(3 * deviation)
    x = np.arange(-radius, radius + 1)
    bell = np.exp(-(x * x) / (2 * deviation**2))
    edge = -x * bell
    point = (x * x / deviation**2 - 1) * bell
    difference = np.zeros(a.shape)
    for kernel in (edge, point):
        kernel = np.where(kernel > 0, kernel / kernel[kernel > 0].sum(), kernel / -kernel[kernel < 0].sum())
        strength = [
            np.hypot(_separable(each, kernel, bell / bell.sum()), _separable(each, bell / bell.sum(), kernel))
            for each in (a, b)
        ]
        difference = np.maximum(difference, np.abs(strength[0] - strength[1]))
    return np.asarray((difference / math.sqrt(2)) ** FEATURE_POWER)
