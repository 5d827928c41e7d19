"""Clips as training sees them: windows of a few frames, cropped at random, mirrored at random, in batches.

The folder may grow while training runs: `refresh` takes in what is new. Clips stay unpacked in memory up to a limit.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldsim.errors import DataError
from worldsim.render.develop import to_srgb
from worldsim.render.diffusion.conditions import Truth, directions
from worldsim.render.diffusion.object_noise import lattice_noise, to_parts
from worldsim.training.clip import Clip, camera_of

PICTURES = ("reference", "raster", "depth", "normal", "albedo", "surface", "motion", "part")


@dataclass(frozen=True)
class Window:
    """F consecutive frames of each of N crops, the eldest first.

    Attributes:
        truths: F of them, of N crops each.
        references: (F, N, H, W, 3) uint8.
        kind: (F, N, H, W) int64 and bucket: the same, of the embeddings.
        look: (N, 16) float32.
    """

    truths: tuple[Truth, ...]
    references: Tensor
    kind: Tensor
    bucket: Tensor
    look: Tensor

    def to(self, device: torch.device) -> Window:
        """Return the same on a device."""
        truths = tuple(truth.to(device) for truth in self.truths)
        return Window(truths, *(a.to(device) for a in (self.references, self.kind, self.bucket, self.look)))


@dataclass(frozen=True)
class Loaded:
    """A clip unpacked, with its noise (T, H, W) float16 and directions to the light and up, (T, 3) float32."""

    clip: Clip
    noise: NDArray[np.float16]
    light: NDArray[np.float32]
    up: NDArray[np.float32]

    @classmethod
    def of(cls, clip: Clip, seed: int = 0) -> Loaded:
        """Make what training needs and a clip leaves out."""
        rotation = clip.camera[:, 3:12].reshape(-1, 3, 3)
        noise = np.empty(clip.part.shape, np.float16)
        for t, view in enumerate(clip.camera):
            camera = camera_of(view)
            pose = clip.part_pose[t].astype(np.float64)
            matrices = to_parts(camera, pose[:, :3], pose[:, 3:])
            noise[t] = lattice_noise(
                clip.depth[t].astype(np.float32), clip.part[t].astype(np.int32), matrices, camera.fov, seed
            )
        return cls(clip, noise, *directions(rotation, np.broadcast_to(clip.look, (len(clip), len(clip.look)))))

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return int(self.noise.nbytes + sum(getattr(self.clip, name).nbytes for name in PICTURES))


class ClipSet:
    """The clips of a folder that belong to one split.

    Attributes:
        folder: where they are. split: "train", or "held-out" for all that are kept from training.
        paths: those found so far. frames: how many frames they have together.
    """

    def __init__(self, folder: Path, split: str = "train", memory_gb: float = 6.0) -> None:
        """Look for clips; finding none is no error yet."""
        self.folder, self.split = folder, split
        self.paths: list[Path] = []
        self.frames = 0
        self._seen: dict[Path, int] = {}
        self._world: dict[Path, str] = {}
        self._bytes = 0
        self._limit = memory_gb * 2**30
        self._held: OrderedDict[Path, Loaded] = OrderedDict()
        self.refresh()

    def refresh(self) -> int:
        """Take in clips that are new, let go of those that are gone; return how many there are now."""
        there = sorted(self.folder.rglob("*.npz"))
        for path in there:
            if path not in self._seen:
                split, frames, self._world[path] = _origin(path)
                mine = split == self.split or (self.split == "held-out" and split != "train")
                self._seen[path] = frames if mine else 0
        gone = set(self._seen).difference(there)
        for path in gone:
            del self._seen[path]
            dropped = self._held.pop(path, None)
            self._bytes -= dropped.size if dropped is not None else 0
        # Those that were there before keep their places: what is drawn does not change with what is added.
        kept = [path for path in self.paths if path not in gone]
        self.paths = kept + [path for path in there if self._seen[path] and path not in set(kept)]
        self.frames = sum(self._seen.values())
        return len(self.paths)

    def worlds(self) -> dict[str, int]:
        """Return how many frames there are of each world: of a job and what drew its scene."""
        found: Counter[str] = Counter()
        for path in self.paths:
            found[self._world[path]] += self._seen[path]
        return dict(sorted(found.items()))

    def load(self, path: Path) -> Loaded:
        """Return a clip, from memory where it is still there."""
        if path in self._held:
            self._held.move_to_end(path)
            return self._held[path]
        loaded = Loaded.of(Clip.load(path))
        self._held[path] = loaded
        self._bytes += loaded.size
        while self._bytes > self._limit and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].size
        return loaded

    def draw(
        self, rng: np.random.Generator, batch: int, frames: int, crop: int, tint: float = 0.0, swap: float = 0.0
    ) -> Window:
        """Return a batch of windows of up to that many frames.

        Args:
            rng: draws them.
            batch: how many.
            frames: of each, at most.
            crop: side in pixels, at most.
            tint: deviation of the gains that colour their light.
            swap: share of windows whose colours change places.

        Raises:
            DataError: there is no clip to draw from.
        """
        if not self.paths:
            raise DataError(
                f"{self.folder} has no clip of the split {self.split!r}; make some with `worldsim renderer data`"
            )
        places = rng.integers(len(self.paths), size=batch)
        try:
            chosen = [self.load(self.paths[k]) for k in places]
        except DataError:
            if all(self.paths[k].is_file() for k in places):
                raise
            self.refresh()
            return self.draw(rng, batch, frames, crop, tint, swap)  # without the clip that was taken away meanwhile
        frames = min(frames, *(len(item.clip) for item in chosen))
        side = min(crop, *(min(item.clip.part.shape[1:]) // 16 * 16 for item in chosen))
        return collate([cut(item, rng, frames, side, tint, swap) for item in chosen])


def _origin(path: Path) -> tuple[str, int, str]:
    """Return the split of a clip, how many frames it has, and of what world, without unpacking its pictures."""
    try:
        with np.load(path, allow_pickle=False) as held:
            info = json.loads(bytes(held["info"]))
            world = f"{path.stem.rpartition('-')[0] or path.stem} {info['scene_seed']}"
            return str(info["split"]), len(held["camera"]), world
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(f"{path} is not a whole clip ({error}); delete it") from None


def cut(item: Loaded, rng: np.random.Generator, frames: int, side: int, tint: float = 0.0, swap: float = 0.0) -> Window:
    """Return a window of one crop: at an even place, so that blocks of noise stay whole, and half of them mirrored."""
    count, height, width = item.clip.part.shape
    first = int(rng.integers(count - frames + 1))
    top, left = (2 * int(rng.integers((room - side) // 2 + 1)) for room in (height, width))
    mirrored = bool(rng.random() < 0.5)
    gains = np.exp(tint * (rng.standard_normal() + rng.standard_normal(3)))
    order = rng.permutation(3) if swap and rng.random() < swap else np.arange(3)
    area = slice(top, top + side), slice(left, left + side)
    return window(item, slice(first, first + frames), *area, mirrored, gains if tint else None, order)


def tinted(picture: NDArray[np.uint8], gains: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return sRGB pictures (…, 3) uint8 in light that is multiplied by gains (3,)."""
    codes = np.arange(256) / 255
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return np.stack([to_srgb(linear * gain)[picture[..., k]] for k, gain in enumerate(gains)], -1)


