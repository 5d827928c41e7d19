"""Colours as authors write them ("#c0392b", "red", [r, g, b]) to linear RGB."""

from __future__ import annotations

from collections.abc import Sequence

from worldsim.errors import did_you_mean
from worldsim.scene.layout import Vec3

NAMED: dict[str, str] = {
    "black": "#111111",
    "white": "#f2f2ee",
    "grey": "#808080",
    "gray": "#808080",
    "silver": "#b8bcc0",
    "red": "#c62f26",
    "orange": "#e2761b",
    "yellow": "#e8c21f",
    "green": "#3c8a3a",
    "teal": "#1f8080",
    "blue": "#2a5db0",
    "navy": "#1c2f57",
    "purple": "#6d3f96",
    "pink": "#d9739a",
    "brown": "#6b4a2e",
    "tan": "#c2a27a",
    "cream": "#e9dfc6",
}
"""Words for colours: sRGB, as paints look outdoors (nothing in nature is as strong as a screen's primaries)."""


def linear(channel: float) -> float:
    """Return linear light of an sRGB channel in [0, 1] (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def parse_colour(value: str | Sequence[float]) -> Vec3:
    """Return linear RGB of "#rrggbb" or "#rgb" (sRGB), a word of `NAMED`, or three linear numbers in [0, 1].

    Raises:
        ValueError: it is none of these; the message says what is.
    """
    if isinstance(value, str):
        text = NAMED.get(value.lower(), value)
        digits = text.removeprefix("#")
        if text.startswith("#") and len(digits) in (3, 6) and all(c in "0123456789abcdefABCDEF" for c in digits):
            wide = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
            red, green, blue = (linear(int(wide[k : k + 2], 16) / 255) for k in (0, 2, 4))
            return red, green, blue
        guess = did_you_mean(value, NAMED)
        raise ValueError(
            f'{value[:40]!r} is no colour; write "#rrggbb", [r, g, b] or one of {", ".join(NAMED)}'
            + (f" ({guess})" if guess else "")
        )
    if len(value) != 3 or not all(0 <= c <= 1 for c in value):
        raise ValueError(f"a colour is three numbers from 0 to 1, found {list(value)}")
    red, green, blue = (float(c) for c in value)
    return red, green, blue
