"""`worldsim train`: teach a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldsim.cli.arguments import argument_option
from worldsim.cli.command import Command
from worldsim.cli.console import note, plain_warnings, print_json
from worldsim.cli.options import json_option


@click.command(
    cls=Command,
    examples=(
        "worldsim train DogWalk --algo es -o out/gains",
        "worldsim train DogAgility --algo dagger -o out/pupil",
        "worldsim train DogWalk --steps 400000 -o out/walk",
        "worldsim train DogWalk --resume -o out/walk --steps 800000",
    ),
)
@click.argument("env_id", metavar="ENV_ID")
@click.option("--algo", type=click.Choice(["ppo", "es", "dagger"]), default="ppo", show_default=True,
              help="How it learns: rewards of noisy actions, a search for gains, or a teacher.")  # fmt: skip
@click.option(
    "--steps", type=click.IntRange(1), help="Actions of all envs together; the env's own default if left out."
)
@click.option("--config", "config_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="A config.json to start from, as every run writes one.")  # fmt: skip
@click.option("--envs", type=click.IntRange(1, 256), help="Envs side by side.")
@click.option("--processes", is_flag=True, help="Give each env a process of its own.")
@click.option("--base", metavar="NAME", help="A policy to learn on top of; 'none' for nothing.")
@argument_option
@click.option("--resume", is_flag=True, help="Go on with the run in DIR.")
@click.option("--seed", type=click.IntRange(min=0), help="Draws all that is random.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR",
              help="Where the run lives: policy, config, progress.")  # fmt: skip
@json_option
def train(
    env_id: str,
    algo: str,
    steps: int | None,
    config_file: Path | None,
    envs: int | None,
    processes: bool,
    base: str | None,
    arguments: tuple[tuple[str, Any], ...],
    resume: bool,
    seed: int | None,
    output: Path,
    as_json: bool,
) -> None:
    """Teach a policy a task; the best one by evaluation is kept in DIR.

    `ppo` is stable-baselines3's and needs the extra "rl"; `es` is CMA-ES over a few gains on top of a policy; `dagger`
    teaches a network what another policy does.
    Ctrl-C ends early and keeps the best so far; --resume goes on from there.
    """
    from worldsim.cli.env import full_id
    from worldsim.errors import TrainingError
    from worldsim.learn.config import TrainConfig, default_config

    name = full_id(env_id)
    if algo != "ppo":
        if steps or envs or processes or base or arguments:
            raise TrainingError(f"{algo} takes --config, --seed, --resume and -o: all else is in the config")
        begin = _search if algo == "es" else _imitate
        with plain_warnings():
            _finish(begin(name, config_file, resume, seed, output), name, output, as_json)
        return
    if resume:
        if not (output / "resume.safetensors").exists():
            raise TrainingError(f"{output} holds no run to go on with: leave out --resume to start one there")
        config = TrainConfig.load(output / "config.json")
        if config.env != name:
            raise TrainingError(f"{output} holds a run of {config.env}, not of {name}")
        if config_file is not None or seed is not None or envs is not None or base is not None or arguments:
            raise TrainingError(
                "a run goes on as it began: with --resume only --steps and --processes can be given; start another in "
                "another folder to change more"
            )
    else:
        config = default_config(name) if config_file is None else TrainConfig.load(config_file)
    changes: dict[str, Any] = {"steps": steps, "envs": envs, "seed": seed}
    changes |= {"processes": processes or None, "arguments": {**config.arguments, **dict(arguments)} or None}
    if base is not None:
        changes["base"] = base if base != "none" else None
    kept = {key: value for key, value in changes.items() if value is not None or key == "base"}
    config = config.changed(env=name, **kept)
    from worldsim.learn.ppo import Run

    with plain_warnings():
        _finish(Run(config, output, resume), name, output, as_json)


def _search(name: str, config_file: Path | None, resume: bool, seed: int | None, output: Path) -> Any:
    """Return a search for gains."""
    from worldsim.learn.evolve import EvolveConfig, default_search
    from worldsim.learn.search import Search

    _check_resume(output, resume and "resume.json", config_file, seed)
    file = output / "config.json" if resume else config_file
    config = _begun(name, EvolveConfig.load, default_search, file, seed)
    return Search(config, output, resume)


def _imitate(name: str, config_file: Path | None, resume: bool, seed: int | None, output: Path) -> Any:
    """Return a training by a teacher."""
    from worldsim.learn.dagger import Dagger
    from worldsim.learn.imitate import ImitateConfig, default_imitation

    _check_resume(output, resume and "resume.safetensors", config_file, seed)
    file = output / "config.json" if resume else config_file
    config = _begun(name, ImitateConfig.load, default_imitation, file, seed)
    return Dagger(config, output, resume)


def _check_resume(output: Path, needed: str | bool, config_file: Path | None, seed: int | None) -> None:
    """Raise TrainingError where there is nothing to go on with, or more than that is asked for."""
    from worldsim.errors import TrainingError

    if needed and not (output / str(needed)).exists():
        raise TrainingError(f"{output} holds no such run to go on with: leave out --resume to start one there")
    if needed and (config_file is not None or seed is not None):
        raise TrainingError("a run goes on as it began: with --resume neither --config nor --seed can be given")


def _begun(name: str, load: Any, default: Any, config_file: Path | None, seed: int | None) -> Any:
    """Return the config of a run for an env, from a file or by default, with another seed where one is given."""
    from worldsim.errors import TrainingError

    config = default(name) if config_file is None else load(config_file)
    config = config.model_copy(update={} if seed is None else {"seed": seed})
    if config.env != name:
        raise TrainingError(f"that is a run of {config.env}, not of {name}")
    return config


def _finish(run: Any, name: str, output: Path, as_json: bool) -> None:
    """Train to the end and say what came of it."""
    try:
        best = run.train(_tell)
    except KeyboardInterrupt:
        kept = (output / "policy.safetensors").exists()
        what = f"the best policy is in {output}, --resume goes on" if kept else "too early: no policy was judged yet"
        note(f"after {run.steps} steps; {what}")
        raise
    if as_json:
        print_json({"env": name, "folder": str(output), **best})
    else:
        click.echo(f"best: return {best['return']:.2f}, success {best['success']:.0%}, after {best['steps']} steps")
        click.echo(f"worldsim eval {name} --policy {output}")


def _tell(found: dict[str, Any]) -> None:
    """Print one evaluation, the terms of its reward included."""
    terms = ", ".join(f"{name} {value:.2f}" for name, value in found["terms"].items())
    mark = "  best" if found["best"] else ""
    note(
        f"{found['steps']:9d} steps  return {found['return']:8.2f}  success {found['success']:4.0%}  "
        f"length {found['length']:6.0f}  ({terms}){mark}"
    )
