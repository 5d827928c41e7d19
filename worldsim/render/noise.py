"""Random fields that repeat without a seam. Every one is a function of its arguments: same arguments, same bytes."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@functools.lru_cache(maxsize=64)
def spectral_noise(
    side: int, slope: float, seed: int, low: int = 1, high: int = 100_000, stretch: float = 1.0
) -> Floats:
    """Return a periodic Gaussian field (side, side) of mean 0, deviation 1 and amplitude frequency**slope.

    Args:
        side: samples each way.
        slope: −1 is pink and rough, −2 smooth and hilly.
        seed: of the field.
        low: cycles a side below which there is nothing.
        high: cycles a side above which there is nothing.
        stretch: above 1 the features are that many times longer along axis 1 than along axis 0.
    """
    rng = np.random.default_rng([side, seed])
    spectrum = np.fft.rfft2(rng.standard_normal((side, side)))
    fy = np.fft.fftfreq(side, 1 / side)[:, None]
    fx = np.fft.rfftfreq(side, 1 / side)[None, :] * stretch
    frequency = np.hypot(fx, fy)
    inside = (frequency >= low) & (frequency <= high)
    gain = np.where(inside, np.maximum(frequency, 1.0) ** slope, 0.0)
    field = np.fft.irfft2(spectrum * gain, s=(side, side))
    field -= field.mean()
    field /= max(float(field.std()), 1e-12)
    field.flags.writeable = False
    return field
