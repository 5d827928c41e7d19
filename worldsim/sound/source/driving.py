"""What a vehicle's engine does, read from how the thing moves: speed to gear and rpm, gain of speed to load.

So anything of a scene can be heard as a car, whatever moves it. It knows no wheels: tyres that spin on the spot are not
noticed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldsim.physics.state import Snapshot
from worldsim.sound.source.source import Clock, Follower
from worldsim.sound.source.vehicle import VehicleKind, VehicleState
from worldsim.sound.space import turn_of

COAST, PULL = 0.012, 2.5  # load a m/s against the air, m/s² at which an engine gives all it has
BRAKES = 1.0  # m/s²: what slows down faster brakes, fully at six times that
SLIDES = 1.0, 4.0  # m/s sideways between which tyres begin to slide and slide wholly
SETTLES = 0.15  # s in which gains of speed are averaged: contacts shake
REVS = 9_000.0  # rpm/s at which an engine follows a gear


@dataclass(frozen=True)
class Drive:
    """Engine and gears.

    Attributes:
        kind: what is under the bonnet. idle: rpm at rest. up, down: rpm at which the next gear, or the one before, is
            taken. gears: rpm for each m/s of speed, from the first gear on.
    """

    kind: VehicleKind
    idle: float
    up: float
    down: float
    gears: tuple[float, ...]


DRIVES = {
    "car": Drive(VehicleKind(4), 850.0, 3_600.0, 1_500.0, (430.0, 240.0, 160.0, 115.0, 88.0)),
    "lorry": Drive(VehicleKind(6, 3.6, 0.62), 620.0, 1_900.0, 950.0, (520.0, 300.0, 180.0, 110.0, 72.0, 52.0)),
    "motorbike": Drive(VehicleKind(2, 1.1, 1.3), 1_200.0, 6_500.0, 2_800.0, (620.0, 400.0, 300.0, 240.0, 205.0)),
    "electric": Drive(VehicleKind(0), 0.0, 1e9, 0.0, (290.0,)),
}
"""By a scene file's word. A wheel of 0.3 m turns 32 times a minute at 1 m/s, times gear and axle (car: 13.5 to 2.8)."""


class Driver:
    """Reads one part's motion, period by period: what `VehicleSound` asks for its state."""

    def __init__(self, part: int, drive: Drive, clock: Clock) -> None:
        """Start at rest in the first gear.

        Args:
            part: index of the part that drives; its x axis points ahead.
            drive: engine and gears.
            clock: the world's rates.
        """
        self._part, self._drive, self._period = part, drive, clock.period
        self._follower = Follower(clock)
        self._gear, self._rpm, self._speed, self._gain = 0, drive.idle, 0.0, 0.0

    def __call__(self, snapshot: Snapshot) -> VehicleState:
        """Return what the vehicle does at the end of a control period."""
        velocity = snapshot.velocity[self._part]
        ahead = turn_of(snapshot.orientation[self._part])[:, 0]
        along = float(velocity @ ahead)
        speed = float(np.hypot(velocity[0], velocity[1]))
        aside = float(np.sqrt(max(speed * speed - along * along, 0.0)))
        follows = self._follower.follows(snapshot)
        if not follows:
            self._gain, self._gear = 0.0, 0
        else:
            self._gain += ((speed - self._speed) / self._period - self._gain) * min(1.0, self._period / SETTLES)
        self._speed = speed
        rpm = self._turning(abs(along))
        step = REVS * self._period
        self._rpm = min(max(rpm, self._rpm - step), self._rpm + step) if follows else rpm
        load = min(max(COAST * speed + self._gain / PULL, 0.0), 1.0) if speed > 0.1 else 0.0
        brake = min(max((-self._gain - BRAKES) / (5 * BRAKES), 0.0), 1.0)
        slip = min(max((aside - SLIDES[0]) / (SLIDES[1] - SLIDES[0]), 0.0), 1.0)
        return VehicleState(self._rpm, load, speed, slip, brake)

    def _turning(self, speed: float) -> float:
        """Return the rpm for a speed, m/s, after a change of gear where there is one."""
        drive = self._drive
        while self._gear + 1 < len(drive.gears) and speed * drive.gears[self._gear] > drive.up:
            self._gear += 1
        while self._gear and speed * drive.gears[self._gear] < drive.down:
            self._gear -= 1
        return max(speed * drive.gears[self._gear], drive.idle)
