"""Training clips: drawn from a seed, true, whole or not there, and made where they are missing only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from worldsim.errors import DataError, OutputError, PathTraceError
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.diffusion.warp import carried, held
from worldsim.render.pathtrace.process import reference_python
from worldsim.render.renderer import Moment
from worldsim.render.stage import Stage
from worldsim.scene.load import load_bundle
from worldsim.training.clip import Clip, info_of
from worldsim.training.data import DataOptions, make_data
from worldsim.training.manifest import CLIPS, Manifest
from worldsim.training.plan import GARDENS, GROUPS, KEPT_LOOKS, KEPT_SCENES, Job, job
from worldsim.training.procedural import KEPT_MATERIALS, KEPT_PREFABS, procedural_scene
from worldsim.training.redraw import drawn, redraw
from worldsim.training.rollout import film


class Grey:
    """Stands in for the path tracer: a grey picture, and a count of how many were asked for."""

    asked = 0

    def __init__(self, stage: Stage, size: tuple[int, int], samples: int) -> None:
        self.size = size

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return grey."""
        Grey.asked += 1
        return np.full((self.size[1], self.size[0], 3), 128, np.uint8)

    def restage(self, stage: Stage) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def small(number: int, group: str = "props") -> Job:
    """Return a job with pictures of a size for tests."""
    found = job(0, group, number, 1)  # type: ignore[arg-type]
    return replace(found, size=(96, 64), shots=found.shots[:1])


def first(split: str, group: str = "props") -> Job:
    """Return the first job of a split."""
    return next(found for found in (job(0, group, k, 8) for k in range(400)) if found.split == split)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def clip() -> Clip:
    """A clip with things that move, seen by a camera that moves."""
    found = next(
        made
        for made in (job(0, "props", k, 1) for k in range(60))
        if made.scene_name == "procedural" and made.shots[0].camera == "orbit" and made.split == "train"
    )
    return next(iter(film(replace(found, size=(192, 128), shots=found.shots[:1]), Grey)))


def test_the_same_seed_and_number_are_the_same_job() -> None:
    assert job(3, "dogs", 17, 8) == job(3, "dogs", 17, 8)
    assert job(3, "dogs", 17, 8) != job(4, "dogs", 17, 8)


def test_drawn_scenes_load_and_keep_apart_what_is_kept() -> None:
    for seed in range(12):
        text = procedural_scene(np.random.default_rng(seed), actors=seed % 2 == 0, kept_assets=seed % 3 == 0)
        scene = load_bundle({"scene.yaml": text.encode()}, "scene.yaml")
        assert len(scene.cameras) >= 4
        kept = any(f'"{name}"' in text for name in (*KEPT_PREFABS, *KEPT_MATERIALS))
        assert kept == (seed % 3 == 0)


def test_what_is_kept_from_training_is_in_no_training_job() -> None:
    trained = [found for k in range(14) for found in [job(0, "dogs", k, 8)] if found.split == "train"]
    assert len(trained) > 9
    for found in trained:
        assert found.scene_name not in KEPT_SCENES.values()
        assert all(shot.look_words not in KEPT_LOOKS for shot in found.shots)
        assert not any(f'"{name}"' in found.source for name in (*KEPT_PREFABS, *KEPT_MATERIALS))
        assert len({shot.look_words for shot in found.shots}) > 1
    assert first("scene").scene_name == "tower"
    assert first("look").shots[0].look_words in KEPT_LOOKS
    assert any(name in first("asset").source for name in (*KEPT_PREFABS, *KEPT_MATERIALS))
    assert first("scene").size == (384, 256)


def test_the_lights_group_is_for_training_and_has_twice_the_lights() -> None:
    found = [job(0, "lights", k, 8) for k in range(30)]
    assert all(one.split == "train" and one.frames == 2 and len(one.shots) == 6 for one in found)
    assert {bool(one.scene().actors) for one in found[1::2]} == {True}
    assert len({shot.look.model_dump_json() for one in found for shot in one.shots}) > 120
    assert all(shot.look_words not in KEPT_LOOKS for one in found for shot in one.shots)
    assert not any(f'"{name}"' in one.source for one in found for name in (*KEPT_PREFABS, *KEPT_MATERIALS))


