"""A robot's joints: each motor whines through its gears as fast as its joint turns, and whirs the harder it works.

A joint of 1 rad/s turns its motor at a hundred times that through strain-wave gears; what is heard are the meshing of
the gears and the ripple of the motor's torque, tones that glide with the joint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.sound.chance import uniform
from worldsim.sound.source.noise import band, read
from worldsim.sound.source.source import Clock, Emission, Source, silence

Floats = NDArray[np.float64]

MESH = 310.0  # Hz at 1 rad/s: teeth that meet
ORDERS = ((1.0, 1.0), (2.0, 0.5), (6.0, 0.22))  # of it: gears, gears again, the motor's ripple; strength
LEVEL = 0.010  # Pa rms at 1 m of one joint at 1 rad/s: 54 dB
STILL = 0.01  # rad/s: slower is silent
HIGHEST = 9_000.0  # Hz
MOST = 8  # joints that are heard


class ServoWhine(Source):
    """The motors of one robot."""

    def __init__(self, name: str, joints: list[int], parts: list[int], clock: Clock, seed: int) -> None:
        """Start at rest.

        Args:
            name: the actor's.
            joints: rows of its joints in a snapshot; the first `MOST` are heard.
            parts: indices of its parts.
            clock: the world's rates.
            seed: no two gears are quite alike.
        """
        self.name, self._clock = name, clock
        self._joints, self._parts = np.array(joints[:MOST], np.int64), np.array(parts, np.int64)
        count = len(self._joints)
        self._tone = MESH * (0.8 + 0.4 * uniform(count, seed, 321))
        self._phase, self._speed = np.zeros(count), np.zeros(count)

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of the robot; see `Source`."""
        before, self._speed = self._speed, np.abs(snapshot.joint_velocity[self._joints])
        here = snapshot.position[self._parts].mean(axis=0)
        turning = np.flatnonzero((before > STILL) | (self._speed > STILL))
        if not len(turning):
            return Emission(silence(count), here, self.name)
        ramp = np.arange(1, count + 1) / count
        out = np.zeros(count)
        for k in turning.tolist():
            speed = before[k] + (self._speed[k] - before[k]) * ramp
            way = self._phase[k] + np.cumsum(speed) * (self._tone[k] / self._clock.sample_rate)
            self._phase[k] = way[-1] % 1.0
            level = LEVEL * np.maximum(speed - STILL, 0.0) ** 0.7
            for order, strength in ORDERS:
                top = HIGHEST / (order * self._tone[k])  # rad/s at which a tone leaves hearing
                heard = np.clip((top - speed) / (0.2 * top), 0.0, 1.0)
                out += level * strength * heard * np.sin(2 * np.pi * order * way)
        noise = read(band(self._clock.sample_rate, 900.0, 4_000.0, 41, -2.0), self._clock.end(snapshot) - count, count)
        total = before.sum() + (self._speed.sum() - before.sum()) * ramp
        out += 0.25 * LEVEL * np.minimum(total, 6.0) ** 0.7 * noise
        return Emission(out, here, self.name)
