"""The network for one look and one time: what modulates its blocks multiplied into their weights, in the fastest type.

While a look lasts, gain and offset of every block are constants; folding them away leaves convolutions, one activation
a block and two additions. It gives what `RendererUNet.forward` gives, up to rounding (tested).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from worldsim.render.diffusion.channels import HISTORY, PIXELS, RASTER
from worldsim.render.diffusion.network import EMBEDDED, GUIDES, Block, RendererUNet

WIDTH = PIXELS + 2 * EMBEDDED
"""Channels of what the folded network is given: the conditions and both embeddings."""


def fast_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which a device is fastest: bfloat16 where it has instructions for it, else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "cpu":
        has = (
            torch.backends.cpu.get_cpu_capability().startswith("AVX512")
            and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        )
        return torch.bfloat16 if has else torch.float32
    return torch.float32


_PAIR = {2: torch.int32, 4: torch.int64}
"""What is as large as two numbers of so many bytes: they are moved as one."""


class Convolution:
    """One convolution with its weights laid out for the device."""

    def __init__(self, layer: nn.Conv2d, dtype: torch.dtype, gain: Tensor | None = None, offset: Tensor | None = None):
        """Take a layer, and what its outputs are multiplied by and then raised by."""
        weight, bias = layer.weight.detach().float(), torch.as_tensor(layer.bias).detach().float()
        if gain is not None and offset is not None:
            weight, bias = weight * gain[:, None, None, None], bias * gain + offset
        self.weight = weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = bias.to(dtype)
        self.stride, self.padding = layer.stride, layer.padding

    def reorder(self, order: Tensor) -> None:
        """Let the layer's channels come in another order, given by their numbers."""
        self.weight = self.weight[order].contiguous(memory_format=torch.channels_last)
        self.bias = self.bias[order]

    def __call__(self, x: Tensor) -> Tensor:
        """Return the layer's answer."""
        return functional.conv2d(x, self.weight, self.bias, self.stride, self.padding)


class FoldedUNet:
    """A network ready to be run again and again in one look at one time.

    Attributes:
        dtype: of its weights and of what it wants. step: what the sides of a picture must be multiples of.
        reach: pixels: how far around a pixel it looks, rounded up to a multiple of `step`.
    """

    def __init__(self, network: RendererUNet, time: float, known: Tensor, dtype: torch.dtype) -> None:
        """Fold.

        Args:
            network: what to fold.
            time: in [0, 1).
            known: (1, GLOBALS), see `conditions.known_of`.
            dtype: of the weights.
        """
        self.dtype, self.step = dtype, network.step
        with torch.no_grad():
            known = known.to(network.stem.weight)
            vector = network.globals(torch.cat([known.new_full((1, 1), time), known], 1))
            self._stem = Convolution(network.stem, dtype)
            self._head = Convolution(network.head, dtype)
            self._head.reorder(_by_row(network.head.out_channels))
            self._down = [Convolution(layer, dtype) for layer in network.down]  # type: ignore[arg-type]
            self._up = [Convolution(layer, dtype) for layer in network.up]  # type: ignore[arg-type]
            self._falling = [self._folded(blocks, vector) for blocks in network.falling]
            self._rising = [self._folded(blocks, vector) for blocks in network.rising]
            self._kind, self._bucket = (e.weight.detach().to(dtype) for e in (network.kind, network.bucket))
        count = [2 * len(blocks) for blocks in self._falling]
        for level, blocks in enumerate(self._rising):
            count[level] += 2 * len(blocks)
        reach = sum(2 ** (level + 1) * (1 + convolutions) for level, convolutions in enumerate(count))
        self.reach = -(-reach // self.step) * self.step

    def _folded(self, blocks: nn.Module, vector: Tensor) -> list[tuple[Convolution, Convolution]]:
        found = []
        for block in blocks.children():
            assert isinstance(block, Block)
            gain, offset = block.film(vector)[0].float().chunk(2)
            found.append(
                (Convolution(block.first, self.dtype, 1 + gain, offset), Convolution(block.second, self.dtype))
            )
        return found

    def embedding(self, kinds: Tensor, buckets: Tensor) -> Tensor:
        """Return the table (P + 1, 2·EMBEDDED) of both embeddings by part, from kind and bucket by part, int64."""
        return torch.cat([self._kind[kinds], self._bucket[buckets]], 1)

    def __call__(self, inputs: Tensor, raster: Tensor | None = None, past: bool = True) -> Tensor:
        """Return the velocity (N, 3, H, W) float32, contiguous.

        Args:
            inputs: (N, WIDTH, H, W) of `dtype`; sides are multiples of `step`.
            raster: (N, 3, H, W) float32: its channels before they were rounded to `dtype`, if at hand.
            past: False where the channels of the past are known to be 0.
        """
        features = self._stem(inputs)
        kept = []
        for level, blocks in enumerate(self._falling):
            features = self._through(blocks, features)
            if level < len(self._down):
                kept.append(features)
                features = self._down[level](features)
        for level in reversed(range(len(self._up))):
            risen = functional.interpolate(self._up[level](features), scale_factor=2.0, mode="nearest")
            features = self._through(self._rising[level], risen.add_(kept[level]))
        return _painted(self._head(features), inputs, raster, past)

    @staticmethod
    def _through(blocks: list[tuple[Convolution, Convolution]], features: Tensor) -> Tensor:
        for first, second in blocks:
            features = second(functional.silu(first(features), inplace=True)).add_(features)
        return features


def _by_row(count: int) -> Tensor:
    """Return the head's channels in the order row, guide, colour, column of the four pixels that they are for.

    The network has them as guide, colour, row, column. Neighbours in a row are copied together so.
    """
    return torch.arange(count).view(GUIDES, 3, 2, 2).permute(2, 0, 1, 3).reshape(-1)


def _painted(head: Tensor, inputs: Tensor, raster: Tensor | None, past: bool) -> Tensor:
    """Return the velocity from the head's channels in the order of `_by_row`: as `network.painted`, in float32."""
    count, _, height, width = inputs.shape
    pairs = head.permute(0, 2, 3, 1).contiguous().view(_PAIR[head.element_size()])
    pairs = pairs.view(count, height // 2, width // 2, 2, GUIDES, 3).permute(4, 0, 5, 1, 3, 2)
    pairs = pairs[: GUIDES if past else GUIDES - 1].contiguous()
    offset, gain, *share = pairs.view(head.dtype).view(-1, count, 3, height, width).float()
    if raster is None:
        raster = inputs[:, RASTER].float()
    velocity = torch.addcmul(offset, gain, raster)
    return torch.addcmul(velocity, share[0], inputs[:, HISTORY].float()) if past else velocity
