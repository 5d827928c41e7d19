"""What an agent is asked to do in a world: what it observes, what it is rewarded for, when it is over.

A task watches a world and changes nothing in it, so that an env, the recorder and the window can all put the same task
to the same policy. It knows nothing of Gymnasium, of pictures or of files.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.base import Channel
from worldsim.errors import SceneError, UnknownNameError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """How things stand after a control period.

    Attributes:
        outcome: a short word, or None while nothing has been decided.
        terminated: the task's end has been reached. success: whether it is what was asked for.
    """

    outcome: str | None = None
    terminated: bool = False
    success: bool = False


class Task(ABC):
    """Something to do with one actor of a world.

    `begin` follows every reset of the world, `update` every control period; `rewards` and `verdict` then speak of the
    period that has passed. A world that was redrawn from another seed needs a new task (`fits` says so).

    Attributes:
        world: where it happens. actor_name, actor: who is asked. row: the index of the actor's first part (a dog's
            torso).
    """

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Take the world and the actor's name; None for the first actor.

        Raises:
            SceneError: the scene has no actor. UnknownNameError: none of that name.
        """
        if not world.actors:
            raise SceneError(f"scene {world.scene.name!r} has no actor: add one under 'actors'")
        self.world = world
        self.actor_name = actor if actor is not None else next(iter(world.actors))
        if self.actor_name not in world.actors:
            raise UnknownNameError("actor", self.actor_name, world.actors)
        self.actor = world.actors[self.actor_name]
        self.row = world.part_index(self.actor_name)
        self._era = world.era
        self._reach = [(c.neutral, c.high - c.neutral, c.neutral - c.low) for c in self.actor.command_channels]

    # ---- what a task of one's own overrides

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """What it observes beyond the actor's own sensors."""
        return ()

    def own_observation(self) -> Floats:
        """Return one number for each of `own_channels`."""
        return np.empty(0)

    def begin(self) -> None:  # noqa: B027  a task that remembers nothing needs nothing here
        """Start from where the world is now: its start, or the middle of things where a policy takes over."""

    @abstractmethod
    def update(self, contacts: Contacts) -> None:
        """Take note of the control period that has passed."""

    @abstractmethod
    def rewards(self) -> Mapping[str, float]:
        """Return the named terms of the period's reward; the reward is their sum."""

    @abstractmethod
    def verdict(self) -> Verdict:
        """Return how things stand."""

    def measures(self) -> Mapping[str, float]:
        """Return what is measured of the episode so far, by name: what rewards don't say and an evaluation reports."""
        return {}

    # ---- what all tasks share

    @property
    def fits(self) -> bool:
        """Whether the world is still the one it was made for, not another drawing of the scene."""
        return self._era == self.world.era

    @property
    def channels(self) -> tuple[Channel, ...]:
        """What an observation's numbers mean, in order."""
        return (*self.actor.sensor_channels, *self.own_channels)

    def observe(self) -> Floats:
        """Return (len(channels),): the actor's sensors, then the task's own numbers."""
        return np.concatenate((self.actor.observe(), self.own_observation()))

    def command(self, action: NDArray[np.floating]) -> Floats:
        """Turn an action in [−1, 1] into a command: 0 is each channel's neutral, ±1 its bounds.

        A channel that starts at its neutral, such as a dog's jump, takes only the positive half.
        """
        pairs = zip(action.tolist(), self._reach, strict=True)
        return np.array([rest + (min(a, 1.0) * up if a > 0 else max(a, -1.0) * down) for a, (rest, up, down) in pairs])

    def action(self, command: NDArray[np.floating]) -> Floats:
        """Turn a command into the action in [−1, 1] that means it: the inverse of `command`."""
        action = []
        for value, (rest, up, down) in zip(command.tolist(), self._reach, strict=True):
            reach = up if value > rest else down
            action.append(max(-1.0, min(1.0, (value - rest) / reach)) if reach > 0 else 0.0)
        return np.array(action)

    def place(self) -> tuple[Floats, float]:
        """Return the actor's position (3,) in m and its heading in rad."""
        position, (x, y, z, w) = self.world.pose(self.row)
        return np.array(position), math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))

    def seen_from(self, position: Floats, heading: float, points: Floats) -> Floats:
        """Return points (N, 2) m of the ground as the actor sees them: (N, 2) m ahead and to its left."""
        c, s = math.cos(heading), math.sin(heading)
        return (np.asarray(points, np.float64).reshape(-1, 2) - position[:2]) @ np.array([[c, -s], [s, c]])
