"""A head between two ears: how much later and how much duller a sound comes to the ear that is turned away.

Brown and Duda's spherical head (C. P. Brown and R. O. Duda, "A structural model for binaural sound synthesis", IEEE
Trans. Speech Audio Process. 6(5), 1998): each ear hears a source through one zero and one pole,

    H(s, θ) = (1 + α(θ) s/2ω₀) / (1 + s/2ω₀),  ω₀ = c/a,  α(θ) = 1 + α_min/2 + (1 − α_min/2) cos(180° θ/θ_min),

θ from the ear's axis to the source, α_min = 0.1, θ_min = 150°. As the pole is the same for every direction, H is
α + (1 − α) L with one low-pass L, so that all sources of a block share it. The delay is Woodworth's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.modes import AIR_SOUND_SPEED

Floats = NDArray[np.float64]

HEAD_RADIUS = 0.0875  # m (Woodworth 1938)
LEAST_ALPHA = 0.1  # treble left at the darkest spot, 20 dB less than in front
DARKEST = 150.0  # degrees from the ear's axis
POLE = AIR_SOUND_SPEED / HEAD_RADIUS / np.pi  # Hz: 2 ω₀/2π, 1.25 kHz


def shadow(side: Floats) -> Floats:
    """Return (2, S) α for the left and the right ear: treble of 1 + α_min towards the ear down to α_min, bass 1.

    Args:
        side: (S,) sine of the azimuth of each source, +1 to the right.
    """
    right = np.degrees(np.arccos(np.clip(side, -1.0, 1.0)))
    angle = np.array([180.0 - right, right])
    half = LEAST_ALPHA / 2
    return np.asarray(1 + half + (1 - half) * np.cos(np.radians(angle * 180.0 / DARKEST)))


def lag(side: Floats, sample_rate: int) -> Floats:
    """Return (S,) samples by which the left ear hears later than the right: a (θ + sin θ)/c, θ the azimuth."""
    azimuth = np.arcsin(np.minimum(np.maximum(side, -1.0), 1.0))
    return np.asarray(HEAD_RADIUS / AIR_SOUND_SPEED * (azimuth + np.sin(azimuth)) * sample_rate)
