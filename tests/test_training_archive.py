"""Packed clips: what is drawn again is what was filmed, pictures to judge by are the same bytes, damage is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from worldsim.errors import DataError
from worldsim.physics.state import Snapshot
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.metrics.psnr import psnr
from worldsim.render.renderer import Moment
from worldsim.render.stage import Stage
from worldsim.training.archive import pack, unpack
from worldsim.training.clip import Clip
from worldsim.training.plan import job
from worldsim.training.rollout import film


class Shaded:
    """Stands in for the path tracer: the raster's picture, a little brighter."""

    def __init__(self, stage: Stage, size: tuple[int, int], samples: int) -> None:
        self.size = size
        self.restage(stage)

    def restage(self, stage: Stage) -> None:
        """Draw another stage."""
        self.raster = make_renderer("raster", stage, self.size)

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return a picture."""
        return np.minimum(self.raster.frame(snapshot, camera).astype(np.int64) + 9, 255).astype(np.uint8)

    def close(self) -> None:
        """Give it back."""
        self.raster.close()


def clips(group: str, wanted: Callable[[str], bool], shots: int) -> list[Clip]:
    """Return the clips of the first job of a split."""
    found = next(made for made in (job(0, group, k, 1) for k in range(99)) if wanted(made.split))  # type: ignore[arg-type]
    return list(film(replace(found, size=(96, 64), shots=found.shots[:shots]), Shaded))


@pytest.fixture(scope="module")
def stills() -> list[Clip]:
    return clips("stills", lambda split: split == "train", 3)


def written(made: list[Clip], folder: Path) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{clip.info.name}.npz" for clip in made]
    for clip, path in zip(made, paths, strict=True):
        clip.save(path)
    return paths


def test_what_comes_out_is_what_went_in(stills: list[Clip], tmp_path: Path) -> None:
    paths = written(stills, tmp_path / "clips")
    size = pack(paths, tmp_path / "shards")
    assert size == sum(path.stat().st_size for path in (tmp_path / "shards").iterdir())
    assert size < 0.5 * sum(path.stat().st_size for path in paths)
    manifest, left = unpack(tmp_path / "shards", tmp_path / "again")
    assert not left
    assert manifest.frames("train") == 3
    for clip in stills:
        back = Clip.load(tmp_path / "again" / "clips" / f"{clip.info.name}.npz")
        assert back.info == clip.info
        assert psnr(back.reference[0], clip.reference[0]) > 36
        assert np.mean(back.part == clip.part) > 0.999
        assert psnr(back.raster[0], clip.raster[0]) > 45
        for name in ("part_pose", "camera", "look", "kinds", "buckets", "instances", "classes"):
            assert np.array_equal(getattr(back, name), getattr(clip, name))


def test_pictures_to_judge_by_lose_nothing_and_only_they_are_taken_if_asked_for(
    stills: list[Clip], tmp_path: Path
) -> None:
    kept = clips("props", lambda split: split == "asset", 1)
    pack(written([*stills, *kept], tmp_path / "clips"), tmp_path / "shards")
    manifest, _ = unpack(tmp_path / "shards", tmp_path / "again", kept=True)
    assert [entry.info.name for entry in manifest.entries] == [kept[0].info.name]
    back = Clip.load(manifest.of("asset")[0])
    assert np.array_equal(back.reference, kept[0].reference)
    assert np.mean(np.abs(back.motion.astype(np.float32) - kept[0].motion.astype(np.float32)) < 0.01) > 0.999
    assert unpack(tmp_path / "shards", tmp_path / "again")[0].frames() == len(kept[0]) + 3


def test_another_world_is_left_out(stills: list[Clip], tmp_path: Path) -> None:
    pack(written(stills[:1], tmp_path / "clips"), tmp_path / "shards")
    manifest, left = unpack(tmp_path / "shards", tmp_path / "again", seed=5)
    assert left == [stills[0].info.name]
    assert not manifest.entries


def test_a_clip_whose_things_have_other_shapes_now_is_left_out(stills: list[Clip], tmp_path: Path) -> None:
    part = stills[0].part.copy()
    part[0, :4] = 1 + part[0, :4]  # a fifteenth of the picture showed something else
    paths = written([replace(stills[0], part=part), stills[1]], tmp_path / "clips")
    pack(paths, tmp_path / "shards")
    manifest, left = unpack(tmp_path / "shards", tmp_path / "again")
    assert left == [stills[0].info.name]
    assert [entry.info.name for entry in manifest.entries] == [stills[1].info.name]


def test_mistakes_are_told(stills: list[Clip], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no shard"):
        unpack(tmp_path, tmp_path / "again")
    pack(written(stills[:1], tmp_path / "clips"), tmp_path / "shards")
    shard = next((tmp_path / "shards").iterdir())
    shard.write_bytes(shard.read_bytes()[:-500])
    with pytest.raises(DataError, match="not a whole shard"):
        unpack(tmp_path / "shards", tmp_path / "again")
    stills[0].save(tmp_path / "own.npz")
    with pytest.raises(DataError, match="is not a name that"):
        pack([tmp_path / "own.npz"], tmp_path / "shards")
