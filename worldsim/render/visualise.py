"""Layers of a G-buffer as pictures for people: depth, normals, instances, classes, albedo, roughness, motion.

Every function takes a layer and returns (H, W, 3) uint8 sRGB. It knows nothing of how the layers were made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.render.gbuffer import GBuffer

Pixels = NDArray[np.uint8]

LAYERS = ("color", "depth", "normals", "instances", "classes", "albedo", "roughness", "metallic", "motion")
"""The words `layer_picture` takes."""

WARM = np.array(
    [[13, 8, 36], [62, 17, 92], [128, 37, 116], [190, 62, 96], [238, 110, 66], [252, 176, 78], [250, 246, 190]], float
)
"""Near to far: a colour scale of evenly rising lightness (own choice of seven stops), interpolated."""


def layer_picture(buffer: GBuffer, layer: str) -> Pixels:
    """Return one layer of a G-buffer as a picture.

    Raises:
        UnknownNameError: the layer is not one of `LAYERS`.
    """
    if layer == "color":
        return buffer.color
    if layer == "depth":
        return depth_picture(buffer.depth)
    if layer == "normals":
        return normal_picture(buffer.normal)
    if layer == "instances":
        return id_picture(buffer.instance)
    if layer == "classes":
        return id_picture(buffer.class_id)
    if layer == "albedo":
        return albedo_picture(buffer.albedo)
    if layer in ("roughness", "metallic"):
        return grey_picture(buffer.roughness_metallic[..., 0 if layer == "roughness" else 1])
    if layer == "motion":
        return motion_picture(buffer.motion)
    raise UnknownNameError("layer", layer, LAYERS)


def depth_picture(depth: NDArray[np.float32], near: float = 0.3, far: float = 60.0) -> Pixels:
    """Return depth (H, W) in m on a logarithmic scale, near bright, far dark; nothing is black.

    Args:
        depth: +inf where nothing is.
        near: m, the bright end of the scale: fixed, so that pictures of a film agree.
        far: m, its dark end.
    """
    finite = np.isfinite(depth)
    scale = np.log(np.where(finite, np.maximum(depth, near), far) / near) / np.log(far / near)
    index = ((1 - np.clip(scale, 0, 1)) * 255).astype(np.uint8)
    out = _scale_table()[index]
    out[~finite] = 0
    return out


def _scale_table() -> Pixels:
    """Return `WARM` as 256 colours."""
    at = np.linspace(0, len(WARM) - 1, 256)
    table = np.stack([np.interp(at, np.arange(len(WARM)), WARM[:, k]) for k in range(3)], 1)
    return np.round(table).astype(np.uint8)


def normal_picture(normal: NDArray[np.float32]) -> Pixels:
    """Return normals (H, W, 3): x, y, z from −1 … 1 become red, green, blue; nothing is black."""
    out = np.round((normal + 1) * 127.5).astype(np.uint8)
    out[~normal.any(-1)] = 0
    return out


def id_picture(ids: NDArray[np.int32]) -> Pixels:
    """Return ids (H, W) as colours that differ well between neighbours; 0 is black.

    Hues step by the golden ratio, three levels of lightness and two of saturation by turns.
    """
    top = int(ids.max(initial=0))
    number = np.arange(top + 1)
    hue = (number * 0.618033988749895) % 1.0
    value = np.array([0.95, 0.75, 0.6])[number % 3]
    strength = np.array([0.75, 0.5])[(number // 3) % 2]
    # HSV to RGB (Smith 1978) by three shifted triangle waves.
    waves = np.clip(np.abs((hue[:, None] * 6 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    table = np.round(255 * value[:, None] * (1 - strength[:, None] * (1 - waves))).astype(np.uint8)
    table[0] = 0
    return table[ids]


def albedo_picture(albedo: NDArray[np.float32]) -> Pixels:
    """Return linear albedo (H, W, 3) encoded as sRGB."""
    linear = np.clip(albedo, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return np.round(coded * 255).astype(np.uint8)


def grey_picture(field: NDArray[np.float32]) -> Pixels:
    """Return a field (H, W) in [0, 1] as greys."""
    return np.repeat(np.round(np.clip(field, 0, 1) * 255).astype(np.uint8)[..., None], 3, -1)


def motion_picture(motion: NDArray[np.float32], top: float = 24.0) -> Pixels:
    """Return motion (H, W, 2) in pixels: direction as hue, length as brightness; what is still is dark grey.

    Args:
        motion: as in `GBuffer`.
        top: pixels of the brightest.
    """
    length = np.hypot(motion[..., 0], motion[..., 1])
    hue = np.arctan2(motion[..., 1], motion[..., 0]) / (2 * np.pi) % 1.0
    waves = np.clip(np.abs((hue[..., None] * 6 + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    strength = np.sqrt(np.clip(length / top, 0, 1))[..., None]
    return np.round(30 + 225 * strength * (0.2 + 0.8 * waves)).astype(np.uint8)
