"""The looks that have names: each a few keys of `Look`, put over its defaults. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Value = str | float
Keys = Mapping[str, Value]
"""Some of the keys of a look and their values."""


def _keys(**values: Value) -> Keys:
    return MappingProxyType(values)


NAMED_LOOKS: Mapping[str, Keys] = MappingProxyType(
    {
        "noon": _keys(sky="clear", sun_elevation_deg=64, sun_azimuth_deg=-105, haze=0.06, contrast=0.1),
        "morning": _keys(sky="partly_cloudy", sun_elevation_deg=24, sun_azimuth_deg=-20, haze=0.2, warmth=-0.05),
        "golden_hour": _keys(
            sky="clear", sun_elevation_deg=10, sun_azimuth_deg=-142, haze=0.25, warmth=1.0, contrast=0.15, exposure=0.15
        ),
        "sunset": _keys(
            sky="sunset", sun_elevation_deg=2.5, sun_azimuth_deg=112, haze=0.2, warmth=0.8, saturation=0.3,
            exposure=-0.55,
        ),
        "blue_hour": _keys(
            sky="clear", sun_elevation_deg=-4, sun_azimuth_deg=165, haze=0.15, warmth=-0.75, exposure=-0.2
        ),
        "dawn": _keys(
            sky="clear", sun_elevation_deg=2.5, sun_azimuth_deg=62, haze=0.55, warmth=0.1, contrast=-0.25, exposure=0.3,
            saturation=0.2,
        ),
        "overcast": _keys(sky="overcast", sun_elevation_deg=45, sun_azimuth_deg=-120, haze=0.25, contrast=-0.1),
        "mist": _keys(
            sky="overcast", sun_elevation_deg=30, sun_azimuth_deg=-60, haze=0.9, contrast=-0.2, saturation=-0.25,
            exposure=0.2,
        ),
        "storm": _keys(
            sky="storm", sun_elevation_deg=35, sun_azimuth_deg=-130, haze=0.45, wetness=0.85, warmth=-0.25,
            contrast=0.25, saturation=-0.25,
        ),
        "night": _keys(
            sky="night", sun_elevation_deg=38, sun_azimuth_deg=-65, haze=0.1, warmth=-0.8, saturation=-0.35,
            exposure=0.3,
        ),
        "spring": _keys(sky="partly_cloudy", season="spring", sun_elevation_deg=46, sun_azimuth_deg=-130, haze=0.1),
        "dry_summer": _keys(
            sky="clear", season="dry", sun_elevation_deg=52, sun_azimuth_deg=-140, haze=0.35, warmth=0.3, exposure=0.2
        ),
        "autumn": _keys(
            sky="partly_cloudy", season="autumn", sun_elevation_deg=21, sun_azimuth_deg=-150, haze=0.3, warmth=0.2
        ),
        "snow": _keys(
            sky="partly_cloudy", season="snow", sun_elevation_deg=17, sun_azimuth_deg=-160, haze=0.2, warmth=-0.12,
            exposure=-0.35, contrast=0.2,
        ),
        "studio": _keys(sky="studio", haze=0.0),
    }
)  # fmt: skip
"""Name → keys. Azimuths are about z from the x axis, so −90 is south, ±180 west."""
