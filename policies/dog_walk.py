"""Walks as it is told by rule: the dog's own gait at the ordered speed, turning after the ordered heading.

What it orders of the gait changes no faster than paws hold: it slows down before a curve would be too sharp, and turns
no further ahead of the true turn than `SLACK`. Paws that slip on wet leaves else get a sharper turn ordered the less
they follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

AFTER = 2.5  # rad/s of turn for each rad off the heading
CURVE = 2.6  # m/s², the sharpest curve
MOST = 1.3  # rad/s, the quickest turn
SLACK = 0.8  # rad/s that the turn may be ahead of the true one
MEMORY = 0.15  # s that the true turn is averaged over: it swings with every stride
HASTE = 1.5  # m/s² that the speed changes by,
LEAST = 0.4  # and the share of it that is left in the sharpest curve: paws have only so much grip for both
SLOW = 0.85  # share of the ordered speed below which no curve slows it down
CREEP = 0.5  # m/s: slower than this it turns as if it went as fast


class WalkByRule:
    """Order of the gait what the task orders, no faster than paws hold."""

    task = "worldsim.envs.dog_walk:WalkTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the orders and the dog's own movement stand in an observation."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        names = ("target_speed", "target_turn", "heading_error", "velocity_x", "angular_velocity_z")
        self._at = [at[name] for name in names]
        self._task = task
        self._rest = {channel.name: channel.neutral for channel in task.actor.command_channels}
        self._time = task.world.time
        self._speed = self._turned = 0.0

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed and turn; whatever else the control mode has stays neutral."""
        order, turn, error, forward, turning = (float(observation[place]) for place in self._at)
        now = self._task.world.time
        dt, self._time = max(0.0, now - self._time), now
        self._turned += dt / (dt + MEMORY) * (turning - self._turned)
        turn += AFTER * error
        bend = abs(turn) * max(abs(order), CREEP)
        eased = order * max(SLOW, CURVE / max(bend, CURVE))
        haste = HASTE * max(LEAST, 1 - abs(turn) * max(abs(forward), CREEP) / CURVE)
        self._speed += max(-haste * dt, min(haste * dt, eased - self._speed))
        most = min(MOST, CURVE / max(abs(self._speed), abs(forward), CREEP))
        turn = max(-most, min(most, turn))
        turn = max(min(self._turned, 0.0) - SLACK, min(max(self._turned, 0.0) + SLACK, turn))
        wanted = {"speed": self._speed, "turn": turn}
        values = np.array([wanted.get(name, rest) for name, rest in self._rest.items()])
        return self._task.action(values).astype(np.float32)


def make() -> WalkByRule:
    """Return a new one."""
    return WalkByRule()
