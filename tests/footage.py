"""Clips made up for the tests of the diffusion renderer: a plane and boxes by formula, lit better in the reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from worldsim.render.camera import Camera
from worldsim.scene.look_vector import LOOK_VECTOR_NAMES
from worldsim.training.clip import Clip, ClipInfo


def clip(
    name: str = "one", frames: int = 4, size: tuple[int, int] = (64, 48), split: str = "train", seed: int = 0
) -> Clip:
    """Return a clip of a ground under a sky with an upright card that moves to the right by 2 pixels a frame.

    The reference is the raster with warmer light on what faces the light, and with the sky's colour changed.
    """
    width, height = size
    rng = np.random.default_rng(seed)
    camera = Camera.looking((0, -4, 1.0), (0, 0, 0.8), 0.9)
    pixel = 2 * np.tan(camera.fov / 2) / height
    u, v = np.meshgrid((np.arange(width) + 0.5 - width / 2) * pixel, (height / 2 - np.arange(height) - 0.5) * pixel)
    ray = np.stack([u, v, -np.ones_like(u)], -1) @ camera.rotation.T
    with np.errstate(divide="ignore"):
        ground = -camera.position[2] / ray[..., 2]
    seen = (ray[..., 2] < 0) & (ground < 60)
    up = camera.rotation.T @ np.array([0.0, 0.0, 1.0])
    shape = (frames, height, width)
    part, depth = np.zeros(shape, np.uint16), np.full(shape, np.inf, np.float16)
    normal, albedo = np.zeros((*shape, 3), np.int8), np.zeros((*shape, 3), np.uint8)
    motion = np.zeros((*shape, 2), np.float16)
    texture = rng.integers(60, 200, (height, width, 3), np.uint8)
    side = height // 3
    for t in range(frames):
        part[t][seen], depth[t][seen] = 1, ground[seen]
        normal[t][seen] = np.round(up * 127)
        albedo[t][seen] = texture[seen]
        left = width // 4 + 2 * t
        box = (slice(height // 3, height // 3 + side), slice(left, left + side))
        part[t][box], depth[t][box] = 2, 3.0
        normal[t][box], albedo[t][box] = (0, 0, 127), (180, 90, 60)
        motion[t][box] = (-2, 0) if t else (0, 0)
    raster = np.where(part[..., None] > 0, albedo * 0.7 + 20, np.array([120.0, 150.0, 200.0]))
    facing = np.where(normal[..., 1:2] > 60, 1.25, 0.9)
    reference = np.where(part[..., None] > 0, raster * facing + [12, 0, -8], [150.0, 170.0, 190.0])
    pose = np.zeros((frames, 2, 7), np.float32)
    pose[..., 6] = 1
    view = np.concatenate([camera.position, camera.rotation.ravel(), [camera.fov, camera.far]])
    return Clip(
        ClipInfo(name, "made up", seed, "side", "noon", split, 30.0, 1, size),
        np.clip(reference, 0, 255).astype(np.uint8),
        np.clip(raster, 0, 255).astype(np.uint8),
        depth,
        normal,
        albedo,
        np.full((*shape, 2), 128, np.uint8),
        motion,
        part,
        pose,
        np.repeat(view[None], frames, 0),
        np.full(len(LOOK_VECTOR_NAMES), 0.5, np.float32),
        np.array([0, 11, 18], np.uint8),
        np.array([0, 8, 1], np.uint8),
        np.array([0, 1, 2], np.uint16),
        np.array([0, 1, 2], np.uint8),
    )


def folder(path: Path, count: int = 2, frames: int = 4, size: tuple[int, int] = (64, 48)) -> Path:
    """Write clips of both splits into a folder."""
    for k in range(count):
        clip(f"train{k}", frames, size, seed=k).save(path / f"train{k}.npz")
    clip("kept", frames, size, "scene", seed=100).save(path / "kept.npz")
    return path
