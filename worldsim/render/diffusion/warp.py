"""Carrying the last picture along: where each pixel was, and whether it was seen there.

Tensors have a leading N for the frames of a batch. It knows nothing of networks.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.nn import functional

DEPTH_RATIO = 1.25
"""How many times deeper or nearer the same part may have been at the same spot and still count as the same surface.
Wide on purpose: on ground seen at a flat angle neighbouring pixels differ by so much; parts tell the rest apart."""


@functools.lru_cache(maxsize=8)
def centres(height: int, width: int, device: torch.device) -> Tensor:
    """Return the pixels' centres (H, W, 2) float32: x, y."""
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float32, device=device) + 0.5,
        torch.arange(width, dtype=torch.float32, device=device) + 0.5,
        indexing="ij",
    )
    return torch.stack([x, y], -1)


def carried(last: Tensor, motion: Tensor) -> Tensor:
    """Return the last picture (N, C, H, W) float32 as it looks after the motion (N, H, W, 2) in pixels; bilinear."""
    height, width = motion.shape[1:3]
    spot = (motion + centres(height, width, motion.device)) * motion.new_tensor([2 / width, 2 / height]) - 1
    return functional.grid_sample(last, spot, mode="bilinear", padding_mode="border", align_corners=False)


def held(part: Tensor, depth: Tensor, part_before: Tensor, depth_before: Tensor, motion: Tensor) -> Tensor:
    """Return (N, H, W) bool: the surface of a pixel was seen in the frame before, at the place it came from.

    That is so where the place lies inside the picture and the same part was there at about the same depth.

    Args:
        part: (N, H, W) int32, index of the part + 1, 0 for the background.
        depth: (N, H, W) float32 m, +inf where nothing is.
        part_before: the same of the frame before.
        depth_before: the same of the frame before.
        motion: (N, H, W, 2) float32 pixels from this frame back to the one before.
    """
    count, height, width = part.shape
    spot = motion + centres(height, width, motion.device)
    x, y = spot[..., 0], spot[..., 1]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    # Clamped as floats: a wild motion does not fit an integer.
    column = x.nan_to_num(-1).clamp(0, width - 1).to(torch.int32)
    row = y.nan_to_num(-1).clamp(0, height - 1).to(torch.int32)
    place = (row * width + column).long().view(count, -1)
    was_part = part_before.reshape(count, -1).gather(1, place).view(part.shape)
    was_depth = depth_before.reshape(count, -1).gather(1, place).view(part.shape)
    near = (was_depth <= depth * DEPTH_RATIO) & (depth <= was_depth * DEPTH_RATIO)
    return inside & (was_part == part) & (near | (part == 0))
