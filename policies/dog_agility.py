"""Runs an agility course by rule: steers for the next gate along its axis and jumps when the pole is near."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

CRUISE = 2.0  # m/s
JUMP_AT = 1.05  # m before the pole at cruising speed, scaled with the speed it has
APPROACH = 1.2  # m before a gate: the point it steers for, so that it meets the gate square


class AgilityByRule:
    """Pure pursuit of a point on the gate's axis, and a jump."""

    task = "worldsim.envs.dog_agility:AgilityTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        names = [channel.name for channel in task.channels]
        self._at = {name: place for place, name in enumerate(names)}
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn and jump."""
        see = {name: float(observation[place]) for name, place in self._at.items()}
        ahead, left = see["next_ahead"], see["next_left"]
        cos, sin = see["next_way_cos"], see["next_way_sin"]
        distance = float(np.hypot(ahead, left))
        lead = min(APPROACH, 0.6 * distance)
        target = (ahead - lead * cos, left - lead * sin) if distance > 0.9 else (ahead + 0.6 * cos, left + 0.6 * sin)
        bearing = float(np.arctan2(target[1], max(target[0], 0.05)))
        speed = CRUISE * max(0.35, 1.0 - 0.8 * abs(bearing))
        forward = see["velocity_x"]
        leap = see["next_pole_height"] > 0.1 and 0.25 < ahead < JUMP_AT * max(forward, 0.8) / CRUISE and abs(left) < 0.6
        wanted = {"speed": speed, "turn": 2.6 * bearing, "jump": 1.0 if leap else 0.0}
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)


def make() -> AgilityByRule:
    """Return a new one."""
    return AgilityByRule()
