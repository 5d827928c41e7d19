"""`worldsim renderer eval`: judge renderers on clips kept from training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldsim.cli.command import Command
from worldsim.cli.console import Progress, note, print_json, print_table
from worldsim.cli.options import Words, json_option

if TYPE_CHECKING:
    from worldsim.render.diffusion.network import RendererUNet
    from worldsim.training.evaluate.horizon import Horizon
    from worldsim.training.evaluate.judge import Findings

SPLITS = ("scene", "asset", "look", "train")
HELD_OUT = SPLITS[:3]  # as worldsim.training.evaluate.judge.HELD_OUT


class Steps(click.ParamType[tuple[int, ...]]):
    """Numbers of steps, "1,2,4"."""

    name = "LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return them, each once."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        if not parts or not all(part.isdecimal() and 1 <= int(part) <= 8 for part in parts):
            self.fail(f"{value!r} is no list of numbers from 1 to 8, such as 1,2,4", param, ctx)
        return tuple(dict.fromkeys(int(part) for part in parts))


@click.command(
    "eval",
    cls=Command,
    examples=(
        "worldsim renderer eval --data out/data --weights out/train --out out/eval",
        "worldsim renderer eval --data out/data --steps 1 --clips 12 --json",
        "worldsim renderer eval --data out/data --take long.take --frames 3000",
    ),
)
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Clips of `worldsim renderer data`.")
@click.option("--weights", default="small", show_default=True, help="A size that is shipped, a folder, or none.")
@click.option("--steps", type=Steps(), default="1,2,4", show_default=True, help="Of the learned renderer, each judged.")
@click.option("--split", "splits", type=Words(SPLITS), default=HELD_OUT, help=f"{', '.join(HELD_OUT)}, if left out.")
@click.option("--clips", type=click.IntRange(0), default=0, help="At most so many, evenly from all; all if left out.")
@click.option("--every", type=click.IntRange(1), default=3, show_default=True, help="FLIP, masks, phantoms: each n-th.")
@click.option(
    "--violations", type=click.IntRange(0), default=12, show_default=True, help="Clips to do wrong things to."
)
@click.option("--take", type=click.Path(path_type=Path), help="A long take to measure drift over.")
@click.option("--frames", type=click.IntRange(30), default=3000, show_default=True, help="Of that take.")
@click.option("--threads", type=click.IntRange(1, 256), help="Of the CPU; PyTorch's own choice if left out.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for eval.json and side-by-side sheets.")
@json_option
def evaluate(
    data: Path,
    weights: str,
    steps: tuple[int, ...],
    splits: tuple[str, ...],
    clips: int,
    every: int,
    violations: int,
    take: Path | None,
    frames: int,
    threads: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge the raster, the learned renderer and the traced reference on clips that no training saw.

    Prints what was measured, which bars are met, and what the measures say when wrong things are done on purpose.
    """
    from worldsim.record.interrupt import stop_request
    from worldsim.training.evaluate.judge import Findings, JudgeOptions, judge, subject_of
    from worldsim.training.evaluate.sheet import save_sheet
    from worldsim.training.evaluate.verdict import document

    network = _network(weights, threads)
    if out is not None:
        _make(out / "sheets")
    options = JudgeOptions(data, splits, steps if network is not None else (), clips, every, violations)
    sheets: list[Path] = []

    def sight(clip: Any, made: Any) -> None:
        if out is not None:
            sheets.append(save_sheet(clip, made, out / "sheets"))

    found = Findings()
    with stop_request() as stop, Progress("judging", 1, "clips") as progress:
        for now in judge(options, network, progress.update, sight):
            found = now
            if stop:
                break
    subjects = [subject_of(number) for number in options.steps]
    result = {"data": str(data), "weights": weights if network is not None else None, **document(found, subjects)}
    long = _drift(take, weights, frames, steps[0]) if take is not None and network is not None and not stop else None
    result["horizon"] = None if long is None else long.document()
    result["sheets"] = [str(path) for path in sheets]
    if out is not None:
        from worldsim.output import write_whole

        write_whole(out / "eval.json", json.dumps(result, indent=1, allow_nan=False).encode())
    if as_json:
        print_json(result)
    else:
        _tell(found, subjects, long)
        if out is not None:
            click.echo(f"\n{out / 'eval.json'}; {len(sheets)} sheets in {out / 'sheets'}")
    if stop:
        note(f"stopped by {stop.name}; the figures are of the clips judged so far")
        raise KeyboardInterrupt


def _make(folder: Path) -> None:
    """Make a folder.

    Raises:
        OutputError: it can't be made.
    """
    from worldsim.errors import OutputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be made: {error.strerror}; choose another place") from None


def _network(weights: str, threads: int | None) -> RendererUNet | None:
    """Return the learned renderer, or None for "none"."""
    import torch

    from worldsim.render.diffusion.weights import load_network

    if threads is not None:
        torch.set_num_threads(threads)
    return None if weights == "none" else load_network(weights)


def _drift(take: Path, weights: str, frames: int, steps: int) -> Horizon:
    from worldsim.render.diffusion.stream import DiffusionRenderer
    from worldsim.render.stage import Stage
    from worldsim.take import Take
    from worldsim.training.evaluate.horizon import film, horizon

    size = (384, 256)
    with Take.open(take) as opened, Progress("drifting", frames, "frames") as progress:
        with opened.world() as world:
            stage = Stage.of(world)
        renderer = DiffusionRenderer(stage, size, weights=weights, steps=steps)
        try:
            return horizon(film(opened, size, frames), renderer, tell=progress.update)
        finally:
            renderer.close()


def _tell(found: Findings, subjects: list[str], long: Horizon | None) -> None:
    """Print the tables."""
    from worldsim.training.evaluate.verdict import bars, table, unnoticed, violation_table

    told = ", ".join(f"{count} {split}" for split, count in sorted(found.clips.items()))
    click.echo(f"{sum(found.clips.values())} clips ({told}), {sum(found.frames.values())} frames\n")
    print_table(*table(found))
    for subject in subjects:
        click.echo(f"\nbars of {subject}")
        rows = [(bar.about, f"{bar.value:.3f}", bar.wanted, "yes" if bar.met else "NO") for bar in bars(found, subject)]
        print_table(("", "reached", "wanted", "met"), rows)
    if found.identical is not None:
        click.echo(f"\nplayed twice, the same bytes: {'yes' if found.identical else 'NO'}")
    if found.injected:
        click.echo("\nwrong things done to the reference: change of each measure (* noticed, ! should be and is not)")
        print_table(*violation_table(found))
        for violation, name in unnoticed(found):
            note(f"worldsim: {name} did not notice {violation!r}")
    if long is not None:
        click.echo(f"\ndrift over {long.frames} frames, change per 1000 frames")
        slopes = [each for each in long.document().values() if isinstance(each, dict)]
        lines = [
            (each["about"], f"{each['per_1000']:+.4f}", f"{each['ci95'][0]:+.4f} … {each['ci95'][1]:+.4f}")
            for each in slopes
        ]
        print_table(("", "slope", "95 %"), lines)
