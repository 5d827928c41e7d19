"""Trots open loop in the control mode cpg: strides as long as the order asks for, and no notion of balance.

It is what a learned walker is added to: the network brings the balance. It shares nothing with the walking rule's gait.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.skeleton import LEGS
from worldsim.task import Task

SLOW, QUICKER = 2.4, 0.5
"""Hz at rest, and Hz more for each m/s."""
LIFT = 0.2
"""How high paws swing, as a share of the highest."""
AFTER = 2.5
"""rad/s of turn for each rad off the heading."""
WIDE = 0.16
"""m between left and right paws, which a turn needs to know."""


class Rhythm:
    """A trot whose strides follow the orders."""

    task = "worldsim.envs.dog_walk:WalkTask"
    arguments = {"control": "cpg"}  # noqa: RUF012  read only

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the orders and the numbers of the rhythm stand."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._at = [at[name] for name in ("target_speed", "target_turn", "heading_error")]
        self._task = task
        channels = task.actor.command_channels
        self._rest = np.array([channel.neutral for channel in channels])
        self._place = {channel.name: place for place, channel in enumerate(channels)}
        self._highest = {leg: channels[self._place[f"{leg}_lift"]].high for leg in LEGS}

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return a rhythm: a step on the spot where the dog is to stand, strides where it is to go."""
        speed, turn, error = (float(observation[place]) for place in self._at)
        turn = max(-1.5, min(1.5, turn + AFTER * error))
        rate = SLOW + QUICKER * abs(speed)
        values = self._rest.copy()
        values[self._place["frequency"]] = rate
        for k, leg in enumerate(LEGS):
            side = 0.5 * WIDE if k % 2 == 0 else -0.5 * WIDE
            values[self._place[f"{leg}_stride"]] = (speed - turn * side) / (2 * rate)
            values[self._place[f"{leg}_lift"]] = LIFT * self._highest[leg]
        return self._task.action(values).astype(np.float32)


def make() -> Rhythm:
    """Return a new one."""
    return Rhythm()
