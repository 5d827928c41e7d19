"""The dog: commands to motor targets, sensors, and the way between standing, running, jumping and getting up.

Everything it does it does with PyBullet's joint motors, each limited to its torque. It never sets a pose or a velocity
and applies no force.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from worldsim.actor.base import Actor, Channel, Rates
from worldsim.actor.dog.breed import BREEDS
from worldsim.actor.dog.gait import Gait, Motion
from worldsim.actor.dog.jump import Jump
from worldsim.actor.dog.kinematics import foot_position, folded_angles, leg_angles
from worldsim.actor.dog.recovery import Recovery
from worldsim.actor.dog.skeleton import LEG_JOINTS, LEGS, Skeleton, create_body
from worldsim.actor.dog.skin import dress
from worldsim.physics.client import Client
from worldsim.scene.layout import ActorPlacement, Material, Quat, Vec3

GAIN, DAMPING = 0.079, 1.0
"""Of a leg's motor: share of the error of angle and of angular velocity that PyBullet takes away in one physics step."""
STRENGTH = 0.543
"""Share of the torque limit that a leg uses for anything but a jump."""
SOFT_GAIN, SOFT_DAMPING = 0.06, 0.5
"""Likewise of neck and tail."""
PAW_STIFFNESS, PAW_DAMPING = 8000.0, 1000.0
"""N/m and N·s/m of a beagle's pads; other breeds' go with their mass."""


