"""One dog as its director sees it: where it is, where things are, and a command put together by channels' names.

It reads the true state of the world, as a film's script may; it changes nothing but the command. Channels that the dog
does not have (no mouth, no poses) are left out.
"""

from __future__ import annotations

import math

import numpy as np

from worldsim.actor.dog.dog import Dog
from worldsim.behaviour.posture import Posture, Postures
from worldsim.errors import PolicyError
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.task import Floats, Task

EAGER = 5.0
"""1/s: share of the error of the gaze that is made good each second."""
SHARPEST = 1.8
"""rad/s of turn at most on the way somewhere."""
TURN = 2.5
"""1/s: rad/s of turn for each rad off the way."""


def wrapped(angle: float) -> float:
    """Return the angle between −π and π that is the same direction."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


class Body:
    """A dog and its world.

    Attributes:
        dog, world, dt: the dog, where it lives, the control period in s. postures: its breed's.
        pose: the posture last asked for, None while the gait has the legs. achieved: whether what the behaviour is
            about has happened; one that is broken off then is not begun again.
    """

    def __init__(self, task: Task) -> None:
        """Take the task whose actor it is.

        Raises:
            PolicyError: the actor is no dog.
        """
        if not isinstance(task.actor, Dog):
            raise PolicyError(f"{task.actor_name!r} is a {task.actor.kind}: only a dog knows these behaviours")
        self.task, self.dog, self.world = task, task.actor, task.world
        self.dt = 1 / self.world.control_rate
        self._channels = self.dog.command_channels
        self._row, self._head = task.row, self.world.part_index(f"{task.actor_name}/head")
        self.height, self.long = self.dog.breed.hip_height, self.dog.breed.front[0] - self.dog.breed.rear[0]
        self._legs = next((k for k, channel in enumerate(self._channels) if channel.name == "pose"), -1)
        standing = [channel.neutral for channel in self._channels[self._legs + 1 : self._legs + 13]]
        self.postures = Postures(self.dog.breed, tuple(standing) if self._legs >= 0 else (0.0,) * 12)
        self.pose: Posture | None = None
        self.achieved = False
        self._gaze = [0.0, 0.0]
        self._neck = self.world.part_index(f"{task.actor_name}/neck")
        atlas = self.dog.skeleton.index("atlas")
        self._joints = (atlas, atlas + 1)
        breed = self.dog.breed
        centre = self.dog.skeleton.bones[self.dog.skeleton.index("head")].centre
        self._tip = (
            0.62 * breed.skull[0] + breed.muzzle[0] - centre[0],
            -centre[1],
            -0.08 * breed.skull[2] - centre[2],
        )
        self.home, _ = self.place()

    # ---- what is where

    def place(self) -> tuple[Floats, float]:
        """Return where the torso is, m (3,), and its heading, rad."""
        return self.task.place()

    def speed(self) -> float:
        """Return how fast the torso goes ahead, m/s."""
        (vx, vy, _), _ = self.dog.client.getBaseVelocity(self.dog.body)
        _, heading = self.place()
        return float(math.cos(heading) * vx + math.sin(heading) * vy)

    def muzzle(self) -> Floats:
        """Return where the tip of the muzzle is, m (3,)."""
        position, turn = self.world.pose(self._head)
        return np.array(position) + quat_rotate_xyzw(np.array(turn), np.array(self._tip))

    def facing(self) -> Floats:
        """Return where the head's axis points, unit (3,)."""
        return quat_rotate_xyzw(np.array(self.world.pose(self._head)[1]), np.array([1.0, 0.0, 0.0]))

    def towards(self, point: Floats) -> tuple[float, float]:
        """Return how far a point is from the torso's middle on the ground, m, and how far to its left, rad."""
        position, heading = self.place()
        dx, dy = float(point[0] - position[0]), float(point[1] - position[1])
        return math.hypot(dx, dy), wrapped(math.atan2(dy, dx) - heading)

    # ---- what to do

    def order(
        self,
        speed: float = 0.0,
        turn: float = 0.0,
        *,
        jump: bool = False,
        look: Floats | None = None,
        stoop: float = 0.0,
        bite: bool = False,
        wag: float | None = None,
        pose: Posture | None = None,
    ) -> Floats:
        """Return a command.

        Args:
            speed: m/s.
            turn: rad/s, left positive.
            jump: whether to.
            look: the point to look at, m (3,), None for straight ahead.
            stoop: 1 for the muzzle at the ground.
            bite: whether the mouth is shut.
            wag: rad the tail swings, None for as usual.
            pose: a posture instead of the gait, None for the gait.
        """
        self.pose = pose if self._legs >= 0 else None
        self._look(look)
        breed = self.dog.breed
        values = {
            "speed": speed, "turn": max(-breed.turn, min(breed.turn, turn)), "jump": float(jump),
            "look_left": self._gaze[0], "look_up": self._gaze[1], "stoop": stoop, "bite": float(bite),
        }  # fmt: skip
        if wag is not None:
            values["wag"] = wag
        command = np.array([values.get(channel.name, channel.neutral) for channel in self._channels])
        if self.pose is not None:
            command[self._legs : self._legs + 15] = (1.0, *self.pose.legs, self.pose.neck, self.pose.tail)
        return command

    def _look(self, point: Floats | None) -> None:
        """Turn the gaze by what is missing to the point; without one it comes back."""
        if point is None:
            keep = math.exp(-3.0 * self.dt)
            self._gaze = [keep * self._gaze[0], keep * self._gaze[1]]
            return
        # In the neck's frame: steep necks turn the head about an axis that is far from upright.
        way = np.asarray(point - np.array(self.world.pose(self._head)[0]))
        neck = quat_inverse_xyzw(np.array(self.world.pose(self._neck)[1]))
        x, y, z = quat_rotate_xyzw(neck, way / max(1e-6, float(np.linalg.norm(way))))
        yaw, pitch = (state[0] for state in self.dog.client.getJointStates(self.dog.body, self._joints))
        left, up = math.atan2(y, max(x, 0.05)) - yaw, pitch - math.asin(max(-1.0, min(1.0, -float(z))))
        for k, (error, limit) in enumerate(((left, 0.9), (up, 0.6))):
            self._gaze[k] = max(-limit, min(limit, self._gaze[k] + EAGER * self.dt * max(-1.0, min(1.0, error))))

    def along(self, point: Floats, speed: float, look: Floats | None = None) -> Floats:
        """Return the command that goes towards a point, slower the farther it is off to the side."""
        _, off = self.towards(point)
        return self.order(speed * max(0.2, 1 - 0.75 * abs(off)), max(-SHARPEST, min(SHARPEST, TURN * off)), look=look)
