"""Fells rows by their end, the largest for the way first, then charges what still stands: the nearest, ahead first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.envs.dog_rampage import GROUPS
from worldsim.task import Task

CHARGE = 2.3  # m/s
STRIKE = 1.2  # m/s at the end of a row: faster it falls over what it fells
RUN_UP = 1.6  # m before the end of a row where it turns towards it
NEAR, WIDE = 1.0, 0.6  # m before the end and off the row's axis from where it strikes even askew
BEYOND = 0.3  # m into the row: the point it strikes for
CLEAR = 0.9  # m beside a row that it keeps while it goes round to its end
ASKEW = 0.65  # rad between the row and the way to its end up to which it strikes
THROUGH = 0.6, 0.5, 0.35  # m before the end and rad off to the side from where it runs straight on, for so many s
ROUND = 0.7  # cosine of the turn at the run-up's begin below which it comes to it slowly:
TURNING, BRAKE, CORNER = 1.2, 1.0, 1.2  # m/s, faster by so much for each m (1/s) that it is farther than this, m
OUT = 1.0, -0.7  # s and m/s: how it gets away from what falls
VEER = 0.9, 0.7, 2.0  # s, m/s and rad/s: and then to the side of the row where it goes next
HAZARD = 1.4, 0.42, 1.8  # m ahead and m aside of what it would fall over on its way to a row, rad/s away from it
START = 0.8  # s that turning about and speeding up take
DETOUR = 0.8  # m that a rad of turning counts as
BESIDE = 0.9, 0.6  # m and rad: nearer than this and farther off to the side it can't be reached by turning
LEAVE = 0.8  # s it runs straight on then
STUCK = 0.25, 0.8  # m/s slower than which, for how many s, it backs off
BACK = 0.9  # s it backs off
SWING = 0.1  # s, time constant of its turns
CURVE, CREEP = 1.6, 0.5  # m/s² of the sharpest curve, and m/s slower than which it turns as if it went as fast


class RampageByRule:
    """Plan by what a run fells; keep the speed; back off where it is stuck."""

    task = "worldsim.envs.dog_rampage:RampageTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        things = [name.removesuffix("_ahead") for name in at if name.startswith("thing") and name.endswith("_ahead")]
        self._ahead, self._left = ([at[f"{thing}_{axis}"] for thing in things] for axis in ("ahead", "left"))
        parts = ("ahead", "left", "way_cos", "way_sin", "count")
        lying = [name.removesuffix("_ahead") for name in at if name.startswith("lying") and name.endswith("_ahead")]
        self._low = np.array([[at[f"{thing}_{axis}"] for axis in ("ahead", "left")] for thing in lying])
        self._groups = np.array([[at[f"group{k}_{part}"] for part in parts] for k in range(GROUPS)])
        self._forward, self._tilt = at["velocity_x"], at["gravity_z"]
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]
        self._dt = 1 / task.world.control_rate
        self._stuck = self._back = self._leave = self._turn = 0.0
        self._side = 1.0
        self._through = self._out = self._veer = 0.0
        self._axis = 1.0, 0.0  # cosine and sine of the way along the row that it struck

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return speed, turn and jump."""
        seen = np.asarray(observation)
        speed, turn = self._decide(seen)
        most = CURVE / max(CREEP, abs(float(seen[self._forward])))
        turn = max(-most, min(most, turn))
        self._turn += (turn - self._turn) * min(1.0, self._dt / SWING)
        wanted = {"speed": speed, "turn": self._turn}
        return self._task.action(np.array([wanted.get(name, 0.0) for name in self._commands])).astype(np.float32)

    def _decide(self, observation: NDArray[np.floating]) -> tuple[float, float]:
        """Return the speed in m/s and the turn in rad/s."""
        if float(observation[self._tilt]) > -0.5:  # fallen: the body gets up by itself, and what it did is over
            self._stuck = self._back = self._leave = self._through = self._out = self._veer = 0.0
            return 0.0, 0.0
        self._stuck = self._stuck + self._dt if abs(float(observation[self._forward])) < STUCK[0] else 0.0
        if self._stuck > STUCK[1]:
            self._stuck, self._back, self._leave = 0.0, BACK, 0.0
            self._side = self._free(observation)
        if self._back > 0:
            self._back -= self._dt
            return -0.6, 1.2 * self._side
        if self._through > 0:
            self._through -= self._dt
            self._out = OUT[0]
            return STRIKE, 0.0
        if self._out > 0:
            self._out -= self._dt
            if self._out <= 0:
                self._veer, self._side = VEER[0], self._beside(observation)
            return OUT[1], 0.0
        if self._veer > 0:
            self._veer -= self._dt
            return VEER[1], VEER[2] * self._side
        row = self._row(observation)
        return row if row is not None else self._charge(observation)

    def _row(self, observation: NDArray[np.floating]) -> tuple[float, float] | None:
        """Return what to do about the best of the groups, or None where there is none."""
        best = self._best(observation)
        if best is None:
            return None
        ahead, left, cos, sin = best
        before = ahead * cos + left * sin  # m to go along the row's axis
        aside = ahead * sin - left * cos  # m to the left of it
        off = abs(math.atan2(left, ahead))
        near = 0.0 < before < NEAR and abs(aside) < WIDE and off < THROUGH[1]
        if near or (before > 0.0 and abs(aside) < before * math.tan(ASKEW)):
            if before < THROUGH[0] and off < THROUGH[1]:
                self._through, self._axis = THROUGH[2], (cos, sin)
            return self._steer(ahead + BEYOND * cos, left + BEYOND * sin, CHARGE if before > RUN_UP else STRIKE)
        over = math.copysign(CLEAR, aside) if before < 0.5 * RUN_UP else 0.0
        x, y = ahead - RUN_UP * cos - over * sin, left - RUN_UP * sin + over * cos
        slowly = TURNING + BRAKE * max(0.0, math.hypot(x, y) - CORNER)
        speed, turn = self._steer(x, y, min(CHARGE, slowly) if cos < ROUND else CHARGE)
        return speed, max(-2.0, min(2.0, turn + self._away(observation)))

    def _best(self, observation: NDArray[np.floating]) -> tuple[float, float, float, float] | None:
        """Return where the group is that most things fall of for the time, m, and cosine and sine of its way."""
        best, most = None, 0.0
        for ahead, left, cos, sin, count in observation[self._groups].tolist():
            if count < 1:
                continue
            x, y = ahead - RUN_UP * cos, left - RUN_UP * sin
            way = math.hypot(x, y) + RUN_UP + DETOUR * abs(math.atan2(y, x))
            worth = count / (START + way / CHARGE)
            if worth > most:
                best, most = (ahead, left, cos, sin), worth
        return best

    def _beside(self, observation: NDArray[np.floating]) -> float:
        """Return the side of the row it has struck, left 1, on which it goes on: it falls over what lies there."""
        best = self._best(observation)
        ahead, left = best[:2] if best else (observation[self._ahead].mean(), observation[self._left].mean())
        cos, sin = self._axis
        return 1.0 if float(left) * cos - float(ahead) * sin >= 0 else -1.0

    def _free(self, observation: NDArray[np.floating]) -> float:
        """Return the side, left 1, that the nearest thing is not on, standing or lying."""
        near = np.vstack((np.column_stack((observation[self._ahead], observation[self._left])), observation[self._low]))
        return -1.0 if near[np.argmin((near**2).sum(axis=1)), 1] > 0 else 1.0

    def _away(self, observation: NDArray[np.floating]) -> float:
        """Return the turn in rad/s past the nearest thing in its way, standing or lying."""
        low = observation[self._low]
        ahead = np.concatenate((observation[self._ahead], low[:, 0]))
        left = np.concatenate((observation[self._left], low[:, 1]))
        far, aside, turn = HAZARD
        near = np.flatnonzero((ahead > 0.2) & (ahead < far) & (np.abs(left) < aside))
        if not len(near):
            return 0.0
        first = near[np.argmin(ahead[near])]
        return -math.copysign(turn * (1.2 - float(ahead[first]) / far), float(left[first]))

    def _charge(self, observation: NDArray[np.floating]) -> tuple[float, float]:
        """Head for the best standing thing at full tilt."""
        ahead, left = observation[self._ahead], observation[self._left]
        distance, bearing = np.hypot(ahead, left), np.arctan2(left, ahead)
        best = int(np.argmin(distance + DETOUR * np.abs(bearing)))
        far, side = float(distance[best]), float(bearing[best])
        if far >= 29.0:  # nothing is left
            return 0.0, 0.0
        if self._leave <= 0 and far < BESIDE[0] and abs(side) > BESIDE[1]:
            self._leave = LEAVE
        if self._leave > 0:
            self._leave -= self._dt
            return 0.6 * CHARGE, 0.0
        return self._steer(float(ahead[best]), float(left[best]), CHARGE)

    @staticmethod
    def _steer(ahead: float, left: float, speed: float) -> tuple[float, float]:
        """Return speed and turn towards a point, m."""
        side = math.atan2(left, ahead)
        return speed * max(0.25, 1 - 0.6 * abs(side)), max(-2.0, min(2.0, 2.5 * side))


def make() -> RampageByRule:
    """Return a new one."""
    return RampageByRule()
