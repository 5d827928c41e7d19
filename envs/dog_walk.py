"""DogWalk: follow orders of speed and heading over level, rough, cluttered, sloping and slippery ground."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from worldsim.actor.base import Channel
from worldsim.actor.dog.dog import Dog
from worldsim.env import WorldEnv
from worldsim.errors import SceneError, UnknownNameError
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.scene.ground import GroundSpec
from worldsim.scene.load import load_scene
from worldsim.scene.model import Scene
from worldsim.task import Floats, Task, Verdict

Terrain = Literal["mixed", "flat", "rough", "cluttered", "sloped", "slippery"]
SLIPPERY = 0.35  # friction of wet leaves, and of paws on them
SLOPE = 8.0  # degrees, the steepest board

SECONDS = 10.0  # an episode
HOLD = 2.5, 4.5  # s an order holds
STILL = 0.1  # share of orders to stand
TURN = 1.2  # rad/s that the ordered heading turns at
WIDE = 1.4  # rad, the largest change of heading
ROAM = 7.0  # m from the start, beyond which orders lead back
SETTLE = 1.5  # s after a new order that its error is not measured
DOWN = 0.5  # cosine of the tilt at which the dog has fallen
UPRIGHT = 2.0  # s on its paws after a knock that count as having recovered from it


class WalkTask(Task):
    """Orders that change every few seconds, drawn from the world's seed."""

    def __init__(
        self, world: World, actor: str | None = None, speed: tuple[float, float] = (0.0, 1.5), seconds: float = SECONDS
    ) -> None:
        """Take the range of ordered speeds in m/s and the length of an episode in s.

        Raises:
            SceneError: the actor is no dog.
        """
        super().__init__(world, actor)
        if not isinstance(self.actor, Dog):
            raise SceneError(f"{self.actor_name!r} is a {self.actor.kind}: this task is for a dog")
        self.dog = self.actor
        self._speeds = speed
        self._periods = round(seconds * world.control_rate)
        self._dt = 1 / world.control_rate
        self._weight = 9.81 * sum(link.mass for link in self.dog.links)
        self.begin()

    @property
    def own_channels(self) -> tuple[Channel, ...]:
        """The orders."""
        return (
            Channel("target_speed", "m/s", -10.0, 10.0),
            Channel("target_turn", "rad/s", -TURN, TURN),
            Channel("heading_error", "rad", -math.pi, math.pi),
        )

    def own_observation(self) -> Floats:
        """Return the numbers of `own_channels`."""
        return np.array([self.speed, self._turning, self._astray(self.place()[1])])

    def begin(self) -> None:
        """Draw the first order: to go on as it stands."""
        self._rng = np.random.default_rng((self.world.seed, self.world.step_count))
        place, self.heading = self.place()
        self._home = place[:2] if self.world.step_count == 0 else np.zeros(2)
        self._goal, self.speed, self._turning = self.heading, 0.0, 0.0
        self._left = self._age = 0.0
        self._count = 0
        self._low = 0.0
        self._knocks, self._since_knock = self.dog.knocks, math.inf
        self._judged = self._recovered = 0
        self._verdict = Verdict()
        self._terms: dict[str, float] = {}
        self._at = place[:2]
        self._sums = {"seconds": 0.0, "ordered": 0.0, "speed": 0.0, "heading": 0.0, "energy": 0.0, "distance": 0.0}
        self._order(place[:2], first=True)

    def _order(self, at: Floats, first: bool = False) -> None:
        """Draw the next order."""
        low, high = self._speeds
        self._left, self._age = float(self._rng.uniform(*HOLD)), 0.0
        self.speed = 0.0 if self._rng.random() < STILL else float(self._rng.uniform(low, high))
        turn = 0.0 if first else float(self._rng.uniform(-WIDE, WIDE))
        away = at - self._home
        ahead = away + self.speed * self._left * np.array(
            [math.cos(self.heading + turn), math.sin(self.heading + turn)]
        )
        if math.hypot(*ahead) > ROAM:
            back = math.atan2(-away[1], -away[0]) - self.heading
            turn = (back + math.pi) % (2 * math.pi) - math.pi
        self._goal = self.heading + turn

    def _astray(self, yaw: float) -> float:
        return (self.heading - yaw + math.pi) % (2 * math.pi) - math.pi

    def update(self, contacts: Contacts) -> None:
        """Turn the order on, and compare the dog with it."""
        self._terms = {}
        if self._verdict.terminated:
            return
        self._count += 1
        dt = self._dt
        position, yaw = self.place()
        (vx, vy, vz), spin = self.world.client.getBaseVelocity(self.dog.body)
        joints = self.world.client.getJointStates(self.dog.body, range(12))
        _, (x, y, _, _) = self.world.pose(self.row)
        c, s = math.cos(yaw), math.sin(yaw)
        forward, sideways = c * vx + s * vy, c * vy - s * vx
        power = sum(max(0.0, joint[1] * joint[3]) for joint in joints)
        astray = self._astray(yaw)
        off = (forward - self.speed) / max(0.5, 0.4 * abs(self.speed))
        self._terms = {
            "speed": 1.5 * math.exp(-off * off) * dt,
            "heading": 0.75 * math.exp(-4 * astray * astray) * dt,
            "sideways": -1.0 * min(1.0, sideways * sideways) * dt,
            "bounce": -0.3 * min(4.0, vz * vz) * dt,
            "wobble": -0.02 * min(50.0, (c * spin[0] + s * spin[1]) ** 2 + (c * spin[1] - s * spin[0]) ** 2) * dt,
            "power": -0.1 * min(10.0, power / self._weight) * dt,
            "fall": 0.0,
        }
        self._measure(forward, astray, power, float(np.hypot(*(position[:2] - self._at))))
        self._at = position[:2]
        fallen = 1 - 2 * (x * x + y * y) < DOWN
        self._low = self._low + dt if fallen else 0.0
        if self._low > 0.1 or self.dog.doing == "recover":
            self._terms["fall"] = -3.0
            self._verdict = Verdict("fell", True, False)
        elif self._count >= self._periods:
            self._verdict = Verdict("walked", False, True)
        self._judge_knock()
        self._age += dt
        self._left -= dt
        if self._left <= 0:
            self._order(position[:2])
        step: float = max(-TURN * dt, min(TURN * dt, self._goal - self.heading))
        self.heading += step
        self._turning = step / dt

    def _judge_knock(self) -> None:
        """Count a knock when the dog has fallen after it or stayed on its paws for `UPRIGHT`."""
        fell = self._verdict.terminated
        if fell or self._since_knock >= UPRIGHT:
            if self._since_knock < math.inf:
                self._judged += 1
                self._recovered += not fell
            self._since_knock = math.inf
        self._since_knock += self._dt
        if self.dog.knocks > self._knocks:
            self._knocks, self._since_knock = self.dog.knocks, 0.0

    def _measure(self, forward: float, astray: float, power: float, moved: float) -> None:
        sums, dt = self._sums, self._dt
        sums["energy"] += power * dt
        sums["distance"] += moved
        if self._age > SETTLE:
            sums["seconds"] += dt
            sums["ordered"] += abs(self.speed) * dt
            sums["speed"] += abs(forward - self.speed) * dt
            sums["heading"] += abs(astray) * dt

    def measures(self) -> Mapping[str, float]:
        """Return the mean errors of speed (share of what was ordered) and heading (rad), and the cost of transport.

        The cost of transport is the legs' positive work over weight and way, without a unit. Where there are
        knocks: how many were judged (a fall or 2 s upright followed), and how many of them it recovered from.
        """
        sums = self._sums
        plan = self.dog.placement.options.randomise
        knocked = plan is not None and plan.push_every_s is not None
        knocks = {"knocks": float(self._judged), "recovered": float(self._recovered)} if knocked else {}
        return {
            "speed_error": sums["speed"] / max(sums["ordered"], 1e-6) if sums["ordered"] > 0.1 else 0.0,
            "heading_error": sums["heading"] / max(sums["seconds"], 1e-6),
            "cost_of_transport": sums["energy"] / (self._weight * sums["distance"]) if sums["distance"] > 1 else 0.0,
            **knocks,
        }

    def rewards(self) -> Mapping[str, float]:
        """Return what is earned for keeping to the order, less what bouncing, wobbling, power and falling cost."""
        return self._terms

    def verdict(self) -> Verdict:
        """Return "fell", or "walked" from the last period on, or nothing yet."""
        return self._verdict


