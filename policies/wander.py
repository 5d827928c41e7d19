"""Wanders: holds a random command for a second or so, then another; for any actor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task


class Wander:
    """Random commands, each held for a while, blended into the next."""

    task = ""

    def reset(self, task: Task, seed: int) -> None:
        """Seed the wandering."""
        self._rng = np.random.default_rng(seed)
        self._size = len(task.actor.command_channels)
        self._rate = task.world.control_rate
        self._left = 0
        self._target = np.zeros(self._size)
        self._action = np.zeros(self._size)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the next action."""
        if self._left == 0:
            self._left = int(self._rng.integers(self._rate // 2, 2 * self._rate))
            self._target = self._rng.uniform(-0.3, 0.9, self._size) * np.where(np.arange(self._size) == 0, 1.0, 0.6)
        self._left -= 1
        self._action += (self._target - self._action) * min(1.0, 5.0 / self._rate)
        return self._action.astype(np.float32)


def make() -> Wander:
    """Return a new one."""
    return Wander()