def window(
    item: Loaded,
    when: slice,
    rows: slice,
    columns: slice,
    mirrored: bool = False,
    gains: NDArray[np.float64] | None = None,
    order: NDArray[np.int64] | None = None,
) -> Window:
    """Return the frames and pixels of one clip, as a batch of one.

    Args:
        item: the clip.
        when: of its frames.
        rows: of its pixels.
        columns: of its pixels.
        mirrored: left for right.
        gains: (3,) by which the light of each colour is multiplied.
        order: (3,) which colour stands in each one's place: light knows no names, so it is as true as before.
    """

    def take(array: NDArray[Any], lit: bool = False) -> Tensor:
        part = array[when, rows, columns]
        if mirrored:
            part = part[:, :, ::-1]
        if lit and gains is not None:
            part = tinted(part, gains)
        if order is not None and (lit or array is clip.albedo):
            part = part[..., order]
        return torch.from_numpy(np.ascontiguousarray(part))

    clip = item.clip
    across = torch.tensor([-1.0 if mirrored else 1.0, 1.0, 1.0])
    normal = take(clip.normal).float().div_(127) * across
    motion = take(clip.motion).float() * across[:2]
    albedo, surface = take(clip.albedo).float().div_(255).square_(), take(clip.surface).float().div_(255)
    raster, depth, noise = take(clip.raster, True), take(clip.depth).float(), take(item.noise).float()
    part = take(clip.part).to(torch.int32)
    light, up = (torch.from_numpy(array[when]) * across for array in (item.light, item.up))
    truths = tuple(
        Truth(*(array[t : t + 1] for array in (raster, depth, normal, albedo, surface, motion, noise, part, light, up)))
        for t in range(len(part))
    )
    kind, bucket = (torch.from_numpy(table.astype(np.int64))[part][:, None] for table in (clip.kinds, clip.buckets))
    return Window(truths, take(clip.reference, True)[:, None], kind, bucket, torch.from_numpy(clip.look)[None])


def collate(windows: list[Window]) -> Window:
    """Return windows of the same shape as one batch."""
    truths = tuple(
        Truth(*(torch.cat([getattr(w.truths[t], item.name) for w in windows]) for item in fields(Truth)))
        for t in range(len(windows[0].truths))
    )
    references, kind, bucket = (
        torch.cat([getattr(w, name) for w in windows], 1) for name in ("references", "kind", "bucket")
    )
    return Window(truths, references, kind, bucket, torch.cat([w.look for w in windows]))
