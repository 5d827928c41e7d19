"""Gets up by rule in the control mode joint: turns over, tucks its paws, stands, twelve angles at a time.

The movements are the dog's own (`worldsim.actor.dog.recovery`), told from what it senses; the neck is not its to move.
It is what a network is taught by.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.dog import Dog
from worldsim.actor.dog.kinematics import folded_angles
from worldsim.actor.dog.recovery import PLAN, Recovery
from worldsim.task import Task

UPRIGHT = 0.9
"""Cosine of the tilt above which it has got up once its legs are straight, and stands."""
LIES = 0.45
"""Cosine of the tilt below which it has fallen again."""
QUICK = 23.0
"""rad/s from pose to pose, of a beagle. In this mode the motors have all of their strength, and the neck does not help:
at the dog's own 17.4 28 of 40 got up, at 21 78 of 80, at 25 39 of 40, at 28 and 32 73 and 74 of 80."""
WIDE = 0.3
"""rad that the legs are abducted where it stands: it still rolls when it is up, and with its paws below its hips 12 of
29 tipped over within 2 s. Abducted so at 8 rad/s, 56 of 58 stayed up; at once, 6 of 60 did not get up that do so else.
Paws that follow the roll and its rate, either way, made it worse."""
GENTLY = 6.0
"""rad/s likewise once it is up, towards where it stands."""
STUCK = 2.5
"""s of turning over in vain after which it tries to rise as it lies. At the dog's own 1.4, made for walls and corners,
190 of 200 got up within the task's 3 s, at 1.8 193, at 2.5 194."""
CALM = math.inf, 1.0
"""Its legs don't swing before a turn has failed, as the dog's own do: it was counted without."""
SIDES = 1.0, -1.0, 1.0, -1.0
"""Left and right, as the legs come."""
BENDS = -1.0, -1.0, 1.0, 1.0
"""Signs of the knees: elbows point backwards, stifles forwards."""


class RecoverByJoints:
    """The poses that turn a dog over and raise it, one after the other."""

    task = "worldsim.envs.dog_recover:RecoverTask"
    arguments = {"control": "joint"}  # noqa: RUF012  read only

    def reset(self, task: Task, seed: int) -> None:
        """Look up the body and where the senses stand."""
        dog = task.actor
        assert isinstance(dog, Dog)
        channels, at = dog.command_channels, {channel.name: place for place, channel in enumerate(task.channels)}
        self._task = task
        self._gravity = [at[f"gravity_{axis}"] for axis in "xyz"]
        self._last = [at[f"last_{channel.name}"] for channel in channels]
        self._lie = [at[channel.name.replace("_target", "_position")] for channel in channels]
        self._standing = np.array([channel.neutral for channel in channels])
        self._standing[::3] += WIDE * np.array(SIDES)
        self._bones = (dog.breed.front_bones,) * 2 + (dog.breed.rear_bones,) * 2
        self._recovery = Recovery(
            1 / task.world.control_rate, dog.gait.height, replace(PLAN, stuck=STUCK, restless=CALM)
        )
        self._up = False
        self._begins = True

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the next angles: from the ones ordered last towards the pose that is due."""
        x, y, z = (-float(observation[place]) for place in self._gravity)
        if self._up and z < LIES:
            self._recovery.begin()
        self._up = z > LIES if self._up else self._recovery.done and z > UPRIGHT
        wanted = self._standing if self._up else self._pose((x, y, z))
        last = np.asarray(observation, float)[self._lie if self._begins else self._last]
        self._begins = False
        step = (GENTLY if self._up else QUICK) * self._recovery.dt  # rad
        return self._task.action(last + np.clip(wanted - last, -step, step)).astype(np.float32)

    def _pose(self, up: tuple[float, float, float]) -> NDArray[np.float64]:
        legs, _ = self._recovery.update(up)
        angles: list[float] = []
        for (outwards, share, swing), (upper, lower), side, bend in zip(legs, self._bones, SIDES, BENDS, strict=True):
            angles += folded_angles(side * outwards, share * (upper + lower), swing, upper, lower, bend)
        return np.array(angles)


def make() -> RecoverByJoints:
    """Return a new one."""
    return RecoverByJoints()
