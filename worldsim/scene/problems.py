"""From pydantic's errors and marked data to problems with file, line and column."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from worldsim.errors import Problem
from worldsim.scene.mark import Mark, mark_of


def problem_at(mark: Mark, message: str, hint: str = "") -> Problem:
    """Return a problem at a mark."""
    return Problem(mark.file, mark.line, mark.column, message, hint)


def problems_of(error: ValidationError, data: Any, prefix: tuple[str | int, ...] = ()) -> list[Problem]:
    """Return one problem for each error, in the order of the file.

    Args:
        error: of validating `data`, its models being subclasses of `worldsim.scene.spec.Spec`.
        data: marked data.
        prefix: where in the file `data` lies, for the words of the message.
    """
    out = []
    for found in error.errors(include_url=False, include_input=False):
        context = found.get("ctx", {})
        message, hint = str(context.get("message", found["msg"])), str(context.get("hint", ""))
        words = in_words((*prefix, *_real(found["loc"], data)))
        mark = mark_of(data, found["loc"], key=found["type"] == "scene_key")
        problem = problem_at(mark, f"{words}: {message}" if words else message, hint)
        if problem not in out:
            out.append(problem)
    return sorted(out, key=lambda p: (str(p.file), p.line or 0, p.column or 0))


def in_words(path: tuple[str | int, ...]) -> str:
    """Return a path as an author reads it: objects[2].size[0]."""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else f".{step}" if out else str(step)
    return out


def _real(path: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """Return the steps of the path that are keys or places of the data; names of alternatives are left out."""
    out: list[str | int] = []
    for step in path:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
            out.append(step)
        elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            data = data[step]
            out.append(step)
    return tuple(out)
