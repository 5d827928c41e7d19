"""`worldsim render`: film a take again."""

from __future__ import annotations

from pathlib import Path

import click

from worldsim.cli.command import Command
from worldsim.cli.console import plain_warnings
from worldsim.cli.film import Watch, film_options, finish, parse_look, shot_of
from worldsim.cli.options import json_option


@click.command(
    cls=Command,
    examples=(
        "worldsim render clip.take -o side.mp4 --camera side",
        "worldsim render clip.take -o dawn.mp4 --look 06:10,haze=0.6 --from 1 --to 4",
    ),
)
@click.argument("take", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .mp4, .gif or .png to write.",
)
@film_options
@click.option("--from", "start", type=click.FloatRange(min=0), default=0.0, metavar="S", help="Begin here, in seconds.")
@click.option("--to", "end", type=click.FloatRange(min=0), metavar="S", help="End here, in seconds.")
@json_option
def render(
    take: Path,
    output: Path,
    start: float,
    end: float | None,
    renderer: str,
    quality: str,
    camera: str | None,
    look_text: str | None,
    optics: str | None,
    size: tuple[int, int],
    fps: int | None,
    layers: tuple[str, ...],
    no_sound: bool,
    weights: str | None,
    options: tuple[str, ...],
    steps: int | None,
    as_json: bool,
) -> None:
    """Film a TAKE again with another camera, look or size. Nothing is simulated: what happened stays what it was."""
    from worldsim.record.recorder import render_take
    from worldsim.take import Take

    with plain_warnings(), Take.open(take) as opened, Watch() as watch:
        look = parse_look(look_text, opened.scene.look)
        shot = shot_of(renderer, quality, camera, look, size, fps, layers, no_sound, weights, options, steps, optics)
        result = render_take(opened, output, start=start, end=end, shot=shot, progress=watch.report)
    finish(result, as_json)
