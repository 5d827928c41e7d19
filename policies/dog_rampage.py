"""Charges the nearest thing that still stands; backs off for a moment where it gets stuck."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task


class RampageByRule:
    """Head for the nearest standing thing at full tilt."""

    task = "worldsim.envs.dog_rampage:RampageTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        self._at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._task = task
        self._rng = np.random.default_rng(seed)
        self._commands = [channel.name for channel in task.actor.command_channels]
        self._rate = task.world.control_rate
        self._stuck = 0
        self._back = 0
        self._turn = 1.0

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn and jump."""
        ahead, left = (float(observation[self._at[f"thing0_{axis}"]]) for axis in ("ahead", "left"))
        forward = float(observation[self._at["velocity_x"]])
        bearing = float(np.arctan2(left, ahead))
        self._stuck = self._stuck + 1 if abs(forward) < 0.25 else 0
        if self._stuck > self._rate and self._back == 0:
            self._back, self._stuck = self._rate, 0
            self._turn = float(self._rng.choice([-1.0, 1.0]))
        if self._back > 0:
            self._back -= 1
            wanted = {"speed": -0.5, "turn": 1.5 * self._turn}
        elif ahead >= 29.0:
            wanted = {"speed": 0.0, "turn": 0.0}
        else:
            wanted = {"speed": 2.4 * max(0.25, 1 - 0.6 * abs(bearing)), "turn": 2.5 * bearing}
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)


def make() -> RampageByRule:
    """Return a new one."""
    return RampageByRule()