class DogOptions(BaseModel):
    """The dog's own keys in a scene file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    breed: Literal["beagle", "shepherd", "corgi"] = Field("beagle", description="proportions, mass and coat")


class Dog(Actor):
    """A dog driven by forward speed, turn rate and jump."""

    kind: ClassVar[str] = "dog"
    options: ClassVar[type] = DogOptions

    def __init__(self, placement: ActorPlacement, rates: Rates) -> None:
        """Work out the breed's skeleton; nothing is built yet."""
        super().__init__(placement, rates)
        self.breed = BREEDS[placement.options.breed]
        self.skeleton = Skeleton.of(self.breed)
        self.gait = Gait(self.breed, self.skeleton, 1 / rates.control)
        self.recovery = Recovery(1 / rates.control, self.gait.height)
        self.jump = Jump(self.gait.home, self.gait.height, 1 / rates.control)
        self.joint_names = tuple(bone.joint for bone in self.skeleton.bones)
        self.joint_indices = tuple(range(len(self.joint_names)))
        self._dt = 1 / rates.control
        self._bones = (self.breed.front_bones,) * 2 + (self.breed.rear_bones,) * 2
        self._bends = (-1.0, -1.0, 1.0, 1.0)
        self._commands = self._command_channels()
        self._sensors = self._sensor_channels()
        self._low = np.array([channel.low for channel in self._sensors])
        self._high = np.array([channel.high for channel in self._sensors])

    # ---- channels

    @property
    def command_channels(self) -> tuple[Channel, ...]:
        """Forward speed, turn rate (left positive), and jump: it jumps when the value rises above one half."""
        return self._commands

    @property
    def sensor_channels(self) -> tuple[Channel, ...]:
        """45 numbers: gravity, velocities, joints, the last command, phase, paws, height and what it is doing."""
        return self._sensors

    def _command_channels(self) -> tuple[Channel, ...]:
        breed = self.breed
        return (
            Channel("speed", "m/s", -0.25 * breed.speed, breed.speed),
            Channel("turn", "rad/s", -breed.turn, breed.turn),
            Channel("jump", "1", 0.0, 1.0),
        )

    def _sensor_channels(self) -> tuple[Channel, ...]:
        legs = [f"{leg}_{joint}" for leg in LEGS for joint in LEG_JOINTS]
        return (
            *(Channel(f"gravity_{axis}", "1", -1.0, 1.0) for axis in "xyz"),
            *(Channel(f"velocity_{axis}", "m/s", -10.0, 10.0) for axis in "xyz"),
            *(Channel(f"angular_velocity_{axis}", "rad/s", -30.0, 30.0) for axis in "xyz"),
            *(Channel(f"{joint}_position", "rad", -math.pi, math.pi) for joint in legs),
            *(Channel(f"{joint}_velocity", "rad/s", -50.0, 50.0) for joint in legs),
            *(Channel(f"last_{c.name}", c.unit, c.low, c.high) for c in self._commands),
            Channel("phase_sin", "1", -1.0, 1.0),
            Channel("phase_cos", "1", -1.0, 1.0),
            *(Channel(f"{leg}_paw_touches", "1", 0.0, 1.0) for leg in LEGS),
            Channel("height", "m", -10.0, 10.0),
        )

    @property
    def keys(self) -> Mapping[str, Mapping[str, float]]:
        """Arrows or WASD; shift runs, space jumps."""
        top, turn = self.breed.speed, self.breed.turn
        ahead, back = {"speed": 0.5 * top}, {"speed": -0.25 * top}
        left, right = {"turn": 0.7 * turn}, {"turn": -0.7 * turn}
        return {
            "up": ahead, "w": ahead, "down": back, "s": back, "left": left, "a": left, "right": right, "d": right,
            "left shift": {"speed": top}, "space": {"jump": 1.0},
        }  # fmt: skip

    # ---- life

    def build(self, client: Client, materials: Mapping[str, Material]) -> None:
        """Create the dog standing on its placement."""
        self.client = client
        breed, half = self.breed, self.placement.heading / 2
        x, y, z = self.placement.position
        turned: Quat = (0.0, 0.0, math.sin(half), math.cos(half))
        position: Vec3 = (x, y, z + breed.paw - self.gait.feet[2])
        self.body = create_body(client, self.skeleton, position, turned, materials)
        self.links = dress(breed, self.skeleton, materials)
        bones = self.skeleton.bones
        self._forces = [bone.torque for bone in bones]
        self._gains = [GAIN] * 12 + [SOFT_GAIN] * (len(bones) - 12)
        self._dampings = [DAMPING] * 12 + [SOFT_DAMPING] * (len(bones) - 12)
        self._stiffen(False)
        for index, angle in enumerate(self._at_ease()):
            client.resetJointState(self.body, index, angle)
        weight = breed.mass / BREEDS["beagle"].mass
        for index in (2, 5, 8, 11):
            client.changeDynamics(
                self.body, index, contactStiffness=PAW_STIFFNESS * weight, contactDamping=PAW_DAMPING * weight
            )

    def reset(self, rng: np.random.Generator) -> None:
        """Stand."""
        self.gait.reset()
        self._planned = self._at_ease()
        self._targets = list(self._planned)
        self._speeds = [0.0] * len(self._planned)
        self._heading = self.placement.heading
        self._mode = "gait"
        self._stiffen(False)
        self._held = False
        self._rise = 0.0
        self._tilted = 0.0
        self._up = (0.0, 0.0, 1.0)
        self._smooth = [0.0] * 7
        self.ALPHAS = [0.944] * 3 + [0.955] * 4
        self.HEAD = 2.507
        self._last = (0.0, 0.0, 0.0)
        self._issue()

    def command(self, values: NDArray[np.float64]) -> None:
        """Take forward speed in m/s, turn rate in rad/s and jump."""
        speed, turn, jump = values.tolist()
        self._last = (speed, turn, jump)
        motion, yaw = self._read()
        if self._mode == "gait":
            self._tilted = self._tilted + self._dt if self._up[2] < 0.45 else 0.0
            if self._tilted > 0.12:
                self._mode = "recover"
                self.recovery.begin()
        if self._mode == "recover":
            self._get_up(motion)
            if self.recovery.done and self._up[2] > 0.9:
                self._mode = "gait"
                self._tilted = 0.0
                self.gait.reset()
                self.gait.adopt(self._paws())
                self._heading = yaw
            return
        if self._mode == "gait" and jump > 0.5 and not self._held:
            self._mode = "jump"
            self.jump.begin(self.gait.feet, motion.forward)
        self._held = jump > 0.5
        if self._mode == "jump":
            self.jump.update(self._rise, motion.pitch, self.jump.flight > 0 and any(self._touches()))
            if self.jump.done:
                self._mode = "gait"
                self.gait.land(self.jump.feet, motion.forward)
                self._heading = yaw
                self._stiffen(False)
            else:
                self._stiffen(self.jump.pushing)
                self._drive(self._leg_angles(self.jump.feet) + self._rest(0.0, motion))
                return
        astray = (self._heading - yaw + math.pi) % (2 * math.pi) - math.pi
        astray = max(-0.4, min(0.4, astray))
        self._heading = yaw + astray + turn * self._dt
        self.gait.update(speed, turn + self.HEAD * astray, motion)
        self._drive(self._leg_angles(self.gait.feet) + self._rest(turn, motion))

    def observe(self) -> NDArray[np.float64]:
        """Read the sensors."""
        client, body = self.client, self.body
        position, (x, y, z, w) = client.getBasePositionAndOrientation(body)
        linear, angular = client.getBaseVelocity(body)
        to_world = (
            (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
            (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
            (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
        )
        columns = tuple(zip(*to_world, strict=True))
        joints = client.getJointStates(body, self.joint_indices[:12])
        touches = self._touches()
        cycle = 2 * math.pi * self.gait.phase
        values = [-a for a in to_world[2]]
        values += [sum(map(float.__mul__, column, linear)) for column in columns]
        values += [sum(map(float.__mul__, column, angular)) for column in columns]
        values += [joint[0] for joint in joints]
        values += [joint[1] for joint in joints]
        values += self._last
        values += (math.sin(cycle), math.cos(cycle))
        values += touches
        values.append(position[2])
        return np.clip(np.array(values), self._low, self._high)

    def state(self) -> Any:
        """Return gait, filters, heading and motor targets."""
        return (
            self.gait.state(), tuple(self._planned), tuple(self._targets), tuple(self._speeds), self._heading,
            tuple(self._smooth), self._last,
        )  # fmt: skip

    def set_state(self, state: Any) -> None:
        """Take back what `state` returned."""
        gait, planned, targets, speeds, self._heading, smooth, self._last = state
        self.gait.set_state(gait)
        self._planned, self._targets, self._speeds = list(planned), list(targets), list(speeds)
        self._smooth = list(smooth)
        self._issue()

    # ---- inside

    def _at_ease(self) -> list[float]:
        return self._leg_angles(self.gait.feet) + self._rest(0.0, Motion(0, 0, 0, 0, 0, 0, 0))

    def _rest(self, turn: float, motion: Motion) -> list[float]:
        """Return the targets of neck, head, ears and tail."""
        breed = self.breed
        angles = [-breed.neck_angle, 0.3 * turn, breed.neck_angle - motion.pitch]
        if breed.ears == "floppy":
            angles += [0.0, 0.0]
        return [*angles, breed.tail_angle, 0.0]

    def _leg_angles(self, feet: list[float]) -> list[float]:
        angles: list[float] = []
        for i, (x, y, z) in enumerate(self.skeleton.roots):
            upper, lower = self._bones[i]
            a = 3 * i
            angles += leg_angles(feet[a] - x, feet[a + 1] - y, feet[a + 2] - z, upper, lower, self._bends[i])
        return angles

    def _stiffen(self, hard: bool) -> None:
        """Give the legs their full strength for a push, or what is good for walking."""
        share, gain = (1.0, 0.2) if hard else (STRENGTH, GAIN)
        bones = self.skeleton.bones
        self._forces[:12] = [share * bone.torque for bone in bones[:12]]
        self._gains[:12] = [gain] * 12

    def _touches(self) -> list[float]:
        """Return for each paw whether it touches anything."""
        touches = [0.0] * 4
        body = self.body
        for point in self.client.getContactPoints(body):
            link = point[3] if point[1] == body else point[4]
            if 0 <= link < 12 and link % 3 == 2:
                touches[link // 3] = 1.0
        return touches

    def _get_up(self, motion: Motion) -> None:
        legs, neck = self.recovery.update(self._up)
        wanted: list[float] = []
        for i, (outwards, share, swing) in enumerate(legs):
            upper, lower = self._bones[i]
            side = 1.0 if i % 2 == 0 else -1.0
            wanted += folded_angles(side * outwards, share * (upper + lower), swing, upper, lower, self._bends[i])
        wanted += self._rest(0.0, motion)
        wanted[12] = neck
        wanted[14] = 0.0
        step = self.recovery.plan.quick * self.recovery.dt
        self._drive([p + max(-step, min(step, w - p)) for p, w in zip(self._planned, wanted, strict=True)])

    def _paws(self) -> list[float]:
        """Return where the joints' targets put the paws, twelve numbers in the torso's frame."""
        feet: list[float] = []
        for i, root in enumerate(self.skeleton.roots):
            a, h, k = self._planned[3 * i : 3 * i + 3]
            x, y, z = foot_position((a, h, k), *self._bones[i])
            feet += (root[0] + x, root[1] + y, root[2] + z)
        return feet

    def _drive(self, angles: list[float]) -> None:
        """Set the motors so that the joints pass through these angles at the end of the control period."""
        rate = 1 / self._dt
        self._speeds = [
            max(-25.0, min(25.0, (new - old) * rate)) for new, old in zip(angles, self._planned, strict=True)
        ]
        # A motor that also gets the speed passes its target in the middle of the period, not at its end.
        self._targets = [0.5 * (new + old) for new, old in zip(angles, self._planned, strict=True)]
        self._planned = angles
        self._issue()

    def _issue(self) -> None:
        self.client.setJointMotorControlArray(
            self.body,
            self.joint_indices,
            self.client.POSITION_CONTROL,
            targetPositions=self._targets,
            targetVelocities=self._speeds,
            forces=self._forces,
            positionGains=self._gains,
            velocityGains=self._dampings,
        )

    def _read(self) -> tuple[Motion, float]:
        """Return how the torso moves, smoothed a little, and its heading in rad."""
        _, (x, y, z, w) = self.client.getBasePositionAndOrientation(self.body)
        (vx, vy, self._rise), (wx, wy, wz) = self.client.getBaseVelocity(self.body)
        yaw = math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))
        c, s = math.cos(yaw), math.sin(yaw)
        pitch = math.asin(max(-1.0, min(1.0, 2 * (y * w - x * z))))
        roll = math.atan2(2 * (y * z + x * w), 1 - 2 * (x * x + y * y))
        self._up = (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y))
        raw = (c * vx + s * vy, c * vy - s * vx, wz, roll, pitch, c * wx + s * wy, c * wy - s * wx)
        self._smooth = [old + a * (new - old) for old, new, a in zip(self._smooth, raw, self.ALPHAS, strict=True)]
        return Motion(*self._smooth), yaw
