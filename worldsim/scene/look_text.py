"""A look as people type it, "golden_hour" or "misty autumn morning, haze=0.5", put over the look of a scene."""

from __future__ import annotations

import warnings
from typing import Any

from pydantic import ValidationError

from worldsim.errors import SceneError, UnknownNameError, did_you_mean
from worldsim.scene.look import Look
from worldsim.scene.look_names import NAMED_LOOKS
from worldsim.scene.look_prompt import SUN_KEYS, SUNLESS, understand
from worldsim.scene.look_words import MEANINGS

PROMPT = 500  # characters a prompt may have


def read_look(text: str, base: Look) -> tuple[Look, tuple[str, ...]]:
    """Return a scene's look with words put over it, and the words that have no meaning here.

    Args:
        text: comma-separated: the name of a look, which replaces the scene's light as a whole; a time "07:30"; words of
            docs/looks.md; "key=value" for any key of a look, which wins over all words.
        base: the scene's own.

    Raises:
        SceneError: nothing in it has a meaning, or a value can't be.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    given: dict[str, Any] = {}
    words: list[str] = []
    asked: list[str] = []
    values: dict[str, Any] = base.model_dump()
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if key == "name" and equals:
            part, equals = value, ""
        if equals and key in Look.model_fields and key != "prompt":
            given[key] = value
        elif part in NAMED_LOOKS:
            asked.append(part.replace("_", " "))
            keep = {"prompt": base.prompt, "latitude_deg": base.latitude_deg, "day": base.day}
            values = {**Look().model_dump(), **NAMED_LOOKS[part], **keep, "name": part}
        elif equals:
            raise SceneError(f"--look: {UnknownNameError('key of a look', key, Look.model_fields)}")
        else:
            words.append(part)
            asked.append(part)
    said = understand(", ".join(words))
    if words and not said.known:
        guess = did_you_mean(words[0], [*NAMED_LOOKS, *Look.model_fields, *_every_phrase()])
        guess, known = f"{guess} " if guess else "", ", ".join(NAMED_LOOKS)
        raise SceneError(f"--look: {', '.join(words)!r} means nothing; {guess}looks: {known}; words: docs/looks.md")
    values = _put(_put(values, dict(said.keys), words=True), given)
    if asked:
        joined = ", ".join([base.prompt, *asked]).removeprefix(", ")
        values["prompt"] = joined if len(joined) <= PROMPT else ", ".join(asked)[:PROMPT]
    try:
        return Look.model_validate(values), said.unknown
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(place) for place in first["loc"])
        raise SceneError(f"--look: {where}: {first['msg']}, found {first['input']!r}") from None


def as_look(value: Look | str | None, base: Look) -> Look:
    """Return a look that was given as one or as text; words without a meaning become a `RuntimeWarning`.

    Raises:
        SceneError: as `read_look`.
    """
    if value is None or isinstance(value, Look):
        return base if value is None else value
    look, unknown = read_look(value, base)
    if unknown:
        warnings.warn(not_understood(unknown), RuntimeWarning, stacklevel=3)
    return look


def not_understood(unknown: tuple[str, ...]) -> str:
    """Return the line that tells which words have no meaning for the light."""
    return f"look: no meaning is known for {', '.join(unknown)}; the words there are: docs/looks.md"


def _put(values: dict[str, Any], more: dict[str, Any], words: bool = False) -> dict[str, Any]:
    """Return a whole look's keys with some of them replaced; a sun that contradicts them is taken away.

    Args:
        values: all keys of a look.
        more: some keys.
        words: whether they come from words: a time of day then ends a night and leaves a studio.
    """
    timed = "time" in more or "sun_elevation_deg" in more
    if words and timed and values["sky"] in SUNLESS and "sky" not in more:
        more = {"sky": "clear", **more}
    if "time" in more or (values["sky"] == "night" and "sky" in more and not timed):
        values = {**values, **dict.fromkeys(SUN_KEYS)}
    elif timed:
        values = {**values, "time": None}
    return {**values, **more}


def _every_phrase() -> list[str]:
    return [
        phrase for group in MEANINGS.values() for meaning in group for phrase in (*meaning.english, *meaning.korean)
    ]
