"""What the choices of the diffusion renderer are worth: short trainings that differ in one thing each.

python docs/tools/renderer_ablations.py DATA OUT [NAME …] [--steps 2500]

Every training is of the same number of steps on the same clips from an untrained network; a run that is there already
is only judged again. Judged are the first frames of all clips kept from training. OUT/ablations.json has the figures;
the table is printed. It knows nothing of how long a longer training would take to change the order.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from worldsim.render.diffusion import channels as at
from worldsim.render.diffusion.conditions import coded, known_of, pixels_of, unit
from worldsim.render.diffusion.network import SIZES, RendererUNet, make_network
from worldsim.render.diffusion.scheduler import BridgeScheduler
from worldsim.training.clip import Clip
from worldsim.training.config import TrainConfig
from worldsim.training.dataset import ClipSet, Loaded, window
from worldsim.training.loop import Trainer
from worldsim.training.sheet import Score, mean_score, score

FRAMES = 3
"""Frames of each clip that are judged."""
WIDTHS = {"half": (16, 32, 48, 80), "wider": (48, 96, 144, 240)}
"""Networks beside `small`, whose widths are 32, 64, 96, 160."""
Remake = Callable[[Loaded], Loaded]


class FromNoise(BridgeScheduler):
    """The straight way from unit noise to footage; the raster is a condition only."""

    def add_noise(self, start: Tensor, end: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the pictures (N, …) between noise and `end` at `times` (N,)."""
        return torch.lerp(noise, end, times.reshape(-1, *(1,) * (start.ndim - 1)).to(start.dtype))


@dataclass(frozen=True)
class Variant:
    """One training.

    Attributes:
        about: for the table. size: of the network. noisy: starts at noise.
        remake: changes what a clip says. share: of how many worlds one is learned from.
        straight: how often a lesson stands at the start. rate: of learning, at its height; from noise it must be lower.
        steps: with which footage is made.
    """

    about: str
    size: str = "small"
    noisy: bool = False
    remake: Remake = lambda item: item
    share: int = 1
    straight: float = 0.75
    rate: float = 5e-4
    steps: tuple[int, ...] = (1,)


def still(item: Loaded) -> Loaded:
    """Return a clip without noise on its surfaces."""
    return replace(item, noise=np.zeros_like(item.noise))


