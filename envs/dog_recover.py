"""DogRecover: get up from any fall."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from worldsim.actor.base import Channel
from worldsim.actor.dog.dog import Dog
from worldsim.env import WorldEnv
from worldsim.errors import SceneError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.task import Floats, Task, Verdict

UPRIGHT = 0.9  # cosine of the tilt below which it does not stand
TALL = 0.75  # share of its standing height
STEADY = 0.25  # s it must stand
LIMIT = 3.0  # s
SOON = 0.3  # s after the fall's end until it counts


class RecoverTask(Task):
    """Stand steadily within three seconds of a fall. The dog falls by its option `tumble`."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Take the dog.

        Raises:
            SceneError: the actor is no dog.
        """
        super().__init__(world, actor)
        if not isinstance(self.actor, Dog):
            raise SceneError(f"{self.actor_name!r} is a {self.actor.kind}: this task is for a dog")
        self.dog = self.actor
        self._height = self.dog.breed.paw - self.dog.gait.home[2]
        placement = next(a for a in world.layout.actors if a.name == self.actor_name)
        self._floor = placement.position[2]
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """How long it has been trying."""
        return (Channel("trying", "s", 0.0, 60.0),)

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`."""
        return np.array([self._time])

    def begin(self) -> None:
        """Start the clock."""
        self._time = self._stood = self._took = 0.0
        self._dt = 1 / self.world.control_rate
        self._verdict = Verdict()
        self._before = self._up()
        self._terms: dict[str, float] = {}

    def _up(self) -> float:
        _, (x, y, _, _) = self.world.pose(self.row)
        return 1 - 2 * (x * x + y * y)

    def update(self, contacts: Contacts) -> None:
        """See whether it stands."""
        self._terms = {}
        if self._verdict.terminated:
            return
        self._time += self._dt
        up, height = self._up(), self.world.pose(self.row)[0][2] - self._floor
        stands = up > UPRIGHT and height > TALL * self._height
        self._stood = self._stood + self._dt if stands else 0.0
        self._terms = {
            "upright": up - self._before,
            "height": 0.5 * min(1.0, height / self._height) * self._dt,
            "stands": 1.0 * stands * self._dt,
            "time": -0.5 * self._dt,
            "up": 0.0,
        }
        self._before = up
        if self._stood >= STEADY - 1e-9 and self._time - self._stood <= LIMIT:
            self._took = self._time - self._stood
            self._terms["up"] = 5.0
            self._verdict = Verdict("up", True, True)
        elif self._time >= LIMIT + STEADY - 1e-9:
            self._verdict = Verdict("down", True, False)

    def measures(self) -> Mapping[str, float]:
        """Return the seconds it took until it stood, the limit where it does not."""
        return {"seconds_to_stand": self._took if self._verdict.success else LIMIT}

    def rewards(self) -> Mapping[str, float]:
        """Return what is earned for turning upright, for height, for standing (a second), and +5 for being up."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "up", or "down" when the time is over, or nothing yet."""
        return self._verdict


class DogRecoverEnv(WorldEnv):
    """Get up from any fall, within three seconds.

    Task: An episode begins with a dog that has been dropped at random and lies as it fell: any side, any angles of its
        legs. It is to stand, upright and at three quarters of its height, for a quarter of a second.
    Actions: Box(3) in control mode "command", where the dog gets up by itself; `control="joint"` to learn it.
    Observations: the dog's own sensors; the seconds since it began.
    Reward: the change of the torso's uprightness (−1 to 1); a second: height up to +0.5, standing +1, time −0.5; up +5.
    Termination: it stands steadily, or 3.25 s are over. Truncation: 4 s.
    Outcome: up (success), down.
    """

    task_class = RecoverTask
    default_scene = "dog_recover"
