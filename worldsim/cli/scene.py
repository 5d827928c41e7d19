"""`worldsim scene list | show | check | new | schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldsim.cli.command import Group
from worldsim.cli.console import Progress, print_json, print_table
from worldsim.cli.options import json_option

if TYPE_CHECKING:
    from worldsim.scene.model import Scene


@click.group(cls=Group, examples=("worldsim scene new yard && worldsim scene check yard.yaml",))
def scene() -> None:
    """List scenes, look inside, check your own, start a new one."""


@scene.command("list", examples=("worldsim scene list",))
@json_option
def list_scenes(as_json: bool) -> None:
    """List the shipped scenes."""
    from worldsim.scene.library import shipped_scenes
    from worldsim.scene.load import load_scene

    rows: list[dict[str, Any]] = []
    for name in shipped_scenes():
        found = load_scene(name)
        rows.append({"name": name, "actors": list(found.actors), "description": found.description})
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("name", "actors", "description"),
            [(row["name"], ", ".join(row["actors"]) or "-", _first_sentence(row["description"])) for row in rows],
        )


@scene.command("show", examples=("worldsim scene show dog_agility", "worldsim scene show prefabs"))
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show what a scene holds: actors, cameras, outcomes, keys, bodies.

    NAME is a shipped scene or a path; "prefabs" and "materials" list the shipped ones.
    """
    if name == "prefabs":
        _show_prefabs(as_json)
        return
    if name == "materials":
        _show_materials(as_json)
        return
    from worldsim.scene.load import load_scene

    found = load_scene(name)
    document = _document(found)
    if as_json:
        print_json(document)
        return
    click.echo(f"{found.name}: {found.description}".rstrip(": "))
    for word in ("actors", "cameras", "outcomes"):
        entries = document[word]
        click.echo(f"{word:9} " + (", ".join(f"{key} ({kind})" for key, kind in entries.items()) or "none"))
    click.echo(f"bodies    {document['bodies']}, of which {document['moving']} can move; {document['joints']} joints")
    click.echo(f"classes   {', '.join(f'{word} {count}' for word, count in document['classes'].items())}")
    rates = document["rates"]
    click.echo(f"rates     physics {rates['step_rate']} Hz, commands {rates['control_rate']} Hz")
    click.echo(f"random    {'yes: another --seed is another layout' if document['random'] else 'no'}")
    click.echo(f"file      {document['file']}")


@scene.command("check", examples=("worldsim scene check yard.yaml", "worldsim scene check scenes/*.yaml"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--no-settle", is_flag=True, help="Read the file only; leave out the second of physics.")
@click.option("--allow-outside", is_flag=True, help="Let a scene name files outside its own folder tree.")
@json_option
@click.pass_context
def check(context: click.Context, files: tuple[str, ...], no_settle: bool, allow_outside: bool, as_json: bool) -> None:
    """Find every mistake of scene files, then let their worlds settle for a second.

    Prints each mistake as file:line:column with what was found and what is allowed. Ends with 2 where there is any.
    """
    from worldsim.scene.check import check as problems_of

    reports = []
    with Progress("checking", len(files), "scenes") as progress:
        for done, file in enumerate(files, 1):
            problems = problems_of(file, settle=not no_settle, allow_outside=allow_outside)
            reports.append((file, problems))
            progress.update(done)
    if as_json:
        print_json(
            [
                {
                    "scene": file,
                    "problems": [
                        {
                            "file": str(p.file) if p.file else None,
                            "line": p.line,
                            "column": p.column,
                            "message": p.message,
                            "hint": p.hint,
                        }
                        for p in problems
                    ],
                }
                for file, problems in reports
            ]
        )
    else:
        for file, problems in reports:
            for problem in problems:
                click.echo(str(problem))
            if not problems:
                click.echo(f"{file}: sound")
    if any(problems for _, problems in reports):
        context.exit(2)


@scene.command("new", examples=("worldsim scene new yard", "worldsim scene new my_course --from dog_agility"))
@click.argument("name")
@click.option("--from", "source", metavar="NAME", help="Start from a copy of this scene.")
def new(name: str, source: str | None) -> None:
    """Write a commented scene file to start from, NAME.yaml, and the schema that helps an editor."""
    from worldsim.scene.new import write_new_scene

    path = write_new_scene(Path(name), source)
    click.echo(f"wrote {path}; next: worldsim scene check {path}, worldsim play {path}")


@scene.command("schema", examples=("worldsim scene schema > scene.schema.json",))
def schema() -> None:
    """Print the JSON Schema of scene files."""
    from worldsim.scene.schema import schema_text

    click.echo(schema_text(), nl=False)


def _document(found: Scene) -> dict[str, Any]:
    """Return what `show` tells, as plain data."""
    from collections import Counter

    layout = found.layout(0)
    data = found.data
    return {
        "name": found.name,
        "description": found.description,
        "file": str(data.mark.file) if data is not None and data.mark.file else None,
        "actors": {name: actor.kind for name, actor in found.actors.items()},
        "cameras": {
            name: type(camera).__name__.removesuffix("Camera").lower() for name, camera in found.cameras.items()
        },
        "outcomes": {
            outcome.name: "success" if outcome.success else "end" if outcome.ends else "event"
            for outcome in found.outcomes
        },
        "bodies": len(layout.bodies),
        "moving": sum(body.mass > 0 or body.urdf is not None for body in layout.bodies),
        "joints": len(layout.joints),
        "classes": dict(sorted(Counter(body.class_name for body in layout.bodies).items())),
        "rates": found.rates.model_dump(),
        "random": found.is_random,
    }


def _show_prefabs(as_json: bool) -> None:
    from worldsim.scene.library import shipped_prefabs
    from worldsim.scene.source import read_yaml

    rows: list[dict[str, Any]] = []
    for name, path in shipped_prefabs().items():
        data: Any = read_yaml(path.read_bytes(), path)
        params = {key: _plain(value) for key, value in (data.get("params") or {}).items()}
        rows.append({"name": name, "params": params, "description": str(data.get("description") or "")})
    if as_json:
        print_json(rows)
    else:
        cells = [(r["name"], ", ".join(f"{k} {v}" for k, v in r["params"].items()), r["description"]) for r in rows]
        print_table(
            ("prefab", "parameters and defaults", "description"), [(a, b, _first_sentence(c)) for a, b, c in cells]
        )


def _show_materials(as_json: bool) -> None:
    from worldsim.scene.material import shipped_materials

    rows = [
        {
            "name": m.name,
            "density": m.density,
            "friction": m.friction,
            "restitution": m.restitution,
            "texture": m.texture,
        }
        for m in shipped_materials().values()
    ]
    if as_json:
        print_json(rows)
    else:
        columns = ("name", "density", "friction", "restitution", "texture")
        print_table(("material", "kg/m³", *columns[2:]), [tuple(_shown(row[key]) for key in columns) for row in rows])


def _plain(value: Any) -> Any:
    """Return marked data as plain JSON data."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _first_sentence(text: str) -> str:
    return text.strip().partition("\n")[0].partition(". ")[0].rstrip(".")
