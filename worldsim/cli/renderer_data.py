"""`worldsim renderer data`: clips to train the diffusion renderer with, and to judge it by."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import click

from worldsim.cli.command import Command
from worldsim.cli.console import Progress, note, plain_warnings, print_json, print_table
from worldsim.cli.options import json_option, seed_option


class Part(click.ParamType[tuple[int, int]]):
    """Which of several processes this is, "2/4"."""

    name = "K/N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return (k − 1, n)."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", str(value))
        if not match or not 1 <= int(match[1]) <= int(match[2]):
            self.fail(f"{value!r} is no part; expected K/N with K from 1 to N, such as 1/4", param, ctx)
        return int(match[1]) - 1, int(match[2])


@click.command(
    "data",
    cls=Command,
    examples=(
        "worldsim renderer data --out out/data --jobs 300",
        "worldsim renderer data --out out/data --jobs 300 --part 1/4",
        "worldsim renderer data --out out/data --redraw",
        "worldsim renderer data --out out/data --unpack docs/data/traced --kept",
        "worldsim renderer data --out out/data --pack out/shards",
        "worldsim renderer data --out out/data --list",
    ),
)
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="Folder of the clips.")
@click.option(
    "--jobs", type=click.IntRange(1, 1_000_000), default=300, show_default=True, help="Worlds to film of each group."
)
@click.option(
    "--samples", type=click.IntRange(1, 4096), default=8, show_default=True, help="Paths a pixel; kept clips get twice."
)
@click.option(
    "--group",
    type=click.Choice(["all", "props", "dogs", "lights", "stills", "skies", "gardens"]),
    default="all",
    show_default=True,
    help="What is filmed.",
)
@click.option(
    "--kept/--train",
    default=None,
    help="Only what is kept for judging, or only what is to train with; both if left out.",
)
@click.option("--part", type=Part(), default="1/1", show_default=True, help="Every N-th job, for several processes.")
@click.option("--redraw", is_flag=True, help="Draw the raster's pictures of the clips that are there again.")
@click.option("--pack", type=click.Path(path_type=Path), help="Write what was traced into small shards in this folder.")
@click.option("--unpack", type=click.Path(path_type=Path), help="Take what was traced from shards; nothing is traced.")
@click.option("--list", "listing", is_flag=True, help="Only tell what the folder holds.")
@seed_option
@json_option
def data(
    folder: Path,
    jobs: int,
    samples: int,
    group: str,
    kept: bool | None,
    part: tuple[int, int],
    redraw: bool,
    pack: Path | None,
    unpack: Path | None,
    listing: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Film clips of traced pictures with all that the simulator knows of them.

    Needs `make reference`. What is in the folder already is left alone: run it again to go on after Ctrl-C or a crash.
    A job takes about 20 s on one core; several processes may fill one folder (--part). After a change of the raster
    --redraw brings the clips up to date, a second each: the traced pictures stay. --pack keeps what is dear of clips in
    a thirtieth of the room, and --unpack makes clips of that again, on any machine, without the path tracer.
    """
    from worldsim.render.pathtrace.process import reference_python
    from worldsim.training.data import DataOptions, make_data
    from worldsim.training.manifest import Manifest
    from worldsim.training.plan import GROUPS

    with plain_warnings():
        if listing:
            manifest = Manifest.load(folder)
        elif redraw:
            manifest = _redraw(folder, seed, samples, part)
        elif pack is not None:
            manifest = _pack(folder, pack)
        elif unpack is not None:
            manifest = _unpack(unpack, folder, seed, kept)
        else:
            reference_python()
            options = DataOptions(
                folder, jobs, seed, samples, tuple(name for name in GROUPS if group in ("all", name)), kept, *part,
                _commit(),
            )  # fmt: skip
            with Progress("filming", 0, "jobs") as bar:
                manifest = make_data(options, lambda made: bar.update(made.done, made.total))
    rows = _rows(manifest)
    if as_json:
        print_json({"folder": str(folder), "clips": len(manifest.entries), "frames": manifest.frames(), "splits": rows})
        return
    print_table(
        ("split", "clips", "frames", "scenes"),
        [(str(r["split"]), str(r["clips"]), str(r["frames"]), str(r["scenes"])) for r in rows],
    )
    note(f"{manifest.frames()} frames in {folder}")


def _redraw(folder: Path, seed: int, samples: int, part: tuple[int, int]) -> Any:
    """Draw the raster's pictures again and return the manifest."""
    from worldsim.training.manifest import Manifest
    from worldsim.training.redraw import redraw

    manifest = Manifest.load(folder)
    paths = manifest.of("train", "scene", "asset", "look")[part[0] :: part[1]]
    with Progress("drawing", 0, "clips") as bar:
        left = redraw(paths, seed, samples, bar.update)
    if left:
        note(
            f"{len(left)} of {len(paths)} were left as they were, since their worlds are not the same in this version "
            f"or with seed {seed}: {', '.join(path.stem for path in left[:5])}{' …' * (len(left) > 5)}"
        )
    return manifest


def _pack(folder: Path, archive: Path) -> Any:
    """Pack a folder's clips and return its manifest."""
    from worldsim.training.archive import pack
    from worldsim.training.manifest import Manifest

    manifest = Manifest.load(folder)
    with Progress("packing", 0, "clips") as bar:
        size = pack(manifest.of("train", "scene", "asset", "look"), archive, bar.update)
    note(f"{archive}: {size / 1e6:.1f} MB")
    return manifest


def _unpack(archive: Path, folder: Path, seed: int, kept: bool | None) -> Any:
    """Draw the clips of an archive and return the manifest."""
    from worldsim.training.archive import unpack

    with Progress("drawing", 0, "shards") as bar:
        manifest, left = unpack(archive, folder, seed, kept, bar.update)
    if left:
        names = ", ".join(left[:5])
        note(f"{len(left)} were left out, since their worlds have other parts or shapes in this version: {names}")
    return manifest


def _rows(manifest: Any) -> list[dict[str, Any]]:
    """Return a row for each split."""
    clips = Counter(entry.info.split for entry in manifest.entries)
    scenes = {
        split: len({(e.info.scene, e.info.scene_seed) for e in manifest.entries if e.info.split == split})
        for split in clips
    }
    return [
        {"split": split, "clips": clips[split], "frames": manifest.frames(split), "scenes": scenes[split]}
        for split in ("train", "scene", "asset", "look")
        if split in clips
    ]


def _commit() -> str:
    """Return the checkout's commit, "" outside one."""
    import subprocess

    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()
