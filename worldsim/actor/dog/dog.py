"""The dog: commands to motor targets, and the way between standing, running, jumping and getting up.

Everything it does it does with PyBullet's joint motors, each limited to its torque. After it is built it never sets a
pose or a velocity, and it applies no force; only the knocks of `control.randomise` push it, from outside.
It is longer than other modules because every mode, latency and knock ends at the same motors and in the same state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.base import Actor, Channel, Rates
from worldsim.actor.dog.breed import BREEDS
from worldsim.actor.dog.control.cpg import Cpg
from worldsim.actor.dog.control.mode import SOFTEN, command_channels
from worldsim.actor.dog.control.mouth import STOOP, Mouth, mouth_channels
from worldsim.actor.dog.control.pose import Poses, pose_channels
from worldsim.actor.dog.control.randomise import KNOCK, Body, Drawing, Knock, Randomise
from worldsim.actor.dog.control.sensor import OWN_GROUP, Senses, extra_channels
from worldsim.actor.dog.control.tumble import tumble
from worldsim.actor.dog.footing import Footing
from worldsim.actor.dog.gait import Gait, Motion
from worldsim.actor.dog.jump import Jump
from worldsim.actor.dog.kinematics import folded_angles, foot_position, leg_angles
from worldsim.actor.dog.options import DogOptions
from worldsim.actor.dog.recovery import Recovery
from worldsim.actor.dog.senses import Movement, movement, paws_touching, sense, sensor_channels
from worldsim.actor.dog.skeleton import Skeleton, create_body
from worldsim.actor.dog.skin import dress
from worldsim.physics.client import Client
from worldsim.physics.skin import Skin
from worldsim.scene.layout import ActorPlacement, Material, Quat, Vec3

GAIN, DAMPING = 0.079, 1.0
"""Of a leg's motor: share of the error of angle and of speed that PyBullet takes away in one physics step."""
PUSH_GAIN, PUSH_AHEAD = 0.233, 2.073
"""Likewise of angle while it pushes off for a jump, and by how many physics steps its target is then ahead of the plan.
"""
STRENGTH = 0.543
"""Share of the torque limit that a leg uses for anything but the push-off of a jump."""
SOFT_GAIN, SOFT_DAMPING = 0.06, 0.5
"""Of the motors of neck and tail."""
LIMP_GAIN, LIMP_DAMPING = 0.004, 0.06
"""Of the motors of hanging ears."""
PAW_STIFFNESS, PAW_DAMPING = 8500.0, 4200.0
"""N/m and N·s/m of a beagle's pads; other breeds' go with their mass."""
FASTEST = 25.0
"""rad/s, the highest joint speed a motor is told to have."""
FALLEN, FALLEN_TIME = 0.45, 0.12
"""Cosine of the tilt below which it counts as fallen, and for how many seconds it must be so."""
UPRIGHT = 0.8
"""Cosine of the tilt above which it walks on once it has got up: among things it leans on them, and walks out of it."""
BREATHER = 0.25
"""s after landing before it can jump again."""
HEADING_LIMIT = 0.4
"""rad: a dog turned further than this from its course, by a push or a fall, takes up a new one."""


