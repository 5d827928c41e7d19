"""What a dog can feel beyond its 43 numbers: acceleration, the torques of its legs, what is around, the ground's shape.

Each sensor is asked for by name in a scene file or by an env; none costs anything where it isn't. Rays never meet the
dog itself. This module knows nothing of gaits or tasks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from worldsim.actor.base import Channel
from worldsim.actor.dog.skeleton import LEG_JOINTS, LEGS
from worldsim.physics.client import Client

Sensor = Literal["imu", "effort", "rays", "scan"]
SensorsField = Annotated[
    tuple[Sensor, ...],
    Field(
        description="more senses: imu (acceleration), effort (torques), rays (obstacles around), scan (ground ahead)"
    ),
]

RAYS, REACH = 16, 4.0
"""Level rays around the torso at half its height, from straight ahead to the left and round; m they reach."""
SCAN_X = (-1.0, 0.0, 1.0, 1.75, 2.5, 3.25, 4.0)
SCAN_Y = (-0.9, 0.0, 0.9)
"""Where the ground's height is felt: hip heights ahead of the torso's middle, and to its left."""
OWN_GROUP = 64
"""Collision filter group of all links of a dog, so that its rays can leave them out."""


def extra_channels(sensors: Sequence[Sensor]) -> tuple[Channel, ...]:
    """Return the channels of these sensors, in their order."""
    found: list[Channel] = []
    for sensor in sensors:
        if sensor == "imu":
            found += [Channel(f"acceleration_{axis}", "m/s²", -160.0, 160.0) for axis in "xyz"]
        elif sensor == "effort":
            found += [Channel(f"{leg}_{joint}_torque", "N·m", -200.0, 200.0) for leg in LEGS for joint in LEG_JOINTS]
        elif sensor == "rays":
            found += [Channel(f"ray{k}", "m", 0.0, REACH) for k in range(RAYS)]
        else:
            found += [Channel(f"scan_{i}_{j}", "m", -1.0, 1.0) for i in range(len(SCAN_X)) for j in range(len(SCAN_Y))]
    return tuple(found)


class Senses:
    """The extra sensors of one body."""

    def __init__(self, client: Client, body: int, sensors: Sequence[Sensor], height: float, dt: float) -> None:
        """Take a body in `OWN_GROUP`, what it is to feel, its height over level ground (m), the control period (s)."""
        self._client, self._body, self._sensors, self._height, self._dt = client, body, sensors, height, dt
        self.velocity = (0.0, 0.0, 0.0)
        """m/s, world, at the beginning of the control period: the owner keeps it."""

    def read(self) -> list[float]:
        """Return the numbers of `extra_channels`.

        Acceleration is what an accelerometer in the torso reads, the mean over the control period: 9.81 m/s² upwards
        at rest, nothing in free fall. The scan is the ground's height less the height of level ground under a standing
        dog: 0 on the flat, −1 where it finds none.
        """
        values: list[float] = []
        for sensor in self._sensors:
            if sensor == "imu":
                values += self._acceleration()
            elif sensor == "effort":
                values += [state[3] for state in self._client.getJointStates(self._body, range(12))]
            elif sensor == "rays":
                values += self._around()
            else:
                values += self._ground()
        return values

    def _acceleration(self) -> list[float]:
        _, (x, y, z, w) = self._client.getBasePositionAndOrientation(self._body)
        now = self._client.getBaseVelocity(self._body)[0]
        ax, ay, az = ((new - old) / self._dt for new, old in zip(now, self.velocity, strict=True))
        az += 9.81
        return [
            (1 - 2 * (y * y + z * z)) * ax + 2 * (x * y + z * w) * ay + 2 * (x * z - y * w) * az,
            2 * (x * y - z * w) * ax + (1 - 2 * (x * x + z * z)) * ay + 2 * (y * z + x * w) * az,
            2 * (x * z + y * w) * ax + 2 * (y * z - x * w) * ay + (1 - 2 * (x * x + y * y)) * az,
        ]

    def _frame(self) -> tuple[float, float, float, float, float]:
        """Return the torso's position (m) and cosine and sine of its heading."""
        (px, py, pz), (x, y, z, w) = self._client.getBasePositionAndOrientation(self._body)
        yaw = math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))
        return px, py, pz, math.cos(yaw), math.sin(yaw)

    def _cast(self, starts: list[list[float]], ends: list[list[float]]) -> list[float]:
        hits = self._client.rayTestBatch(starts, ends, collisionFilterMask=~OWN_GROUP)
        return [hit[2] if hit[0] >= 0 else 2.0 for hit in hits]

    def _around(self) -> list[float]:
        px, py, pz, c, s = self._frame()
        z = pz - 0.5 * self._height
        turns = [2 * math.pi * k / RAYS for k in range(RAYS)]
        ways = [(c * math.cos(t) - s * math.sin(t), s * math.cos(t) + c * math.sin(t)) for t in turns]
        ends = [[px + REACH * x, py + REACH * y, z] for x, y in ways]
        return [REACH * min(1.0, share) for share in self._cast([[px, py, z]] * RAYS, ends)]

    def _ground(self) -> list[float]:
        px, py, pz, c, s = self._frame()
        h = self._height
        points = [(px + h * (c * x - s * y), py + h * (s * x + c * y)) for x in SCAN_X for y in SCAN_Y]
        top, deep = pz + 1.0 * h, 1.0 * h + 4.0
        found = self._cast([[x, y, top] for x, y in points], [[x, y, top - deep] for x, y in points])
        floor = pz - h
        return [max(-1.0, min(1.0, top - share * deep - floor)) if share <= 1.0 else -1.0 for share in found]
