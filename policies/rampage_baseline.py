"""Walks straight at the nearest thing that stands: the first script a person would write, to measure others by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

WALK = 1.0  # m/s
TURN = 2.0  # rad/s for each rad that the thing is off to the side


class RampageBaseline:
    """Turn towards the nearest, walk; no plan, no run-up, no way out where it is stuck."""

    task = "worldsim.envs.dog_rampage:RampageTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._ahead, self._left = at["thing0_ahead"], at["thing0_left"]
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn and jump."""
        bearing = math.atan2(float(observation[self._left]), float(observation[self._ahead]))
        wanted = {"speed": WALK, "turn": max(-2.0, min(2.0, TURN * bearing))}
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)


def make() -> RampageBaseline:
    """Return a new one."""
    return RampageBaseline()
