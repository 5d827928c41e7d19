"""Every way in which using worldsim can go wrong, one class each, with the remedy in the message.

A user's mistake raises a subclass of `WorldsimError`; the command line prints it in one or two lines and exits with
`exit_code`. A bug of ours raises anything else and shows its traceback. This module knows nothing of the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class WorldsimError(Exception):
    """What the user can mend. `str(error)` is what the command line prints."""

    exit_code = 2

    def __reduce__(self) -> tuple[Any, ...]:
        """Let an error cross to another process, whatever its class was made from."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[WorldsimError], words: tuple[Any, ...], rest: dict[str, Any]) -> WorldsimError:
    """Return an error as it was in the process that it comes from."""
    error = kind.__new__(kind, *words)
    error.args = words
    error.__dict__.update(rest)
    return error


@dataclass(frozen=True)
class Problem:
    """One mistake in one file.

    Attributes:
        file: the file as the user named it, or None for data that came from no file.
        line: 1-based line, or None where it is not known.
        column: 1-based column, or None where it is not known.
        message: what was found and what is allowed.
        hint: a "did you mean" or another remedy; may be empty.
    """

    file: Path | None
    line: int | None
    column: int | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class SceneError(WorldsimError):
    """A scene file that can't become a world; carries every problem found in it, not only the first."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        """Take the problems, or one message for a problem without a place."""
        if isinstance(problems, str):
            problems = [Problem(None, None, None, problems)]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UnknownNameError(WorldsimError):
    """A name (scene, camera, policy, renderer, material …) that does not exist."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        """Say what kind of thing was looked up, the name found, and those that exist."""
        known = sorted(known)
        guess = did_you_mean(name, known)
        tail = f" {guess}" if guess else ""
        listing = ", ".join(known) if known else "none"
        super().__init__(f"no {what} is called {name!r};{tail} known: {listing}")
        self.name = name


class RateError(WorldsimError):
    """Two rates (Hz) of which one must divide the other and does not."""


class ActionError(WorldsimError):
    """An action or command of the wrong shape, dtype or value (NaN, infinity)."""


class PolicyError(WorldsimError):
    """A policy that can't do the task it was given."""


class TrainingError(WorldsimError):
    """A training that can't be: a config that means nothing, a folder with another run in it or with none."""


class CheckpointError(WorldsimError):
    """A snapshot or checkpoint that this world can't return to."""


class ClosedError(WorldsimError):
    """A world, recorder or window that was used after it was closed."""


class SoundError(WorldsimError):
    """Contacts or rates that can't be made into sound."""


class TakeError(WorldsimError):
    """A take that can't be read: not a take, truncated, altered, or of another version."""


class OutputError(WorldsimError):
    """A file that can't be written: no such folder, no permission, disk full."""


class NoDisplayError(WorldsimError):
    """A window was asked for on a machine without a display."""


class NoOpenGLError(WorldsimError):
    """No OpenGL context can be made; the message has the command that installs a driver."""


class HelperError(WorldsimError):
    """A process that draws or sounds for the window can't be started, or has ended."""


class PathTraceError(WorldsimError):
    """The reference path tracer is not set up, or its process failed twice at the same picture."""


class DataError(WorldsimError):
    """Training data that can't be read or does not fit: a clip cut off, a folder without a manifest, another format."""


class WeightsError(WorldsimError):
    """Weights of the diffusion renderer that are not there, or not for this version of it."""


class OptionError(WorldsimError):
    """An option of a renderer that it does not have, or a value that it can't take."""


class PretrainedError(WorldsimError):
    """Weights of a pretrained renderer that are not there or of another kind, or controls and options it can't take."""


class MissingExtraError(WorldsimError):
    """An optional dependency is not installed; the message has the pip command."""

    def __init__(self, what: str, extra: str) -> None:
        """Name the feature and the extra of this package that brings it."""
        super().__init__(f"{what} needs the extra {extra!r}: pip install 'worldsim[{extra}]'")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest of `known`, or "" where nothing is near."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[near[0]]!r}?" if near else ""
