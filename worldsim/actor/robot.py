"""Any robot of a URDF file as an actor, driven by targets for its joints.

A command has one number a movable joint, scaled so that −1 and 1 are the joint's limits (position) or its highest speed
(velocity): a policy or a person need not know the robot's angles. It knows nothing of what the robot is for.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from worldsim.actor.base import Actor, ActorLink, Channel, Rates
from worldsim.errors import SceneError
from worldsim.physics.client import Client
from worldsim.physics.pose import Pose, compose
from worldsim.physics.urdf import load_urdf, resolve_urdf
from worldsim.scene.layout import ActorPlacement, Geom, Material, Quat

SHIPPED = "pybullet_data:"
TURN = math.pi
"""rad, the reach of a joint that turns without end."""
SLIDE = 1.0
"""m, likewise of one that slides without end."""
FORCE, SPEED = 100.0, 5.0
"""N·m or N, and rad/s or m/s, where the file gives no limit."""


class RobotOptions(BaseModel):
    """The robot's own keys in a scene file.

    Attributes:
        urdf: a file in the scene's folder tree, or one that comes with PyBullet: "pybullet_data:kuka_iiwa/model.urdf".
        fixed_base: whether the base is bolted to the world.
        drive: whether commands are positions or velocities of the joints.
        gain: share of the error of position that a motor takes away in one physics step.
        force: N·m or N; replaces the limits of the file's joints.
        pose: joint positions at the start, rad or m, by the joints' names.
        lift: m the base is raised over its place, for robots whose base is not their sole.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    urdf: str = Field(min_length=1, max_length=300)
    fixed_base: bool = True
    drive: Literal["position", "velocity"] = "position"
    gain: float = Field(default=0.1, gt=0, le=1, allow_inf_nan=False)
    force: float | None = Field(default=None, gt=0, le=1e5, allow_inf_nan=False)
    pose: dict[str, float] = Field(default_factory=dict)
    lift: float = Field(default=0.0, ge=-10, le=10, allow_inf_nan=False)

    @field_validator("urdf")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value.removeprefix(SHIPPED))
        if ".." in path.parts or (value.startswith(SHIPPED) and path.is_absolute()):
            raise ValueError(f"{value!r} leaves its folder; expected a path without '..' in the scene's folder tree")
        if path.suffix.lower() != ".urdf":
            raise ValueError(f"{value!r} is not a URDF file; expected a name that ends in .urdf")
        return value


@dataclass(frozen=True)
class _Joint:
    """A movable joint: low and high in rad or m, its limits of force and speed."""

    name: str
    index: int
    slides: bool
    low: float
    high: float
    force: float
    speed: float


