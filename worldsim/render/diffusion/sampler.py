"""From the conditions of frames to pictures: folded networks, one a step, run over whole pictures or tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from worldsim.render.diffusion import channels as at
from worldsim.render.diffusion.conditions import Past, Truth, coded, known_of, pixels_of, unit
from worldsim.render.diffusion.fold import WIDTH, FoldedUNet
from worldsim.render.diffusion.network import RendererUNet
from worldsim.render.diffusion.object_noise import STRIDE
from worldsim.render.diffusion.scheduler import BridgeScheduler

TILE_PIXELS = 1_200_000
"""A picture with more pixels than this is made in bands, so that memory stays within bounds."""

LUMP = torch.complex128
"""The largest thing that is copied as one: 16 bytes."""


class Sampler:
    """Makes pictures in one look in a fixed number of steps.

    Attributes:
        device, dtype: where and in what the network runs. steps: how often the network is asked.
        tile_pixels: pictures with more pixels than this are made in bands.
    """

    def __init__(
        self,
        network: RendererUNet,
        look: NDArray[np.float32],
        steps: int,
        device: torch.device,
        dtype: torch.dtype,
        tile_pixels: int = TILE_PIXELS,
    ) -> None:
        """Fold the network for each step.

        Args:
            network: on the CPU or the device.
            look: (16,), see `worldsim.scene.look_vector`.
            steps: 1 … 8.
            device: where to run.
            dtype: in what to run.
            tile_pixels: see the class.

        Raises:
            ValueError: the number of steps.
        """
        self.device, self.dtype, self.steps, self.tile_pixels = device, dtype, steps, tile_pixels
        self._inputs: Tensor | None = None  # the last ones: new memory costs more than what is written into it
        self._scheduler = BridgeScheduler()
        self._scheduler.set_timesteps(steps)
        known = known_of(torch.from_numpy(np.asarray(look, np.float32))[None].to(device))
        nn.Module.to(network, device)
        self._times = [float(t) for t in self._scheduler.timesteps]
        self._folded = [FoldedUNet(network, t, known, dtype) for t in self._times]

    def table(self, kinds: NDArray[np.uint8], buckets: NDArray[np.uint8]) -> Tensor:
        """Return what `pictures` wants of a stage: (P + 1, channels), from kind and bucket by index of the part + 1."""
        indices = (torch.from_numpy(array.astype(np.int64)).to(self.device) for array in (kinds, buckets))
        return self._folded[0].embedding(*indices)

    @torch.inference_mode()
    def pictures(self, truth: Truth, past: Past | None, table: Tensor) -> Tensor:
        """Return pictures (N, H, W, 3) uint8 sRGB on the CPU.

        Args:
            truth: of N frames, on the device.
            past: the last pictures, or None.
            table: of `table`.
        """
        count, height, width = truth.depth.shape
        inputs = self._room(count, height, width)
        inside = inputs[:, :height, :width]
        pixels_of(truth, past, inside)
        inside[..., at.PIXELS :] = table.index_select(0, truth.part.reshape(-1)).view(count, height, width, -1)
        return self._walk(inputs, truth.raster, truth.noise, past is not None)

    @torch.inference_mode()
    def picture(self, raster: Tensor, channels: Sequence[Tensor], noise: Tensor) -> Tensor:
        """Return a picture (H, W, 3) uint8 sRGB on the CPU from conditions that are made already, without a past.

        Args:
            raster: (H, W, 3) uint8 sRGB.
            channels: the network's inputs, one behind the other, each (H, W, 8) of bfloat16; noise is left out.
            noise: (⌈H/2⌉, ⌈W/2⌉) float32, of each block of 2×2 pixels.
        """
        height, width, _ = raster.shape
        inputs = self._room(1, height, width)
        inside = inputs[0, :height, :width]
        for place, some in zip(inside.split([some.shape[-1] for some in channels], -1), channels, strict=True):
            place.view(LUMP).copy_(some.view(LUMP))
        for row in range(STRIDE):
            for column in range(STRIDE):
                place = inside[row::STRIDE, column::STRIDE, at.NOISE.start]
                place.copy_(noise[: place.shape[0], : place.shape[1]])
        return self._walk(inputs, raster[None], inside[None, ..., at.NOISE.start], False)[0]

    def _room(self, count: int, height: int, width: int) -> Tensor:
        """Return what the network is to be given, (N, H, W, WIDTH), with sides that it can halve often enough."""
        step = self._folded[0].step
        high, wide = -(-height // step) * step, -(-width // step) * step
        shape = (count, high, wide, WIDTH)
        if self._inputs is None or self._inputs.shape != shape:
            self._inputs = torch.empty(shape, dtype=self.dtype, device=self.device)
        return self._inputs

    def _walk(self, inputs: Tensor, raster: Tensor, noise: Tensor, past: bool) -> Tensor:
        """Return the pictures that the steps end at; `inputs` of `_room` hold the conditions where the picture is."""
        height, width = raster.shape[1:3]
        inside = inputs[:, :height, :width]
        start = sample = unit(raster.permute(0, 3, 1, 2).contiguous())
        if inputs.shape[1:3] != (height, width):
            start = functional.pad(start, (0, inputs.shape[2] - width, 0, inputs.shape[1] - height), mode="replicate")
        for time, folded in zip(self._times, self._folded, strict=True):
            if time > 0:
                inside[..., at.STATE] = sample.permute(0, 2, 3, 1)
            inputs[:, height:, :width] = inputs[:, height - 1 : height, :width]
            inputs[:, :, width:] = inputs[:, :, width - 1 : width]
            velocity = in_bands(folded, inputs.permute(0, 3, 1, 2), self.tile_pixels, start, past)
            velocity = velocity[..., :height, :width]
            spread = noise[:, None].expand(sample.shape)
            sample = self._scheduler.step(velocity, time, sample, spread, return_dict=False)[0]
        return coded(sample).permute(0, 2, 3, 1).contiguous().cpu()


def in_bands(folded: FoldedUNet, inputs: Tensor, most: int, raster: Tensor | None = None, past: bool = True) -> Tensor:
    """Return the velocity of inputs (N, C, H, W), in bands of rows of about `most` pixels where it has more.

    Bands overlap by as far as the network looks, so that they agree with the whole. See `FoldedUNet` for the rest.
    """
    count, _, height, width = inputs.shape
    if count * height * width <= most:
        return folded(inputs, raster, past)
    rows = max(folded.step, most // (count * width) // folded.step * folded.step)
    found = []
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - folded.reach), min(height, bottom + folded.reach)
        band = inputs[:, :, first:last].contiguous(memory_format=torch.channels_last)
        velocity = folded(band, None if raster is None else raster[:, :, first:last], past)
        found.append(velocity[:, :, top - first : bottom - first])
    return torch.cat(found, 2)
