"""Walks as it is told by rule: the dog's own gait at the ordered speed, turning after the ordered heading."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

AFTER = 2.5  # rad/s of turn for each rad off the heading
CURVE = 3.0  # m/s², the sharpest curve: at a run it turns after the heading no faster than its paws hold


class WalkByRule:
    """Order on to the gait what the task orders."""

    task = "worldsim.envs.dog_walk:WalkTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the orders stand in an observation."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._at = [at[name] for name in ("target_speed", "target_turn", "heading_error")]
        self._task = task
        self._rest = {channel.name: channel.neutral for channel in task.actor.command_channels}

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed and turn; whatever else the control mode has stays neutral."""
        speed, turn, error = (float(observation[place]) for place in self._at)
        most = CURVE / max(abs(speed), 0.5)
        wanted = {"speed": speed, "turn": max(-most, min(most, turn + AFTER * error))}
        values = np.array([wanted.get(name, rest) for name, rest in self._rest.items()])
        return self._task.action(values).astype(np.float32)


def make() -> WalkByRule:
    """Return a new one."""
    return WalkByRule()
