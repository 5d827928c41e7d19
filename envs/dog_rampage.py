"""DogRampage: knock over as much as possible in the time."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.envs.rampage_view import BROAD, LOOK, NO_ROW, NOWHERE, Group, groups, in_the_way, soonest
from worldsim.errors import SceneError
from worldsim.physics.contacts import Contacts
from worldsim.physics.outcome import round_axis
from worldsim.physics.world import World
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.task import Floats, Task, Verdict

NEAREST = 6  # standing things that are observed, and as many that lie
GROUPS = 3  # groups of standing things that are observed
FALLING = 1.0  # s after a thing has fallen for which what stands beside it is thought to be falling too
EVERY = 6  # control periods between two looks at the groups
TILT = math.cos(math.radians(45))  # cosine of the tilt at which a thing has fallen
SHOVED = 0.35  # m a thing moves when it counts as knocked over even if it still stands
FAR = 12.0  # m farther from its start than the farthest thing: the dog has run away


class RampageTask(Task):
    """Everything tagged `knockable` is to fall: to tilt by more than 45°, or to be shoved aside."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Find what can be knocked over.

        Raises:
            SceneError: nothing in the scene that moves is tagged `knockable`.
        """
        super().__init__(world, actor)
        tagged = [body for body in world.layout.bodies if "knockable" in body.tags]
        bodies = [body for body in tagged if not world.parts[world.part_index(body.name)].static]
        if not bodies:
            raise SceneError(
                f"scene {world.scene.name!r} has nothing to knock over: tag things with `tags: [knockable]`"
            )
        self.rows = np.array([world.part_index(body.name) for body in bodies], np.intp)
        self._at = np.array([body.position for body in bodies])
        upright = quat_inverse_xyzw(np.array([body.orientation for body in bodies]))
        self._axis = quat_rotate_xyzw(upright, np.array([0.0, 0.0, 1.0]))  # what points up, in the bodies' frames
        self._rolls = np.array([round_axis(body.geoms) == "all" for body in bodies])  # a ball has no way to stand
        placement = next(a for a in world.layout.actors if a.name == self.actor_name)
        self._home = np.array(placement.position[:2])
        self._quiet = round(FALLING * world.control_rate)
        self._limit = FAR + float(np.linalg.norm(self._at[:, :2] - self._home, axis=1).max())
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The nearest things that still stand as the dog sees them, the largest groups, the nearest things that lie.

        Of a group: where its nearer end is, which way the row goes from there, and of how many things it is. Then the
        group that fells most for the time (`row`), the thing that is reached soonest (`aim`), what stands or lies in
        the way (`block`). The last number is the share that has fallen.
        """
        seen = _places("thing")
        for k in range(GROUPS):
            seen += _group(f"group{k}")
        seen += _places("lying") + _group("row")
        seen += [Channel(f"row_{part}", "m", -30.0, 30.0) for part in ("before", "aside")]
        seen += [Channel("row_bearing", "rad", -math.pi, math.pi)]
        for name in ("run_up", "aim"):
            seen += [Channel(f"{name}_distance", "m", 0.0, 30.0), Channel(f"{name}_bearing", "rad", -math.pi, math.pi)]
        seen += [Channel("block_ahead", "m", 0.0, LOOK), Channel("block_left", "m", -BROAD, BROAD)]
        return (*seen, Channel("fallen_share", "1", 0.0, 1.0))

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`; a thing or a group that is not there is 30 m ahead."""
        position, heading = self.place()
        everything = self.seen_from(position, heading, self.world.motion().position[self.rows, :2])
        standing, lying = (_nearest_first(everything[which]) for which in (~self.down, self.down))
        rows = [group.seen(self.seen_from, position, heading) for group in self._groups]
        seen = _filled(standing, NEAREST)
        for row in [*rows, *[NO_ROW] * (GROUPS - len(rows))]:
            seen += [row.ahead, row.left, row.cos, row.sin, row.size]
        seen += _filled(lying, NEAREST)
        best = max(rows, key=lambda row: row.worth, default=NO_ROW)
        seen += [best.ahead, best.left, best.cos, best.sin, best.size, best.before, best.aside, best.bearing]
        seen += [*best.run_up, *soonest(standing), *in_the_way(np.concatenate((standing[:NEAREST], lying[:NEAREST])))]
        return np.array([*seen, self.down.mean()])

    def _grouped(self) -> list[Group]:
        """Return the largest groups of what stands and is not about to be felled by its neighbours."""
        places = self.world.motion().position[self.rows, :2]
        fresh = self.down & (self._periods - self._fell < self._quiet)
        return groups(places[~self.down], self._at[fresh, :2])[:GROUPS]

    def begin(self) -> None:
        """Count from now: what lies already is no merit."""
        self.down = np.zeros(len(self.rows), bool)
        self.down = self._fallen()
        self._periods = 0
        self._fell = np.full(len(self.rows), -self._quiet)  # the period in which each fell
        self._groups = self._grouped()
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._before = self._nearest()

    def _fallen(self) -> np.ndarray:
        """Return (len(rows),) bool: what has fallen by now."""
        now = self.world.motion()
        up = quat_rotate_xyzw(now.orientation[self.rows], self._axis)[:, 2]
        moved = ((now.position[self.rows] - self._at) ** 2).sum(axis=1)
        return np.asarray(self.down | ((up < TILT) & ~self._rolls) | (moved > SHOVED**2))

    def _nearest(self) -> float:
        """Return the distance in m to the nearest thing that stands, 0 where none does."""
        places = self.world.motion().position[self.rows[~self.down], :2]
        if not len(places):
            return 0.0
        return math.sqrt(((places - self.place()[0][:2]) ** 2).sum(axis=1).min())

    def update(self, contacts: Contacts) -> None:
        """See what has fallen."""
        if self._verdict.terminated:
            self._terms = {}
            return
        down = self._fallen()
        self._periods += 1
        fell = int(np.count_nonzero(down)) - int(np.count_nonzero(self.down))
        self._fell[down & ~self.down] = self._periods
        self.down = down
        if fell or self._periods % EVERY == 0:
            self._groups = self._grouped() if not down.all() else []
        near = self._nearest()
        closer = self._before - near if not fell else 0.0
        self._before = near
        self._terms = {"fallen": float(fell), "approach": 0.2 * closer, "all_down": 0.0, "time": -0.005}
        if down.all():
            self._terms["all_down"] = 10.0
            self._verdict = Verdict("all_down", True, True)
        elif math.hypot(*(self.place()[0][:2] - self._home)) > self._limit:
            self._verdict = Verdict("ran_away", True, False)

    def measures(self) -> Mapping[str, float]:
        """Return how many things have fallen, and which share of all that is."""
        return {"fallen": float(np.count_nonzero(self.down)), "fallen_share": float(self.down.mean())}

    def rewards(self) -> Mapping[str, float]:
        """Return things fallen (+1 each), approach to the nearest one standing (0.2 a metre), time (−0.005)."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "all_down" or "ran_away", or nothing yet."""
        return self._verdict


def _places(name: str) -> list[Channel]:
    """Return the channels of where the nearest things are."""
    return [Channel(f"{name}{k}_{axis}", "m", -30.0, 30.0) for k in range(NEAREST) for axis in ("ahead", "left")]


def _group(name: str) -> list[Channel]:
    """Return the channels of where a group's end is, which way it goes from there, and of how many things it is."""
    ends = [Channel(f"{name}_{axis}", "m", -30.0, 30.0) for axis in ("ahead", "left")]
    ways = [Channel(f"{name}_{part}", "1", -1.0, 1.0) for part in ("way_cos", "way_sin")]
    return [*ends, *ways, Channel(f"{name}_count", "1", 0.0, 1000.0)]


def _nearest_first(places: Floats) -> Floats:
    """Return places (N, 2) m by their distance from the dog, the nearest first."""
    return places[np.argsort((places**2).sum(axis=1), kind="stable")]


def _filled(places: Floats, count: int) -> list[float]:
    """Return `count` pairs of m, of places (N, 2) and then of nothing."""
    known = places[:count].ravel().tolist()
    return known + [NOWHERE, 0.0] * (count - len(known) // 2)


class DogRampageEnv(WorldEnv):
    """Knock over as much as possible in the time.

    Task: A dog in a yard full of things that stand; each that tilts by 45° or is shoved 0.35 m has fallen. What there
        is to knock over is what a scene tags `knockable`. Every seed of the shipped yard moves it about.
    Actions: Box(3): forward speed, turn rate, jump; 0 stands still, 1 is the breed's fastest; jump above 0.5 jumps.
    Observations: the dog's own 43 sensors; the six nearest things that stand, ahead and to the left (m); the three
        largest groups that stand (things at most 0.5 m apart, of which none is just falling): the nearer end ahead and
        to the left (m), cosine and sine of the way from there along the group, and of how many things it is; the six
        nearest things that lie, ahead and to the left (m). Of the group with most things for the time to get there the
        same five, how far its end is along its way and the dog to the left of it (m), the end's bearing (rad), distance
        (m) and bearing of the run-up before it; distance and bearing of the thing that is reached soonest; the nearest
        thing up to 1.4 m ahead that stands or lies in the way (m; 1.4 and 0 for none). The share that has fallen.
    Reward: fallen +1 each, approach 0.2 a metre towards the nearest that stands, all_down +10, time −0.005.
    Termination: all is down, or the dog has run away. Truncation: 30 s.
    Outcome: all_down (success), ran_away.
    """

    task_class = RampageTask
    default_scene = "dog_rampage"
