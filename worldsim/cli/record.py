"""`worldsim record`: let a scene happen and film it."""

from __future__ import annotations

from pathlib import Path

import click

from worldsim.cli.command import Command
from worldsim.cli.console import plain_warnings, print_json
from worldsim.cli.film import Watch, film_options, finish, parse_look, shot_of
from worldsim.cli.options import json_option, seed_option

SECONDS = 10.0


@click.command(
    cls=Command,
    examples=(
        "worldsim record dominoes -o dominoes.mp4 --seconds 6",
        "worldsim record dog_agility -o agility.mp4 --policy dog_agility --layers depth,motion",
        "worldsim record --recover agility.mp4.part",
    ),
)
@click.argument("scene", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="A .mp4, .gif or .png to write.")
@click.option("--policy", metavar="NAME", help="What drives the actors: see `worldsim policy list`.")
@click.option(
    "--seconds", type=click.FloatRange(0, 86_400, min_open=True), help=f"Simulated time; {SECONDS:g} if left out."
)
@click.option("--until-outcome", is_flag=True, help="End when an outcome with `ends: true` holds.")
@seed_option
@film_options
@click.option("--no-take", is_flag=True, help="Write no take beside the video.")
@click.option(
    "--recover",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Finish a FILE.part that a crash left; no scene then.",
)
@json_option
def record(
    scene: str | None,
    output: Path | None,
    policy: str | None,
    seconds: float | None,
    until_outcome: bool,
    seed: int,
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
    no_take: bool,
    recover: Path | None,
    as_json: bool,
) -> None:
    """Let a SCENE happen and film it; a take that `worldsim render` films again is written beside the video.

    SCENE is a shipped name or the path of a file. Ctrl-C ends the recording and keeps what was filmed.
    """
    if recover is not None:
        _recover(recover, as_json)
        return
    if scene is None:
        raise click.UsageError("Missing argument 'SCENE': a name of `worldsim scene list`, or a file.", _context())
    if output is None:
        raise click.UsageError("Missing option '-o': the file to write, such as clip.mp4.", _context())
    from worldsim.output import check_place
    from worldsim.policy import fitted
    from worldsim.record.recorder import record as film
    from worldsim.scene.load import load_scene

    check_place(output)
    found = fitted(load_scene(scene), policy)
    with plain_warnings(), Watch() as watch:
        shot = shot_of(
            renderer,
            quality,
            camera,
            parse_look(look_text, found.look),
            size,
            fps,
            layers,
            no_sound,
            weights,
            options,
            steps,
            optics,
        )
        result = film(
            found,
            output,
            seconds=SECONDS if seconds is None else seconds,
            policy=policy,
            seed=seed,
            shot=shot,
            take=not no_take,
            until_outcome=until_outcome,
            progress=watch.report,
        )
    finish(result, as_json)


def _recover(part: Path, as_json: bool) -> None:
    from worldsim.record.remux import recover

    saved = recover(part)
    if as_json:
        print_json({"file": str(saved.path), "frames": saved.frames, "seconds": saved.seconds})
    else:
        click.echo(f"{saved.path}: {saved.frames} frames, {saved.seconds:.2f} s")


def _context() -> click.Context:
    return click.get_current_context()
