"""How much walking a core does: control steps of DogWalk with no picture, what a skin costs, and what more cores bring.

Needs cores that nobody else uses: the floors are rates and shares asked for, not measured beside, except the skin's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from worldsim.benchmarks.measure import Result, taking_turns

ASKED = 1200.0
"""Control steps a second that one core should make."""
SCALE = 0.9
"""Of N workers: the share of N times one worker's rate that they should make together."""
PERIODS = 600
"""Control periods a round: an episode."""
ROUNDS = 5


def run() -> Iterator[Result]:
    """Yield one core's rate, the rate with skins made beside that without, and that of as many workers as cores."""
    from multiprocessing import get_context

    walk, close = _walker()
    (took,) = taking_turns([walk], ROUNDS)
    yield Result("dog_walk_steps", PERIODS / took, "steps/s", ASKED, f"{1e6 * took / PERIODS:.0f} µs a control period")
    skinned, close_skinned = _walker(skins=True)
    bare, dressed = taking_turns([walk, skinned], ROUNDS)
    close()
    close_skinned()
    note = f"{1e6 * dressed / PERIODS:.0f} µs with a skin that nobody draws, {1e6 * bare / PERIODS:.0f} µs without"
    yield Result("dog_walk_skin", PERIODS / dressed, "steps/s", PERIODS / bare, note)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        return
    spawn = get_context("spawn")
    with spawn.Pool(cores) as pool:
        pool.map(_rate, [0.5] * cores, 1)  # every worker imports and builds
        one = max(pool.map(_rate, [3.0], 1) for _ in range(2))[0]
        all_of_them = max(sum(pool.map(_rate, [3.0] * cores, 1)) for _ in range(2))
    note = f"{cores} workers {all_of_them:.0f} steps/s together, one alone {one:.0f}"
    yield Result("dog_walk_workers", all_of_them / one, "1", SCALE * cores, note)


def _walker(skins: bool = False) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what runs an episode of DogWalk on level ground, and what closes it."""
    import gymnasium as gym

    env = gym.make("worldsim/DogWalk-v0", terrain="flat", disable_env_checker=True)
    env.reset(seed=0)
    if skins:
        bare: Any = env.unwrapped
        assert bare.world.skins
    action = np.zeros(env.action_space.shape or (1,), np.float32)
    action[0] = 0.5

    def episode() -> None:
        env.reset(seed=0)
        for _ in range(PERIODS):
            env.step(action)

    return episode, env.close


def _rate(seconds: float) -> float:
    """Walk for so long, s, and return control steps a second; runs in a worker."""
    walk, close = _walker()
    walk()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        walk()
        done += PERIODS
    rate = done / (time.perf_counter() - start)
    close()
    return rate
