"""Whether memory stays flat: resident memory before over after, 1.00 where nothing was kept."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

from worldsim.benchmarks.measure import Result, resident
from worldsim.benchmarks.scenes import dog_and_crates

RESETS = 10_000
ENVS = 1_000
WARM = 50  # of each before the first reading: caches fill once


def run() -> Iterator[Result]:
    """Yield the share of memory kept flat over resets, and over envs made and closed."""
    import gymnasium as gym

    scene = dog_and_crates(0)

    def make() -> Any:
        return gym.make("worldsim/Scene-v0", scene=scene, disable_env_checker=True)

    env = make()
    seed = iter(range(RESETS + WARM))
    yield _flat("memory_resets", RESETS, lambda: env.reset(seed=next(seed)))
    env.close()

    def make_and_close() -> None:
        made = make()
        made.reset(seed=0)
        made.close()

    yield _flat("memory_envs", ENVS, make_and_close)


def _flat(name: str, times: int, action: Callable[[], object]) -> Result:
    for _ in range(WARM):
        action()
    gc.collect()
    before = resident()
    for _ in range(times):
        action()
    gc.collect()
    after = resident()
    return Result(name, before / after, "share", 1.0, f"{before:.0f} MiB before, {after:.0f} MiB after {times:,} times")
