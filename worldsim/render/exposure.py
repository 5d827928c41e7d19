"""A picture as a camera takes it: what is out of focus or moves is soft, glass scatters, film has grain.

It works on what every renderer gives, picture and truth at each pixel, and changes neither the truth nor the world. The
same frame, optics and step give the same bytes. For films that are recorded: at 960×540 it takes a good second a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.blur import blur_depth, blur_motion
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.optics import Optics
from worldsim.render.rig import find_part

Floats = NDArray[np.float32]

CLOSEST = 0.1
"""m, nearer than which nothing can be focused on."""
MIDDLE = 0.2
"""Share of the picture's width and height that is focused on where there is nothing to follow."""
WIDEST, LONGEST = 40, 16
"""The width of the picture over the largest disc's radius, and over the longest way while the shutter is open."""
WHITE = 1.1
"""What code value 1 is a share of: the picture's highlights were compressed, and glow as if they had not been."""
FINENESS = 600
"""Grains over the height of a picture."""


@dataclass(frozen=True)
class Exposure:
    """Takes pictures of one world through some optics.

    Attributes:
        optics: through which.
        part: index of what is in focus, or None for the middle of the picture.
    """

    optics: Optics
    part: int | None = None

    @classmethod
    def of(cls, optics: Optics, parts: Sequence[Part]) -> Exposure:
        """Return one that keeps in focus what the optics say, in a world of these parts.

        Raises:
            UnknownNameError: nothing of that name is there.
        """
        if optics.focus:
            return cls(optics, find_part(parts, optics.focus))
        return cls(optics, next((part.index for part in parts if part.actor), None))

    def __call__(self, buffer: GBuffer, camera: Camera, snapshot: Snapshot) -> NDArray[np.uint8]:
        """Return the picture, (H, W, 3) uint8 sRGB, of a frame's layers."""
        optics, (height, width) = self.optics, buffer.depth.shape
        light = _light(buffer.color)
        way = -buffer.motion * np.float32(optics.shutter / 360)
        light = blur_motion(light, buffer.depth, way, width / LONGEST)
        radius = out_of_focus(buffer.depth, self.distance(buffer.depth, camera, snapshot), camera.fov, optics)
        light = blur_depth(light, np.clip(radius, -width / WIDEST, width / WIDEST))
        light = _scattered(light, optics.bloom)
        light = light * _fall_off((height, width), camera.fov, optics.vignette)[..., None]
        return _film(light, optics.grain, snapshot.step)

    def distance(self, depth: Floats, camera: Camera, snapshot: Snapshot) -> float:
        """Return how far away is what is in focus, m along the view axis."""
        if self.part is not None:
            ahead = float((camera.position - snapshot.position[self.part]) @ camera.rotation[:, 2])
            if ahead > CLOSEST:
                return ahead
        height, width = depth.shape
        y, x = (round(n * (1 - MIDDLE) / 2) for n in (height, width))
        seen = depth[y : height - y, x : width - x]
        seen = seen[np.isfinite(seen)]
        return max(CLOSEST, float(np.median(seen))) if len(seen) else camera.far


def out_of_focus(depth: Floats, focus: float, fov: float, optics: Optics) -> Floats:
    """Return the radius in px of the disc that a point becomes, (H, W), below 0 where it is nearer than the focus.

    The circle of confusion of a thin lens: f² / (N (s − f)) · (d − s) / d for focal length f, f-number N, focus s and
    depth d.

    Args:
        depth: (H, W) m, inf for the sky.
        focus: m.
        fov: rad, vertical.
        optics: of which sensor and aperture count.
    """
    height, width = depth.shape
    sensor = optics.sensor / 1000  # m
    focal = 0.5 * sensor * height / width / np.tan(fov / 2)
    widest = focal**2 / (optics.aperture * max(focus - focal, 1e-3))  # m, of what is infinitely far
    circle = widest * (1 - focus / np.maximum(depth, 1e-3))
    return np.asarray(0.5 * circle / sensor * width, np.float32)


def _light(colour: NDArray[np.uint8]) -> Floats:
    """Return linear light (H, W, 3) of sRGB, highlights opened up again."""
    code = np.arange(256) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return (linear / (WHITE - linear)).astype(np.float32)[colour]


def _scattered(light: Floats, share: float) -> Floats:
    """Return light of which a share has spread over a hundredth and a thirtieth of the picture's width."""
    if share == 0:
        return light
    size = light.shape[1] / 4
    small = ndimage.zoom(light, (0.25, 0.25, 1), order=1)
    wide = sum(ndimage.gaussian_filter(small, (size / n, size / n, 0), mode="nearest") for n in (100, 30)) / 2
    ratio = [n / m for n, m in zip(light.shape[:2], small.shape[:2], strict=True)]
    glow = ndimage.zoom(wide, (*ratio, 1), order=1, mode="nearest", grid_mode=True)
    return np.asarray(light + np.float32(share) * (glow - light), np.float32)


def _fall_off(size: tuple[int, int], fov: float, strength: float) -> Floats:
    """Return (H, W) how much of the light arrives: the cosine of the angle to the power of four times a strength."""
    height, width = size
    unit = np.tan(fov / 2) / (height / 2)
    y, x = np.ogrid[:height, :width]
    square = ((x + 0.5 - width / 2) ** 2 + (y + 0.5 - height / 2) ** 2) * unit**2
    return np.asarray((1 + square) ** (-2 * strength), np.float32)


def _film(light: Floats, grain: float, step: int) -> NDArray[np.uint8]:
    """Return sRGB of light, with the grain of a frame: most in middle grey, none in white, hardly any in black."""
    linear = np.clip(light * np.float32(WHITE) / (1 + light), 0, 1)
    code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    if grain > 0:
        height, width = code.shape[:2]
        rng = np.random.default_rng((0xF117, step))
        noise = rng.standard_normal((height, width, 4), np.float32)
        size = 0.4 * height / FINENESS
        noise = ndimage.gaussian_filter(noise, (size, size, 0), mode="wrap")
        noise /= noise.std()
        strength = 2 * np.sqrt(np.clip(code * (1 - code), 0, None)) * grain
        code = code + strength * (0.9 * noise[..., 3:] + 0.45 * noise[..., :3])
    return np.clip(np.rint(code * 255), 0, 255).astype(np.uint8)
