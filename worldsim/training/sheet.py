"""Looking at what a network makes of clips: its frames with its own past, sheets to look at, figures to compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from worldsim.render.diffusion.conditions import unit
from worldsim.render.diffusion.fold import fast_dtype
from worldsim.render.diffusion.network import RendererUNet
from worldsim.render.diffusion.sampler import Sampler
from worldsim.training.clip import Clip
from worldsim.training.dataset import Loaded, window
from worldsim.training.lesson import past_of

Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Score:
    """How near pictures are to the reference, mean over frames.

    Attributes:
        psnr: dB. ssim: up to 1. flip: mean, 0 is best. warp: error along the true motion off disocclusions, in [0, 1].
        frames: how many were compared.
    """

    psnr: float
    ssim: float
    flip: float
    warp: float
    frames: int


def play(
    network: RendererUNet,
    item: Loaded,
    steps: int = 1,
    device: str = "cpu",
    dtype: torch.dtype | None = None,
    history: bool = False,
) -> Pictures:
    """Return the frames (T, H, W, 3) uint8 that a network makes of a clip, as the renderer makes them by default.

    With `history` each is told what was made of the last one.
    """
    where = torch.device(device)
    whole = window(item, slice(None), slice(None), slice(None)).to(where)
    sampler = Sampler(network, item.clip.look, steps, where, dtype or fast_dtype(where))
    table = sampler.table(item.clip.kinds, item.clip.buckets)
    pictures: list[torch.Tensor] = []
    with torch.inference_mode():
        for t, truth in enumerate(whole.truths):
            past = None
            if t and history:
                last = unit(pictures[-1].to(where)).permute(0, 3, 1, 2)
                past = past_of(last, truth, whole.truths[t - 1])
            pictures.append(sampler.pictures(truth, past, table))
    return torch.cat(pictures).numpy()


def score(pictures: Pictures, clip: Clip, every: int = 1) -> Score:
    """Return how near pictures (T, H, W, 3) are to the clip's reference; FLIP and SSIM on every so many frames.

    The reference itself is judged by its warp error alone: nothing else of it can be wrong.
    """
    from worldsim.render.metrics.flip import flip
    from worldsim.render.metrics.psnr import psnr
    from worldsim.render.metrics.ssim import ssim
    from worldsim.render.metrics.warp import warp_error

    chosen = range(0, len(pictures), every) if pictures is not clip.reference else range(1)
    gone = [_newly_seen(clip, t) for t in range(len(pictures))]
    steady = [
        warp_error(pictures[t], pictures[t - 1], clip.motion[t].astype(np.float64), gone[t])
        for t in range(1, len(pictures))
    ]
    return Score(
        float(np.mean([psnr(pictures[t], clip.reference[t]) for t in range(len(pictures))])),
        float(np.mean([ssim(pictures[t], clip.reference[t]) for t in chosen])),
        float(np.mean([flip(pictures[t], clip.reference[t]) for t in chosen])),
        float(np.mean(steady)) if steady else 0.0,
        len(pictures),
    )


def mean_score(scores: Sequence[Score]) -> Score:
    """Return the mean of scores, each frame counted once."""
    frames = [item.frames for item in scores]

    def mean(name: str) -> float:
        return float(np.average([getattr(item, name) for item in scores], weights=frames))

    return Score(mean("psnr"), mean("ssim"), mean("flip"), mean("warp"), sum(frames))


def _newly_seen(clip: Clip, t: int) -> NDArray[np.bool_]:
    """Return (H, W): what of frame t was not in sight in the one before."""
    from worldsim.render.diffusion.warp import held

    if t == 0:
        return np.ones(clip.part.shape[1:], bool)
    arrays = (clip.part[t].astype(np.int32), clip.depth[t].astype(np.float32))
    before = (clip.part[t - 1].astype(np.int32), clip.depth[t - 1].astype(np.float32))
    tensors = (torch.from_numpy(a)[None] for a in (*arrays, *before, clip.motion[t].astype(np.float32)))
    return ~held(*tensors)[0].numpy()


def sheet(rows: Iterable[tuple[Pictures, ...]], path: Path) -> None:
    """Write a PNG with a row for each tuple of pictures (H, W, 3): raster, made, reference.

    Raises:
        OutputError: the disk is full, or the folder can't be written to.
    """
    import imageio.v3 as iio

    from worldsim.output import write_whole

    lines = [np.concatenate([np.pad(p, ((2, 2), (2, 2), (0, 0))) for p in row], 1) for row in rows]
    width = max(line.shape[1] for line in lines)
    page = np.concatenate([np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines])
    write_whole(path, iio.imwrite("<bytes>", page, extension=".png"))
