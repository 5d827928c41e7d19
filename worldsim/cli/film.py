"""What `record` and `render` share: how to film, and what they say at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from worldsim.cli.console import Progress, note, print_json
from worldsim.cli.options import Words, look_option, size_option
from worldsim.render import CLIP_RENDERERS, RENDERERS

if TYPE_CHECKING:
    from worldsim.record.recorder import Shot
    from worldsim.record.result import Progress as Filmed
    from worldsim.record.result import RecordResult
    from worldsim.scene.look import Look

F = TypeVar("F", bound=Callable[..., Any])

LAYERS = ("depth", "normals", "instances", "classes", "motion")  # as worldsim.record.layers.LAYERS
QUALITIES = ("fast", "good", "film")  # as worldsim.render.raster.renderer.QUALITIES
SIZE = (960, 540)


def film_options(function: F) -> F:
    """Add the options that say how to film."""
    for add in (
        click.option(
            "--option",
            "options",
            multiple=True,
            metavar="KEY=VALUE",
            help="Of diffusion or a pretrained renderer, such as seed=3; see docs/diffusion.md and docs/pretrained.md. "
            "Can be repeated.",
        ),
        click.option("--steps", type=click.IntRange(1), help="How often diffusion or a pretrained renderer refines."),
        click.option(
            "--weights", metavar="FOLDER", help="Where the weights of diffusion or of a pretrained renderer lie."
        ),
        click.option("--no-sound", is_flag=True, help="Leave the sound track out of the video."),
        click.option("--layers", type=Words(LAYERS), default=(), help=f"Truth beside the video: {', '.join(LAYERS)}."),
        click.option(
            "--fps", type=click.IntRange(1, 240), help="Frames a second; the scene's own frame rate if left out."
        ),
        size_option(SIZE),
        click.option(
            "--optics",
            metavar="WORDS",
            help="Film through a lens instead of a pinhole: cinema, portrait, broadcast, phone, super8, or "
            "cinema,aperture=1.2,focus=ball; see docs/rendering.md.",
        ),
        look_option,
        click.option("--camera", metavar="NAME", help="A camera of the scene; its first if left out."),
        click.option(
            "--quality", type=click.Choice(QUALITIES), default="good", show_default=True, help="Of the pictures."
        ),
        click.option(
            "--renderer",
            type=click.Choice((*RENDERERS, *CLIP_RENDERERS)),
            default="raster",
            show_default=True,
            help="What draws; see `worldsim renderer list`.",
        ),
    ):
        function = add(function)
    return function


def shot_of(
    renderer: str,
    quality: str,
    camera: str | None,
    look: Look | None,
    size: tuple[int, int],
    fps: int | None,
    layers: tuple[str, ...],
    no_sound: bool = False,
    weights: str | None = None,
    options: tuple[str, ...] = (),
    steps: int | None = None,
    optics: str | None = None,
) -> Shot:
    """Return how to film, from the options.

    Raises:
        OptionError: weights, steps or options are given to a renderer that has no use for them, or can't be; so can
            optics. UnknownNameError: no such optics.
        PretrainedError: the same of a pretrained renderer.
    """
    from worldsim.record.recorder import Shot
    from worldsim.render.optics import read_optics
    from worldsim.sound import SoundStream

    own: dict[str, Any] = {"quality": quality}
    words = _words(weights, options, steps)
    if renderer in CLIP_RENDERERS:
        from worldsim.render.pretrained.options import read_options as read_pretrained

        own["pretrained"] = read_pretrained(words)
    elif renderer == "diffusion":
        from worldsim.render.diffusion.options import read_options

        own |= read_options(words).keywords()
    elif words:
        from worldsim.errors import OptionError

        given = "--weights" if weights is not None else "--steps" if steps is not None else "--option"
        others = ", ".join(("diffusion", *CLIP_RENDERERS))
        raise OptionError(f"{renderer} has no use for {given}; those that have are: {others}")
    sound = None if no_sound else partial(SoundStream.of, look=look)
    lens = read_optics(optics) if optics else None
    return Shot(renderer, own, camera, look, size, fps, layers, sound, optics=lens)


def _words(weights: str | None, options: tuple[str, ...], steps: int | None) -> dict[str, str]:
    """Return --weights, --steps and every --option as words by key."""
    from worldsim.errors import OptionError

    words: dict[str, str] = {} if weights is None else {"weights": weights}
    if steps is not None:
        words["steps"] = str(steps)
    for text in options:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise OptionError(f"--option {text!r} is no KEY=VALUE, such as steps=20")
        words[key.strip()] = value
    return words


def parse_look(text: str | None, base: Look) -> Look | None:
    """Return a scene's look with what --look says put over it, or None where it says nothing; see `read_look`.

    Words without a meaning are told in one line.

    Raises:
        SceneError: nothing in it has a meaning, or a value can't be.
    """
    from worldsim.scene.look_text import not_understood, read_look

    if not text:
        return None
    look, unknown = read_look(text, base)
    if unknown:
        note(f"worldsim: {not_understood(unknown)}")
    return look


class Watch:
    """Shows a recording's progress; a context manager whose `report` the recorder calls."""

    def __init__(self) -> None:
        """Nothing is shown before the first report."""
        self._progress = Progress("filming", 1, "frames")

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *error: Any) -> None:
        self._progress.__exit__(*error)

    def report(self, filmed: Filmed) -> None:
        """Show how far it is."""
        self._progress.update(filmed.done, filmed.total)


def finish(result: RecordResult, as_json: bool) -> None:
    """Say what was written; raise KeyboardInterrupt where Ctrl-C cut it short."""
    if as_json:
        print_json(result.as_json())
    else:
        width, height = result.size
        length = f"{result.seconds:.2f} s at {result.fps} frames a second"
        click.echo(f"{result.video}: {result.frames} frames of {width}x{height}, {length}")
        if result.layers is not None:
            click.echo(f"{result.layers}: layers")
        if result.take is not None:
            click.echo(f"{result.take}: take, to render again: worldsim render {result.take} -o FILE")
        if result.outcome is not None:
            click.echo(f"outcome: {result.outcome}")
    if result.interrupted is not None:
        note(f"stopped by {result.interrupted}; what was filmed is kept")
        raise KeyboardInterrupt
