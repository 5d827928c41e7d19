"""Uniformly random actions, one each control period: the floor every other policy is measured against."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task


class RandomActions:
    """Samples of the action space."""

    task = ""

    def reset(self, task: Task, seed: int) -> None:
        """Seed the dice."""
        self._rng = np.random.default_rng(seed)
        self._size = len(task.actor.command_channels)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return a sample."""
        return self._rng.uniform(-1, 1, self._size).astype(np.float32)


def make() -> RandomActions:
    """Return a new one."""
    return RandomActions()
