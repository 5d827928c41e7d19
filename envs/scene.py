"""Scene: any scene file with an actor as an environment; reward and end come from the scene's own outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.task import Floats, Task, Verdict

NEAREST = 8  # moving things that are observed


class SceneTask(Task):
    """What the scene's author named under `outcomes`, with `reward`, `ends` and `success`."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Take the scene's outcomes."""
        super().__init__(world, actor)
        self.rows = np.array([p.index for p in world.parts if p.actor is None and not p.static], np.intp)
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The nearest things that can move, as the actor sees them."""
        axes = ("ahead", "left", "up")
        return tuple(Channel(f"thing{k}_{axis}", "m", -30.0, 30.0) for k in range(NEAREST) for axis in axes)

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`; a thing that is not there is 30 m ahead."""
        position, heading = self.place()
        places = self.world.motion().position[self.rows]
        near = np.argsort(np.linalg.norm(places - position, axis=1), kind="stable")[:NEAREST]
        seen = np.tile([30.0, 0.0, 0.0], (NEAREST, 1))
        seen[: len(near), :2] = self.seen_from(position, heading, places[near, :2])
        seen[: len(near), 2] = places[near, 2] - position[2]
        return np.clip(seen.ravel(), -30, 30)

    def begin(self) -> None:
        """No outcome has been rewarded yet."""
        self._held = {outcome.name: False for outcome in self.world.scene.outcomes}
        self._terms: dict[str, float] = {}
        self._verdict = Verdict()

    def update(self, contacts: Contacts) -> None:
        """See which outcomes hold now; each is rewarded once."""
        self._terms = {}
        if not self._held:
            return
        holds = self.world.outcomes()
        for outcome in self.world.scene.outcomes:
            if not holds[outcome.name] or self._held[outcome.name]:
                continue
            self._held[outcome.name] = True
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
    Observations: the actor's sensors; the eight nearest things that can move, ahead, to the left and up (m).
    Reward: each outcome's `reward`, once, when it first holds.
    Termination: an outcome with `ends: true` (the default) holds. Truncation: 30 s.
    Outcome: the name of the outcome that ended it; success as its `success` says.
    """

    task_class = SceneTask
    default_scene = "yard"
