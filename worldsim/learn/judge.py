"""What all trainings share: a folder of their own, and what a policy reaches on episodes it was not trained on.

It knows nothing of how policies learn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from worldsim.errors import TrainingError

HELD_OUT = 1_000_000
"""First seed of evaluations: far from training's."""


def evaluate(
    policy: Any, env_id: str, arguments: Mapping[str, Any], episodes: int, seed: int = HELD_OUT
) -> dict[str, Any]:
    """Return what a policy reaches in episodes drawn from `seed` on.

    Returns:
        return, success, length (actions), terms of the reward and measures: means over the episodes; and error, the
        standard error of the return.
    """
    import gymnasium as gym

    import worldsim  # noqa: F401  registers the ids

    env: Any = gym.make(env_id, disable_env_checker=True, **arguments)
    returns, lengths, successes = [], [], 0
    terms: dict[str, float] = {}
    measures: dict[str, float] = {}
    for episode in range(seed, seed + episodes):
        observation, info = env.reset(seed=episode)
        policy.reset(env.unwrapped.task, episode)
        total, length, over = 0.0, 0, False
        while not over:
            observation, reward, terminated, truncated, info = env.step(policy.act(observation))
            total, length, over = total + float(reward), length + 1, terminated or truncated
            for name, value in info["reward_terms"].items():
                terms[name] = terms.get(name, 0.0) + value / episodes
        returns.append(total)
        lengths.append(length)
        successes += bool(info["is_success"])
        for name, value in info["measures"].items():
            measures[name] = measures.get(name, 0.0) + value / episodes
    env.close()
    error = float(np.std(returns, ddof=1) / np.sqrt(episodes)) if episodes > 1 else 0.0
    return {"return": float(np.mean(returns)), "error": error, "success": successes / episodes,
            "length": float(np.mean(lengths)), "terms": terms, "measures": measures}  # fmt: skip


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
