"""`worldsim eval`: how well a policy does a task."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from worldsim.cli.arguments import argument_option, arguments_for
from worldsim.cli.command import Command
from worldsim.cli.console import Progress, plain_warnings, print_json
from worldsim.cli.keep import keep_takes
from worldsim.cli.options import json_option, seed_option

Z95 = 1.959964  # the normal distribution's two-sided 95 % quantile


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a rate (E. B. Wilson, 1927); (0, 1) where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    rate = successes / trials
    scale = 1 + Z95**2 / trials
    centre = (rate + Z95**2 / (2 * trials)) / scale
    half = Z95 * math.sqrt(rate * (1 - rate) / trials + Z95**2 / (4 * trials**2)) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by the normal distribution; the mean twice where there is one value."""
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return mean, mean
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    half = Z95 * spread / math.sqrt(len(values))
    return mean - half, mean + half


@click.command(
    "eval",
    cls=Command,
    examples=(
        "worldsim eval worldsim/DogAgility-v0 --policy dog_agility --episodes 20",
        "worldsim eval DogWalk --policy dog_walk -a terrain=rough -a pushes=1.0 --json",
        "worldsim eval DogAgility --policy dog_agility --takes out/agility --videos",
    ),
)
@click.argument("env_id", metavar="ENV_ID")
@click.option("--policy", "policy_name", required=True, metavar="NAME", help="What acts: `worldsim policy list`.")
@click.option("--episodes", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many.")
@argument_option
@click.option(
    "--takes",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep takes of the best, the median and the worst episode by return.",
)
@click.option("--videos", is_flag=True, help="With --takes: make a video of each.")
@seed_option
@json_option
def evaluate(
    env_id: str,
    policy_name: str,
    episodes: int,
    arguments: tuple[tuple[str, Any], ...],
    takes: Path | None,
    videos: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Let a policy do a task and count: successes, returns, lengths, outcomes.

    Episode k is drawn from seed + k. The interval is Wilson's, 95 %. Ctrl-C ends early with the episodes done so far.
    """
    from worldsim.cli.env import make

    if videos and takes is None:
        raise click.UsageError("--videos needs --takes DIR: a video is made of a take")
    with plain_warnings():
        env = make(env_id, **arguments_for(policy_name, dict(arguments)))
        try:
            document, interrupted = _evaluate(env, policy_name, episodes, seed)
            if arguments:
                document["arguments"] = dict(arguments)
            if takes is not None and document["episodes"] and not interrupted:
                document["takes"] = keep_takes(env, policy_name, document, takes, videos)
        finally:
            env.close()
    if as_json:
        print_json(document)
    else:
        _print(document)
    if interrupted:
        raise KeyboardInterrupt


def _evaluate(env: Any, policy_name: str, episodes: int, seed: int) -> tuple[dict[str, Any], bool]:
    """Return what the episodes amount to, and whether they were cut short."""
    from worldsim.policy import check_fit, load_policy

    policy = load_policy(policy_name)
    check_fit(policy, env.unwrapped.task)
    returns: list[float] = []
    lengths: list[int] = []
    words: list[str] = []
    measures: dict[str, list[float]] = {}
    successes = 0
    interrupted = False
    try:
        with Progress("evaluating", episodes, "episodes") as progress:
            for episode in range(episodes):
                total, length, info = _episode(env, policy, seed + episode)
                returns.append(total)
                lengths.append(length)
                words.append(str(info.get("outcome") or "time_out"))
                for name, value in info.get("measures", {}).items():
                    measures.setdefault(name, []).append(float(value))
                successes += bool(info.get("is_success", False))
                progress.update(episode + 1)
    except KeyboardInterrupt:
        interrupted = True
    done = len(returns)
    return {
        "env": env.spec.id,
        "policy": policy_name,
        "episodes": done,
        "seed": seed,
        "success_rate": successes / done if done else 0.0,
        "success_ci95": list(wilson(successes, done)),
        "return_mean": math.fsum(returns) / done if done else 0.0,
        "length_mean": sum(lengths) / done if done else 0.0,
        "outcomes": dict(sorted(Counter(words).items())),
        "measures": {name: math.fsum(values) / len(values) for name, values in measures.items()},
        "measures_ci95": {name: list(mean_interval(values)) for name, values in measures.items()},
        "returns": returns,
        "each": {"outcome": words, "length": lengths, **measures},
    }, interrupted


def _episode(env: Any, policy: Any, seed: int) -> tuple[float, int, dict[str, Any]]:
    """Return the return, the length in steps and the last info of one episode."""
    observation, info = env.reset(seed=seed)
    policy.reset(env.unwrapped.task, seed)
    total, length, over = 0.0, 0, False
    while not over:
        observation, reward, terminated, truncated, info = env.step(policy.act(observation))
        total += float(reward)
        length += 1
        over = bool(terminated or truncated)
    return total, length, info


def _print(document: dict[str, Any]) -> None:
    low, high = document["success_ci95"]
    rate = f"{document['success_rate']:.0%} (95 % interval {low:.0%} to {high:.0%})"
    click.echo(
        f"{document['env']}, policy {document['policy']}, {document['episodes']} episodes, seed {document['seed']}"
    )
    click.echo(f"success  {rate}")
    click.echo(f"return   {document['return_mean']:.2f} on average")
    click.echo(f"length   {document['length_mean']:.0f} steps on average")
    click.echo("outcomes " + (", ".join(f"{word} {count}" for word, count in document["outcomes"].items()) or "none"))
    for name, value in document["measures"].items():
        click.echo(f"{name.replace('_', ' ')}  {value:.3g} on average")
    for which, files in document.get("takes", {}).items():
        click.echo(f"{which}  episode {files['episode']}: {files.get('video') or files['take']}")
