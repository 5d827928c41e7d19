"""Options that several commands share, and the checks of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

MAX_SIDE = 8192  # pixels, as worldsim.render.MAX_SIDE


class Size(click.ParamType[tuple[int, int]]):
    """A picture's size, "640x360": width and height in pixels."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return (width, height)."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,6})\s*[xX×]\s*(\d{1,6})", str(value).strip())
        if not match:
            self.fail(f"{value!r} is no size; expected width x height in pixels, such as 640x360", param, ctx)
        width, height = int(match[1]), int(match[2])
        if not (16 <= width <= MAX_SIDE and 16 <= height <= MAX_SIDE):
            self.fail(f"{width}x{height} is out of range; each side must be 16 to {MAX_SIDE} pixels", param, ctx)
        return width, height


class Words(click.ParamType[tuple[str, ...]]):
    """A comma-separated choice of words, "depth,normals"."""

    name = "LIST"

    def __init__(self, known: tuple[str, ...]) -> None:
        """Take the words there are."""
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words, each once, in the order given."""
        if isinstance(value, tuple):
            return value
        words = tuple(dict.fromkeys(word.strip() for word in str(value).split(",") if word.strip()))
        for word in words:
            if word not in self.known:
                from worldsim.errors import did_you_mean

                guess = did_you_mean(word, self.known)
                self.fail(f"{word!r} is none of {', '.join(self.known)}. {guess}".rstrip(), param, ctx)
        return words


def seed_option(function: F) -> F:
    """Add --seed."""
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Draws all that is random."
    )(function)


def size_option(default: tuple[int, int]) -> Callable[[F], F]:
    """Add --size with a default in pixels."""
    return click.option(
        "--size", type=Size(), default=default, show_default=f"{default[0]}x{default[1]}", help="Size of the picture."
    )


def look_option(function: F) -> F:
    """Add --look."""
    return click.option(
        "--look",
        "look_text",
        metavar="WORDS",
        help="Another light: golden_hour, 'misty autumn morning', 07:30, haze=0.5, or several; see docs/looks.md.",
    )(function)


def json_option(function: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout, nothing else.")(
        function
    )
