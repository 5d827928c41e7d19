"""The bridge from the raster's picture to footage: where to stand at each time, and how to step.

A Brownian bridge: at time t the picture is z_t = (1 − t) z_0 + t z_1 + σ √(t (1 − t)) ε, with z_0 the raster's picture,
z_1 footage and ε unit noise. The network predicts the velocity (z_1 − z_t) / (1 − t). Starting at the engine's picture
instead of at noise is what RenderFlow (CVPR 2026) and LBM (arXiv 2503.07535) do; one step is enough, more are allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerMixin
from diffusers.utils.outputs import BaseOutput
from torch import Tensor

MAX_STEPS = 8
"""More steps than this have never helped."""


@dataclass
class BridgeOutput(BaseOutput):
    """What a step gives.

    Attributes:
        prev_sample: the picture at the next time (diffusers calls what comes next "previous").
        pred_original_sample: the footage as the network sees it from here.
    """

    prev_sample: Tensor
    pred_original_sample: Tensor


class BridgeScheduler(SchedulerMixin, ConfigMixin):
    """Walks from t = 0, the raster's picture, to t = 1, footage, in 1 to `MAX_STEPS` even steps.

    Attributes:
        timesteps: (n,) times in [0, 1) at which the network is asked, after `set_timesteps`.
        num_inference_steps: n.
    """

    config_name = "scheduler_config.json"  # type: ignore[assignment]
    order = 1

    @register_to_config
    def __init__(self, sigma: float = 0.005, train_times: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75)) -> None:
        """Take the width of the bridge.

        Args:
            sigma: of the noise half way is σ / 2, in pictures of [−1, 1].
            train_times: the times in [0, 1) that training draws from.
        """
        self.sigma = float(sigma)
        self.set_timesteps(1)

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Choose the number of steps.

        Raises:
            ValueError: not 1 … `MAX_STEPS`.
        """
        if not 1 <= num_inference_steps <= MAX_STEPS:
            raise ValueError(f"{num_inference_steps} steps were asked for; the bridge takes 1 to {MAX_STEPS}")
        self.num_inference_steps = num_inference_steps
        self.timesteps = torch.arange(num_inference_steps, dtype=torch.float32, device=device) / num_inference_steps

    def add_noise(self, start: Tensor, end: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the pictures (N, …) of the bridge from `start` to `end` at `times` (N,)."""
        t = times.reshape(-1, *(1,) * (start.ndim - 1)).to(start.dtype)
        return torch.lerp(start, end, t) + self.sigma * torch.sqrt(t * (1 - t)) * noise

    @staticmethod
    def velocity(sample: Tensor, end: Tensor, times: Tensor) -> Tensor:
        """Return what the network is to predict: (end − sample) / (1 − t)."""
        return (end - sample) / (1 - times.reshape(-1, *(1,) * (end.ndim - 1)).to(end.dtype))

    def step(
        self,
        model_output: Tensor,
        timestep: float | Tensor,
        sample: Tensor,
        noise: Tensor | None = None,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> BridgeOutput | tuple[Tensor]:
        """Walk on from `timestep` by one step.

        Args:
            model_output: the velocity that the network predicts.
            timestep: one of `timesteps`.
            sample: the picture at `timestep`.
            noise: unit noise of the sample's shape; left out, it is drawn from `generator`. The last step needs none.
            generator: where noise is drawn from.
            return_dict: False for a tuple of the next picture alone.
        """
        now = float(timestep)
        later = now + 1 / self.num_inference_steps
        end = sample + (1 - now) * model_output
        if later > 1 - 1e-6:
            further = end
        else:
            spread = self.sigma * math.sqrt((later - now) * (1 - later) / (1 - now))
            if noise is None:
                noise = torch.randn(sample.shape, generator=generator, device=sample.device, dtype=sample.dtype)
            further = sample + (later - now) * model_output + spread * noise
        return BridgeOutput(prev_sample=further, pred_original_sample=end) if return_dict else (further,)
