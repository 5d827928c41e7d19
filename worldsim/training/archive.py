"""What is dear of clips, packed small: traced pictures and where everything was. The rest is drawn again in moments.

Shards are .npz files without pickle of a few megabytes each, `GROUP-NNN.npz`, for twenty jobs. Pictures to train with
are JPEG (quality 94, colour at full size: 50 dB on average, far above what a traced picture's own grain leaves); those
kept for judging are lossless. Drawing needs neither the path tracer nor the same physics: poses are in the shard. How
many pixels each part has is there too: a thing whose shape is another since then is not drawn beside its old picture.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldsim import World
from worldsim.errors import DataError, OutputError
from worldsim.output import write_whole
from worldsim.render import make_renderer
from worldsim.render.stage import Stage
from worldsim.scene.look_vector import look_vector
from worldsim.training.clip import Clip, ClipInfo, camera_of, info_from
from worldsim.training.manifest import CLIPS, Manifest
from worldsim.training.plan import Job
from worldsim.training.redraw import job_of, snapshot_of
from worldsim.training.rollout import clip_of

JOBS = 20
"""Jobs whose clips share a shard."""
OTHER = 0.01
"""Share of the pixels that parts may have gained or lost since a clip was packed: drivers round differently."""
Tell = Callable[[int, int], None]


def pack(paths: Sequence[Path], folder: Path, tell: Tell = lambda done, total: None) -> int:
    """Write shards of clips into a folder; return how many bytes they have.

    Args:
        paths: of the clips, with names that `worldsim renderer data` gives.
        folder: it is made; shards of the same jobs are replaced.
        tell: told how many clips are done, of how many.

    Raises:
        DataError: a file is not a whole clip, or its name is another.
        OutputError: the disk is full, or the folder can't be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be made: {error.strerror}; choose another place") from None
    done = size = 0
    for name, members in groupby(sorted(paths, key=lambda path: path.name), lambda path: _shard(path.stem)):
        arrays: dict[str, NDArray[Any]] = {}
        for path in members:
            arrays |= _packed(Clip.load(path))
            done += 1
            tell(done, len(paths))
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        write_whole(folder / f"{name}.npz", buffer.getvalue())
        size += buffer.tell()
    return size


def unpack(
    archive: Path, folder: Path, seed: int = 0, kept: bool | None = None, tell: Tell = lambda done, total: None
) -> tuple[Manifest, list[str]]:
    """Draw the clips of shards into a folder, those that are there already left alone.

    Args:
        archive: folder of the shards.
        folder: of clips; it is made.
        seed: that the clips were made from.
        kept: only those kept for judging (True), only those to train with (False), or all (None).
        tell: told how many jobs are done, of how many.

    Returns:
        What the folder holds now, and the names of clips whose world has other parts or shapes now, which are left out.

    Raises:
        DataError: there are no shards, or one is damaged.
        OutputError: the disk is full, or the folder can't be written to.
    """
    shards = sorted(archive.glob("*.npz"))
    if not shards:
        raise DataError(f"{archive} has no shard; make some with `worldsim renderer data --pack`")
    clips = folder / CLIPS
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{clips} can't be made: {error.strerror}; choose another place") from None
    left: list[str] = []
    for place, shard in enumerate(shards):
        for job, entries in _jobs(shard, seed):
            if kept is not None and kept != (job.split != "train"):
                continue
            wanted = [entry for entry in entries if not (clips / f"{entry.info.name}.npz").is_file()]
            made = {clip.info.name: clip for clip in _drawn(job, wanted)}
            for clip in made.values():
                clip.save(clips / f"{clip.info.name}.npz")
            left += [entry.info.name for entry in wanted if entry.info.name not in made]
        tell(place + 1, len(shards))
    manifest = Manifest.scan(folder)
    manifest.save()
    return manifest, left


