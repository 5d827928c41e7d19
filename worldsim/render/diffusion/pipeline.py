"""The diffusion renderer in diffusers' shape: network and scheduler together, saved, loaded and called as usual there.

For training, evaluation and graphics cards; the streaming renderer runs the same steps with folded weights
(`sampler.py`). What it is called with is truth, not text.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.utils.outputs import BaseOutput
from torch import Tensor
from torch.nn import functional

from worldsim.render.diffusion import channels as at
from worldsim.render.diffusion.conditions import Past, Truth, coded, known_of, leave_out, pixels_of, unit
from worldsim.render.diffusion.network import RendererUNet
from worldsim.render.diffusion.scheduler import BridgeScheduler


@dataclass
class RendererOutput(BaseOutput):
    """What the pipeline gives.

    Attributes:
        images: (N, H, W, 3) uint8 sRGB.
    """

    images: Tensor


class RendererPipeline(DiffusionPipeline):
    """Makes pictures of the truth of N frames."""

    model_cpu_offload_seq = "unet"  # type: ignore[assignment]

    def __init__(self, unet: RendererUNet, scheduler: BridgeScheduler) -> None:
        """Take the network and the scheduler."""
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler)

    @torch.no_grad()
    def __call__(
        self,
        truth: Truth,
        look: Tensor,
        kind: Tensor,
        bucket: Tensor,
        past: Past | None = None,
        given: Tensor | None = None,
        num_inference_steps: int = 1,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> RendererOutput | tuple[Tensor]:
        """Return pictures.

        Args:
            truth: of N frames.
            look: (N, 16), see `worldsim.scene.look_vector`.
            kind: (N, H, W) int64 in [0, KINDS).
            bucket: (N, H, W) int64 in [0, BUCKETS).
            past: the last pictures, carried along, or None after a cut.
            given: (N, groups) of 0 and 1: which conditions the network is given; all if left out.
            num_inference_steps: 1 … 8.
            generator: of the noise of further steps; left out, the noise on surfaces is taken.
            return_dict: False for a tuple.

        Raises:
            ValueError: the number of steps.
        """
        device, dtype = self.unet.device, self.unet.dtype
        self.scheduler.set_timesteps(num_inference_steps)
        if given is None:
            given = torch.ones(len(look), len(at.GROUPS), device=device)
        pixels = leave_out(pixels_of(truth, past), given)
        groups = {name: place for place, name in enumerate(at.GROUPS)}
        shown = given.long()[:, :, None, None]
        kind, bucket = kind * shown[:, groups["kind"]], bucket * shown[:, groups["instance"]]
        known = known_of(look, given).to(dtype)
        height, width = truth.depth.shape[1:]
        sample = unit(truth.raster).permute(0, 3, 1, 2)
        for time in self.scheduler.timesteps.tolist():
            inputs = torch.cat([sample, pixels[:, at.STATE.stop :]], 1)
            inputs, kinds, buckets = (widened(a, self.unet.step) for a in (inputs, kind, bucket))
            times = torch.full((len(look),), time, device=device)
            velocity = self.unet(inputs.to(dtype), kinds, buckets, times, known)[..., :height, :width].float()
            noise = None if generator is not None else truth.noise[:, None].expand(sample.shape)
            sample = self.scheduler.step(velocity, time, sample, noise, generator).prev_sample
        images = coded(sample).permute(0, 2, 3, 1).contiguous()
        return RendererOutput(images=images) if return_dict else (images,)


def widened(array: Tensor, step: int) -> Tensor:
    """Return (N, …, H, W) with its last rows and columns repeated until both sides are multiples of `step`."""
    high, wide = -array.shape[-2] % step, -array.shape[-1] % step
    if not high and not wide:
        return array
    if array.ndim == 4:
        return functional.pad(array, (0, wide, 0, high), mode="replicate")
    return functional.pad(array[:, None].float(), (0, wide, 0, high), mode="replicate")[:, 0].to(array.dtype)
