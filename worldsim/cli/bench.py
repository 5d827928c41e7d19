"""`worldsim bench`: every figure beside its floor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldsim.cli.command import Command
from worldsim.cli.console import note, plain_warnings, print_json

if TYPE_CHECKING:
    from worldsim.benchmarks.measure import Result


@click.command(cls=Command, examples=("worldsim bench stepping gbuffer", "worldsim bench --json figures.json"))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--json",
    "json_file",
    metavar="[FILE]",
    is_flag=False,
    flag_value="-",
    type=click.Path(path_type=Path),
    help="Write one JSON document to FILE; to stdout, and nothing else, without one or for -.",
)
@click.option("--list", "only_list", is_flag=True, help="List the names and what each measures.")
def bench(names: tuple[str, ...], json_file: Path | None, only_list: bool) -> None:
    """Measure worldsim on this machine, each figure beside its floor.

    NAME picks what to measure; all of it without one, which takes some minutes. Figures are rates or shares: bigger is
    better. A floor is measured in the same run, in turns, so the ratio means something on a busy machine too.
    """
    from worldsim.benchmarks import SUBJECTS, subject
    from worldsim.benchmarks.measure import THREADS, machine
    from worldsim.errors import UnknownNameError
    from worldsim.output import check_place

    if only_list:
        for name, about in SUBJECTS.items():
            click.echo(f"{name:10} {about}")
        return
    if json_file is not None and str(json_file) in SUBJECTS:  # `bench --json sound`: what to measure, not a file
        names, json_file = (str(json_file), *names), Path("-")
    to_stdout = json_file is not None and str(json_file) == "-"
    if json_file is not None and not to_stdout:
        check_place(json_file)
    for name in names:
        if name not in SUBJECTS:
            raise UnknownNameError("benchmark", name, SUBJECTS)
    os.environ.update(THREADS)
    where = machine()
    say = note if to_stdout else click.echo
    say(where)
    say(f"{'':26} {'value':>10} {'floor':>10} {'ratio':>7}  unit")
    results: list[Result] = []
    with plain_warnings():
        for name in names or SUBJECTS:
            for result in subject(name)():
                results.append(result)
                figures = f"{result.value:>10.4g} {result.floor:>10.4g} {result.ratio:>7.2f}"
                say(f"{result.name:26} {figures}  {result.unit:9} {result.note}")
    document = {"machine": where, "results": [result.document() for result in results]}
    if to_stdout:
        print_json(document)
    elif json_file is not None:
        import json

        json_file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
