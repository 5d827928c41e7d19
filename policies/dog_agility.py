"""Runs an agility course by rule: keeps to the axis of the next gate and jumps when its pole is near."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

CRUISE = 2.0  # m/s: what a beagle's jump is best at
JUMP_AT = 0.78  # m from the torso's middle to the pole, at cruising speed; the jump clears 0.35 m from 0.75 to 0.85 m
SLOWEST_JUMP = 1.35  # m/s: a slower jump gains little ground
LOOKAHEAD = 1.1  # m along the axis of the gate: the point it steers for
CALM = 1.1  # s from the order to jump to the landing's end: straight ahead
RUN_UP = 1.9  # m before a pole where it starts again after a refusal
NARROW = 2.0  # m before a gate without a pole, a tunnel perhaps, where it must have straightened up, or backs off
TUNNEL = 1.3  # m/s through it
SETTLE = 0.6  # s of the calm in which it has landed
LANDING = 0.3  # m/s then
SWING = 0.2  # s, time constant of its turns
CLOSE = 1.6  # m between two gates: weave poles, taken one by one
WEAVE = 0.9  # m/s between them
PAST = 0.3  # m behind a pole it steers for


class AgilityByRule:
    """Pure pursuit along the axis of the next gate; a jump; a step back where it stands too near for one."""

    task = "worldsim.envs.dog_agility:AgilityTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        self._at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]
        self._dt = 1 / task.world.control_rate
        self._calm = 0.0  # s left of a jump
        self._backing = False
        self._turn = 0.0
        self._row = self._last_of_row = -1.0  # share of the course at a pole of a row, and at the last one

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn and jump."""
        see = {name: float(observation[place]) for name, place in self._at.items()}
        wanted = self._decide(see)
        self._turn += (wanted["turn"] - self._turn) * min(1.0, self._dt / SWING)
        wanted["turn"] = self._turn
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)

    def _decide(self, see: dict[str, float]) -> dict[str, float]:
        ahead, left, cos, sin = (see[f"next_{what}"] for what in ("ahead", "left", "way_cos", "way_sin"))
        before = ahead * cos + left * sin  # m to go along the axis
        aside = ahead * sin - left * cos  # m to the left of the axis
        way = math.atan2(sin, cos)
        pole, speed = see["next_pole_height"] > 0.05, see["velocity_x"]
        if see["course_done"] >= 1.0:
            return {"speed": 0.0, "turn": 0.0}
        self._calm -= self._dt
        if self._calm <= 0 and self._weaves(see):
            swing = 1.0 if before > CLOSE else WEAVE
            return self._steer(ahead, left, cos, sin, before + PAST, -aside, swing if before > -0.2 else 0.4)
        if self._calm > 0:
            return {"speed": CRUISE if self._calm > SETTLE else LANDING, "turn": 0.0}
        if before < 0.0:  # past it, or beside: come round to its front, clear of its posts
            return self._steer(ahead, left, cos, sin, before + RUN_UP, math.copysign(1.3, aside) - aside, 1.2)
        square = abs(way) < 0.35 and abs(aside) < 0.45
        reach = JUMP_AT * max(speed, 0.0) / CRUISE
        if pole and square and speed > SLOWEST_JUMP and 0.4 < before < max(reach, 0.6):
            self._calm = CALM
            return {"speed": CRUISE, "turn": 0.0, "jump": 1.0}
        last = see["second_ahead"] == see["next_ahead"]
        if last and before > 1.5 and speed > SLOWEST_JUMP and 0.0 < see["clear_ahead"] < 0.35:
            self._calm = CALM
            return {"speed": CRUISE, "turn": 0.0, "jump": 1.0}
        if pole and before < 1.0 and (not square or speed < 0.5):
            self._backing = True
        narrow = not pole and not last and before < NARROW
        if narrow and 1.3 < before < 1.6 and abs(aside) + 0.4 * abs(way) > 0.22:
            self._backing = True
        if self._backing:
            self._backing = before < (RUN_UP if pole else NARROW + 0.9)
            return {"speed": -0.6, "turn": max(-0.8, min(0.8, 1.5 * way))}
        hurry = CRUISE if square or before > 3.0 else 0.7 * CRUISE
        if narrow:
            hurry = TUNNEL
        return self._steer(ahead, left, cos, sin, LOOKAHEAD, -aside, hurry)

    def _weaves(self, see: dict[str, float]) -> bool:
        """Return whether the next gate is one of a row: near the one after it, or the last of those."""
        apart = math.hypot(see["second_ahead"] - see["next_ahead"], see["second_left"] - see["next_left"])
        done = see["course_done"]
        if 0.1 < apart < CLOSE and see["next_pole_height"] < 0.05:
            self._row = self._last_of_row = done
        elif self._row >= 0 and done != self._row:
            self._row, self._last_of_row = -1.0, done
        return self._last_of_row == done

    def _steer(self, ahead: float, left: float, cos: float, sin: float, on: float, over: float, speed: float) -> Any:
        """Head for the point `on` m along the axis from here and `over` m to the left of here."""
        x, y = on * cos - over * sin, on * sin + over * cos
        bearing = math.atan2(y, x)
        return {"speed": speed * max(0.3, 1 - 0.7 * abs(bearing)), "turn": max(-2.0, min(2.0, 2.0 * bearing))}


def make() -> AgilityByRule:
    """Return a new one."""
    return AgilityByRule()