def test_stills_share_a_light_by_twos() -> None:
    found = [job(0, "stills", k, 8) for k in range(8)]
    assert all(one.split == "train" and one.frames == 1 and len(one.shots) == 12 for one in found)
    assert len({shot.look.model_dump_json() for one in found for shot in one.shots}) > 40
    assert all(a.look == b.look for one in found for a, b in zip(one.shots[::2], one.shots[1::2], strict=True))
    shots = replace(found[0], size=(48, 32), shots=found[0].shots[1:4])
    clips = list(film(shots, Grey))
    assert not np.array_equal(clips[0].look, clips[1].look)
    assert np.array_equal(clips[1].look, clips[2].look)
    fresh = next(iter(film(replace(shots, shots=shots.shots[:1]), Grey)))
    assert np.array_equal(fresh.raster, clips[0].raster)


def test_gardens_have_something_behind_them() -> None:
    found = [job(0, "gardens", k, 8) for k in range(30)]
    assert all(one.split == "train" and one.frames == 1 and len(one.shots) == 12 for one in found)
    made = [one for one in found if one.scene_name == "procedural"]
    assert {one.scene_name for one in found} - {"procedural"} <= set(GARDENS)
    assert 15 <= len(made) < 30
    for prefab in ("tree", "bush", "hedge", "house", "shed", "daisies", "treeline"):
        assert any(f'"{prefab}"' in one.source for one in made), prefab
    assert all('"tree"' in one.source for one in made)
    assert not any(f'"{name}"' in one.source for one in found for name in (*KEPT_PREFABS, *KEPT_MATERIALS))
    assert not set(KEPT_SCENES.values()) & {one.scene_name for one in found}


def test_strange_skies_have_mist_and_twilight_but_no_kept_look() -> None:
    looks = [shot.look for k in range(20) for shot in job(0, "skies", k, 8).shots[::2]]
    words = [shot.look_words for k in range(20) for shot in job(0, "skies", k, 8).shots]
    assert sum(look.haze > 0.7 for look in looks) > 5
    assert sum(look.sky == "clear" and look.sun_angles()[0] < 0 for look in looks) > 5
    assert any(look.sky == "night" for look in looks)
    assert not any(look.season == "autumn" for look in looks)
    assert not set(words) & set(KEPT_LOOKS)


def test_motion_carries_each_picture_onto_the_next(clip: Clip) -> None:
    """Albedo has no light: what is held and carried along looks the same."""
    part, depth = (torch.from_numpy(array) for array in (clip.part.astype(np.int32), clip.depth.astype(np.float32)))
    motion = torch.from_numpy(clip.motion.astype(np.float32))
    albedo = torch.from_numpy(clip.albedo.astype(np.float32) / 255).permute(0, 3, 1, 2)
    mask = held(part[1:], depth[1:], part[:-1], depth[:-1], motion[1:])
    assert 0.6 < float(mask.float().mean()) < 1
    error = (carried(albedo[:-1], motion[1:]) - albedo[1:]).abs().mean(1)
    still = (albedo[:-1] - albedo[1:]).abs().mean(1)
    moving = mask & (motion[1:].norm(dim=-1) > 1)
    assert int(moving.sum()) > 2000
    assert float(error[moving].mean()) < 0.5 * float(still[moving].mean())


def test_a_clip_comes_back_as_it_was(clip: Clip, tmp_path: Path) -> None:
    clip.save(tmp_path / "a.npz")
    back = Clip.load(tmp_path / "a.npz")
    assert back.info == clip.info
    for name in ("reference", "depth", "motion", "part_pose", "camera", "look", "kinds"):
        assert np.array_equal(getattr(back, name), getattr(clip, name))
    assert info_of(tmp_path / "a.npz") == (clip.info, len(clip))


