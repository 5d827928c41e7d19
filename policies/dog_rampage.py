"""Fells rows by their end, the largest for the way first, then charges what still stands: the nearest, ahead first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.envs.dog_rampage import NEAREST
from worldsim.envs.rampage_view import LOOK, NOWHERE, RUN_UP
from worldsim.task import Task

CHARGE = 2.3  # m/s
STRIKE = 1.2  # m/s at the end of a row: faster it falls over what it fells
NEAR, WIDE = 1.0, 0.6  # m before the end and off the row's axis from where it strikes even askew
BEYOND = 0.3  # m into the row: the point it strikes for
CLEAR = 0.9  # m beside a row that it keeps while it goes round to its end
ASKEW = 0.65  # rad between the row and the way to its end up to which it strikes
THROUGH = 0.6, 0.5, 0.35  # m before the end and rad off to the side from where it runs straight on, for so many s
ROUND = 0.7  # cosine of the turn at the run-up's begin below which it comes to it slowly:
TURNING, BRAKE, CORNER = 1.2, 1.0, 1.2  # m/s, faster by so much for each m (1/s) that it is farther than this, m
OUT = 1.0, -0.7  # s and m/s: how it gets away from what falls
VEER = 1.4, 0.7  # s and m/s: and then to the side of the row where it goes next
AWAY = 1.8  # rad/s away from what it would fall over on its way to a row
BESIDE = 0.9, 0.6  # m and rad: nearer than this and farther off to the side it can't be reached by turning
LEAVE = 0.8  # s it runs straight on then
STUCK = 0.25, 0.8  # m/s slower than which, for how many s, it backs off
BACK = 0.9  # s it backs off
TURN, SWING = 1.3, 0.2  # rad/s: faster a shepherd falls where it hardly walks; s, time constant of its turns
CURVE, CREEP = 1.3, 0.5  # m/s² of the sharpest curve, and m/s slower than which it turns as if it went as fast


class RampageByRule:
    """Plan by what a run fells; keep the speed; back off where it is stuck."""

    task = "worldsim.envs.dog_rampage:RampageTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        at = {channel.name: place for place, channel in enumerate(task.channels)}
        near = [f"{kind}{k}" for kind in ("thing", "lying") for k in range(NEAREST)]
        self._things = np.array([[at[f"{one}_{axis}"] for axis in ("ahead", "left")] for one in near])
        parts = ("ahead", "left", "way_cos", "way_sin", "before", "aside", "bearing", "count")
        self._best = [at[f"row_{part}"] for part in parts]
        self._aim, self._block = (
            [at[name] for name in names] for names in (("aim_distance", "aim_bearing"), ("block_ahead", "block_left"))
        )
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
            return VEER[1], TURN * self._side
        row = self._row(observation)
        return row if row is not None else self._charge(observation)

    def _row(self, observation: NDArray[np.floating]) -> tuple[float, float] | None:
        """Return what to do about the best of the groups, or None where there is none."""
        ahead, left, cos, sin, before, aside, bearing, count = observation[self._best].tolist()
        if not count:
            return None
        off = abs(bearing)
        near = 0.0 < before < NEAR and abs(aside) < WIDE and off < THROUGH[1]
        if near or (before > 0.0 and abs(aside) < before * math.tan(ASKEW)):
            if before < THROUGH[0] and off < THROUGH[1]:
                self._through, self._axis = THROUGH[2], (cos, sin)
            return self._steer(ahead + BEYOND * cos, left + BEYOND * sin, CHARGE if before > RUN_UP else STRIKE)
        over = math.copysign(CLEAR, aside) if before < 0.5 * RUN_UP else 0.0
        x, y = ahead - RUN_UP * cos - over * sin, left - RUN_UP * sin + over * cos
        slowly = TURNING + BRAKE * max(0.0, math.hypot(x, y) - CORNER)
        speed, turn = self._steer(x, y, min(CHARGE, slowly) if cos < ROUND else CHARGE)
        return speed, max(-TURN, min(TURN, turn + self._away(observation)))

    def _beside(self, observation: NDArray[np.floating]) -> float:
        """Return the side of the row it has struck, left 1, on which it goes on: it falls over what lies there."""
        ahead, left, *_, count = observation[self._best].tolist()
        if not count:
            distance, bearing = observation[self._aim].tolist()
            ahead, left = distance * math.cos(bearing), distance * math.sin(bearing)
        cos, sin = self._axis
        return 1.0 if left * cos - ahead * sin >= 0 else -1.0

    def _free(self, observation: NDArray[np.floating]) -> float:
        """Return the side, left 1, that the nearest thing is not on, standing or lying."""
        near = observation[self._things]
        return -1.0 if near[np.argmin((near**2).sum(axis=1)), 1] > 0 else 1.0

    def _away(self, observation: NDArray[np.floating]) -> float:
        """Return the turn in rad/s past the nearest thing in its way, standing or lying."""
        ahead, left = observation[self._block].tolist()
        return -math.copysign(AWAY * (1.2 - ahead / LOOK), left) if ahead < LOOK - 1e-3 else 0.0

    def _charge(self, observation: NDArray[np.floating]) -> tuple[float, float]:
        """Head for the best standing thing at full tilt."""
        far, side = observation[self._aim].tolist()
        if far >= NOWHERE:  # nothing is left
            return 0.0, 0.0
        if self._leave <= 0 and far < BESIDE[0] and abs(side) > BESIDE[1]:
            self._leave = LEAVE
        if self._leave > 0:
            self._leave -= self._dt
            return 0.6 * CHARGE, 0.0
        return self._steer(far * math.cos(side), far * math.sin(side), CHARGE)

    @staticmethod
    def _steer(ahead: float, left: float, speed: float) -> tuple[float, float]:
        """Return speed and turn towards a point, m."""
        side = math.atan2(left, ahead)
        return speed * max(0.25, 1 - 0.6 * abs(side)), max(-TURN, min(TURN, 2.5 * side))


def make() -> RampageByRule:
    """Return a new one."""
    return RampageByRule()
