"""The network: from what is true at each pixel and the picture so far to the velocity towards footage.

A convolutional U-Net whose finest level is half the picture's size. It has no normalisation over the picture, so what
it makes of a pixel depends on that pixel's surroundings alone: tiles agree with the whole, any size works, and nothing
flickers because something far away moved. Time, look and what is known act as a gain and an offset of each block
(FiLM: Perez et al. 2018, arXiv 1709.07871), which `fold` multiplies into the weights once a look is chosen.

It knows nothing of frames, scenes or how conditions are made (see `conditions.py`).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from worldsim.render.diffusion.channels import BUCKETS, GLOBALS, HISTORY, KINDS, PIXELS, RASTER

EMBEDDED = 4
"""Channels of the embedding of a surface's kind, and of that of its instance."""
GUIDES = 3
"""What the head gives for each colour of each pixel: an offset, a gain of the raster, a share of the past."""

SIZES: dict[str, dict[str, object]] = {
    "tiny": {"widths": (8, 16), "encoder": (1, 1), "decoder": (1,), "globals_width": 16},
    "small": {"widths": (32, 64, 96, 160), "encoder": (1, 1, 1, 3), "decoder": (1, 1, 1), "globals_width": 64},
    "base": {"widths": (64, 128, 256, 384), "encoder": (1, 2, 2, 4), "decoder": (2, 2, 2), "globals_width": 128},
    "large": {"widths": (96, 192, 384, 768), "encoder": (2, 3, 3, 6), "decoder": (2, 3, 3), "globals_width": 256},
}
"""tiny is for tests; small runs in real time on two cores; base and large want a graphics card."""


class Block(nn.Module):
    """Two 3×3 convolutions beside a straight way; the second starts at zero."""

    def __init__(self, width: int, vector: int) -> None:
        """Take the channels and the length of what modulates them."""
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.film = nn.Linear(vector, 2 * width)
        for layer in (self.second, self.film):
            blank(layer)

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        """Return the changed features (N, C, H, W); `vector` is (N, V)."""
        gain, offset = self.film(vector)[..., None, None].chunk(2, 1)
        return x + self.second(functional.silu(self.first(x) * (1 + gain) + offset))


class RendererUNet(ModelMixin, ConfigMixin):
    """Predicts the velocity of the bridge from the raster's picture to footage.

    An untrained network answers 0: its picture is the raster's.
    """

    config_name = "config.json"  # type: ignore[assignment]

    @register_to_config
    def __init__(
        self,
        widths: tuple[int, ...] = (32, 64, 96, 160),
        encoder: tuple[int, ...] = (1, 1, 1, 3),
        decoder: tuple[int, ...] = (1, 1, 1),
        globals_width: int = 64,
        pixels: int = PIXELS,
        kinds: int = KINDS,
        buckets: int = BUCKETS,
        global_inputs: int = GLOBALS,
    ) -> None:
        """Build the layers.

        Args:
            widths: channels of each level, the finest (half the picture's size) first.
            encoder: blocks of each level on the way down; the last is the bottom's.
            decoder: blocks of each level but the last on the way up.
            globals_width: channels of what modulates the blocks.
            pixels: channels of the conditions, see `channels.py`; this and the next three are written into the
                configuration so that weights made for another layout are refused.
            kinds: of surfaces.
            buckets: of instances.
            global_inputs: what is the same all over the picture.
        """
        super().__init__()
        self.kind = nn.Embedding(kinds, EMBEDDED)
        self.bucket = nn.Embedding(buckets, EMBEDDED)
        self.globals = nn.Sequential(
            nn.Linear(global_inputs + 1, globals_width), nn.SiLU(), nn.Linear(globals_width, globals_width), nn.SiLU()
        )
        self.stem = nn.Conv2d(pixels + 2 * EMBEDDED, widths[0], 4, stride=2, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.falling = nn.ModuleList(
            nn.ModuleList(Block(width, globals_width) for _ in range(count))
            for width, count in zip(widths, encoder, strict=True)
        )
        self.rising = nn.ModuleList(
            nn.ModuleList(Block(width, globals_width) for _ in range(count))
            for width, count in zip(widths[:-1], decoder, strict=True)
        )
        self.head = nn.Conv2d(widths[0], 4 * 3 * GUIDES, 3, padding=1)
        nn.init.normal_(self.kind.weight, std=0.5)
        nn.init.normal_(self.bucket.weight, std=0.5)
        blank(self.head)

    @property
    def step(self) -> int:
        """Pixels that each side of the picture given to `forward` must be a multiple of."""
        return int(2 ** len(self.falling))

    def embed(self, pixels: Tensor, kind: Tensor, bucket: Tensor) -> Tensor:
        """Return pixels (N, PIXELS, H, W) with the embeddings of kind and bucket (N, H, W) behind them."""
        found = torch.cat([self.kind(kind), self.bucket(bucket)], -1).movedim(-1, 1)
        return torch.cat([pixels, found.to(pixels.dtype)], 1).contiguous(memory_format=torch.channels_last)

    def forward(self, pixels: Tensor, kind: Tensor, bucket: Tensor, time: Tensor, known: Tensor) -> Tensor:
        """Return the velocity (N, 3, H, W), in the picture's units of [−1, 1] a unit of time.

        Args:
            pixels: (N, PIXELS, H, W) as `channels.py` names them; H and W multiples of `step`.
            kind: (N, H, W) int64 in [0, KINDS).
            bucket: (N, H, W) int64 in [0, BUCKETS).
            time: (N,) in [0, 1]: 0 is the raster's picture.
            known: (N, GLOBALS): the look and what of the conditions is given.
        """
        vector = self.globals(torch.cat([time[:, None].to(known.dtype), known], 1))
        features = self.stem(self.embed(pixels, kind, bucket))
        kept: list[Tensor] = []
        for level, blocks in enumerate(self.falling):
            features = through(blocks, features, vector)
            if level < len(self.down):
                kept.append(features)
                features = self.down[level](features)
        for level in reversed(range(len(self.up))):
            features = functional.interpolate(self.up[level](features), scale_factor=2.0, mode="nearest")
            features = features + kept[level]
            features = through(self.rising[level], features, vector)
        return painted(self.head(features), pixels)


def blank(layer: nn.Conv2d | nn.Linear) -> None:
    """Set a layer to zero."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def through(blocks: nn.Module, features: Tensor, vector: Tensor) -> Tensor:
    """Return the features behind all blocks of a level."""
    for block in blocks.children():
        features = block(features, vector)
    return features


def painted(head: Tensor, pixels: Tensor) -> Tensor:
    """Return the velocity (N, 3, H, W) from the head's (N, 12·GUIDES, H/2, W/2) and the pixels' raster and past."""
    offset, gain, share = functional.pixel_shuffle(head, 2).chunk(GUIDES, 1)
    return offset + gain * pixels[:, RASTER] + share * pixels[:, HISTORY]


def make_network(size: str) -> RendererUNet:
    """Return an untrained network of one of `SIZES`.

    Raises:
        UnknownNameError: no such size.
    """
    from worldsim.errors import UnknownNameError

    if size not in SIZES:
        raise UnknownNameError("size of the network", size, SIZES)
    return RendererUNet(**SIZES[size])