def walking_scene(terrain: str, scene: Scene) -> Scene:
    """Return what a terrain keeps of a scene.

    Raises:
        UnknownNameError: no such terrain.
    """
    if terrain not in get_args(Terrain):
        raise UnknownNameError("terrain", terrain, get_args(Terrain))
    if terrain == "mixed":
        return scene
    lost = {"rough", "cluttered"} - {terrain}
    kept = [spec for spec in scene.objects if not lost & set(spec.tags)]
    ground: GroundSpec | None = GroundSpec(friction=SLIPPERY if terrain == "slippery" else None)
    if terrain == "sloped":
        tilt = {"random": "uniform", "low": -SLOPE, "high": SLOPE}
        board = {"name": "board", "shape": "box", "size": [60, 60, 1], "at": [0, 0, -0.5], "static": True,
                 "material": "grass", "rotation_deg": [tilt, tilt, 0]}  # fmt: skip
        made = Scene.model_validate({"format": 1, "name": "board", "objects": [board]})
        kept, ground = list(made.objects), None
    return scene.with_parts(objects=tuple(kept), ground=ground)


class DogWalkEnv(WorldEnv):
    """Follow orders of speed and heading over all kinds of ground, shoved now and then.

    Task: Every few seconds the dog is told another speed and heading; the heading turns there at 1.2 rad/s. Orders lead
        back when the dog is far out. `terrain`: mixed (slabs, clutter and wet grass, drawn anew for every episode),
        flat, rough, cluttered, sloped (up to 8° both ways) or slippery (friction 0.35); `pushes`: m/s that knocks from
        any side give the dog, every 2 to 4 s; `speed`: the range of orders in m/s; `seconds`: of an episode.
    Actions: Box(3) in control mode "command": speed, turn rate, jump; other modes have their own.
    Observations: the dog's own sensors; the ordered speed (m/s), the turn rate of the ordered heading (rad/s), and how
        far the dog is off it (rad).
    Reward: a second: speed kept up to +1.5, heading up to +0.75; sideways drift, bouncing, wobbling and power cost;
        a fall −3.
    Termination: the dog has fallen. Truncation: 10 s.
    Outcome: walked (success: on its paws to the end), fell.
    """

    task_class = WalkTask
    default_scene = "dog_walk"

    def __init__(
        self,
        terrain: Terrain = "mixed",
        pushes: float = 0.0,
        scene: str | Path | Scene | None = None,
        actor_options: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> None:
        """Take the terrain, the strength of pushes in m/s, and what every env takes."""
        wanted = self.default_scene if scene is None else scene
        wanted = wanted if isinstance(wanted, Scene) else load_scene(wanted)
        keys = dict(actor_options or {})
        if pushes > 0:
            knocks = {"push_every_s": [2.0, 4.0], "push_speed": [pushes, pushes]}
            keys["randomise"] = {**knocks, **(keys.get("randomise") or {})}
        super().__init__(scene=walking_scene(terrain, wanted), actor_options=keys, **arguments)
        self._arguments |= {"terrain": terrain, "pushes": pushes, "scene": scene, "actor_options": actor_options}
