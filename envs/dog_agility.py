"""DogAgility: run a course of gates in order, against the clock, without knocking poles off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from worldsim.actor.base import Channel
from worldsim.env import WorldEnv
from worldsim.errors import SceneError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.rotation import quat_rotate_xyzw
from worldsim.task import Floats, Task, Verdict

FAR = 6.0  # m from the line between two gates beyond which the dog has left the course
DROPPED = 0.06  # m a pole sinks when it is knocked off its cups
MARGIN = 0.25  # m beside a gate's outermost piece that still counts as through it


@dataclass(frozen=True)
class Gate:
    """One thing to go through or over.

    Attributes:
        name: the object's. centre: (2,) m. forward: (2,) unit, the way through. half_width: m.
        poles: rows of what lies loose on it. height: m of the highest pole, 0 for none.
    """

    name: str
    centre: Floats
    forward: Floats
    half_width: float
    poles: tuple[int, ...]
    height: float


class AgilityTask(Task):
    """The course of a scene: objects tagged `gate` in the order of the file, then those tagged `finish`."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Find the course.

        Raises:
            SceneError: the scene has no object tagged `gate`.
        """
        super().__init__(world, actor)
        self.gates = self._course()
        self._poles = np.array([pole for gate in self.gates for pole in gate.poles], np.intp)
        self.begin()

    def _course(self) -> list[Gate]:
        groups: dict[str, list[int]] = {}
        finish: list[int] = []
        for body in self.world.layout.bodies:
            row = self.world.part_index(body.name)
            if "gate" in body.tags:
                groups.setdefault(body.name.split("/")[0], []).append(row)
            if "finish" in body.tags:
                finish.append(row)
        if not groups:
            raise SceneError(f"scene {self.world.scene.name!r} has no course: tag the obstacles with `tags: [gate]`")
        if finish:
            groups["finish"] = finish
        start = self.world.snapshot()
        before, gates = start.position[self.row, :2], []
        for name, rows in groups.items():
            places = start.position[rows, :2]
            centre = (places.min(axis=0) + places.max(axis=0)) / 2
            ahead = centre - before
            forward = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
            if name != "finish":  # the way through a prefab is along its x axis
                own = quat_rotate_xyzw(start.orientation[rows[0]], (1.0, 0.0, 0.0))[:2]
                if abs(float(own @ forward)) > 0.5:
                    forward = own * np.sign(own @ forward)
            across = np.array([-forward[1], forward[0]])
            half = float(np.abs((places - centre) @ across).max())
            poles = tuple(row for row in rows if not self.world.parts[row].static)
            height = max((float(start.position[row, 2]) for row in poles), default=0.0)
            gates.append(Gate(name, centre, forward, half, () if name == "finish" else poles, height))
            before = centre
        self._pole_height = start.position[:, 2].copy()
        return gates

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The next two gates as the dog sees them, the next one's kind, and the share of the course that is done."""
        return (
            *(Channel(f"{gate}_{axis}", "m", -30.0, 30.0) for gate in ("next", "second") for axis in ("ahead", "left")),
            Channel("next_way_cos", "1", -1.0, 1.0),
            Channel("next_way_sin", "1", -1.0, 1.0),
            Channel("next_pole_height", "m", 0.0, 2.0),
            Channel("course_done", "1", 0.0, 1.0),
        )

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`."""
        position, heading = self.place()
        last = len(self.gates) - 1
        gates = [self.gates[min(self.passed + k, last)] for k in (0, 1)]
        seen = self.seen_from(position, heading, np.array([gate.centre for gate in gates]))
        way = np.arctan2(gates[0].forward[1], gates[0].forward[0]) - heading
        rest = (np.cos(way), np.sin(way), gates[0].height, self.passed / len(self.gates))
        return np.concatenate([np.clip(seen.ravel(), -30, 30), rest])

    def begin(self) -> None:
        """Start before the first gate."""
        self.passed = 0
        self.missed = 0
        self._dropped = np.zeros(len(self._poles), bool)
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._before = self._distance(self.place()[0][:2])

    def _distance(self, at: Floats) -> float:
        gate = self.gates[min(self.passed, len(self.gates) - 1)]
        return float(np.linalg.norm(gate.centre - at))

    def update(self, contacts: Contacts) -> None:
        """See whether a gate was passed or missed, a pole fell, or the course was left."""
        at = self.place()[0][:2]
        now = self._distance(at)
        terms = {"progress": self._before - now, "gate": 0.0, "miss": 0.0, "pole": 0.0, "time": -0.005}
        gate = self.gates[self.passed]
        delta = at - gate.centre
        along, across = float(delta @ gate.forward), float(delta @ (-gate.forward[1], gate.forward[0]))
        if along > 0.0:
            through = abs(across) <= gate.half_width + MARGIN
            terms["gate" if through else "miss"] = 1.0 if through else -1.0
            self.missed += not through
            self.passed += 1
            if self.passed == len(self.gates):
                clean = self.missed == 0
                terms["finish"] = 5.0
                self._verdict = Verdict("finished" if clean else "missed_gates", True, clean)
            now = self._distance(at)
        elif abs(across) > FAR or along < -FAR - self._leg():
            self._verdict = Verdict("left_course", True, False)
        if len(self._poles):
            height = self.world.motion().position[self._poles, 2]
            down = self._dropped | (height < self._pole_height[self._poles] - DROPPED)
            terms["pole"] = -0.5 * float((down & ~self._dropped).sum())
            self._dropped = down
        self._before = now
        self._terms = terms

    def _leg(self) -> float:
        """Return the length in m of the way from the gate before to the next."""
        if self.passed == 0:
            return 10.0
        return float(np.linalg.norm(self.gates[self.passed].centre - self.gates[self.passed - 1].centre))

    @property
    def faults(self) -> int:
        """Poles knocked off plus gates missed."""
        return int(self._dropped.sum()) + self.missed

    def rewards(self) -> Mapping[str, float]:
        """Return metres gained, gates passed (+1) and missed (−1), poles (−0.5), the finish (+5), time (−0.005)."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "finished", "missed_gates" or "left_course", or nothing yet."""
        return self._verdict


class DogAgilityEnv(WorldEnv):
    """Run an agility course: through the gates in order, to the finish.

    Task: A dog starts before the first gate of the scene and goes over, through or past each in order.
    Actions: Box(3): forward speed, turn rate, jump; 0 stands still, 1 is the breed's fastest; jump above 0.5 jumps.
    Observations: the dog's own 43 sensors; the next two gates ahead and to the left (m); the way through the next one;
        the height of its pole; the share of the course that is done.
    Reward: progress (m), gate +1, miss −1, pole −0.5 for each knocked off, finish +5, time −0.005.
    Termination: the finish is crossed, or the dog is 6 m off the course. Truncation: 40 s.
    Outcome: finished (success), missed_gates, left_course.
    """

    task_class = AgilityTask
    default_scene = "dog_agility"
