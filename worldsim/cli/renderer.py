"""`worldsim renderer list | data | train | eval | info`: what makes pictures, and how the learned one is made."""

from __future__ import annotations

import click

from worldsim.cli.command import Group
from worldsim.cli.console import print_json, print_table
from worldsim.cli.options import json_option
from worldsim.cli.renderer_data import data
from worldsim.cli.renderer_eval import evaluate
from worldsim.cli.renderer_train import train


@click.group(cls=Group, examples=("worldsim renderer list", "worldsim renderer info raster"))
def renderer() -> None:
    """List what makes pictures; train and judge the learned renderer."""


@renderer.command("list", examples=("worldsim renderer list",))
@json_option
def list_renderers(as_json: bool) -> None:
    """List the renderers, and which of them work on this machine."""
    from worldsim.render.catalogue import catalogue

    rows = [entry.document() for entry in catalogue()]
    if as_json:
        print_json(rows)
    else:
        cells = [(str(row["name"]), "yes" if row["ready"] else "no", str(row["about"])) for row in rows]
        print_table(("renderer", "ready", "what it is"), cells)


@renderer.command("info", examples=("worldsim renderer info raster",))
@click.argument("name")
@json_option
def info(name: str, as_json: bool) -> None:
    """Tell of one renderer what it is, what it needs and whether it works here."""
    from worldsim.errors import UnknownNameError
    from worldsim.render.catalogue import catalogue

    known = {entry.name: entry for entry in catalogue()}
    if name not in known:
        raise UnknownNameError("renderer", name, known)
    entry = known[name]
    if as_json:
        print_json(entry.document())
        return
    click.echo(f"{entry.name}: {entry.about}")
    for word, text in entry.facts:
        click.echo(f"  {word}: {text}")
    click.echo("  ready here: yes" if entry.ready else f"  ready here: no; {entry.missing}")


for command in (data, train, evaluate):
    renderer.add_command(command)
