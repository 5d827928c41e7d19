"""The running mean of a network's weights: what is shipped, since it is steadier than the last step's."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Ema:
    """Keeps the mean of the parameters of a network over about the last 1 / (1 − decay) steps.

    Attributes:
        decay: how much of the mean is kept at each step; less in the first steps, so that the start is soon forgotten.
        steps: how many were seen.
    """

    def __init__(self, network: nn.Module, decay: float = 0.999) -> None:
        """Start at the network as it is."""
        self.decay, self.steps = decay, 0
        self.mean: dict[str, Tensor] = {
            name: value.detach().float().clone() for name, value in network.state_dict().items()
        }

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take the network's parameters into the mean."""
        self.steps += 1
        share = 1 - min(self.decay, self.steps / (self.steps + 10))
        for name, value in network.state_dict().items():
            self.mean[name].lerp_(value.detach().float(), share)

    def copy_to(self, network: nn.Module) -> None:
        """Give the mean to a network of the same shape."""
        network.load_state_dict(self.mean)

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        return dict(self.mean)

    def load(self, state: dict[str, Tensor], steps: int) -> None:
        """Take back what `state` gave."""
        for name in self.mean:
            self.mean[name].copy_(state[name])
        self.steps = steps
