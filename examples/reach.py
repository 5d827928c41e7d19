"""A task of one's own: a dog runs to a flag that stands somewhere else in every episode."""

from __future__ import annotations

from collections.abc import Mapping

import gymnasium as gym
import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.physics.contacts import Contacts
from worldsim.scene.model import Scene
from worldsim.task import Task, Verdict

LAWN = Scene.model_validate({"format": 1, "name": "lawn", "actors": {"rex": {"kind": "dog"}}})


class ReachTask(Task):
    """Come within half a metre of the flag."""

    own_channels = (Channel("flag_ahead", "m", -10.0, 10.0), Channel("flag_left", "m", -10.0, 10.0))

    def begin(self) -> None:
        """Put the flag 2 to 4 m away; the world's seed decides where."""
        rng = np.random.default_rng(self.world.seed)
        angle, self.flag = rng.uniform(-np.pi, np.pi), np.zeros(2)
        self.flag = self.place()[0][:2] + rng.uniform(2, 4) * np.array([np.cos(angle), np.sin(angle)])
        self.left = self.gain = self.distance()

    def distance(self) -> float:
        """Return m to the flag."""
        return float(np.linalg.norm(self.flag - self.place()[0][:2]))

    def own_observation(self) -> np.ndarray:
        """Return the flag as the dog sees it."""
        return self.seen_from(*self.place(), self.flag[None])[0]

    def update(self, contacts: Contacts) -> None:
        """See how much nearer it has come."""
        self.gain, self.left = self.left - self.distance(), self.distance()

    def rewards(self) -> Mapping[str, float]:
        """Return metres gained, a prize at the flag, and what time costs."""
        return {"progress": self.gain, "flag": 2.0 * (self.left < 0.5), "time": -0.005}

    def verdict(self) -> Verdict:
        """Return whether it is there."""
        return Verdict("there", True, True) if self.left < 0.5 else Verdict()


class ReachEnv(WorldEnv):
    """Run to the flag."""

    task_class = ReachTask
    default_scene = LAWN


gym.register("Reach-v0", entry_point=ReachEnv, max_episode_steps=50, kwargs={"repeat": 12})
