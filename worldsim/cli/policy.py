"""`worldsim policy list`."""

from __future__ import annotations

import click

from worldsim.cli.command import Group
from worldsim.cli.console import print_json, print_table
from worldsim.cli.options import json_option


@click.group(cls=Group, examples=("worldsim policy list",))
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
