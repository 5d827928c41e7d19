"""Runs an agility course by rule: lines up with the next gate, takes each kind its own way, and tries again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.task import Task

CRUISE = 1.7  # m/s between gates and into a jump
TAKE_OFF = 0.62, 0.76  # m from the torso's middle to the pole, latest and earliest, at CRUISE
STEADY = 0.2  # rad/s of rolling below which it takes off early: what rolls at take-off rolls over at the landing
TURNING = 0.2  # rad/s of turning likewise
STRAIGHT = 1.6  # m before a pole from which it runs straight ahead where that leads over it
SLOWEST_JUMP = 1.35  # m/s: a slower jump gains little ground
CALM = 1.1  # s from the order to jump to the landing's end: straight ahead
SETTLE, LANDING = 0.4, 0.9  # s of the calm in which it has landed, and m/s then
SWING = 0.2  # s, time constant of its turns
CLOSE = 1.6  # m between two gates: weave poles, taken one by one
WEAVE = 0.7  # m/s between them: faster it brushes them and falls
INTO = 1.4, 0.9  # m/s at most on the way to the first of a row, and 1/s: m/s more for each m that it is farther than
FIRST = 0.8  # m
OFF_ROW = 0.25  # m beside the way past the first pole that is too much near it
ROW_RUN_UP = 0.6  # m before it from where it begins again, and 0.7 of what it is aside
PAST = 0.3  # m behind a weave pole it steers for
LOOKAHEAD = 0.5, 1.1  # m along the axis of the gate, near and far: the point it steers for
REVERSE = -0.45  # m/s
TURN_BACK = 1.0  # rad off the way through beyond which it walks to its run-up instead of backing


@dataclass(frozen=True)
class Manner:
    """How a kind of gate is taken.

    Attributes:
        entry: m before its middle where the dog must be straight. run_up: m before it where it begins again.
        speed: m/s through it. slow: m before its middle where it has come down to that speed.
        aside, askew: m and rad it may be off the axis at the entry. within: m it may be off the axis behind that.
        after: m behind its middle where it is over. off, leave: with so many m of that left it goes at this speed, m/s.
    """

    entry: float
    run_up: float
    speed: float
    slow: float
    aside: float
    askew: float
    within: float
    after: float = 0.0
    off: float = 0.0
    leave: float = 0.0


JUMP = Manner(entry=0.95, run_up=2.1, speed=CRUISE, slow=0.0, aside=0.38, askew=0.35, within=0.38)
PLANK = Manner(
    entry=1.75, run_up=2.7, speed=0.6, slow=2.25, aside=0.14, askew=0.25, within=0.18, after=1.9, off=0.9, leave=1.1
)
TUNNEL = Manner(entry=1.45, run_up=2.6, speed=1.5, slow=2.0, aside=0.2, askew=0.35, within=0.2, after=1.7)
LINE = Manner(entry=0.0, run_up=1.9, speed=CRUISE, slow=0.0, aside=9.0, askew=9.0, within=9.0)
BRAKE = 1.3  # 1/s: m/s faster for each m before that: whose paws meet a plank while it brakes hard falls over it
INSIDE = 0.5  # m behind an entry from where it is in a tunnel or on a plank, whoever led it there: on, not back
ROOM = 0.25  # m before an entry from where it may begin again where it is straight
WARY, SLOWLY = 3.3, 0.75  # m before a plank from which it is slow where it is not in line yet, and m/s
WIDE, NARROW = 0.8, 0.4  # m, half widths: a line to cross is wider than the one, a plank narrower than the other


class AgilityByRule:
    """Pure pursuit along the axis of the next gate; a jump; a run-up again where it is not straight enough."""

    task = "worldsim.envs.dog_agility:AgilityTask"

    def reset(self, task: Task, seed: int) -> None:
        """Look up where the numbers it needs stand in an observation."""
        self._at = {channel.name: place for place, channel in enumerate(task.channels)}
        self._task = task
        self._commands = [channel.name for channel in task.actor.command_channels]
        self._dt = 1 / task.world.control_rate
        self._turn = 0.0
        self._row = self._last_of_row = -1.0  # share of the course at a pole of a row, and at the last one
        self._first = -1.0  # and at the first
        self._done, self._manner = 0.0, LINE
        self._forget()

    def _forget(self) -> None:
        """Make a new plan: what was begun is over."""
        self._again = False
        self._exit = self._skew = 0.0  # m left to go straight through a long gate, and rad still to turn for that

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
        done, speed = see["course_done"], see["velocity_x"]
        if done >= 1.0:
            return {"speed": 0.0, "turn": 0.0}
        if see["gravity_z"] > -0.5:  # fallen: the body gets up by itself
            self._forget()
            return {"speed": 0.0, "turn": 0.0}
        calm = CALM - see["since_jump"]  # s left of a jump, whoever ordered it
        if calm > 0:
            self._done = done
            return {"speed": CRUISE if calm > SETTLE else LANDING, "turn": 0.0}
        if done != self._done:  # a gate has been passed: a tunnel or a see-saw is not over yet
            self._done, self._exit, self._again = done, self._manner.after, False
        if self._exit > 0:
            self._exit -= max(speed, 0.2) * self._dt
            self._skew -= see["angular_velocity_z"] * self._dt
            leaves = self._exit < self._manner.off
            return {
                "speed": self._manner.leave if leaves else self._manner.speed,
                "turn": _limited(2.0 * self._skew, 1.0),
            }
        self._skew = way
        if self._weaves(see):
            self._manner = LINE
            return self._weave(see, before, aside, way)
        self._manner = manner = self._kind(see)
        return self._take(see, manner, before, aside, way)

    def _weave(self, see: dict[str, float], before: float, aside: float, way: float) -> dict[str, float]:
        """Pass a weave pole; before the first of a row, go back where that leads past it on the wrong side."""
        ahead, left, cos, sin = (see[f"next_{what}"] for what in ("ahead", "left", "way_cos", "way_sin"))
        first = see["course_done"] == self._first
        if first and abs(aside) > OFF_ROW and before < 0.7 * abs(aside):
            self._again = True
        if self._again:
            self._again = first and before < ROW_RUN_UP + 0.7 * abs(aside)
            if abs(way) < TURN_BACK:
                return {"speed": REVERSE, "turn": _limited(1.5 * (way + _limited(1.2 * aside, 0.35)), 0.7)}
            return self._steer(ahead, left, cos, sin, before - ROW_RUN_UP - 0.5, -aside, WEAVE)
        most, more = INTO
        past = PAST * min(1.0, OFF_ROW / max(abs(aside), 1e-3)) if first else PAST
        pace = min(most, WEAVE + more * max(0.0, before - FIRST)) if first else WEAVE
        return self._steer(ahead, left, cos, sin, before + past, -aside, pace if before > -0.2 else 0.4)

    def _kind(self, see: dict[str, float]) -> Manner:
        """Return how the next gate is to be taken."""
        if see["next_pole_height"] > 0.05:
            return JUMP
        half = see["next_half_width"]
        return LINE if half > WIDE else PLANK if half < NARROW else TUNNEL

    def _take(self, see: dict[str, float], manner: Manner, before: float, aside: float, way: float) -> dict[str, float]:
        """Approach a gate and take it, or go back for another run-up."""
        ahead, left, cos, sin = (see[f"next_{what}"] for what in ("ahead", "left", "way_cos", "way_sin"))
        speed = see["velocity_x"]
        if before < 0.0:  # past it, or beside: come round to its front, clear of its posts
            return self._steer(ahead, left, cos, sin, before - manner.run_up, math.copysign(1.3, aside) - aside, 1.0)
        square = abs(way) < manner.askew and abs(aside) < manner.aside
        if manner is JUMP:
            square = abs(way) < manner.askew and abs(aside - before * math.tan(way)) < manner.aside
        if manner is JUMP and not self._again and square and speed > SLOWEST_JUMP:
            latest, earliest = (reach * speed / CRUISE for reach in TAKE_OFF)
            steady = abs(see["angular_velocity_x"]) < STEADY and abs(see["angular_velocity_z"]) < TURNING
            if 0.4 < before < (max(earliest, 0.6) if steady else max(latest, 0.55)):
                return {"speed": CRUISE, "turn": 0.0, "jump": 1.0}
        if manner is LINE and before > 1.5 and speed > SLOWEST_JUMP and 0.0 < see["clear_ahead"] < 0.35:
            return {"speed": CRUISE, "turn": 0.0, "jump": 1.0}
        far_off = abs(way) > manner.askew or abs(aside) > manner.within
        off = not square or speed < 0.5 if manner is JUMP else far_off
        if manner is not JUMP and before <= manner.entry - INSIDE:
            self._again = False
        elif before < manner.entry and off:
            self._again = True
        if self._again:
            self._again = before < manner.run_up and (manner is JUMP or not square or before < manner.entry + ROOM)
            if abs(way) < TURN_BACK:
                return {"speed": REVERSE, "turn": _limited(1.5 * (way + _limited(1.2 * aside, 0.35)), 0.7)}
            return self._steer(ahead, left, cos, sin, before - manner.run_up - 0.3, -aside, 0.8)
        near, far = LOOKAHEAD
        on = max(near, min(far, 0.6 * (before - manner.entry)))
        if manner is JUMP and square and before < STRAIGHT:
            return {"speed": CRUISE, "turn": 0.0}
        if manner is PLANK and not square and before < WARY:
            return self._steer(ahead, left, cos, sin, on, -aside, SLOWLY)
        most = CRUISE if square or before > 3.0 else 0.65 * CRUISE
        hurry = min(most, manner.speed + BRAKE * max(0.0, before - manner.slow))
        return self._steer(ahead, left, cos, sin, on, -aside, hurry)

    def _weaves(self, see: dict[str, float]) -> bool:
        """Return whether the next gate is one of a row: near the one after it, or the last of those."""
        apart = math.hypot(see["second_ahead"] - see["next_ahead"], see["second_left"] - see["next_left"])
        done = see["course_done"]
        if 0.1 < apart < CLOSE and see["next_pole_height"] < 0.05:
            if self._row < 0:
                self._first = done
            self._row = self._last_of_row = done
        elif self._row >= 0 and done != self._row:
            self._row, self._last_of_row = -1.0, done
        return self._last_of_row == done

    def _steer(self, ahead: float, left: float, cos: float, sin: float, on: float, over: float, speed: float) -> Any:
        """Head for the point `on` m along the axis from here and `over` m to the left of here."""
        x, y = on * cos - over * sin, on * sin + over * cos
        bearing = math.atan2(y, x)
        return {"speed": speed * max(0.3, 1 - 0.7 * abs(bearing)), "turn": _limited(2.0 * bearing, 2.0)}


def _limited(value: float, most: float) -> float:
    return max(-most, min(most, value))


def make() -> AgilityByRule:
    """Return a new one."""
    return AgilityByRule()
