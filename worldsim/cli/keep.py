"""Takes and videos of the best, the median and the worst episode of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def chosen(returns: Sequence[float]) -> dict[str, int]:
    """Return the episode, counted from 0, of the highest, the middle and the lowest return."""
    order = sorted(range(len(returns)), key=returns.__getitem__)
    return {"best": order[-1], "median": order[len(order) // 2], "worst": order[0]}


def keep_takes(
    env: Any, policy_name: str, document: Mapping[str, Any], folder: Path, videos: bool
) -> dict[str, dict[str, Any]]:
    """Run three episodes again and keep them.

    Args:
        env: what was evaluated.
        policy_name: who acted.
        document: what `worldsim eval` prints: its seed and returns.
        folder: where to; made where it is missing.
        videos: whether to film each take too.

    Returns:
        For "best", "median" and "worst": the episode's number, its return, and the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    for which, episode in chosen(document["returns"]).items():
        path = folder / f"{which}.take"
        _take(env, policy_name, document["seed"] + episode, path)
        found[which] = {"episode": episode, "return": document["returns"][episode], "take": str(path)}
        if videos:
            from worldsim.record.recorder import render_take

            video = path.with_suffix(".mp4")
            render_take(path, video)
            found[which]["video"] = str(video)
    return found


def _take(env: Any, policy_name: str, seed: int, path: Path) -> None:
    """Run one episode in a bare world, as the env would, and write its take."""
    from worldsim.physics.world import World
    from worldsim.policy import load_policy
    from worldsim.take.writer import TakeWriter

    bare = env.unwrapped
    env.reset(seed=seed)
    policy = load_policy(policy_name)
    with World(bare.scene, bare.world.seed) as world:
        task = bare.task_class(world, **bare._task_arguments)
        task.begin()
        policy.reset(task, seed)
        outcome = None
        with TakeWriter(path, world, policy=policy_name) as writer:
            for _ in range(env.spec.max_episode_steps or 3600):
                command = task.command(policy.act(task.observe().astype(np.float32)))
                for _ in range(bare.repeat):
                    contacts, _ = writer.advance({task.actor_name: command})
                    task.update(contacts)
                    if task.verdict().terminated:
                        break
                outcome = task.verdict().outcome
                if task.verdict().terminated:
                    break
            writer.close(outcome)