class _Entry:
    """A clip in a shard."""

    def __init__(self, info: ClipInfo, held: Any) -> None:
        self.info, name = info, info.name
        self.part_pose, self.camera = held[f"{name}.part_pose"], held[f"{name}.camera"]
        self.look, self.kinds = held[f"{name}.look"], held[f"{name}.kinds"]
        self.pixels = held[f"{name}.pixels"]
        self.reference = np.stack([_decoded(held[f"{name}.{t}"]) for t in range(len(self.camera))])


def _shard(name: str) -> str:
    """Return the name of the shard of a clip."""
    group, number, _ = ([*name.split("-"), "", ""])[:3]
    if not number.isdigit():
        raise DataError(f"{name}.npz is not a name that `worldsim renderer data` gives, such as props-00017-2.npz")
    return f"{group}-{int(number) // JOBS:03d}"


def _packed(clip: Clip) -> dict[str, NDArray[Any]]:
    """Return the arrays of a clip in a shard."""
    lossless = clip.info.split != "train"
    found: dict[str, NDArray[Any]] = {
        "info": np.frombuffer(json.dumps(asdict(clip.info)).encode(), np.uint8),
        "part_pose": clip.part_pose,
        "camera": clip.camera,
        "look": clip.look,
        "kinds": clip.kinds,
        "pixels": _pixels(clip),
    }
    found |= {f"{t}": _coded(picture, lossless) for t, picture in enumerate(clip.reference)}
    return {f"{clip.info.name}.{name}": array for name, array in found.items()}


def _pixels(clip: Clip) -> NDArray[np.uint32]:
    """Return (T, P + 1): how many pixels show each part, by its index + 1."""
    return np.stack([np.bincount(part.ravel(), minlength=len(clip.kinds)) for part in clip.part]).astype(np.uint32)


def _same(clip: Clip, entry: _Entry) -> bool:
    """Return whether a clip drawn again shows what the packed one showed."""
    if not np.array_equal(clip.kinds, entry.kinds):
        return False
    changed = np.abs(_pixels(clip).astype(np.int64) - entry.pixels).sum() / 2
    return bool(changed <= OTHER * clip.part.size)


def _coded(picture: NDArray[np.uint8], lossless: bool) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    if lossless:
        Image.fromarray(picture).save(buffer, "WEBP", lossless=True, method=4)
    else:
        Image.fromarray(picture).save(buffer, "JPEG", quality=94, subsampling=0, optimize=True)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _decoded(code: NDArray[np.uint8]) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(code.tobytes())) as picture:
        return np.asarray(picture.convert("RGB"))


def _jobs(shard: Path, seed: int) -> Iterator[tuple[Job, list[_Entry]]]:
    """Yield the jobs of a shard with their clips."""
    try:
        with shard.open("rb") as file, np.load(file, allow_pickle=False) as held:
            infos = [info_from(bytes(held[name])) for name in held.files if name.endswith(".info")]
            infos.sort(key=lambda info: info.name)
            for _, members in groupby(infos, lambda info: info.name.rsplit("-", 1)[0]):
                entries = [_Entry(info, held) for info in members]
                yield job_of(entries[0].info.name, seed, entries[0].info.samples), entries
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{shard} is not a whole shard ({error}); take it from where it came again") from None


def _drawn(job: Job, entries: Iterable[_Entry]) -> Iterator[Clip]:
    """Yield the clips of a job, but for those whose world or light is another now."""
    entries = list(entries)
    if not entries or any(job.scene_name != entry.info.scene for entry in entries):
        return
    with World(job.scene(), seed=job.seed) as world:
        rest = world.snapshot()
        for entry in entries:
            looks = [shot.look for shot in job.shots if np.allclose(look_vector(shot.look), entry.look, atol=1e-4)]
            stage = Stage.of(world, looks[0]) if looks else None
            if stage is None or len(stage.parts) != entry.part_pose.shape[1]:
                continue
            moments = [
                (snapshot_of(rest, pose), camera_of(view))
                for pose, view in zip(entry.part_pose, entry.camera, strict=True)
            ]
            raster = make_renderer("raster", stage, entry.info.size)
            try:
                clip = clip_of(entry.info, stage, moments, raster, list(entry.reference))
            finally:
                raster.close()
            if _same(clip, entry):
                yield clip
