"""`worldsim renderer train`: teach the diffusion renderer from clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldsim.cli.command import Command
from worldsim.cli.console import Progress, note, print_json
from worldsim.cli.options import json_option, seed_option

if TYPE_CHECKING:
    from worldsim.training.config import TrainConfig
    from worldsim.training.loop import Report

SIZES = ("small", "base", "large")  # as worldsim.render.diffusion.network.SIZES, without that for tests

TAUGHT = 0.8
"""Share of the lessons in which `--history` gives a past."""


@click.command(
    "train",
    cls=Command,
    examples=(
        "worldsim renderer train --data out/data --out out/train --minutes 60",
        "worldsim renderer train --data out/data --out out/train --resume",
        "worldsim renderer train --data out/data --out out/train --resume --minutes 0",
    ),
)
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Clips of `worldsim renderer data`.")
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--size", type=click.Choice(SIZES), default="small", show_default=True, help="Of the network.")
@click.option("--init", help="Weights to begin with: a size that ships, or a folder; untrained if left out.")
@click.option("--history/--no-history", default=None, help="Teach it to use its own past as well; not if left out.")
@click.option("--steps", type=click.IntRange(1), help="Optimiser steps of the whole run; 40000 if left out.")
@click.option("--minutes", type=click.FloatRange(0), help="Stop after this time; with 0 only export what there is.")
@click.option("--batch", type=click.IntRange(1, 4096), help="Crops a step, on each device; 8 if left out.")
@click.option(
    "--crop", type=click.IntRange(32, 4096), help="Side of a crop in pixels, a multiple of 16; 128 if left out."
)
@click.option("--rate", type=click.FloatRange(1e-7, 1e-1), help="Of learning, at its height; 0.0005 if left out.")
@click.option("--threads", type=click.IntRange(1, 256), help="Of the CPU; 1 if left out.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Where to train; graphics cards if there are any."
)
@click.option("--judge/--no-judge", default=True, help="Score the weights on clips kept from training at the end.")
@seed_option
@json_option
def train(
    data: Path,
    folder: Path,
    size: str,
    init: str | None,
    history: bool | None,
    steps: int | None,
    minutes: float | None,
    batch: int | None,
    crop: int | None,
    rate: float | None,
    threads: int | None,
    resume: bool,
    device: str | None,
    judge: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Teach the diffusion renderer from clips of traced pictures.

    It can be stopped at any moment with Ctrl-C and resumed. At the end the weights are written to OUT/weights/SIZE;
    films with them: --renderer diffusion --weights OUT.
    """
    from worldsim.record.interrupt import stop_request
    from worldsim.training.config import TrainConfig
    from worldsim.training.loop import Trainer

    given: dict[str, Any] = {"steps": steps, "batch": batch, "crop": crop, "threads": threads, "accelerator": device}
    given |= {"init": init, "learning_rate": rate, "past": None if history is None else TAUGHT * history}
    changed = {name: value for name, value in given.items() if value is not None}
    changed |= {"data": str(data), "out": str(folder), "minutes": minutes}
    path = folder / "config.json"
    config = (
        replace(TrainConfig.read(path), **changed)
        if resume and path.is_file()
        else TrainConfig(**changed, size=size, seed=seed)
    )
    trainer = Trainer(config, resume)
    begun = trainer.state.step
    with stop_request() as stop, Progress("training", config.steps - begun, "steps") as progress:

        def watch(report: Report) -> None:
            progress.update(report.step - begun)

        trainer.run(watch, lambda: bool(stop))
    if stop:
        note(f"stopped by {stop.name}; go on with --resume")
    _finish(trainer, config, judge and not stop, as_json)
    if stop:
        raise KeyboardInterrupt


def _finish(trainer: Any, config: TrainConfig, judged: bool, as_json: bool) -> None:
    """Export the weights and say so."""
    from worldsim.training.export import export
    from worldsim.training.export import judge as scored

    state, network = trainer.state, trainer.mean_network()
    if not trainer.machine.main:
        return
    found = scored(network, Path(config.data)) if judged else None
    where = trainer.folder / "weights" / config.size
    export(network, config, state.step, state.seconds, where, found)
    if as_json:
        print_json(
            {
                "weights": str(where),
                "step": state.step,
                "steps": config.steps,
                "minutes": state.seconds / 60,
                "frames": trainer.clips.frames,
                "held_out": found.document() if found is not None else None,
            }
        )
        return
    click.echo(f"{where}: weights after {state.step} of {config.steps} steps on {trainer.clips.frames} frames")
    for split, by, score in found.rows if found is not None else ():
        if by != "reference":
            figures = f"PSNR {score.psnr:.2f} dB, SSIM {score.ssim:.4f}, FLIP {score.flip:.4f}"
            click.echo(f"  kept out by {split}, {by}: {figures}, warp error {score.warp:.5f}")
