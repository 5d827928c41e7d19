"""What a camera has between the scene and the picture: lens, shutter, film. Data; `exposure.py` applies it.

Renderers draw through a pinhole that is open for no time. A camera that films has an iris of some width and a shutter
that stays open: things out of focus and things that move are soft. Truth (layers, masks, metrics) is never drawn
through it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from worldsim.errors import OptionError, UnknownNameError, did_you_mean


@dataclass(frozen=True)
class Optics:
    """A lens, a shutter and what catches the light.

    Attributes:
        aperture: f-number, focal length over the iris's width: the smaller, the less depth is sharp. 0.5 … 64.
        sensor: mm, width of the image on what catches it. With the camera's angle of view it says the focal length: a
            small one has all of the depth sharp. 1 … 100.
        shutter: degrees of a frame's time that it is open, 360 being all of it. 0 … 360.
        bloom: share of the light that scatters in the glass. 0 … 0.5.
        vignette: how much the corners darken, 1 being the fourth power of the angle's cosine. 0 … 1.
        grain: standard deviation of the film's grain in middle grey, a share of the code values. 0 … 0.2.
        focus: what is in focus, an object's, actor's or part's name; empty for the first actor, and for the middle of
            the picture where there is none.
    """

    aperture: float = 1.8
    sensor: float = 36.0
    shutter: float = 180.0
    bloom: float = 0.06
    vignette: float = 0.3
    grain: float = 0.018
    focus: str = ""

    def __post_init__(self) -> None:
        """Refuse values that can't be.

        Raises:
            OptionError: what was found and what is allowed.
        """
        for name, (least, most, unit) in RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise OptionError(f"{name} is {value:g}; optics take {least:g} to {most:g}{unit}")


RANGES = {
    "aperture": (0.5, 64.0, ""),
    "sensor": (1.0, 100.0, " mm"),
    "shutter": (0.0, 360.0, " degrees"),
    "bloom": (0.0, 0.5, ""),
    "vignette": (0.0, 1.0, ""),
    "grain": (0.0, 0.2, ""),
}
"""Least and most of every number, and its unit."""

NAMED: Mapping[str, Optics] = {
    "cinema": Optics(),
    "portrait": Optics(aperture=0.95, shutter=120.0, grain=0.012),
    "broadcast": Optics(aperture=2.8, sensor=9.6, bloom=0.02, vignette=0.1, grain=0.006),
    "phone": Optics(aperture=1.8, sensor=9.8, shutter=60.0, bloom=0.03, vignette=0.1, grain=0.012),
    "super8": Optics(aperture=1.8, sensor=5.8, shutter=150.0, bloom=0.14, vignette=0.8, grain=0.045),
}
"""Optics by name. Widths: 36 mm is a still camera's full frame, 9.6 mm a 2/3″ broadcast chip, 9.8 mm a phone's 1/1.3″
chip, 5.8 mm the gate of Super 8 film."""


def read_optics(text: str) -> Optics:
    """Return optics from words, such as "cinema", "cinema,aperture=1.2,focus=ball" or "shutter=90".

    Raises:
        UnknownNameError: no optics of that name. OptionError: no such number, or a value that can't be.
    """
    words = [word.strip() for word in text.split(",")]
    found = Optics()
    if "=" not in words[0]:
        name = words.pop(0)
        if name not in NAMED:
            raise UnknownNameError("optics", name, NAMED)
        found = NAMED[name]
    known = [item.name for item in fields(Optics)]
    changes: dict[str, float | str] = {}
    for word in words:
        key, equals, value = (part.strip() for part in word.partition("="))
        if not equals:
            raise OptionError(f"{word!r} is no KEY=VALUE; optics are written as cinema,aperture=1.2,focus=ball")
        if key not in known:
            raise OptionError(f"optics have no {key!r}; {did_you_mean(key, known)} known: {', '.join(known)}")
        try:
            changes[key] = value if key == "focus" else float(value)
        except ValueError:
            raise OptionError(f"{key} is {value!r}; a number is needed") from None
    return replace(found, **changes)  # type: ignore[arg-type]
