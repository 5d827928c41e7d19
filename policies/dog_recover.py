"""Gets up by rule: asks for nothing and leaves it to the dog, which turns over and stands up by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task


class RecoverByRule:
    """The neutral command: in control mode "command" a fallen dog gets up by itself (`worldsim.actor.dog.recovery`)."""

    task = "worldsim.envs.dog_recover:RecoverTask"

    def reset(self, task: Task, seed: int) -> None:
        """Learn how many numbers an action has."""
        self._action = np.zeros(len(task.actor.command_channels), np.float32)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the neutral action."""
        return self._action


def make() -> RecoverByRule:
    """Return a new one."""
    return RecoverByRule()
