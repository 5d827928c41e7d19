"""`worldsim policy list | join`."""

from __future__ import annotations

from pathlib import Path

import click

from worldsim.cli.command import Group
from worldsim.cli.console import print_json, print_table
from worldsim.cli.options import json_option


@click.group(cls=Group, examples=("worldsim policy list", "worldsim policy join out/a out/b out/c -o out/all"))
def policy() -> None:
    """What can drive an actor without a person."""


@policy.command("list", examples=("worldsim policy list --json",))
@json_option
def list_policies(as_json: bool) -> None:
    """List the policies that --policy takes."""
    from worldsim.policy import policies

    found = policies()
    if as_json:
        print_json([{"name": name, "description": about} for name, about in found.items()])
    else:
        print_table(("name", "description"), list(found.items()))


@policy.command("join", examples=("worldsim policy join out/a out/b out/c -o out/all",))
@click.argument("names", metavar="POLICY...", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR",
              help="Where the policy is written.")  # fmt: skip
@json_option
def join(names: tuple[str, ...], output: Path, as_json: bool) -> None:
    """Make one policy of several that learned the same from other seeds.

    What all of them think likely is done: each errs where the others mostly do not. POLICY is a name of `worldsim
    policy list` or a folder of `worldsim train --algo dagger`.
    """
    from worldsim.errors import PolicyError
    from worldsim.learn.join import joined
    from worldsim.learn.trained import FILE, Trained
    from worldsim.policy import load_policy

    found: list[Trained] = []
    for name in names:
        one = load_policy(name)
        if not isinstance(one, Trained):
            raise PolicyError(f"{name} is a rule and no network: there is nothing to join")
        found.append(one)
    if (output / FILE).exists():
        raise PolicyError(f"{output} holds a policy already: choose another folder with -o")
    try:
        output.mkdir(parents=True, exist_ok=True)
        path = joined(found).save(output)
    except OSError as error:
        raise PolicyError(f"{output} can't be written: {error.strerror}; choose another folder with -o") from error
    if as_json:
        print_json({"policy": str(path), "members": len(names)})
    else:
        click.echo(f"{path}: {len(names)} networks that act as one")
