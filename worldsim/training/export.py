"""From a run to weights that can be shipped: the network, what it was made from, what it reaches, and a card."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from worldsim.output import write_whole
from worldsim.render.diffusion.network import RendererUNet
from worldsim.render.diffusion.weights import CARD, NETWORK_FILES, TRAINING, find_weights
from worldsim.training.config import TrainConfig
from worldsim.training.dataset import ClipSet
from worldsim.training.sheet import Score, mean_score, play, score

EVERY = 2
"""SSIM and FLIP are taken of every so many frames."""
INHERITED = (
    "worldsim",
    "steps",
    "crops",
    "minutes",
    "clips",
    "frames",
    "frames_with_init",
    "commits",
    "config",
    "init",
)
"""What a record tells of the weights that the run began with."""
JUDGED = 48
"""Clips that are judged, at most: chosen evenly from those kept from training."""


@dataclass(frozen=True)
class Judgement:
    """What a network reaches on clips kept from training.

    Attributes:
        clips: how many. rows: (what, score) pairs: "all" and each split, by raster, by one step, and the reference
            itself, whose warp error is what noise and motion leave.
    """

    clips: int
    rows: tuple[tuple[str, str, Score], ...]

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"clips": self.clips, "scores": [{"split": s, "by": b} | asdict(score) for s, b, score in self.rows]}


def judge(network: RendererUNet, data: Path, steps: tuple[int, ...] = (1,), most: int = JUDGED) -> Judgement | None:
    """Return what a network reaches on clips kept from training, or None where there are none."""
    from worldsim.training.clip import Clip
    from worldsim.training.dataset import Loaded

    paths = ClipSet(data, "held-out").paths
    chosen = [paths[k] for k in np.unique(np.linspace(0, len(paths) - 1, min(most, len(paths))).astype(int))]
    found: dict[tuple[str, str], list[Score]] = {}
    for path in chosen:
        item = Loaded.of(Clip.load(path))
        made = {"raster": item.clip.raster} | {f"{n} step{'s' * (n > 1)}": play(network, item, n) for n in steps}
        for by, pictures in (made | {"reference": item.clip.reference}).items():
            result = score(pictures, item.clip, EVERY)
            for split in ("all", item.clip.info.split):
                found.setdefault((split, by), []).append(result)
    if not found:
        return None
    ordered = sorted(found.items(), key=lambda item: (item[0][0] != "all", item[0][0]))
    return Judgement(len(chosen), tuple((split, by, mean_score(scores)) for (split, by), scores in ordered))


def export(
    network: RendererUNet, config: TrainConfig, step: int, seconds: float, folder: Path, judgement: Judgement | None
) -> None:
    """Write the weights of a run into a folder, as `RendererUNet.from_pretrained` reads them, with a card.

    Raises:
        OutputError: the disk is full, or the folder can't be written to.
    """
    import worldsim

    data = ClipSet(Path(config.data), "train")
    before = _record(config.init) if config.init else {}
    worlds, seen = data.worlds(), before.get("worlds", {})
    others = sum(max(0, frames - int(seen.get(world, 0))) for world, frames in worlds.items())
    record = {
        "worldsim": worldsim.__version__,
        "size": config.size,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "steps": step,
        "crops": step * config.batch,
        "minutes": round(seconds / 60, 1),
        "clips": len(data.paths),
        "frames": data.frames,
        "frames_with_init": others + int(before.get("frames_with_init", before.get("frames", 0))),
        "commits": dict(Counter(_commits(Path(config.data)))),
        "config": config.document()
        | {"data": Path(config.data).name, "out": Path(config.out).name}
        | {"init": Path(config.init).name},
        "held_out": judgement.document() if judgement is not None else None,
        "init": {name: before[name] for name in INHERITED if name in before},
        "worlds": {world: max(worlds.get(world, 0), seen.get(world, 0)) for world in sorted({*worlds, *seen})},
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        network.save_pretrained(temporary, safe_serialization=True)
        for name in NETWORK_FILES:
            write_whole(folder / name, (Path(temporary) / name).read_bytes())
    write_whole(folder / TRAINING, (json.dumps(record, indent=1) + "\n").encode())
    write_whole(folder / CARD, card(record, judgement).encode())


def _record(weights: str) -> dict[str, Any]:
    """Return what weights that a run began with were made from, as far as they tell."""
    try:
        found: dict[str, Any] = json.loads((find_weights(weights) / TRAINING).read_text())
        return found
    except (OSError, ValueError):
        return {}


def _commits(data: Path) -> list[str]:
    """Return the commit that made each clip, as far as the manifest tells."""
    try:
        clips = json.loads((data / "manifest.json").read_text())["clips"]
        return [str(clip.get("commit") or "unknown") for clip in clips]
    except (OSError, ValueError, KeyError):
        return []


def _begun(record: dict[str, Any]) -> list[str]:
    """Return what the card says of the weights that the run began with."""
    init = record["init"]
    if not record["config"]["init"]:
        return []
    told = f"of {init['steps']} steps on {init.get('frames_with_init', init['frames'])} frames" if init else "untold"
    return [
        f"It began with weights {told} (`{TRAINING}` has their own record): {record['frames_with_init']} frames in all,"
        " each counted once."
    ]


def card(record: dict[str, Any], judgement: Judgement | None) -> str:
    """Return the card of weights: what they are, from what and how they were made, what they reach."""
    config = record["config"]
    lines = [
        f"# Diffusion renderer, {record['size']}",
        "",
        f"{record['parameters'] / 1e6:.2f} M parameters, safetensors, MIT licence like the rest of worldsim.",
        f"Made by worldsim {record['worldsim']} from {record['frames']} path-traced frames ({record['clips']} clips)",
        "that worldsim itself generated: no picture of anybody else's is in them.",
        "",
        "```",
        f"worldsim renderer data --out {config['data']}",
        f"worldsim renderer train --data {config['data']} --out {config['out']} --size {record['size']}"
        f" --steps {config['steps']} --batch {config['batch']} --crop {config['crop']} --seed {config['seed']}"
        f" --rate {config['learning_rate']:g}" + (f" --init {config['init']}" if config["init"] else ""),
        "```",
        "",
        f"{record['steps']} steps, {record['crops']} crops of {config['crop']}×{config['crop']}, "
        f"{record['minutes']:.0f} minutes of training.",
        *_begun(record),
        "",
    ]
    if judgement is None:
        return "\n".join([*lines, "It has not been judged: there were no clips kept from training.", ""])
    lines += [
        f"Judged on {judgement.clips} clips kept from training, against the path-traced reference:",
        "",
        "| kept out by | picture | PSNR dB | SSIM | FLIP | warp error | frames |",
        "|---|---|---|---|---|---|---|",
    ]
    for split, by, item in judgement.rows:
        exact = by == "reference"
        cells = ["–"] * 3 if exact else [f"{item.psnr:.2f}", f"{item.ssim:.4f}", f"{item.flip:.4f}"]
        lines.append(f"| {split} | {by} | {' | '.join(cells)} | {item.warp:.5f} | {item.frames} |")
    return "\n".join([*lines, ""])
