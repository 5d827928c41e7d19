"""A look as sixteen numbers: what a network is told of the light. It knows nothing of networks or pictures."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldsim.scene.look import MOON_FRACTION, SOLAR, Look

LOOK_VECTOR_NAMES = (
    "light_elevation_sin", "light_azimuth_cos", "light_azimuth_sin", "light_strength", "clouds", "haze", "night",
    "studio", "exposure", "warmth", "contrast", "saturation", "wetness", "growth", "snow", "reserved",
)  # fmt: skip
"""What the entries of `look_vector` mean, in their order; "reserved" is 0."""

LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
CLOUDS = {"partly_cloudy": 0.4, "overcast": 0.8, "storm": 1.0}
GROWTH = {"spring": -0.5, "dry": 0.6, "autumn": 1.0, "winter": 0.8}
"""Season of what grows: −0.5 fresh green, 0 summer green, 1 red and brown leaves."""


def look_vector(look: Look) -> NDArray[np.float32]:
    """Return a look as (16,) float32; entries are named by `LOOK_VECTOR_NAMES`.

    The azimuth is scaled by the cosine of the elevation, so that the first three are the unit direction towards the
    light. light_strength is its luminance on a surface that faces it, 1 for the sun (or the full moon at night) above
    the atmosphere and 0 behind clouds; clouds runs from 0 to 1; exposure is in units of 4 stops; the moods are as in
    `Look`. All entries lie in [−2, 2].
    """
    light = look.light()
    full = SOLAR * (MOON_FRACTION if light.kind == "moon" else 1.0)
    east, north, up = light.direction
    strength = math.fsum(a * b for a, b in zip(LUMA, light.irradiance, strict=True)) / full
    return np.array(
        [
            up,
            east,
            north,
            strength,
            CLOUDS.get(look.sky, 0.0),
            look.haze,
            float(look.is_night),
            float(look.sky == "studio"),
            look.exposure / 4,
            look.warmth,
            look.contrast,
            look.saturation,
            look.wetness,
            GROWTH.get(look.season, 0.0),
            1.0 if look.season == "snow" else 0.25 if look.season == "winter" else 0.0,
            0.0,
        ],
        np.float32,
    )
