"""`worldsim play`: open the window."""

from __future__ import annotations

from pathlib import Path

import click

from worldsim.cli.command import Command
from worldsim.cli.console import plain_warnings
from worldsim.cli.options import look_option, seed_option, size_option

SCENE = "dog_agility"
VIEWS = ("raster", "depth", "normals", "instances", "motion", "diffusion", "split")  # as worldsim.player.options.LAYERS


@click.command(
    cls=Command,
    examples=(
        "worldsim play dog_rampage",
        "worldsim play yard.yaml --seed 3 --record out.mp4",
        "worldsim play dog_agility --policy dog_agility",
        "worldsim play dog_agility --renderer split",
        "worldsim play tower --look 'misty autumn morning'",
    ),
)
@click.argument("scene", default=SCENE)
@click.option(
    "--renderer", type=click.Choice(VIEWS), default="raster", show_default=True, help="What the window shows."
)
@click.option("--policy", metavar="NAME", help="What drives instead of you: see `worldsim policy list`.")
@size_option((960, 540))
@seed_option
@look_option
@click.option("--weights", default="small", show_default=True, metavar="NAME|DIR", help="Of the diffusion renderer.")
@click.option(
    "--steps", type=click.IntRange(1, 8), default=1, show_default=True, help="Of the diffusion renderer, a picture."
)
@click.option("--no-sound", is_flag=True, help="Play silently.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record from the start to this .mp4.")
def play(
    scene: str,
    renderer: str,
    policy: str | None,
    size: tuple[int, int],
    seed: int,
    look_text: str | None,
    weights: str,
    steps: int,
    no_sound: bool,
    record: Path | None,
) -> None:
    """Open a window on SCENE: drive, pull things, throw balls, pause, step back, save, record.

    SCENE is a shipped name or the path of a file, dog_agility if left out. F1 shows the keys. A scene file that is
    edited while it is played reloads by itself.
    """
    from worldsim.player.app import play as open_window
    from worldsim.player.options import PlayOptions

    with plain_warnings():
        options = PlayOptions(
            scene,
            renderer,
            policy,
            size,
            seed,
            record,
            look=look_text,
            sound=not no_sound,
            weights=weights,
            steps=steps,
        )
        result = open_window(options)
    click.echo(
        f"played {result.simulated:.1f} s at {result.fps:.0f} frames/s, {result.real_time_factor:.2f} x real time"
        + (f"; outcome: {result.outcome}" if result.outcome else "")
    )
    for path in result.saved:
        click.echo(str(path))