def flickering(item: Loaded) -> Loaded:
    """Return a clip whose noise is another in every frame and sticks to nothing."""
    count, height, width = item.noise.shape
    drawn = np.random.default_rng(0).standard_normal((count, height // 2, width // 2)).astype(np.float16)
    return replace(item, noise=drawn.repeat(2, 1).repeat(2, 2))


VARIANTS = {
    "raster": Variant("as shipped: from the raster, noise on surfaces, 2.2 M parameters", steps=(1, 2, 4, 8)),
    "noise": Variant("from noise; the raster is told", noisy=True, straight=0.25, rate=1e-4, steps=(1, 2, 4, 8)),
    "plain": Variant("no noise on surfaces", remake=still),
    "flicker": Variant("other noise in every frame", remake=flickering),
    "half": Variant("half as wide, 0.55 M", size="half"),
    "wider": Variant("1.5 times as wide, 4.9 M", size="wider"),
    "worlds2": Variant("every second world", share=2),
    "worlds4": Variant("every fourth world", share=4),
}


class Fewer(ClipSet):
    """Clips of every `share`-th world, changed by `remake`."""

    def __init__(self, folder: Path, share: int, remake: Remake) -> None:
        """Look for clips."""
        self._remake = remake
        super().__init__(folder, "train")
        self.paths = [path for path in self.paths if int(path.stem.split("-")[1]) // 2 % share == 0]
        self.frames = sum(self._seen[path] for path in self.paths)

    def load(self, path: Path) -> Loaded:
        """Return a clip, from memory where it is still there."""
        new = path not in self._held
        item = super().load(path)
        if new:
            item = self._held[path] = self._remake(item)
        return item

    def refresh(self) -> int:
        """Look once only: all trainings learn from the same clips."""
        return len(self.paths) if self.paths else super().refresh()


def trained(variant: Variant, data: Path, out: Path, steps: int) -> Trainer:
    """Return a finished training."""
    config = TrainConfig(
        str(data), str(out), size=variant.size, steps=steps, batch=4, straight=variant.straight,
        learning_rate=variant.rate, save_every=500, sheet_every=10**9, look_every=10**9,
    )  # fmt: skip
    trainer = Trainer(config, (out / "checkpoint.safetensors").is_file())
    trainer.clips = Fewer(data, variant.share, variant.remake)
    if variant.noisy:
        trainer._scheduler = FromNoise()
    trainer.run(lambda report: print(f"  step {report.step}: {report.terms.get('gain', 0):.2f} dB", end="\r"))
    return trainer


@torch.inference_mode()
def played(network: RendererUNet, item: Loaded, steps: int, noisy: bool) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the frames that a network makes of a clip, each for itself."""
    whole = window(item, slice(None), slice(None), slice(None))
    dice, pictures = torch.Generator().manual_seed(0), []
    known = known_of(whole.look)
    for frame, truth in enumerate(whole.truths):
        pixels = pixels_of(truth, None)
        raster = unit(truth.raster).permute(0, 3, 1, 2)
        sample = torch.randn(raster.shape, generator=dice) if noisy else raster
        for step in range(steps):
            pixels[:, at.STATE] = sample
            time = torch.tensor([step / steps])
            sample = sample + network(pixels, whole.kind[frame], whole.bucket[frame], time, known).float() / steps
        pictures.append(coded(sample).permute(0, 2, 3, 1))
    return torch.cat(pictures).numpy()


def shortened(clip: Clip) -> Clip:
    """Return the first frames of a clip."""
    frames = ("reference", "raster", "depth", "normal", "albedo", "surface", "motion", "part", "part_pose", "camera")
    return replace(clip, **{name: getattr(clip, name)[:FRAMES] for name in frames})


def main() -> None:
    """Train and judge what is asked for."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("data", type=Path)
    reader.add_argument("out", type=Path)
    reader.add_argument("names", nargs="*", choices=[*VARIANTS, []], default=[])
    reader.add_argument("--steps", type=int, default=2500)
    given = reader.parse_args()
    SIZES.update({name: SIZES["small"] | {"widths": widths} for name, widths in WIDTHS.items()})
    kept = [shortened(Clip.load(path)) for path in ClipSet(given.data, "held-out").paths]
    file = given.out / "ablations.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    found["raster itself"] = asdict(mean_score([score(clip.raster, clip) for clip in kept]))
    for name in given.names or list(VARIANTS):
        variant = VARIANTS[name]
        print(f"{name}: {variant.about}")
        trainer = trained(variant, given.data, given.out / name, given.steps)
        network = make_network(variant.size)
        trainer.state.ema.copy_to(network)
        items = [variant.remake(Loaded.of(clip)) for clip in kept]
        for steps in variant.steps:
            judged: list[Score] = [
                score(played(network.eval(), item, steps, variant.noisy), item.clip) for item in items
            ]
            found[f"{name}, {steps} step{'s' * (steps > 1)}"] = asdict(mean_score(judged)) | {
                "about": variant.about,
                "trained": trainer.state.step,
                "frames": trainer.clips.frames,
                "minutes": round(trainer.state.seconds / 60, 1),
            }
        given.out.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1) + "\n")
    print("| training | PSNR dB | SSIM | FLIP | warp error |\n|---|---:|---:|---:|---:|")
    for name, values in found.items():
        figures = f"{values['psnr']:.2f} | {values['ssim']:.4f} | {values['flip']:.4f} | {values['warp']:.4f}"
        print(f"| {name} | {figures} |")


if __name__ == "__main__":
    main()