class Robot(Actor):
    """A robot of a URDF file."""

    kind: ClassVar[str] = "robot"
    options: ClassVar[type] = RobotOptions

    def __init__(self, placement: ActorPlacement, rates: Rates) -> None:
        """Keep the options; the file is read when the robot is built, and its channels are known from then on."""
        super().__init__(placement, rates)
        self._options: RobotOptions = placement.options
        self._joints: tuple[_Joint, ...] = ()
        self._sent: tuple[float, ...] = ()
        self._last: tuple[float, ...] = ()

    @property
    def command_channels(self) -> tuple[Channel, ...]:
        """One number a joint in −1 … 1: from its lower to its upper limit, or from full speed back to full speed on."""
        return tuple(Channel(joint.name, "1", -1.0, 1.0, neutral) for joint, neutral in self._neutrals())

    @property
    def sensor_channels(self) -> tuple[Channel, ...]:
        """Position and velocity of every joint, its motor's effort, the last command, the base's height and tilt."""
        joints = self._joints
        return (
            *(Channel(f"{j.name}_position", "m" if j.slides else "rad", j.low - 0.5, j.high + 0.5) for j in joints),
            *(Channel(f"{j.name}_velocity", "m/s" if j.slides else "rad/s", -100.0, 100.0) for j in joints),
            *(Channel(f"{j.name}_effort", "1", -1.0, 1.0) for j in joints),
            *(Channel(f"last_{j.name}", "1", -1.0, 1.0) for j in joints),
            Channel("height", "m", -10.0, 10.0),
            *(Channel(f"gravity_{axis}", "1", -1.0, 1.0) for axis in "xyz"),
        )

    def build(self, client: Client, materials: Mapping[str, Material]) -> None:
        """Load the file at the placement.

        Raises:
            SceneError: no such file, one that PyBullet can't read, or a pose for a joint that is not there.
        """
        self.client = client
        options, (x, y, z), half = self._options, self.placement.position, self.placement.heading / 2
        turned: Quat = (0.0, 0.0, math.sin(half), math.cos(half))
        material = "plastic" if "plastic" in materials or not materials else next(iter(materials))
        loaded = load_urdf(
            client, options.urdf, (x, y, z + options.lift), turned, fixed_base=options.fixed_base, material=material
        )
        self.body = loaded.body
        driven = (client.JOINT_REVOLUTE, client.JOINT_PRISMATIC)
        self._joints = tuple(
            self._joint(name, index)
            for name, index in loaded.joints
            if client.getJointInfo(self.body, index)[2] in driven
        )
        self.joint_names = tuple(joint.name for joint in self._joints)
        self.joint_indices = tuple(joint.index for joint in self._joints)
        self.links = tuple(
            ActorLink(
                link.name, link.link, tuple(_moved(geom, link.offset) for geom in link.geoms), link.mass, material
            )
            for link in loaded.links
        )
        self._check()
        self._low = np.array([channel.low for channel in self.sensor_channels])
        self._high = np.array([channel.high for channel in self.sensor_channels])
        for joint in self._joints:
            client.resetJointState(self.body, joint.index, options.pose.get(joint.name, _middle(joint)))
            client.changeDynamics(self.body, joint.index, linearDamping=0, angularDamping=0)

    def reset(self, rng: np.random.Generator) -> None:
        """Hold the starting pose."""
        self._last = tuple(neutral for _, neutral in self._neutrals())
        self._send(self._last)

    def command(self, values: NDArray[np.float64]) -> None:
        """Take one number a joint, in −1 … 1."""
        self._last = tuple(values.tolist())
        self._send(self._last)

    def observe(self) -> NDArray[np.float64]:
        """Read the sensors."""
        states = self.client.getJointStates(self.body, self.joint_indices) if self._joints else ()
        (_, _, height), (x, y, z, w) = self.client.getBasePositionAndOrientation(self.body)
        values = [state[0] for state in states]
        values += [state[1] for state in states]
        values += [state[3] / joint.force for state, joint in zip(states, self._joints, strict=True)]
        values += self._last
        values += (height, -2 * (x * z - y * w), -2 * (y * z + x * w), -1 + 2 * (x * x + y * y))
        return np.clip(np.array(values, np.float64), self._low, self._high)

    def state(self) -> Any:
        """Return the last command, from which the motors' targets follow."""
        return self._last

    def set_state(self, state: Any) -> None:
        """Take back what `state` returned."""
        self._last = state
        self._send(state)

    # ---- inside

    def _neutrals(self) -> list[tuple[_Joint, float]]:
        """Return each joint with the command that asks for nothing: its starting position, or no speed."""
        if self._options.drive == "velocity":
            return [(joint, 0.0) for joint in self._joints]
        starts = [self._options.pose.get(joint.name, _middle(joint)) for joint in self._joints]
        return [
            (joint, max(-1.0, min(1.0, 2 * (start - joint.low) / (joint.high - joint.low) - 1)))
            for joint, start in zip(self._joints, starts, strict=True)
        ]

    def _send(self, values: tuple[float, ...]) -> None:
        if not self._joints:
            return
        forces = [joint.force for joint in self._joints]
        if self._options.drive == "velocity":
            speeds = [value * joint.speed for value, joint in zip(values, self._joints, strict=True)]
            self.client.setJointMotorControlArray(
                self.body, self.joint_indices, self.client.VELOCITY_CONTROL, targetVelocities=speeds, forces=forces
            )
            return
        targets = [
            joint.low + 0.5 * (value + 1) * (joint.high - joint.low)
            for value, joint in zip(values, self._joints, strict=True)
        ]
        self.client.setJointMotorControlArray(
            self.body,
            self.joint_indices,
            self.client.POSITION_CONTROL,
            targetPositions=targets,
            forces=forces,
            positionGains=[self._options.gain] * len(targets),
            velocityGains=[1.0] * len(targets),
        )

    def _joint(self, name: str, index: int) -> _Joint:
        info = self.client.getJointInfo(self.body, index)
        slides = info[2] == self.client.JOINT_PRISMATIC
        low, high = float(info[8]), float(info[9])
        if not low < high:  # the file says "continuous", or nothing
            low, high = (-SLIDE, SLIDE) if slides else (-TURN, TURN)
        force = self._options.force or (float(info[10]) if info[10] > 0 else FORCE)
        return _Joint(name, index, slides, low, high, force, float(info[11]) if info[11] > 0 else SPEED)

    def _check(self) -> None:
        """Refuse a pose for joints that are not there; warn of a body that is not what its author thinks."""
        for name in self._options.pose:
            if name not in self.joint_names:
                known = ", ".join(self.joint_names) or "none"
                raise SceneError(f"{self.name!r}: pose names the joint {name!r}; {self._options.urdf} has: {known}")
        guessed = [name for name in _without_inertial(self._options.urdf) if name in {link.name for link in self.links}]
        if guessed:
            warnings.warn(
                f"{self._options.urdf}: no <inertial> in {', '.join(guessed[:4])}{' …' if len(guessed) > 4 else ''}; "
                "PyBullet takes a mass of 1 kg there",
                RuntimeWarning,
                stacklevel=3,
            )


def _middle(joint: _Joint) -> float:
    """Return where a joint starts: at 0, or in the middle of its range where 0 is outside."""
    return 0.0 if joint.low <= 0.0 <= joint.high else 0.5 * (joint.low + joint.high)


def _moved(geom: Geom, offset: Pose) -> Geom:
    """Return a geom given in a link's frame in its centre-of-mass frame."""
    position, orientation = compose(offset, (geom.position, geom.orientation))
    return replace(geom, position=position, orientation=orientation)


def _without_inertial(urdf: str) -> list[str]:
    """Return the names of the file's links that have shapes but no <inertial>."""
    text = re.sub(r"<!--.*?-->", "", resolve_urdf(urdf).read_text(encoding="utf-8", errors="replace"), flags=re.S)
    links = re.findall(r"<link\b[^>]*?\bname\s*=\s*[\"']([^\"']+)[\"'][^>]*?(?:/>|>(.*?)</link>)", text, flags=re.S)
    return [name for name, body in links if "<inertial" not in body and "<collision" in body]
