"""Wall clock to control periods: fixed steps, a speed, and no debt that can't be paid."""

from __future__ import annotations

import math

SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0)
MAX_DUE = 8  # control periods done between two pictures; a slower machine plays slower instead of falling behind


class StepClock:
    """Says how many control periods are due, and how far between two of them the picture is.

    Attributes:
        paused: no time passes. speed: simulated seconds a second of wall clock.
    """

    def __init__(self, control_rate: int) -> None:
        """Start running at speed 1."""
        self.period = 1.0 / control_rate
        self.paused = False
        self.speed = 1.0
        self._owed = 0.0

    def due(self, elapsed: float) -> int:
        """Take s of wall clock; return how many control periods to do now."""
        if self.paused:
            return 0
        self._owed += elapsed * self.speed
        count = min(int(self._owed / self.period), MAX_DUE)
        self._owed -= count * self.period
        self._owed = min(self._owed, self.period)  # what is more is dropped: the world runs slower than the clock
        return count

    @property
    def fraction(self) -> float:
        """How far, in [0, 1], time is from the last control period to the next."""
        return 1.0 if self.paused else min(self._owed / self.period, 1.0)

    @property
    def left(self) -> float:
        """Seconds of wall clock from the last call of `due` until the next control period is."""
        return math.inf if self.paused else max(self.period - self._owed, 0.0) / self.speed

    def faster(self, steps: int) -> None:
        """Go to the next speed up, or down for a negative number."""
        place = min(range(len(SPEEDS)), key=lambda k: abs(SPEEDS[k] - self.speed))
        self.speed = SPEEDS[min(max(place + steps, 0), len(SPEEDS) - 1)]
