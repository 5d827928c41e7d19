"""What a dog feels: 43 numbers about its own body, and their names. It knows nothing of gaits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from worldsim.actor.base import Channel
from worldsim.actor.dog.skeleton import LEG_JOINTS, LEGS
from worldsim.physics.client import Client


def sensor_channels(commands: Sequence[Channel]) -> tuple[Channel, ...]:
    """Return the channels in the order of `sense`; the last command is one of the senses."""
    legs = [f"{leg}_{joint}" for leg in LEGS for joint in LEG_JOINTS]
    return (
        *(Channel(f"gravity_{axis}", "1", -1.0, 1.0) for axis in "xyz"),
        *(Channel(f"velocity_{axis}", "m/s", -10.0, 10.0) for axis in "xyz"),
        *(Channel(f"angular_velocity_{axis}", "rad/s", -30.0, 30.0) for axis in "xyz"),
        *(Channel(f"{joint}_position", "rad", -math.pi, math.pi) for joint in legs),
        *(Channel(f"{joint}_velocity", "rad/s", -50.0, 50.0) for joint in legs),
        *(Channel(f"last_{channel.name}", channel.unit, channel.low, channel.high) for channel in commands),
        Channel("phase_sin", "1", -1.0, 1.0),
        Channel("phase_cos", "1", -1.0, 1.0),
        *(Channel(f"{leg}_paw_touches", "1", 0.0, 1.0) for leg in LEGS),
        Channel("height", "m", -10.0, 10.0),
    )


PAWS = (2, 5, 8, 11)
"""PyBullet's links of the lower legs, with the paws."""


OF_LEGS = tuple(range(12))
"""PyBullet's joints of the legs."""


def paws_touching(client: Client, body: int) -> list[float]:
    """Return for each paw 1.0 where it, or the lower leg, touches something, else 0.0."""
    links = {point[3] if point[1] == body else point[4] for point in client.getContactPoints(body)}
    return [1.0 if paw in links else 0.0 for paw in PAWS]


Movement = tuple[tuple[Sequence[float], Sequence[float]], tuple[Sequence[float], Sequence[float]]]
"""(position, orientation), (velocity, angular velocity) of a body."""


def movement(client: Client, body: int) -> Movement:
    """Return a body's position (m) and orientation (xyzw), its velocity (m/s) and angular velocity (rad/s)."""
    return client.getBasePositionAndOrientation(body), client.getBaseVelocity(body)


def sense(client: Client, body: int, movement: Movement, last: Sequence[float], phase: float) -> list[float]:
    """Read the body.

    Args:
        client: the world it lives in.
        body: PyBullet's id; its first twelve joints are the legs'.
        movement: the torso's.
        last: the last command.
        phase: of the stride, in [0, 1).

    Returns:
        Direction of gravity, velocity (m/s) and angular velocity (rad/s) in the torso's frame; the legs' twelve angles
        (rad) and their rates; the last command; sine and cosine of the phase; which paws touch; the torso's height over
        the world's origin, m.
    """
    (position, (x, y, z, w)), ((vx, vy, vz), (wx, wy, wz)) = movement
    xx, xy, xz = 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)
    yx, yy, yz = 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)
    zx, zy, zz = 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)
    joints = client.getJointStates(body, OF_LEGS)
    cycle = 2 * math.pi * phase
    return [
        -zx, -zy, -zz,
        xx * vx + yx * vy + zx * vz, xy * vx + yy * vy + zy * vz, xz * vx + yz * vy + zz * vz,
        xx * wx + yx * wy + zx * wz, xy * wx + yy * wy + zy * wz, xz * wx + yz * wy + zz * wz,
        *[joint[0] for joint in joints], *[joint[1] for joint in joints],
        *last, math.sin(cycle), math.cos(cycle), *paws_touching(client, body), position[2],
    ]  # fmt: skip