def test_the_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        next(iter(film(small(1), Grey))).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_raster_is_drawn_again_and_nothing_else_changes(tmp_path: Path) -> None:
    found = small(1)
    made = next(iter(film(found, Grey)))
    old = replace(made, raster=made.raster // 2)
    again = drawn(old, found)
    assert again is not None
    assert np.abs(again.raster.astype(int) - made.raster).mean() < 0.05  # poses are kept in single precision
    assert again.reference is old.reference
    assert again.depth is old.depth
    assert drawn(old, small(2)) is None  # another world
    assert drawn(replace(old, part_pose=old.part_pose + 0.5), found) is None  # things are elsewhere
    (tmp_path / CLIPS).mkdir()
    path = tmp_path / CLIPS / f"{old.info.name}.npz"
    old.save(path)
    assert redraw([path], 7, 1) == [path]  # another seed
    with pytest.raises(DataError, match="is not a name that"):
        redraw([tmp_path / "clip.npz"], 0, 1)


def test_a_clip_cut_off_is_refused(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    clip.save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match="not a whole clip"):
        Clip.load(path)
    with pytest.raises(DataError, match="not a whole clip"):
        info_of(path)


def test_arrays_that_do_not_fit_are_refused(clip: Clip) -> None:
    with pytest.raises(DataError, match=r"motion is float32 .*expected float16"):
        replace(clip, motion=clip.motion.astype(np.float32))


def test_a_folder_is_filled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldsim.training.data.job", lambda seed, group, number, samples: small(number, group))
    options = DataOptions(tmp_path / "data", 3, groups=("props",))
    seen: list[int] = []
    made = make_data(options, lambda progress: seen.append(progress.done), Grey)
    assert seen == [1, 2, 3]
    assert len(made.entries) == 3
    asked = Grey.asked
    assert make_data(options, tracer=Grey) == made
    assert Grey.asked == asked
    gone = tmp_path / "data" / CLIPS / made.entries[1].file
    before = gone.read_bytes()
    gone.unlink()
    make_data(options, tracer=Grey)
    assert gone.read_bytes() == before
    assert Manifest.load(tmp_path / "data") == made
    assert made.of("train")[0].is_file()
    assert made.frames() == sum(len(Clip.load(path)) for path in made.of("train", "scene", "asset", "look"))


def test_processes_share_the_jobs_without_a_gap() -> None:
    from worldsim.training.data import wanted

    whole = wanted(DataOptions(Path("x"), 10))
    parts = [wanted(DataOptions(Path("x"), 10, part=k, of=3)) for k in range(3)]
    assert sorted(whole) == sorted(item for part in parts for item in part)
    assert len(whole) == 10 * len(GROUPS)


def test_processes_may_write_the_manifest_at_the_same_time(tmp_path: Path) -> None:
    """One is in the middle of writing when another writes and ends."""
    begun = tmp_path / "manifest.json.part"
    begun.write_bytes(b"half a docu")
    Manifest(tmp_path, ()).save()
    assert begun.read_bytes() == b"half a docu"
    assert Manifest.load(tmp_path).entries == ()


def test_mistakes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="part 3 of 3"):
        DataOptions(tmp_path, 1, part=3, of=3)
    with pytest.raises(DataError, match="make clips first"):
        Manifest.load(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match="can't be read"):
        Manifest.load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be made"):
        make_data(DataOptions(tmp_path / "file", 1), tracer=Grey)


@pytest.mark.slow
def test_the_reference_shows_what_the_raster_shows() -> None:
    try:
        reference_python()
    except PathTraceError as missing:
        pytest.skip(str(missing))
    found = next(made for made in (job(0, "props", k, 4) for k in range(60)) if made.scene_name == "robot_arm")
    clip = next(iter(film(replace(found, size=(144, 96), frames=1, shots=found.shots[:1]))))
    error = np.abs(clip.reference.astype(float) - clip.raster).mean()
    wrong = np.abs(clip.reference[:, :, ::-1].astype(float) - clip.raster).mean()
    assert error < 0.6 * wrong
