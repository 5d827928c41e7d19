"""Scene: any scene file with an actor as an environment; reward and end come from the scene's own outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.task import Floats, Task, Verdict

NEAREST = 8  # moving things that are observed
NOWHERE = 30.0  # m ahead: where a thing seems to be that is not there


class SceneTask(Task):
    """What the scene's author named under `outcomes`, with `reward`, `ends` and `success`."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Take the scene's outcomes."""
        super().__init__(world, actor)
        self.rows = [p.index for p in world.parts if p.actor is None and not p.static]
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """Where it heads, where the world's origin is, and the nearest things that can move, as the actor sees them."""
        axes = ("ahead", "left", "up")
        return (
            Channel("heading_cos", "1", -1.0, 1.0),
            Channel("heading_sin", "1", -1.0, 1.0),
            Channel("origin_ahead", "m", -30.0, 30.0),
            Channel("origin_left", "m", -30.0, 30.0),
            *(Channel(f"thing{k}_{axis}", "m", -30.0, 30.0) for k in range(NEAREST) for axis in axes),
        )

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`; a thing that is not there is 30 m ahead."""
        position, (x, y, z, w) = self.world.pose(self.row)
        heading = math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))
        c, s = math.cos(heading), math.sin(heading)
        x, y, _ = position
        seen = np.array([c, s, -c * x - s * y, s * x - c * y] + [NOWHERE, 0.0, 0.0] * NEAREST)
        if self.rows:
            away = self.world.places(self.rows) - position
            near = away[np.argsort((away * away).sum(axis=1), kind="stable")[:NEAREST]]
            things = seen[4 : 4 + 3 * len(near)].reshape(-1, 3)
            things[:, :2] = near[:, :2] @ np.array([[c, -s], [s, c]])
            things[:, 2] = near[:, 2]
        return seen

    def begin(self) -> None:
        """No outcome has been rewarded yet."""
        self._held: set[str] = set()
        self._terms: dict[str, float] = {}
        self._verdict = Verdict()

    def update(self, contacts: Contacts) -> None:
        """See which outcomes hold now; each is rewarded once."""
        self._terms = {}
        if self._verdict.terminated or not self.world.scene.outcomes:
            return
        holds = self.world.outcomes()
        for outcome in self.world.scene.outcomes:
            if not holds[outcome.name] or outcome.name in self._held:
                continue
            self._held.add(outcome.name)
            self._terms[outcome.name] = float(outcome.reward)
            if outcome.ends and not self._verdict.terminated:
                self._verdict = Verdict(outcome.name, True, bool(outcome.success))

    def rewards(self) -> Mapping[str, float]:
        """Return the reward of each outcome that has just come to hold."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return the first outcome that ends the episode, or nothing yet."""
        return self._verdict


class SceneEnv(WorldEnv):
    """Do what a scene's author asks for: any scene with an actor, its outcomes rewarded.

    Task: The scene's `outcomes`; pass `scene=` a shipped name or a path of your own.
    Actions: Box: the first actor's command channels; 0 is neutral, ±1 their bounds.
    Observations: the actor's sensors; cosine and sine of its heading; the world's origin, ahead and to the left (m);
        the eight nearest things that can move, ahead, to the left and up (m).
    Reward: each outcome's `reward`, once, when it first holds.
    Termination: an outcome with `ends: true` (the default) holds. Truncation: 30 s.
    Outcome: the name of the outcome that ended it; success as its `success` says.
    """

    task_class = SceneTask
    default_scene = "yard"
