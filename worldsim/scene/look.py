"""How a scene is lit: time of day, sky, haze, exposure, words for the diffusion renderer; and the light that follows.

`Look` is what an author writes; `Light` is the one strong source that follows from it (sun, moon or a studio lamp), in
numbers that any renderer can use. Nothing here knows of cameras, pictures or physics.

The world's x axis points east and y north. Radiometric quantities are linear RGB relative to the sun above the
atmosphere, whose irradiance is `SOLAR` (white) by definition.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from worldsim.errors import did_you_mean
from worldsim.scene.layout import Vec3
from worldsim.scene.look_names import NAMED_LOOKS, Value
from worldsim.scene.look_prompt import SUN_KEYS, over, understand
from worldsim.scene.spec import refuse_with

SkyKind = Literal["clear", "partly_cloudy", "overcast", "storm", "sunset", "night", "studio"]
Season = Literal["summer", "spring", "dry", "autumn", "winter", "snow"]

SOLAR = 5.0
"""Irradiance of the sun above the atmosphere, in the relative unit of this package."""

MOON_FRACTION = 2.5e-6
"""Full moon over sun: 0.32 lux over 128 000 lux (Allen's Astrophysical Quantities, 4th ed.)."""

RAYLEIGH_DEPTH: Vec3 = (0.049, 0.105, 0.233)
"""Vertical optical depth of clean air at 660, 550, 445 nm (Bucholtz 1995, sea level, rounded)."""

OZONE_DEPTH: Vec3 = (0.016, 0.025, 0.002)
"""Vertical optical depth of 300 Dobson units of ozone at the same wavelengths (Chappuis band, rounded)."""

DEFAULT_TIME: dict[str, str] = {"sunset": "18:32", "night": "23:00"}
AFTERNOON = "15:30"


class Look(BaseModel):
    """The `look:` of a scene file.

    What is not given follows from the words of the prompt, what they leave open from the named look, and the rest from
    the defaults here. Text alone stands for a name, or for a prompt where no look has that name.

    Attributes:
        name: one of `NAMED_LOOKS` that it starts from.
        time: local solar time "HH:MM"; the sun is highest at 12:00. Left out: the afternoon, or what the sky asks for.
        sun_elevation_deg: replaces the elevation that follows from the time; degrees above the horizon.
        sun_azimuth_deg: replaces the azimuth that follows from the time; degrees about z from the x axis (east),
            anticlockwise from above, so 90 is north.
        latitude_deg: north positive. day: of the year, 1 is the first of January. Both only matter with `time`.
        sky: what covers it. "night" puts a full moon where the sun's direction points, "studio" is an even grey
            backdrop with a large lamp.
        haze: 0 is the clearest air, 1 a thick mist.
        season: what grows and lies on the ground; "summer" is what the materials say, "snow" covers the ground.
        wetness: 0 dry to 1 soaked: darker and glossier ground.
        exposure: stops above (+) or below (−) the automatic exposure.
        warmth: white balance, −1 cold blue to +1 warm amber. contrast, saturation: −1 flat, grey, to +1 hard, vivid.
        prompt: what the picture should look like, in words: those of docs/looks.md set keys that are not given, and
            renderers that take words read all of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(default=None, description="a named look to start from: " + ", ".join(NAMED_LOOKS))
    time: str | None = Field(default=None, pattern=r"^([01]?\d|2[0-3]):[0-5]\d$", description='"HH:MM"')
    sun_elevation_deg: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    sun_azimuth_deg: float | None = Field(default=None, ge=-360, le=360, allow_inf_nan=False)
    latitude_deg: float = Field(default=37.5, ge=-90, le=90, allow_inf_nan=False)
    day: int = Field(default=196, ge=1, le=366)
    sky: SkyKind = "clear"
    haze: float = Field(default=0.15, ge=0, le=1, allow_inf_nan=False)
    season: Season = "summer"
    wetness: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)
    exposure: float = Field(default=0.0, ge=-8, le=8, allow_inf_nan=False)
    warmth: float = Field(default=0.0, ge=-1, le=1, allow_inf_nan=False)
    contrast: float = Field(default=0.0, ge=-1, le=1, allow_inf_nan=False)
    saturation: float = Field(default=0.0, ge=-1, le=1, allow_inf_nan=False)
    prompt: str = Field(default="", max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, data: Any) -> Any:
        """Put what is given over what the prompt says, and that over the named look."""
        if isinstance(data, str):
            data = {"name": data} if data in NAMED_LOOKS or not understand(data).known else {"prompt": data}
        if not isinstance(data, Mapping):
            return data
        name, prompt = data.get("name"), data.get("prompt")
        values: dict[str, Value] = {}
        if isinstance(name, str):
            if name not in NAMED_LOOKS:
                known = ", ".join(NAMED_LOOKS)
                raise refuse_with(f"no look is called {name!r}; known: {known}", did_you_mean(name, NAMED_LOOKS))
            values = dict(NAMED_LOOKS[name])
        if isinstance(prompt, str):
            values = over(values, understand(prompt).keys)
        moonlit = values.get("sky") == "night" and "sky" in data
        for key in SUN_KEYS if "time" in data or moonlit else ("time",) if "sun_elevation_deg" in data else ():
            values.pop(key, None)
        return {**values, **data}

    def sun_angles(self) -> tuple[float, float]:
        """Return the sun's elevation and azimuth in rad (azimuth about z from x, anticlockwise).

        Hour angle and declination as in Duffie and Beckman, Solar Engineering of Thermal Processes, 4th ed.,
        equations 1.6.1a (Cooper 1969) and 1.6.5.
        """
        hours, minutes = (self.time or DEFAULT_TIME.get(self.sky, AFTERNOON)).split(":")
        hour_angle = math.radians(15.0 * (int(hours) + int(minutes) / 60 - 12))
        declination = math.radians(23.45) * math.sin(2 * math.pi * (284 + self.day) / 365)
        latitude = math.radians(self.latitude_deg)
        east = -math.cos(declination) * math.sin(hour_angle)
        north = math.cos(latitude) * math.sin(declination) - math.sin(latitude) * math.cos(declination) * math.cos(
            hour_angle
        )
        up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
            hour_angle
        )
        elevation, azimuth = math.asin(max(-1.0, min(1.0, up))), math.atan2(north, east)
        if self.sun_elevation_deg is not None:
            elevation = math.radians(self.sun_elevation_deg)
        elif self.sky == "studio":
            elevation = math.radians(52.0)
        if self.sun_azimuth_deg is not None:
            azimuth = math.radians(self.sun_azimuth_deg)
        return elevation, azimuth

    @property
    def is_night(self) -> bool:
        """Whether the moon lights the scene: asked for, or the sun is more than 6° below the horizon (civil dusk)."""
        return self.sky == "night" or (self.sky != "studio" and self.sun_angles()[0] < math.radians(-6.0))

    def light(self) -> Light:
        """Return the strong source that casts the shadows."""
        elevation, azimuth = self.sun_angles()
        if self.sky == "studio":
            lamp = 0.55 * SOLAR
            return Light(_direction(elevation, azimuth), (lamp, 0.97 * lamp, 0.93 * lamp), math.radians(5.0), "lamp")
        if self.is_night:
            # Where the sun's path says, mirrored up, and high enough to see by: a look is a picture, not an almanac.
            up = max(abs(elevation), math.radians(25.0))
            colour = _transmitted(up, self.haze)
            return Light(_direction(up, azimuth), _scaled(colour, SOLAR * MOON_FRACTION), math.radians(0.26), "moon")
        # The sun's radius is 16 arc minutes; a cloud layer takes its direct light.
        direct = {"overcast": 0.0, "storm": 0.0, "partly_cloudy": 0.95}.get(self.sky, 1.0)
        fade = min(1.0, max(0.0, (elevation + math.radians(0.8)) / math.radians(1.6)))  # half risen at the horizon
        colour = _transmitted(elevation, self.haze)
        return Light(_direction(elevation, azimuth), _scaled(colour, SOLAR * direct * fade), math.radians(0.267), "sun")

    @property
    def haze_density(self) -> float:
        """Extinction of the air near the ground, 1/m: from 20 km of sight (haze 0) to 60 m (haze 1).

        Koschmieder's law: sight = 3.912 / extinction.
        """
        return float(3.912 / (20_000.0 * (60.0 / 20_000.0) ** self.haze))


@dataclass(frozen=True)
class Light:
    """The one source that casts shadows.

    Attributes:
        direction: unit, world: TOWARDS the source.
        irradiance: linear RGB on a surface that faces it, relative unit (see `SOLAR`); 0 where clouds hide it.
        angular_radius: rad, half the angle it fills: what makes its shadows soft.
        kind: what it is.
    """

    direction: Vec3
    irradiance: Vec3
    angular_radius: float
    kind: Literal["sun", "moon", "lamp"]


def air_mass(elevation: float) -> float:
    """Return the length of the path through the air over that to the zenith (Kasten and Young 1989), elevation in rad.

    Below the horizon the value there (38) holds.
    """
    degrees = max(0.0, math.degrees(elevation))
    return 1.0 / (math.sin(math.radians(degrees)) + 0.50572 * (degrees + 6.07995) ** -1.6364)


def aerosol_depth(haze: float) -> float:
    """Return the vertical optical depth of the aerosol at 550 nm: 0.03 (very clear) at haze 0 to 0.6 (murky) at 1."""
    return 0.03 + 0.57 * haze**1.5


def _transmitted(elevation: float, haze: float) -> Vec3:
    """Return the fraction (RGB) of a source's light that reaches the ground (Beer and Lambert)."""
    mass = air_mass(elevation)
    red, green, blue = (
        math.exp(-mass * (rayleigh + ozone + aerosol_depth(haze) * (550.0 / wavelength) ** 1.3))  # Ångström's 1.3
        for rayleigh, ozone, wavelength in zip(RAYLEIGH_DEPTH, OZONE_DEPTH, (660.0, 550.0, 445.0), strict=True)
    )
    return red, green, blue


def _direction(elevation: float, azimuth: float) -> Vec3:
    """Return the unit vector of two angles in rad."""
    flat = math.cos(elevation)
    return flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)


def _scaled(colour: Vec3, factor: float) -> Vec3:
    """Return the colour times the factor."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor
