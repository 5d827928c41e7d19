"""A visual task: a cart drives to a red pillar past crates and posts, and sees nothing but small pictures.

`ReachPixels-v0` has a cart on two driven wheels, a pillar and four obstacles that stand elsewhere in every episode, and
a camera that follows the cart. The observation is the picture alone, by whichever renderer is asked for. What
trains on it is `ppo_pixels.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from pydantic import BaseModel, ConfigDict

from worldsim.actor import register_actor
from worldsim.actor.base import Actor, ActorLink, Channel
from worldsim.env import WorldEnv
from worldsim.physics.client import Client
from worldsim.physics.contacts import Contacts
from worldsim.physics.world import World
from worldsim.scene.layout import Geom, Material, Shape
from worldsim.scene.model import Scene
from worldsim.task import Task, Verdict

SIDEWAYS = (0.5**0.5, 0.0, 0.0, 0.5**0.5)
"""xyzw: turns a cylinder's axis from z to y."""
WHEEL, TRACK = 0.12, 0.36
"""m: radius of a wheel, distance between the two."""
SPEED, TURN = 1.6, 2.5
"""m/s and rad/s at full command."""


class CartOptions(BaseModel):
    """A cart has no keys of its own in a scene file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@register_actor
class Cart(Actor):
    """A tray on two driven wheels, steered by speed and turn; its low ends slide."""

    kind: ClassVar[str] = "two_wheeler"
    options: ClassVar[type] = CartOptions
    command_channels = (Channel("speed", "m/s", -SPEED, SPEED), Channel("turn", "rad/s", -TURN, TURN))
    sensor_channels = tuple(Channel(f"velocity_{axis}", "m/s", -20.0, 20.0) for axis in "xyz")

    def build(self, client: Client, materials: Mapping[str, Material]) -> None:
        """Make the tray and its wheels."""
        x, y, z = self.placement.position
        half = self.placement.heading / 2
        self.client = client
        tray = client.createCollisionShape(client.GEOM_BOX, halfExtents=[0.25, 0.15, 0.06])
        wheel = client.createCollisionShape(client.GEOM_CYLINDER, radius=WHEEL, height=0.05)
        self.body = client.createMultiBody(
            6.0, tray, -1, (x, y, z + WHEEL - 0.03), (0, 0, math.sin(half), math.cos(half)),
            linkMasses=[0.5, 0.5], linkCollisionShapeIndices=[wheel, wheel], linkVisualShapeIndices=[-1, -1],
            linkPositions=[(0, TRACK / 2, 0.03), (0, -TRACK / 2, 0.03)], linkOrientations=[SIDEWAYS, SIDEWAYS],
            linkInertialFramePositions=[(0, 0, 0)] * 2, linkInertialFrameOrientations=[(0, 0, 0, 1)] * 2,
            linkParentIndices=[0, 0], linkJointTypes=[client.JOINT_REVOLUTE] * 2, linkJointAxis=[(0, 0, -1)] * 2,
        )  # fmt: skip
        client.changeDynamics(self.body, -1, lateralFriction=0.05, linearDamping=0, angularDamping=0)
        for link in (0, 1):
            client.changeDynamics(self.body, link, lateralFriction=1.0)
        self.joint_names, self.joint_indices = ("left_wheel", "right_wheel"), (0, 1)
        box = Geom(Shape("box", (0.5, 0.3, 0.12)), material="painted_steel", colour=(0.03, 0.12, 0.55))
        tyre = Geom(Shape("cylinder", (WHEEL, 0.05)), material="rubber")
        parts = ((-1, "tray", box, 6.0), (0, "left_wheel", tyre, 0.5), (1, "right_wheel", tyre, 0.5))
        self.links = tuple(ActorLink(name, i, (geom,), mass, geom.material) for i, name, geom, mass in parts)

    def reset(self, rng: np.random.Generator) -> None:
        """Stand still."""
        self.command(np.zeros(2))

    def command(self, values: np.ndarray) -> None:
        """Take speed in m/s and turn in rad/s."""
        self._last = values.tolist()
        speed, turn = self._last
        wheels = [(speed - turn * TRACK / 2) / WHEEL, (speed + turn * TRACK / 2) / WHEEL]
        self.client.setJointMotorControlArray(
            self.body, (0, 1), self.client.VELOCITY_CONTROL, targetVelocities=wheels, forces=[1.5, 1.5]
        )

    def observe(self) -> np.ndarray:
        """Read the velocity."""
        return np.array(self.client.getBaseVelocity(self.body)[0])

    def state(self) -> Any:
        """Return the last command."""
        return tuple(self._last)

    def set_state(self, state: Any) -> None:
        """Take back what `state` returned."""
        self.command(np.array(state))


def between(low: float, high: float) -> dict[str, Any]:
    """Return a scene's random number."""
    return {"random": "uniform", "low": low, "high": high}


def obstacle(name: str, x: Sequence[float], y: Sequence[float], **looks: Any) -> dict[str, Any]:
    """Return an obstacle somewhere between those bounds."""
    return {"name": name, "at": [between(*x), between(*y)], "static": True, **looks}


CRATE: dict[str, Any] = {"shape": "box", "size": [0.6, 0.6, 0.6], "material": "wood"}
POST: dict[str, Any] = {"shape": "cylinder", "radius": 0.22, "height": 0.9, "material": "concrete"}
PATCH = Scene.model_validate(
    {
        "format": 1,
        "name": "patch",
        "rates": {"step_rate": 120, "control_rate": 30, "frame_rate": 30},
        "solver_iterations": 12,
        "look": {"time": "15:00", "sky": "partly_cloudy"},
        "ground": {"material": "grass"},
        "actors": {"cart": {"kind": "two_wheeler", "at": [0, 0], "heading_deg": between(-60, 60)}},
        "objects": [
            {
                **{"name": "pillar", "shape": "cylinder", "radius": 0.25, "height": 1.4, "static": True},
                **{"at": [between(4.0, 5.0), between(-2.4, 2.4)], "material": "painted_wood", "colour": "red"},
            },
            obstacle("crate_left", (1.5, 3.0), (0.5, 1.6), rotation_deg=[0, 0, between(-45, 45)], **CRATE),
            obstacle("crate_right", (1.5, 3.0), (-1.6, -0.5), rotation_deg=[0, 0, between(-45, 45)], **CRATE),
            obstacle("post_near", (1.3, 1.7), (-0.2, 0.2), **POST),
            obstacle("post_far", (2.6, 3.4), (-0.3, 0.3), **POST),
        ],
        "cameras": {
            "chase": {"follow": "cart", "distance": 0.9, "height": 1.3, "aim_height": 0.75, "fov_deg": 80, "smooth": 0}
        },
    }
)


class PillarTask(Task):
    """Come within 0.75 m of the pillar's middle, where the cart's nose all but touches it; a bump before ends it."""

    def __init__(self, world: World, actor: str | None = None) -> None:
        """Find what the cart may bump into."""
        super().__init__(world, actor)
        self.pillar = np.array(world.pose(world.part_index("pillar"))[0][:2])
        self.ground = next(part.index for part in world.parts if part.name == "ground")

    def begin(self) -> None:
        """Measure how far it is."""
        self.left, self.gain, self.bumps = self.distance(), 0.0, False

    def distance(self) -> float:
        """Return m to the pillar's middle."""
        return float(np.linalg.norm(self.pillar - self.place()[0][:2]))

    def update(self, contacts: Contacts) -> None:
        """See how much nearer it has come, and whether it touches anything but the ground."""
        self.gain, self.left = self.left - self.distance(), self.distance()
        self.bumps = contacts.without(self.ground) > 0

    def rewards(self) -> Mapping[str, float]:
        """Return metres gained, a prize at the pillar, what a bump and what time cost."""
        return {"progress": self.gain, "pillar": 3.0 * self.there, "bump": -1.0 * self.bumps, "time": -0.004}

    @property
    def there(self) -> bool:
        """Whether the pillar has been reached."""
        return self.left < 0.75

    def verdict(self) -> Verdict:
        """Return whether it is there, or has bumped into something on its way."""
        if self.there:
            return Verdict("there", True, True)
        return Verdict("bump", True) if self.bumps else Verdict()


class ReachPixelsEnv(WorldEnv):
    """Drive to the pillar by sight."""

    task_class = PillarTask
    default_scene = PATCH


gym.register(
    "ReachPixels-v0",
    entry_point=ReachPixelsEnv,
    max_episode_steps=60,
    kwargs={"repeat": 6, "obs": "pixels", "size": (64, 48)},
)
