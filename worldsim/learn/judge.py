"""What all trainings share: a folder of their own, and what a policy reaches on episodes it was not trained on.

It knows nothing of how policies learn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from worldsim.errors import TrainingError
from worldsim.learn.spread import spread

HELD_OUT = 1_000_000
"""First seed of evaluations: far from training's."""


class Result(NamedTuple):
    """What came of one episode: terms of the reward are sums over it."""

    total: float
    length: int
    success: bool
    terms: Mapping[str, float]
    measures: Mapping[str, float]


def evaluate(
    policy: Any, env_id: str, arguments: Mapping[str, Any], episodes: int, seed: int = HELD_OUT, processes: int = 1
) -> dict[str, Any]:
    """Return what a policy reaches in episodes drawn from `seed` on, in `processes` side by side.

    Returns:
        return, success, length (actions), terms of the reward and measures: means over the episodes; and error, the
        standard error of the return.

    Raises:
        TrainingError: one of several processes was killed.
    """
    found = spread(partial(_results, policy, env_id, dict(arguments)), range(seed, seed + episodes), processes)
    totals = [result.total for result in found]
    error = float(np.std(totals, ddof=1) / np.sqrt(episodes)) if episodes > 1 else 0.0
    return {"return": float(np.mean(totals)), "error": error,
            "success": sum(result.success for result in found) / episodes,
            "length": float(np.mean([result.length for result in found])),
            "terms": _means([result.terms for result in found]),
            "measures": _means([result.measures for result in found])}  # fmt: skip


def _means(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each number by its name; where it is missing it counts as 0."""
    names = dict.fromkeys(name for numbers in found for name in numbers)
    return {name: sum(numbers.get(name, 0.0) / len(found) for numbers in found) for name in names}


def _results(policy: Any, env_id: str, arguments: Mapping[str, Any], seeds: Sequence[int]) -> list[Result]:
    import gymnasium as gym

    import worldsim  # noqa: F401  registers the ids

    env: Any = gym.make(env_id, disable_env_checker=True, **arguments)
    try:
        return [_result(env, policy, seed) for seed in seeds]
    finally:
        env.close()


def _result(env: Any, policy: Any, seed: int) -> Result:
    observation, info = env.reset(seed=seed)
    policy.reset(env.unwrapped.task, seed)
    total, length, over = 0.0, 0, False
    terms: dict[str, float] = {}
    while not over:
        observation, reward, terminated, truncated, info = env.step(policy.act(observation))
        total, length, over = total + float(reward), length + 1, terminated or truncated
        for name, value in info["reward_terms"].items():
            terms[name] = terms.get(name, 0.0) + value
    return Result(total, length, bool(info["is_success"]), terms, dict(info["measures"]))


def keep(folder: Path, policy: Any, found: Mapping[str, Any]) -> None:
    """Save a policy in the folder of its run where it is the best so far, and add its evaluation to the progress.

    Args:
        folder: of the run.
        policy: with a `save`.
        found: what `evaluate` returned, and `best`.
    """
    if found["best"]:
        policy.save(folder)
    with (folder / "progress.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(found) + "\n")


def open_run(folder: Path, resume: bool) -> None:
    """Make the folder of a run.

    Raises:
        TrainingError: it can't be written, or has a run in it and this is not to go on with that.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resume.part").touch()
        (folder / "resume.part").unlink()
    except OSError as error:
        raise TrainingError(f"{folder} can't be written: {error.strerror}; choose another folder with -o") from error
    if not resume and (folder / "progress.jsonl").exists():
        raise TrainingError(
            f"{folder} holds a run already: go on with it by --resume, or choose another folder with -o"
        )
