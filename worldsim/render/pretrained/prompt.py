"""A look in words, for models that were trained with captions. It knows nothing of those models."""

from __future__ import annotations

import math
from collections.abc import Sequence

from worldsim.scene.look import Look
from worldsim.scene.look_prompt import understand

MOST_THINGS = 8
"""Kinds of things that are named: text encoders read 77 tokens (CLIP) and more, and the first count most."""

SKY = {
    "clear": "clear sky",
    "partly_cloudy": "scattered clouds",
    "overcast": "overcast sky, soft light",
    "storm": "dark storm clouds",
    "sunset": "sunset sky",
    "night": "night, moonlight",
    "studio": "plain studio backdrop, soft studio light",
}
SEASON = {
    "summer": "",
    "spring": "spring",
    "dry": "dry summer, parched grass",
    "autumn": "autumn leaves",
    "winter": "bare winter",
    "snow": "snow on the ground",
}
NEGATIVE = "cartoon, computer graphics, painting, text, watermark, blurry, flickering, deformed"
"""What is not wanted of footage that should look filmed."""


def prompt_of(look: Look, class_names: Sequence[str] = ()) -> str:
    """Return the caption of a picture in that light: the author's words, the things there, then what the look adds.

    What the prompt's own words already say is not said again.

    Args:
        look: the light and its prompt.
        class_names: of the things, as in `GBuffer.class_names`; "background" and "ground" are left out.
    """
    told = understand(look.prompt).keys
    words = [look.prompt.strip().rstrip(".")]
    things = [name.replace("_", " ") for name in class_names if name not in ("background", "ground")]
    fresh = [name for name in things if name not in look.prompt.lower()]
    words.append(", ".join(fresh[:MOST_THINGS]))
    words.append("realistic video")
    if not {"time", "sun_elevation_deg"} & told.keys() and look.sky not in ("night", "studio"):
        words.append(_hour(look))
    unseen = (look.is_night and look.sky != "night") or (look.haze >= 0.6 and look.sky in ("clear", "partly_cloudy"))
    if "sky" not in told and not unseen:
        words.append(SKY[look.sky])
    if "haze" not in told:
        words.append(
            "thick fog" if look.haze >= 0.85 else "mist" if look.haze >= 0.6 else "hazy air" * (look.haze > 0.4)
        )
    if "season" not in told:
        words.append(SEASON[look.season])
    if "wetness" not in told:
        words.append("wet ground after rain" if look.wetness >= 0.5 else "damp ground" * (look.wetness >= 0.2))
    if "warmth" not in told:
        words.append("warm light" if look.warmth >= 0.4 else "cold light" * (look.warmth <= -0.4))
    return ", ".join(word for word in words if word)


def _hour(look: Look) -> str:
    """Return the light of the hour, by the height of the sun; nothing where clouds hide it."""
    up = math.degrees(look.sun_angles()[0])
    if look.is_night:
        return "night, moonlight"
    if up < 0:
        return "blue hour"
    if look.sky in ("overcast", "storm"):
        return ""
    if up < 5:
        return "sun at the horizon"
    if up < 15:
        return "low sun, long shadows"
    return "midday sun" if up > 55 else "sunlight"