class Dog(Actor):
    """A dog driven by forward speed, turn rate and jump, or by what else its options say (`control.mode`)."""

    kind: ClassVar[str] = "dog"
    options: ClassVar[type] = DogOptions

    def __init__(self, placement: ActorPlacement, rates: Rates) -> None:
        """Work out the breed's skeleton; nothing is built yet."""
        super().__init__(placement, rates)
        self.breed = BREEDS[placement.options.breed]
        self.skeleton = Skeleton.of(self.breed)
        self._dt = 1 / rates.control
        self._steps = rates.step // rates.control
        self.gait = Gait(self.breed, self.skeleton, self._dt)
        self.recovery = Recovery(self._dt, self.gait.height)
        self.jump = Jump(self.gait.home, self.gait.height, self._dt)
        self.joint_names = tuple(bone.joint for bone in self.skeleton.bones)
        self.joint_indices = tuple(range(len(self.joint_names)))
        self._neck = self.skeleton.index("neck")
        self._bones = (self.breed.front_bones,) * 2 + (self.breed.rear_bones,) * 2
        self._bends = (-1.0, -1.0, 1.0, 1.0)
        self.cpg = Cpg(self.gait.home, self._dt)
        options = placement.options
        self._control, self._look = options.control, options.look
        self._steered = options.control in ("command", "gait+residual")
        self._bent = options.control.endswith("+residual")
        self._plan: Randomise | None = options.randomise
        self._restless = options.control == "torque" or (self._plan is not None and self._plan.push_every_s is not None)
        standing = self._leg_angles(self.gait.feet)
        self._commands = command_channels(
            options.control, options.look, self.breed, self.skeleton, self.gait.height, standing
        )
        self._side = 1.1 if options.look else 0.6  # rad that the head turns at most
        if options.mouth:
            self._commands = (*self._commands, *mouth_channels())
        self.poses = Poses(self.breed, standing, self._dt)
        if options.poses:
            self._commands = (*self._commands, *pose_channels(self.breed, self.skeleton, standing))
        self._neutral = tuple(channel.neutral for channel in self._commands)
        self._sensors = sensor_channels(self._commands) + extra_channels(options.sensors)
        self._low = np.array([channel.low for channel in self._sensors])
        self._high = np.array([channel.high for channel in self._sensors])
        self._queue: tuple[tuple[float, ...], ...] = ()
        self._bend: tuple[float, ...] = ()
        self.mouth: Mouth | None = None
        self._sprawl: tuple[float, ...] = ()  # rad, the legs' angles where it starts fallen
        self._begin(0.0)

    @property
    def command_channels(self) -> tuple[Channel, ...]:
        """Forward speed, turn rate (left positive), and jump: it jumps from the ground while this is above one half.

        Other control modes have channels of their own.
        """
        return self._commands

    @property
    def sensor_channels(self) -> tuple[Channel, ...]:
        """43 numbers: gravity, velocities, joints, the last command, phase, paws and height (see `senses`).

        A control mode with a longer command has more, and so have the option's sensors, which come last.
        """
        return self._sensors

    @property
    def keys(self) -> Mapping[str, Mapping[str, float]]:
        """Arrows or WASD; left shift runs, space jumps. Nothing where a command is no direction."""
        if not self._steered:
            return {}
        top, turn = self.breed.speed, self.breed.turn
        ahead, back = {"speed": 0.5 * top}, {"speed": -0.25 * top}
        left, right = {"turn": 0.7 * turn}, {"turn": -0.7 * turn}
        return {
            "up": ahead, "w": ahead, "down": back, "s": back, "left": left, "a": left, "right": right, "d": right,
            "left shift": {"speed": top}, "space": {"jump": 1.0},
        }  # fmt: skip

    @property
    def doing(self) -> str:
        """What it does now: "gait" (standing and walking too), "jump", "pose" or "recover" (fallen)."""
        return self._mode

    @property
    def knocks(self) -> int:
        """How many knocks of `control.randomise` have hit it since the reset."""
        return self._knocks

    # ---- life

    def build(self, client: Client, materials: Mapping[str, Material]) -> None:
        """Create the dog standing on its placement."""
        self.client = client
        breed, bones, half = self.breed, self.skeleton.bones, self.placement.heading / 2
        x, y, z = self.placement.position
        turned: Quat = (0.0, 0.0, math.sin(half), math.cos(half))
        position: Vec3 = (x, y, z + breed.paw - self.gait.feet[2])
        self.body = create_body(client, self.skeleton, position, turned)
        self.links = dress(breed, self.skeleton, materials)
        self._hair = "wool" if breed.figure.curl > 0.5 and "wool" in materials else self.links[0].material
        ears = [bone.name.startswith("ear") for bone in bones[12:]]
        self._gains = [GAIN] * 12 + [LIMP_GAIN if ear else SOFT_GAIN for ear in ears]
        self._dampings = [DAMPING] * 12 + [LIMP_DAMPING if ear else SOFT_DAMPING for ear in ears]
        self._pushing = [PUSH_GAIN] * 12 + self._gains[12:]
        self._torques = [bone.torque for bone in bones]
        self._weaker = [STRENGTH * torque for torque in self._torques[:12]] + self._torques[12:]
        for index, angle in enumerate(self._planned):
            client.resetJointState(self.body, index, angle)
        weight = breed.mass / BREEDS["beagle"].mass
        for index in (2, 5, 8, 11):
            client.changeDynamics(
                self.body, index, contactStiffness=PAW_STIFFNESS * weight, contactDamping=PAW_DAMPING * weight
            )
        if self.placement.options.tumble is not None:
            self._sprawl = tumble(client, self.body, self.skeleton, (x, y, z), self.placement.options.tumble)
            self._begin(0.0)
        self._frame = Body(client, self.body, len(bones))
        stand = breed.paw - self.gait.home[2]
        if self.placement.options.mouth:
            head = self.skeleton.index("head")
            skull, centre = breed.skull, bones[head].centre
            tip = (0.62 * skull[0] + breed.muzzle[0] - centre[0], -centre[1], -0.08 * skull[2] - centre[2])
            self.mouth = Mouth(client, self.body, head, tip, breed.mass)
        for link in range(-1, len(bones)):
            client.setCollisionFilterGroupMask(self.body, link, OWN_GROUP, -1)
        self._footing = Footing(client, self.body, self.gait.height, breed.paw)
        self._senses = Senses(client, self.body, self.placement.options.sensors, stand, self._dt)

    def skin(self, parts: Sequence[int]) -> Skin:
        """Return the skin over the body; see `worldsim.actor.base.Actor.skin`."""
        from worldsim.actor.dog.body import skin_of

        return skin_of(self.breed, self.name, parts, self._hair)

    def reset(self, rng: np.random.Generator) -> None:
        """Stand; the generator sets when the tail wags and where the eyes wander."""
        self._begin(float(rng.uniform(0.0, 60.0)))
        if self._plan is not None:
            self._drawn = self._plan.draw(rng, self.rates.control)
            self._queue = (self._neutral,) * self._drawn.latency
            if self._plan.push_every_s is not None:
                self._knock = self._plan.knock(self._drawn.seed, 0)
        self._frame.apply(self._drawn)
        self._senses.velocity = (0.0, 0.0, 0.0)
        self._choose_motors()
        self._issue()

    def _begin(self, clock: float) -> None:
        self._felt: Movement | None = None  # the torso's, read since the last physics step
        self.gait.reset()
        self.recovery.begin()
        self.jump.begin(self.gait.feet, 0.0)
        self._mode = "gait"
        self._clock = clock
        self._heading = self.placement.heading
        self._tilted = 0.0
        self._landed = BREATHER
        self._strong = False
        self._smooth: tuple[float, ...] = (0.0,) * 7
        self._up: Vec3 = (0.0, 0.0, 1.0)
        self._climb = 0.0
        self._last: tuple[float, ...] = self._neutral
        self.cpg.begin()
        self._bend = (0.0,) * 12
        self._gaze = (0.0, 0.0)
        self._stoop = 0.0
        self.poses.begin()
        if self.mouth is not None:
            self.mouth.hold(None)
        self._efforts: tuple[float, ...] = (0.0,) * 12
        self._drawn, self._knock = Drawing(), Knock(math.inf, 0.0, 0.0)
        self._queue = ()
        self._knocks, self._since = 0, 0.0
        self._planned = self._leg_angles(self.gait.feet) + self._rest(0.0, Motion(0, 0, 0, 0, 0, 0, 0))
        self._planned[: len(self._sprawl)] = self._sprawl
        self._begun = self._targets = list(self._planned)
        self._speeds = [0.0] * len(self._planned)
        self._gone = self._steps  # physics steps of the period that are over

    def command(self, values: NDArray[np.float64]) -> None:
        """Take a command; what its numbers mean, `command_channels` says."""
        self._last = tuple(values.tolist())
        order = self._last
        if self._queue:
            self._queue = (*self._queue, order)
            order, self._queue = self._queue[0], self._queue[1:]
        self._clock += self._dt
        motion, yaw = self._read()
        if self.placement.options.poses:
            order = self.poses.take(order)
        if self.mouth is not None:
            self._stoop += 0.15 * (order[-2] - self._stoop)
            self.mouth.command(order[-1] > 0.5)
            order = order[:-2]
        if self._look:
            order, self._gaze = order[:-2], (order[-2], order[-1])
        if self._bent:
            share = 1 - (1 - SOFTEN) ** (60 * self._dt)
            self._bend = tuple([old + share * (new - old) for old, new in zip(self._bend, order[-12:], strict=True)])
        if not self._steered:
            self._obey(order, motion)
            return
        speed, turn, jump = order[:3]
        self._choose(jump > 0.5, motion, yaw)
        if self._mode == "recover":
            self._get_up(motion)
            return
        if self._mode == "pose":
            self._strong = False
            self._drive(self.poses.towards(self._planned) + self._rest(turn, motion))
            return
        if self._mode == "jump":
            touching = self.jump.flight > 0.0 and any(paws_touching(self.client, self.body))
            self.jump.update(self._climb, motion, touching)
            feet = self.jump.feet
        else:
            astray = (self._heading - yaw + math.pi) % (2 * math.pi) - math.pi
            astray = max(-HEADING_LIMIT, min(HEADING_LIMIT, astray))
            self._heading = yaw + astray + turn * self._dt
            self.gait.update(speed, turn + self.gait.style.course * astray, motion, rise=self._footing.rise)
            feet = self.gait.feet
        self._strong = self._mode == "jump" and self.jump.pushing
        self._drive(self._bent_by(self._leg_angles(feet)) + self._rest(turn, motion))

    def before_step(self) -> None:
        """Lead the motors on; apply raw torques, and the knock that is due, for one physics step."""
        self._felt = None
        if self._gone < self._steps:
            self._lead()
        if not self._restless:
            return
        if self._control == "torque":
            self.client.setJointMotorControlArray(
                self.body, self.joint_indices[:12], self.client.TORQUE_CONTROL, forces=self._efforts
            )
        self._since += 1 / self.rates.step
        if self._since >= self._knock.wait and self._plan is not None:
            force = self._frame.mass * self._drawn.mass / KNOCK
            position = self.client.getBasePositionAndOrientation(self.body)[0]
            push = (force * self._knock.x, force * self._knock.y, 0.0)
            self.client.applyExternalForce(self.body, -1, push, position, self.client.WORLD_FRAME)
            if self._since + 1.5 / self.rates.step > self._knock.wait + KNOCK:  # the last of its steps
                self._knocks, self._since = self._knocks + 1, 0.0
                self._knock = self._plan.knock(self._drawn.seed, self._knocks)

    def observe(self) -> NDArray[np.float64]:
        """Read the sensors."""
        phase = self.gait.phase if self._steered else self.cpg.phase
        felt = self._felt = movement(self.client, self.body)
        values = np.array([*sense(self.client, self.body, felt, self._last, phase), *self._senses.read()])
        return np.minimum(np.maximum(values, self._low, out=values), self._high, out=values)

    def state(self) -> Any:
        """Return everything a command's effect depends on that is not in PyBullet."""
        return (
            self.gait.state(), self.recovery.state(), self.jump.state(), self._mode, self._clock, self._heading,
            self._tilted, self._landed, self._strong, self._smooth, self._up, self._climb, self._last,
            tuple(self._planned), tuple(self._targets), tuple(self._speeds), tuple(self._begun), self._gone,
            (
                self.cpg.state(), self._bend, self._gaze, self._efforts, self._drawn, self._knock, self._queue,
                self._knocks, self._since, self._senses.velocity,
                self._stoop, None if self.mouth is None else self.mouth.held, self.poses.state(),
            ),
        )  # fmt: skip

    def set_state(self, state: Any) -> None:
        """Take back what `state` returned."""
        (
            gait, recovery, jump, self._mode, self._clock, self._heading,
            self._tilted, self._landed, self._strong, self._smooth, self._up, self._climb, self._last,
            planned, targets, speeds, begun, self._gone, more,
        ) = state  # fmt: skip
        (
            cpg, self._bend, self._gaze, self._efforts, self._drawn, self._knock, self._queue,
            self._knocks, self._since, self._senses.velocity, self._stoop, held, poses,
        ) = more  # fmt: skip
        self._felt = None
        self.poses.set_state(poses)
        if self.mouth is not None:
            self.mouth.hold(held)
        self.cpg.set_state(cpg)
        self._frame.apply(self._drawn)
        self.gait.set_state(gait)
        self.recovery.set_state(recovery)
        self.jump.set_state(jump)
        self._planned, self._begun = list(planned), list(begun)
        self._targets, self._speeds = list(targets), list(speeds)
        self._choose_motors()
        self._issue()

    # ---- what to do

    def _obey(self, order: tuple[float, ...], motion: Motion) -> None:
        """Do what a rhythm, joint angles or torques say, and nothing else."""
        rest = self._rest(0.0, motion)
        if self._control == "torque":
            self._efforts = order
            self._drive(self._planned[:12] + rest)
        elif self._control == "joint":
            self._drive([*order, *rest])
        else:
            self.cpg.update(order)
            self._drive(self._bent_by(self._leg_angles(self.cpg.feet)) + rest)

    def _bent_by(self, angles: list[float]) -> list[float]:
        """Return the legs' angles with the residual of the command added, within the joints' limits."""
        if not self._bent:
            return angles
        bones = self.skeleton.bones
        return [
            max(bone.limits[0], min(bone.limits[1], angle + bend))
            for angle, bend, bone in zip(angles, self._bend, bones, strict=False)
        ]

    def _choose(self, jump: bool, motion: Motion, yaw: float) -> None:
        """Go from one way of moving to another where it is time."""
        self._landed += self._dt
        if self._mode == "recover":
            if self.recovery.done and self._up[2] > UPRIGHT:
                self._stand(yaw)
            return
        if self._mode == "pose" and not self.poses.posed:
            self._stand(yaw)
        elif self._mode == "gait" and self.poses.posed:
            self._mode = "pose"
        if self._mode == "jump" and self.jump.done:
            self.gait.land(self.jump.feet, motion.forward)
            self._mode, self._landed = "gait", 0.0
        self._tilted = self._tilted + self._dt if self._up[2] < FALLEN else 0.0
        if self._tilted > FALLEN_TIME:
            self.recovery.begin()
            self._mode = "recover"
        elif self._mode == "gait" and jump and self._landed >= BREATHER:
            self.jump.begin(self.gait.feet, motion.forward)
            self._mode = "jump"

    def _stand(self, yaw: float) -> None:
        """Go on with the gait from where the paws are."""
        self.gait.reset()
        self.gait.adopt(self._paws())
        self._mode, self._heading, self._tilted = "gait", yaw, 0.0

    def _get_up(self, motion: Motion) -> None:
        self._strong = False
        legs, neck = self.recovery.update(self._up)
        wanted: list[float] = []
        for i, (outwards, share, swing) in enumerate(legs):
            upper, lower = self._bones[i]
            side = 1.0 if i % 2 == 0 else -1.0
            wanted += folded_angles(side * outwards, share * (upper + lower), swing, upper, lower, self._bends[i])
        wanted += self._rest(0.0, motion)
        wanted[self._neck] = neck
        wanted[self._neck + 2] = 0.0
        step = self.recovery.plan.quick * self.recovery.dt
        self._drive([p + max(-step, min(step, w - p)) for p, w in zip(self._planned, wanted, strict=True)])

    def _rest(self, turn: float, motion: Motion) -> list[float]:
        """Return the targets of neck, head, ears and tail: a look into the curve, a lower neck at speed, a wag."""
        breed, clock = self.breed, self._clock
        run = min(1.0, abs(motion.forward) / breed.speed)
        poses = self.poses
        neck = (poses.neck if self._mode == "pose" else breed.neck_angle) * (1.0 - 0.35 * run)
        calm = 1.0 - min(1.0, 4 * run)
        yaw = 0.22 * turn + calm * 0.22 * math.sin(0.9 * clock) * math.sin(0.37 * clock)
        pitch = neck - motion.pitch + 0.06 * calm * math.sin(0.53 * clock) + 0.08
        wag = (poses.wag + 0.25 * run) * math.sin(2 * math.pi * 2.6 * clock)
        yaw, pitch = yaw + self._gaze[0], pitch - self._gaze[1]
        if self._stoop > 0.01:
            neck += self._stoop * (-STOOP[0] - neck)
            pitch += self._stoop * (STOOP[1] - STOOP[0] - pitch)
            yaw *= 1 - self._stoop
        ears = [0.0, 0.0] if breed.ears == "floppy" else []
        return [-neck, max(-self._side, min(self._side, yaw)), pitch, *ears, poses.tail * (1.0 - 0.25 * run), wag]

    # ---- motors

    def _leg_angles(self, feet: list[float]) -> list[float]:
        angles: list[float] = []
        for i, (x, y, z) in enumerate(self.skeleton.roots):
            upper, lower = self._bones[i]
            a = 3 * i
            angles += leg_angles(feet[a] - x, feet[a + 1] - y, feet[a + 2] - z, upper, lower, self._bends[i])
        return angles

    def _paws(self) -> list[float]:
        """Return where the joints' targets put the paws, twelve numbers in the torso's frame."""
        feet: list[float] = []
        for i, root in enumerate(self.skeleton.roots):
            abduction, hip, knee = self._planned[3 * i : 3 * i + 3]
            foot = foot_position((abduction, hip, knee), *self._bones[i])
            feet += (root[0] + foot[0], root[1] + foot[1], root[2] + foot[2])
        return feet

    def _drive(self, angles: list[float]) -> None:
        """Plan that the joints reach these angles at the end of the control period, at an even speed."""
        rate = 1 / self._dt
        self._speeds = [
            -FASTEST if (speed := (new - old) * rate) < -FASTEST else FASTEST if speed > FASTEST else speed
            for new, old in zip(angles, self._planned, strict=True)
        ]
        self._begun, self._planned, self._gone = self._planned, angles, 0
        self._choose_motors()

    def _choose_motors(self) -> None:
        """Set what the motors may give, and how stiff they are, until the next plan."""
        forces = self._torques if self._strong or not self._steered else self._weaker
        if self._drawn.strength != 1.0:
            forces = [self._drawn.strength * force for force in forces]
        if self._control == "torque":  # the motors of the legs let go; `before_step` drives them
            forces = [0.0] * 12 + forces[12:]
        self._forces = forces
        pushes = self._strong and self._mode == "jump"
        self._stiffness = self._pushing if pushes else self._gains
        self._ahead = PUSH_AHEAD if pushes else 0.0

    def _lead(self) -> None:
        """Lead the targets on by one physics step of the plan.

        PyBullet's motor moves with the speed it is given and takes away a share of the error of angle besides: told
        where the plan is now, it follows it. A target that stood still for the period would speed it up and slow it
        down in each, and paws would scrape in that rhythm.
        """
        part = (self._gone + self._ahead) / self._steps
        self._gone += 1
        self._targets = [old + part * (new - old) for new, old in zip(self._planned, self._begun, strict=True)]
        self._issue()

    def _issue(self) -> None:
        self.client.setJointMotorControlArray(
            self.body,
            self.joint_indices,
            self.client.POSITION_CONTROL,
            targetPositions=self._targets,
            targetVelocities=self._speeds,
            forces=self._forces,
            positionGains=self._stiffness,
            velocityGains=self._dampings,
        )

    def _read(self) -> tuple[Motion, float]:
        """Return how the torso moves, smoothed a little, and its heading in rad."""
        (_, (x, y, z, w)), (velocity, (wx, wy, wz)) = self._felt or movement(self.client, self.body)
        vx, vy, self._climb = velocity
        self._senses.velocity = vx, vy, self._climb  # acceleration is felt from here to the next reading
        self._up = (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y))
        yaw = math.atan2(2 * (x * y + z * w), 1 - 2 * (y * y + z * z))
        c, s = math.cos(yaw), math.sin(yaw)
        pitch = math.asin(max(-1.0, min(1.0, -self._up[0])))
        roll = math.atan2(self._up[1], self._up[2])
        raw = (c * vx + s * vy, c * vy - s * vx, wz, roll, pitch, c * wx + s * wy, c * wy - s * wx)
        self._smooth = tuple(
            [old + a * (new - old) for old, new, a in zip(self._smooth, raw, self.gait.style.trust, strict=True)]
        )
        return Motion(*self._smooth), yaw
