"""How honestly every breed walks, trots and runs: slip and depth beside their bars, motors and cost in the notes.

Nothing is timed: the figures are the same on every machine that makes the same floats. `docs/tools/dog_measures.py`
writes them down as a table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from worldsim.benchmarks.measure import Result

if TYPE_CHECKING:
    from worldsim.actor.dog.honesty import Honesty

SLIP = 0.05
"""Share of its way under a paw that is down which the paw may slip."""
DEPTH = 0.005
"""m that anything may be inside anything."""
FROUDE = {"walk": 0.33, "trot": 0.8}
"""Speeds that make dogs of different size comparable, over √(g h) with the leg's length h; "run" is the breed's top."""
RUN_UP, SECONDS = 3.0, 8.0


def run() -> Iterator[Result]:
    """Yield for every breed and gait the share that does not slip, and how often the depth fits in the bar."""
    from worldsim.actor.dog.breed import BREEDS

    for breed in BREEDS:
        for gait in ("walk", "trot", "run"):
            seen = honesty(breed, gait)
            motors = f"torque {100 * seen.torque_share:.0f} % of limit, joints to {seen.speed:.0f} rad/s"
            cost = f"{seen.energy_per_metre:.0f} J/m, cost of transport {seen.cost_of_transport:.2f}"
            note = f"slip {100 * seen.slip:.1f} % at {seen.mean_speed:.2f} m/s; {motors}; {cost}"
            yield Result(f"hold_{breed}_{gait}", 1 - seen.slip, "1", 1 - SLIP, note)
            deepest = max(seen.paw_depth, seen.body_depth, 1e-6)
            note = f"deepest paw {1000 * seen.paw_depth:.1f} mm, rest of the body {1000 * seen.body_depth:.1f} mm"
            yield Result(f"depth_{breed}_{gait}", DEPTH / deepest, "1", 1.0, note)


def honesty(breed: str, gait: str, seconds: float = SECONDS) -> Honesty:
    """Let a dog go straight ahead on level concrete; watch it for so long, s, after it has got up its speed.

    Args:
        breed: its name.
        gait: "walk", "trot" or "run".
        seconds: s.

    Returns:
        What was seen, without the running up.
    """
    from worldsim.actor.dog.breed import BREEDS
    from worldsim.actor.dog.honesty import Observer, watch
    from worldsim.physics.world import World
    from worldsim.scene.model import Scene

    body = BREEDS[breed]
    pace = math.sqrt(9.81 * (body.hip_height - body.paw))
    speed = body.speed if gait == "run" else FROUDE[gait] * pace
    rex = {"kind": "dog", "breed": breed, "at": [0, 0]}
    scene = {"format": 1, "name": "track", "ground": {"material": "concrete"}, "actors": {"rex": rex}}
    with World(Scene.model_validate(scene), seed=0, detailed=False) as world:
        watch(world, "rex", (speed, 0.0, 0.0), RUN_UP)
        observer = Observer(world, "rex")
        watch(world, "rex", (speed, 0.0, 0.0), seconds, observer)
        return observer.result()
