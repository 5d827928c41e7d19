"""Does nothing: every actor's neutral command."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task


class Idle:
    """The neutral action, always."""

    task = ""

    def reset(self, task: Task, seed: int) -> None:
        """Learn how many numbers an action has."""
        self._action = np.zeros(len(task.actor.command_channels), np.float32)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the neutral action."""
        return self._action


def make() -> Idle:
    """Return a new one."""
    return Idle()
