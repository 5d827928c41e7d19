"""DogFetch: run to a thrown ball, take it in the mouth, bring it back."""

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

HOME = 0.8  # m from where it started, within which the muzzle delivers
OUT = 1.5  # m from there that the ball must have been
LOST = 20.0  # m


class FetchTask(Task):
    """What is tagged `fetch` is to be brought to where the dog started."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Find the dog and the thing.

        Raises:
            SceneError: the actor is no dog with a mouth, or nothing is tagged `fetch`.
        """
        super().__init__(world, actor)
        if not isinstance(self.actor, Dog) or self.actor.mouth is None:
            raise SceneError(f"{self.actor_name!r} can't carry: this task is for a dog with the option `mouth: true`")
        self.mouth = self.actor.mouth
        things = [body for body in world.layout.bodies if "fetch" in body.tags]
        if not things:
            raise SceneError(f"scene {world.scene.name!r} has nothing to fetch: tag a ball with `tags: [fetch]`")
        self.ball = world.part_index(things[0].name)
        placement = next(a for a in world.layout.actors if a.name == self.actor_name)
        self._home = np.array(placement.position)
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The ball from the muzzle, home from the torso, and whether the ball is held."""
        return (
            *(Channel(f"ball_{axis}", "m", -30.0, 30.0) for axis in ("ahead", "left", "up")),
            Channel("home_ahead", "m", -30.0, 30.0),
            Channel("home_left", "m", -30.0, 30.0),
            Channel("held", "1", 0.0, 1.0),
        )

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`."""
        position, heading = self.place()
        ball, tip = np.array(self.world.pose(self.ball)[0]), np.array(self.mouth.tip())
        (ball_ahead, ball_left), (tip_ahead, tip_left), home = self.seen_from(
            position, heading, np.stack([ball[:2], tip[:2], self._home[:2]])
        )
        held = self.mouth.held is not None
        return np.array([ball_ahead - tip_ahead, ball_left - tip_left, ball[2] - tip[2], *home, float(held)])

    def begin(self) -> None:
        """Start from now."""
        self._out = self._had = False
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._before = self._distances()

    def _distances(self) -> tuple[float, float]:
        """Return how far the muzzle is from the ball, and the ball from home, m on the ground."""
        ball, tip = np.array(self.world.pose(self.ball)[0]), np.array(self.mouth.tip())
        return float(np.linalg.norm((ball - tip)[:2])), float(np.linalg.norm((ball - self._home)[:2]))

    def update(self, contacts: Contacts) -> None:
        """See where the ball is."""
        self._terms = {}
        if self._verdict.terminated:
            return
        held = self.mouth.held is not None
        (to_ball, to_home), before = self._distances(), self._before
        self._before = (to_ball, to_home)
        self._out |= to_home > OUT
        self._terms = {
            "approach": 0.0 if held else before[0] - to_ball,
            "carry": before[1] - to_home if held else 0.0,
            "take": 2.0 * (held and not self._had),
            "home": 0.0,
            "time": -0.005,
        }
        self._had |= held
        if held and self._out and to_home < HOME:
            self._terms["home"] = 5.0
            self._verdict = Verdict("fetched", True, True)
        elif to_home > LOST:
            self._verdict = Verdict("lost", True, False)

    def rewards(self) -> Mapping[str, float]:
        """Return metres gained on the ball, metres carried, +2 for the first bite, +5 for the ball at home, time."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "fetched", "lost", or nothing yet."""
        return self._verdict


class DogFetchEnv(WorldEnv):
    """Fetch a thrown ball.

    Task: A ball flies over the dog's head, another way in every episode. It is to be taken in the mouth and brought to
        within 0.8 m of where the dog started. The mouth holds what its muzzle touches while it is shut.
    Actions: Box(5): forward speed, turn rate, jump, stoop (1: muzzle to the ground), bite (above 0.5: shut).
    Observations: the dog's own sensors; the ball from the muzzle: ahead, left, up (m); home ahead and left (m); whether
        something is held.
    Reward: metres gained on the ball, metres carried home, +2 for the first bite, +5 at home, time −0.005.
    Termination: the ball is home, or 20 m away. Truncation: 30 s.
    Outcome: fetched (success), lost.
    """

    task_class = FetchTask
    default_scene = "dog_fetch"
