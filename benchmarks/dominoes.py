"""Two hundred dominoes, standing and falling: simulated seconds a second, beside real time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from worldsim.benchmarks.measure import Result
from worldsim.benchmarks.scenes import dominoes
from worldsim.physics.world import World

PIECES = 200
SECONDS = 4.0  # simulated; the wave runs at about 1 m/s, so pieces stand and fall all the while


def run() -> Iterator[Result]:
    """Yield the real-time factor, contacts gathered and all."""
    with World(dominoes(PIECES)) as world:
        periods = round(SECONDS * world.control_rate)
        slowest = 0.0
        contacts = 0
        start = time.perf_counter()
        for _ in range(periods):
            before = time.perf_counter()
            contacts += len(world.advance())
            world.snapshot()
            slowest = max(slowest, time.perf_counter() - before)
        took = time.perf_counter() - start
    note = f"{SECONDS:g} s took {took:.2f} s, {contacts:,} contacts; slowest period {1000 * slowest:.0f} ms"
    yield Result("dominoes_200_real_time", SECONDS / took, "s/s", 1.0, note)
