"""DogRampage: knock over as much as possible in the time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.errors import SceneError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.rotation import quat_inverse_xyzw, quat_multiply_xyzw
from worldsim.task import Floats, Task, Verdict

NEAREST = 6  # standing things that are observed
SHOVED = 0.35  # m a thing moves when it counts as knocked over even if it still stands
FAR = 12.0  # m from where it began beyond which the dog has run away


class RampageTask(Task):
    """Everything tagged `knockable` is to fall: to tilt by more than 45°, or to be shoved aside."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Find what can be knocked over.

        Raises:
            SceneError: nothing in the scene that moves is tagged `knockable`.
        """
        super().__init__(world, actor)
        bodies = [body for body in world.layout.bodies if "knockable" in body.tags]
        rows = [world.part_index(body.name) for body in bodies]
        self.rows = np.array([row for row in rows if not world.parts[row].static], np.intp)
        if not len(self.rows):
            name = world.scene.name
            raise SceneError(f"scene {name!r} has nothing to knock over: tag things with `tags: [knockable]`")
        start = world.snapshot()
        self._at = start.position[self.rows].copy()
        self._back = quat_inverse_xyzw(start.orientation[self.rows])
        self._home = start.position[self.row, :2].copy()
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The nearest things that still stand as the dog sees them, and the share that has fallen."""
        seen = (Channel(f"thing{k}_{axis}", "m", -30.0, 30.0) for k in range(NEAREST) for axis in ("ahead", "left"))
        return (*seen, Channel("fallen_share", "1", 0.0, 1.0))

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`; a thing that is not there is 30 m ahead."""
        position, heading = self.place()
        places = self.world.motion().position[self.rows[~self.down], :2]
        seen = np.tile([30.0, 0.0], (NEAREST, 1))
        if len(places):
            near = np.argsort(np.linalg.norm(places - position[:2], axis=1), kind="stable")[:NEAREST]
            seen[: len(near)] = np.clip(self.seen_from(position, heading, places[near]), -30, 30)
        return np.append(seen.ravel(), self.down.mean())

    def begin(self) -> None:
        """Everything stands."""
        self.down = np.zeros(len(self.rows), bool)
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._before = self._nearest()

    def _nearest(self) -> float:
        """Return the distance in m to the nearest thing that stands, 0 where none does."""
        places = self.world.motion().position[self.rows[~self.down], :2]
        return float(np.linalg.norm(places - self.place()[0][:2], axis=1).min()) if len(places) else 0.0

    def update(self, contacts: Contacts) -> None:
        """See what has fallen."""
        now = self.world.motion()
        turned = quat_multiply_xyzw(now.orientation[self.rows], self._back)
        upright = 1 - 2 * (turned[:, 0] ** 2 + turned[:, 1] ** 2)  # z of what pointed up
        moved = np.linalg.norm(now.position[self.rows] - self._at, axis=1)
        down = self.down | (upright < np.cos(np.pi / 4)) | (moved > SHOVED)
        fell = int((down & ~self.down).sum())
        self.down = down
        near = self._nearest()
        closer = self._before - near if not fell else 0.0
        self._before = near
        self._terms = {"fallen": float(fell), "approach": 0.2 * closer, "time": -0.005}
        if down.all():
            self._terms["all_down"] = 10.0
            self._verdict = Verdict("all_down", True, True)
        elif np.linalg.norm(self.place()[0][:2] - self._home) > FAR + np.abs(self._at[:, :2] - self._home).max():
            self._verdict = Verdict("ran_away", True, False)

    def rewards(self) -> Mapping[str, float]:
        """Return things fallen (+1 each), approach to the nearest one standing (0.2 a metre), time (−0.005)."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "all_down" or "ran_away", or nothing yet."""
        return self._verdict


class DogRampageEnv(WorldEnv):
    """Knock over as much as possible in the time.

    Task: A dog in a yard full of things that stand; each that tilts by 45° or is shoved 0.35 m has fallen.
    Actions: Box(3): forward speed, turn rate, jump; 0 stands still, 1 is the breed's fastest; jump above 0.5 jumps.
    Observations: the dog's own 43 sensors; the six nearest things that stand, ahead and to the left (m); the share
        that has fallen.
    Reward: fallen +1 each, approach 0.2 a metre towards the nearest that stands, all_down +10, time −0.005.
    Termination: all is down, or the dog has run away. Truncation: 30 s.
    Outcome: all_down (success), ran_away.
    """

    task_class = RampageTask
    default_scene = "dog_rampage"
