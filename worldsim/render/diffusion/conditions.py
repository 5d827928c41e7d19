"""From the truth of a frame and the carried past to what the network is told: one function for training and play.

Tensors have a leading N for the frames of a batch. It knows nothing of networks or of where the truth comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldsim.render.camera import Camera
from worldsim.render.diffusion import channels as at
from worldsim.render.gbuffer import GBuffer
from worldsim.render.stage import Stage
from worldsim.scene.look_vector import LOOK_VECTOR_NAMES

LIGHT = ("elevation_sin", "azimuth_cos", "azimuth_sin")


@dataclass(frozen=True)
class Truth:
    """What is true in N frames, H × W.

    Attributes:
        raster: (N, H, W, 3) uint8 sRGB.
        depth: (N, H, W) float32 m, +inf where nothing is.
        normal: (N, H, W, 3) float32, unit, camera space.
        albedo: (N, H, W, 3) float32, linear.
        surface: (N, H, W, 2) float32, roughness and metallic.
        motion: (N, H, W, 2) float32 pixels, back to the frame before.
        noise: (N, H, W) float32, see `object_noise.py`.
        part: (N, H, W) int32, index of the part + 1.
        light: (N, 3) float32, unit, camera space: towards the light.
        up: (N, 3) float32, unit, camera space: the world's up.
    """

    raster: Tensor
    depth: Tensor
    normal: Tensor
    albedo: Tensor
    surface: Tensor
    motion: Tensor
    noise: Tensor
    part: Tensor
    light: Tensor
    up: Tensor

    @classmethod
    def of(cls, layers: GBuffer, noise: NDArray[np.float32], camera: Camera, look: NDArray[np.float32]) -> Truth:
        """Return the truth of one frame in a look (16,); nothing is copied where the layers are contiguous."""
        light, up = directions(camera.rotation, look)

        def one(array: NDArray[np.generic]) -> Tensor:
            array = np.ascontiguousarray(array)
            return torch.from_numpy(array if array.flags.writeable else array.copy())[None]

        return cls(
            one(layers.color),
            one(layers.depth),
            one(layers.normal),
            one(layers.albedo),
            one(layers.roughness_metallic),
            one(layers.motion),
            one(noise),
            one(layers.part),
            one(light),
            one(up),
        )

    def to(self, device: torch.device) -> Truth:
        """Return the same on a device."""
        return Truth(*(getattr(self, item.name).to(device) for item in fields(self)))


@dataclass(frozen=True)
class Past:
    """What was made of the last raster, carried along to this frame.

    The change and not the picture is carried: a shadow that moves over a surface that stays is in this frame's raster
    already, and leaves no trail.

    Attributes:
        change: (N, 3, H, W) float32: the last picture less the raster it began at, both in [−1, 1].
        held: (N, H, W) bool: where it shows the same surface.
    """

    change: Tensor
    held: Tensor


def pixels_of(truth: Truth, past: Past | None, out: Tensor | None = None) -> Tensor:
    """Return the conditions (N, PIXELS, H, W), channels last in memory; the state is the raster's picture.

    Args:
        truth: what is true.
        past: the last picture, or None after a cut.
        out: (N, H, W, C ≥ PIXELS) to write into; further channels are left alone.
    """
    count, height, width = truth.depth.shape
    if out is None:
        out = truth.depth.new_empty(count, height, width, at.PIXELS)
    raster = unit(truth.raster)
    out[..., at.STATE] = raster
    out[..., at.RASTER] = raster
    out[..., at.NEARNESS] = (1 / (1 + truth.depth / at.NEAR))[..., None]
    out[..., at.NORMAL] = truth.normal
    out[..., at.ALBEDO] = truth.albedo.sqrt()
    out[..., at.SURFACE] = truth.surface
    out[..., at.MOTION] = (truth.motion / at.FAST).clamp(-1, 1)
    out[..., at.NOISE] = truth.noise[..., None]
    out[..., at.LIT] = (truth.normal @ truth.light[:, None, :, None]).clamp(-1, 1)
    out[..., at.UP] = (truth.normal @ truth.up[:, None, :, None]).clamp(-1, 1)
    if past is None:
        out[..., at.HISTORY] = 0
        out[..., at.HELD] = 0
    else:
        mask = past.held[..., None]
        out[..., at.HISTORY] = past.change.permute(0, 2, 3, 1) * mask
        out[..., at.HELD] = mask
    return out.permute(0, 3, 1, 2)[:, : at.PIXELS]


def leave_out(pixels: Tensor, given: Tensor) -> Tensor:
    """Return the conditions with the channels of groups that are not given set to 0; `given` (N, groups) of 0 and 1."""
    mask = pixels.new_ones(len(pixels), at.PIXELS, 1, 1)
    for span in at.SPANS:
        mask[:, span.channels] = given[:, at.GROUPS.index(span.group)].to(pixels.dtype)[:, None, None, None]
    return pixels * mask


def known_of(look: Tensor, given: Tensor | None = None, level: Tensor | float = 0.0) -> Tensor:
    """Return what is the same all over the picture, (N, GLOBALS) float32.

    Args:
        look: (N, 16), see `worldsim.scene.look_vector`.
        given: (N, groups) of 0 and 1: which conditions are given; all if left out.
        level: (N,) how much noise was put on the past.
    """
    count = len(look)
    if given is None:
        given = look.new_ones(count, len(at.GROUPS))
    found = look.new_zeros(count, at.GLOBALS)
    found[:, at.LOOK] = look * given[:, at.GROUPS.index("look")][:, None]
    found[:, at.AZIMUTH] = 0
    found[:, at.KNOWN] = given
    found[:, at.LEVEL] = torch.as_tensor(level, dtype=look.dtype, device=look.device).reshape(-1, 1)
    return found


def directions(
    rotation: NDArray[np.float64], look: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return towards the light and up, (…, 3) float32 in camera space, for cameras (…, 3, 3) in looks (…, 16)."""
    up, east, north = (look[..., LOOK_VECTOR_NAMES.index(f"light_{name}")] for name in LIGHT)
    light = np.einsum("...ij,...i->...j", rotation, np.stack([east, north, up], -1))
    return light.astype(np.float32), rotation[..., 2, :].astype(np.float32)


def kinds_of(stage: Stage) -> NDArray[np.uint8]:
    """Return (P + 1,) the kind of each part's surface by index of the part + 1; 0 is the background."""
    textures = [stage.materials[part.material].texture if part.material in stage.materials else "plain"
                for part in stage.parts]  # fmt: skip
    return np.array([0, *(at.kind_number(texture) for texture in textures)], np.uint8)


def buckets_of(stage: Stage) -> NDArray[np.uint8]:
    """Return (P + 1,) the bucket of each part's instance by index of the part + 1; 0 is the background."""
    return np.array([at.bucket_number(int(number)) for number in stage.instance_of], np.uint8)


def unit(picture: Tensor) -> Tensor:
    """Return uint8 sRGB as float32 in [−1, 1]."""
    return picture.to(torch.float32).mul_(2 / 255).sub_(1)


def coded(picture: Tensor) -> Tensor:
    """Return pictures in [−1, 1] as uint8 sRGB, rounded."""
    return (picture.to(torch.float32) + 1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
