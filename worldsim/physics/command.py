"""Commands to actors: checked and clipped before anything happens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.base import Actor
from worldsim.errors import ActionError

Commands = Mapping[str, NDArray[np.float64]]
"""For each actor by name: (len(command_channels),) in the channels' units."""


@dataclass(frozen=True)
class CommandLimits:
    """Bounds of one actor's command: (C,) low, high, and the neutral command."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    neutral: NDArray[np.float64]

    @staticmethod
    def of(actor: Actor) -> CommandLimits:
        """Read them off the actor's channels."""
        channels = actor.command_channels
        low, high, neutral = ([getattr(c, what) for c in channels] for what in ("low", "high", "neutral"))
        return CommandLimits(np.array(low, np.float64), np.array(high, np.float64), np.array(neutral, np.float64))


def check_commands(commands: Commands, limits: Mapping[str, CommandLimits]) -> tuple[NDArray[np.float64], ...]:
    """Return one clipped command for each actor, the neutral one where none is given.

    Raises:
        ActionError: a command for nobody, of the wrong shape, or with NaN or infinity.
    """
    for name in commands:
        if name not in limits:
            raise ActionError(f"a command for {name!r}, but the actors are: {', '.join(limits) or 'none'}")
    return tuple(_check(name, commands.get(name), limit) for name, limit in limits.items())


def _check(name: str, value: object, limit: CommandLimits) -> NDArray[np.float64]:
    if value is None:
        return limit.neutral
    try:
        command = np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise ActionError(f"the command for {name!r} is not an array of numbers: {value!r}") from error
    if command.shape != limit.low.shape:
        raise ActionError(f"the command for {name!r} has shape {command.shape}, expected {limit.low.shape}")
    if not math.isfinite(sum(command.tolist())):  # for a dozen numbers a list is quicker
        raise ActionError(f"the command for {name!r} has NaN or infinity: {command.tolist()}")
    return np.minimum(np.maximum(command, limit.low), limit.high)
