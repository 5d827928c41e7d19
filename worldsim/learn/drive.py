"""Episodes that a teacher and its student drive in turns, while the teacher says what it would have done.

It knows nothing of networks or of learning.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from worldsim.learn.imitate import ImitateConfig
from worldsim.learn.trained import Trained
from worldsim.policy import load_policy

Floats = NDArray[np.float32]

TURN = 1.0, 4.0
"""s that one of them drives before the other may."""


class Episode(NamedTuple):
    """What was seen (T, O) and what the teacher would have done (T, A)."""

    seen: Floats
    told: Floats


def drive(config: ImitateConfig, number: int, student: Trained | None, seeds: Sequence[int]) -> list[Episode]:
    """Return the episodes of these seeds before round `number`; without a student the teacher drives alone."""
    import worldsim  # noqa: F401  registers the ids, in a process of its own too

    env: Any = gym.make(config.env, disable_env_checker=True, **{**config.arguments, **config.lesson})
    teacher = load_policy(config.teacher)
    try:
        return [_episode(env, config, number, teacher, student, seed) for seed in seeds]
    finally:
        env.close()


def _episode(env: Any, config: ImitateConfig, number: int, teacher: Any, student: Trained | None, seed: int) -> Episode:
    rng, share = np.random.default_rng((config.seed, number, seed)), config.share_in(number)
    observation, _ = env.reset(seed=seed)
    task = env.unwrapped.task
    rate = task.world.control_rate
    for policy in (teacher, student):
        if policy is not None:
            policy.reset(task, seed)
    seen, told, left, drives, over = [], [], 0, False, False
    beyond = round(config.beyond * rate)
    while not over or beyond > 0:
        if left == 0:
            drives, left = student is not None and rng.random() < share, round(rng.uniform(*TURN) * rate)
        order = teacher.act(observation)
        action = order if student is None else student.act(observation)
        action = action if drives else order
        seen.append(observation)
        told.append(order)
        observation, _, terminated, truncated, _ = env.step(action)
        beyond -= over
        over, left = over or terminated or truncated, left - 1
    return Episode(np.array(seen, np.float32), np.array(told, np.float32))
