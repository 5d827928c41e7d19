"""DogAgility: run a course of gates in order, against the clock, without knocking poles off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from worldsim.actor.base import Channel
from worldsim.actor.dog.dog import Dog
from worldsim.env import WorldEnv
from worldsim.errors import SceneError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.scene.bounds import bounds, union
from worldsim.scene.layout import Body
from worldsim.scene.pose import Pose, rotate_xyzw
from worldsim.task import Floats, Task, Verdict

FAR = 6.0  # m from the way to the next gate beyond which the dog has left the course
DROPPED = 0.06  # m a pole sinks when it is knocked off its cups
NOSE = 0.45  # m before the torso's middle where its sight begins
SIGHT = 3.0  # m, how far it looks
LOW = 0.08  # m over the ground, where it looks for what it would run into: under poles, at benches
MARGIN = 0.15  # m beside a gate that still counts as through it
AGES = 2.0  # s, the longest that is told to be since a jump
BESIDE = 0.24  # m from a weave pole to the middle of the way past it


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
        placement = next(a for a in world.layout.actors if a.name == self.actor_name)
        self._start, self._floor = np.array(placement.position[:2]), placement.position[2]
        self.gates = self._course()
        heights = {body.name: body.position[2] for body in world.layout.bodies}
        self._poles = [
            (row, heights[world.parts[row].name] - DROPPED) for gate in self.gates for row in gate.poles
        ]  # and the height below which each is off its cups
        self.begin()

    def _course(self) -> list[Gate]:
        """Return the gates in their order."""
        groups: dict[str, list[Body]] = {}
        weave: dict[str, float] = {}  # which side of a weave pole is the way: +1 its left
        finish: list[Body] = []
        for body in self.world.layout.bodies:
            if "gate" in body.tags:
                name = body.name.split("/")[0]
                if "weave" in body.tags and name not in weave:
                    weave[name] = 1.0 if len(weave) % 2 == 0 else -1.0
                groups.setdefault(name, []).append(body)
            elif "finish" in body.tags:
                finish.append(body)
        if not groups:
            raise SceneError(f"scene {self.world.scene.name!r} has no course: tag the obstacles with `tags: [gate]`")
        gates: list[Gate] = []
        before = self._start
        for name, bodies in groups.items():
            gates.append(self._gate(name, bodies, before, loose=True))
            if name in weave:
                gates[-1] = _beside(gates[-1], weave[name])
            before = gates[-1].centre
        if finish:
            gates.append(self._gate("finish", finish, before, loose=False))
        return gates

    def _gate(self, name: str, bodies: list[Body], before: Floats, loose: bool) -> Gate:
        """Return a gate made of bodies, reached from `before` (2,); `loose`: what lies loose on it are poles."""
        box = union(bounds(body.geoms, Pose(body.position, body.orientation)) for body in bodies)
        low, high = box if box is not None else (bodies[0].position, bodies[0].position)
        centre = np.array([low[0] + high[0], low[1] + high[1]]) / 2
        ahead = centre - before
        forward = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        if loose:  # the way through a prefab is along its x axis
            own = np.array(rotate_xyzw(bodies[0].orientation, (1.0, 0.0, 0.0))[:2])
            length = float(np.linalg.norm(own))
            if length > 0.9:
                forward = own / length * (1.0 if own @ forward >= 0 else -1.0)
        across = np.array([-forward[1], forward[0]])
        corners = np.array([(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])])
        half = float(np.abs((corners - centre) @ across).max())
        hinged = {joint.child for joint in self.world.layout.joints}
        poles = [body for body in bodies if loose and body.mass > 0 and body.name not in hinged]
        rows = tuple(self.world.part_index(body.name) for body in poles)
        return Gate(name, centre, forward, half, rows, max((body.position[2] for body in poles), default=0.0))

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The next two gates as the dog sees them, the next one's way, the dog's place on it, and more.

        `next_before` is how far it still is along the way through the gate, `next_aside` how far left of that way the
        dog is: where the gate sees the dog. `since_jump` is how long ago it began to jump: landing takes its time.
        """
        return (
            *(Channel(f"{gate}_{axis}", "m", -30.0, 30.0) for gate in ("next", "second") for axis in ("ahead", "left")),
            Channel("next_way_cos", "1", -1.0, 1.0),
            Channel("next_way_sin", "1", -1.0, 1.0),
            Channel("next_before", "m", -50.0, 50.0),
            Channel("next_aside", "m", -50.0, 50.0),
            Channel("next_pole_height", "m", 0.0, 2.0),
            Channel("next_half_width", "m", 0.0, 10.0),
            Channel("clear_ahead", "m", 0.0, SIGHT),
            Channel("course_done", "1", 0.0, 1.0),
            Channel("since_jump", "s", 0.0, AGES),
        )

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`."""
        position, heading = self.place()
        last = len(self.gates) - 1
        gate, second = (self.gates[min(self.passed + k, last)] for k in (0, 1))
        seen = self.seen_from(position, heading, np.stack((gate.centre, second.centre))).ravel()
        way = math.atan2(gate.forward[1], gate.forward[0]) - heading
        ahead = np.array([math.cos(heading), math.sin(heading)])
        eye, end = ([*(position[:2] + reach * ahead), self._floor + LOW] for reach in (NOSE, NOSE + SIGHT))
        clear = SIGHT * float(self.world.rays([eye], [end]).fraction[0])
        to_go = gate.centre - position[:2]
        place = to_go @ gate.forward, gate.forward[1] * to_go[0] - gate.forward[0] * to_go[1]
        rest = (gate.height, gate.half_width, clear, self.passed / len(self.gates), self._since_jump)
        return np.concatenate((seen, (math.cos(way), math.sin(way)), place, rest))

    def begin(self) -> None:
        """Start before the first gate, or, in the middle of things, on the way the dog is nearest to."""
        at = self.place()[0][:2]
        self.passed = 0
        if self.world.step_count > 0:
            ways = [_distance_to_way(at, a, gate.centre) for a, gate in zip(self._corners(), self.gates, strict=False)]
            self.passed = int(np.argmin(ways))
        self.missed = 0
        self._periods = 0
        self._since_jump, self._jumps = AGES, self._is_jumping()
        self._off = {row for row, height in self._poles if self.world.pose(row)[0][2] < height}
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._before = self._aim(at)

    def _is_jumping(self) -> bool:
        return isinstance(self.actor, Dog) and self.actor.doing == "jump"

    def _corners(self) -> list[Floats]:
        """Return (2,) m where the way to each gate begins."""
        return [self._start, *(gate.centre for gate in self.gates)]

    def _aim(self, at: Floats) -> tuple[float, float]:
        """Return how far in m the next gate is, and how far past its plane `at` (2,) is."""
        gate = self.gates[self.passed]
        delta = at - gate.centre
        return math.hypot(*delta), float(delta @ gate.forward)

    def update(self, contacts: Contacts) -> None:
        """See whether a gate was passed or missed, a pole fell, the course was left, or a jump begun."""
        jumped, self._jumps = self._jumps, self._is_jumping()
        begun = 0.0 if self._jumps and not jumped else self._since_jump
        self._since_jump = min(begun + 1 / self.world.control_rate, AGES)
        if self._verdict.terminated:
            self._terms = {}
            return
        self._periods += 1
        at = self.place()[0][:2]
        gate = self.gates[self.passed]
        (distance_before, along_before), (distance, along) = self._before, self._aim(at)
        terms = {"progress": distance_before - distance, "gate": 0.0, "miss": 0.0, "pole": 0.0, "time": -0.005}
        if along_before <= 0 < along:
            delta = at - gate.centre
            through = abs(delta[1] * gate.forward[0] - delta[0] * gate.forward[1]) <= gate.half_width + MARGIN
            terms["gate" if through else "miss"] = 1.0 if through else -1.0
            self.missed += not through
            self.passed += 1
            if self.passed == len(self.gates):
                clean = self.missed == 0
                terms["finish"] = 5.0
                self._verdict = Verdict("finished" if clean else "missed_gates", True, clean)
        elif _distance_to_way(at, self._corners()[self.passed], gate.centre) > FAR:
            self._verdict = Verdict("left_course", True, False)
        for row, height in self._poles:
            if row not in self._off and self.world.pose(row)[0][2] < height:
                self._off.add(row)
                terms["pole"] -= 0.5
        if not self._verdict.terminated:
            self._before = self._aim(at)
        self._terms = terms

    @property
    def faults(self) -> int:
        """Poles knocked off plus gates missed."""
        return len(self._off) + self.missed

    def measures(self) -> Mapping[str, float]:
        """Return the faults and what they are made of, the share of the course that is done, and the time in s."""
        return {
            "faults": float(self.faults),
            "poles_down": float(len(self._off)),
            "gates_missed": float(self.missed),
            "course_done": self.passed / len(self.gates),
            "seconds": self._periods / self.world.control_rate,
        }

    def rewards(self) -> Mapping[str, float]:
        """Return metres gained, gates passed (+1) and missed (−1), poles (−0.5), the finish (+5), time (−0.005)."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "finished", "missed_gates" or "left_course", or nothing yet."""
        return self._verdict


def _beside(gate: Gate, side: float) -> Gate:
    """Return the gate beside a weave pole: to its left (+1) or right (−1) on the way."""
    left = np.array([-gate.forward[1], gate.forward[0]])
    return replace(gate, centre=gate.centre + side * BESIDE * left, half_width=BESIDE - MARGIN, poles=(), height=0.0)


def _distance_to_way(at: Floats, start: Floats, end: Floats) -> float:
    """Return the distance in m of a point (2,) from the straight way between two others."""
    way = end - start
    share = float((at - start) @ way) / max(float(way @ way), 1e-9)
    return math.hypot(*(at - start - min(max(share, 0.0), 1.0) * way))


class DogAgilityEnv(WorldEnv):
    """Run an agility course: through the gates in order, to the finish.

    Task: A dog starts before the first gate of the scene and goes over or through each, from the right side, in order.
        A scene's course is what it tags `gate`, in the order of the file, and the line between what it tags `finish`;
        poles that are tagged `weave` too are passed on alternate sides, the first on its left. The scene
        "agility_random" lays out another course for every seed.
    Actions: Box(3): forward speed, turn rate, jump; 0 stands still, 1 is the breed's fastest; jump above 0.5 jumps.
    Observations: the dog's own 43 sensors; the next two gates ahead and to the left (m); the way through the next one,
        how far it still is along that and how far the dog is left of it (m); the height of its pole and half its width
        (m); how far the ground is clear straight ahead (m); the share of the course that is done; the time since the
        last jump began (s, at most 2).
    Reward: progress (m), gate +1, miss −1, pole −0.5 for each knocked off, finish +5, time −0.005.
    Termination: the finish is crossed, or the dog is 6 m off the way to the next gate. Truncation: 40 s.
    Outcome: finished (success), missed_gates, left_course.
    """

    task_class = AgilityTask
    default_scene = "dog_agility"
