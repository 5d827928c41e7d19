"""A person's hand in a world: pulls a part by a spring, throws a ball. Part of the input, checked like a command."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from worldsim.errors import ActionError
from worldsim.physics.assembly import Assembly
from worldsim.physics.client import Client
from worldsim.physics.event import Event, Pull, Throw
from worldsim.physics.reader import Motion
from worldsim.rotation import quat_rotate_xyzw

STRONGEST = 200.0  # N per kg of what is held: a hand does not tear things apart


def check_events(events: Sequence[Event], assembly: Assembly) -> None:
    """Raise ActionError for an event that means nothing in this world, before anything happens."""
    for event in events:
        numbers = (*event.position, *event.velocity) if isinstance(event, Throw) else (*event.local, *event.target)
        if not np.isfinite(numbers).all():
            raise ActionError(f"an event with NaN or infinity: {event}")
        if isinstance(event, Throw) and not assembly.spares:
            raise ActionError("this world has no balls to throw: make it with spare_balls=8")
        if isinstance(event, Pull) and not 0 <= event.part < len(assembly.parts):
            raise ActionError(f"a pull on part {event.part}, but there are {len(assembly.parts)} parts")


def throw(client: Client, assembly: Assembly, event: Throw, thrown: int) -> None:
    """Let the next spare ball appear and fly; `thrown` balls have been before it."""
    ball = assembly.spares[thrown % len(assembly.spares)]
    client.resetBasePositionAndOrientation(ball, event.position, (0, 0, 0, 1))
    client.resetBaseVelocity(ball, event.velocity, (0, 0, 0))


def pull(client: Client, assembly: Assembly, event: Pull, motion: Motion) -> None:
    """Apply the spring's force at the held point, for one physics step; static parts stay."""
    part, located = assembly.parts[event.part], assembly.located[event.part]
    if part.static:
        return
    lever = quat_rotate_xyzw(motion.orientation[part.index], event.local)
    point = motion.position[part.index] + lever
    velocity = motion.velocity[part.index] + np.cross(motion.angular_velocity[part.index], lever)
    mass = assembly.owner_mass[part.owner]
    force = mass * (event.stiffness * (np.asarray(event.target) - point) - event.damping * velocity)
    force *= min(1.0, STRONGEST * mass / max(float(np.linalg.norm(force)), 1e-12))
    client.applyExternalForce(located.body, located.link, force.tolist(), point.tolist(), client.WORLD_FRAME)
