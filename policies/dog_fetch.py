"""Fetches by rule: runs to the ball, stoops and bites where it is near, and trots home with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

RUN, TROT, CREEP = 2.0, 1.4, 0.45  # m/s to the ball, home with it, and over the last of the way
NEAR = 0.7  # m from muzzle to ball from where on it stoops and creeps
SLOW = 2.2  # 1/s: m/s for each m that is left
BESIDE = 0.5  # m and
OFF = 0.7  # rad: nearer and farther to the side than these it backs off to turn
BACK = 0.9  # s


class FetchByRule:
    """Pursuit of the ball, then of home."""

    task = "worldsim.envs.dog_fetch:FetchTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        self._at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]
        self._dt = 1 / task.world.control_rate
        self._back = 0.0

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn, jump, stoop and bite."""
        see = {name: float(observation[place]) for name, place in self._at.items()}
        wanted = self._home(see) if see["held"] > 0.5 else self._ball(see)
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)

    def _ball(self, see: dict[str, float]) -> dict[str, float]:
        """Go for the ball; the mouth is ready to shut whenever it is near."""
        ahead, left = see["ball_ahead"], see["ball_left"]
        far, off = math.hypot(ahead, left), math.atan2(left, ahead + 0.3)
        stoop = 1.0 if far < NEAR else 0.0
        self._back -= self._dt
        if self._back <= 0 and ((far < BESIDE and abs(off) > OFF) or (ahead < -0.1 and far < 1.0)):
            self._back = BACK
        if self._back > 0:
            return {"speed": -0.6, "turn": 0.0, "bite": 0.0}
        speed = min(RUN, max(CREEP, SLOW * (far - 0.45))) * max(0.25, 1 - 0.8 * abs(off))
        return {"speed": speed, "turn": max(-2.0, min(2.0, 2.5 * off)), "stoop": stoop, "bite": float(far < NEAR)}

    def _home(self, see: dict[str, float]) -> dict[str, float]:
        """Carry it home, mouth shut."""
        off = math.atan2(see["home_left"], see["home_ahead"])
        speed = TROT * max(0.3, 1 - 0.7 * abs(off))
        return {"speed": speed, "turn": max(-1.8, min(1.8, 2.0 * off)), "bite": 1.0}


def make() -> FetchByRule:
    """Return a new one."""
    return FetchByRule()
