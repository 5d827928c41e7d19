"""`worldsim env list | check`."""

from __future__ import annotations

from typing import Any

import click

from worldsim.cli.command import Group
from worldsim.cli.console import note, print_json, print_table
from worldsim.cli.options import json_option
from worldsim.errors import UnknownNameError, WorldsimError


@click.group(cls=Group, examples=("worldsim env check worldsim/DogAgility-v0",))
def env() -> None:
    """Tasks to train on: Gymnasium environments."""


def registered() -> list[str]:
    """Return the ids that worldsim registers with Gymnasium, sorted."""
    import gymnasium as gym

    return sorted(name for name in gym.registry if name.startswith("worldsim/"))


def make(env_id: str, **options: Any) -> Any:
    """Make an env by id; the "worldsim/" in front and the "-v0" behind may be left out.

    Raises:
        UnknownNameError: no such env.
    """
    import gymnasium as gym

    return gym.make(full_id(env_id), **options)


def full_id(env_id: str) -> str:
    """Return an id with what was left out of it.

    Raises:
        UnknownNameError: no such env.
    """
    known = registered()
    for candidate in (env_id, f"worldsim/{env_id}", f"worldsim/{env_id}-v0"):
        if candidate in known:
            return candidate
    short = [name.removeprefix("worldsim/").removesuffix("-v0") for name in known]
    raise UnknownNameError("env", env_id, known if "/" in env_id else short)


@env.command("list", examples=("worldsim env list",))
@json_option
def list_envs(as_json: bool) -> None:
    """List the envs: id, longest episode in steps, what the task is."""
    import gymnasium as gym

    rows: list[dict[str, Any]] = []
    for name in registered():
        spec = gym.spec(name)
        rows.append({"id": name, "max_episode_steps": spec.max_episode_steps, "description": _about(spec)})
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("id", "steps", "description"),
            [(row["id"], str(row["max_episode_steps"] or "-"), row["description"]) for row in rows],
        )


@env.command("check", examples=("worldsim env check worldsim/DogAgility-v0",))
@click.argument("env_id", metavar="ID")
def check_env(env_id: str) -> None:
    """Run Gymnasium's own checker on an env, every render mode included, and fail on a warning too."""
    import warnings

    from gymnasium.utils.env_checker import check_env as gymnasium_check

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        made = make(env_id)
        try:
            gymnasium_check(made.unwrapped)
        except AssertionError as error:
            raise WorldsimError(f"{env_id} breaks Gymnasium's contract: {error}") from error
        finally:
            made.close()
    mine = [str(w.message) for w in found if not issubclass(w.category, DeprecationWarning | ResourceWarning)]
    if mine:
        for message in mine:
            note(f"warning: {message}")
        raise WorldsimError(f"{env_id}: Gymnasium's checker gave {len(mine)} warnings")
    click.echo(f"{made.spec.id}: Gymnasium's checker found nothing wrong")


def _about(spec: Any) -> str:
    """Return the first line of the env class's docstring."""
    import importlib

    module, _, name = str(spec.entry_point).partition(":")
    doc = getattr(importlib.import_module(module), name).__doc__ or ""
    return str(doc.strip().splitlines()[0]) if doc.strip() else ""
