"""Training: it learns, resumes as if it had never stopped, keeps to its split, and refuses what can't be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests import footage
from worldsim.errors import CheckpointError, DataError, WeightsError
from worldsim.render.diffusion.network import SIZES, make_network
from worldsim.render.diffusion.weights import load_network
from worldsim.training.config import TrainConfig
from worldsim.training.dataset import ClipSet, Loaded, tinted, window
from worldsim.training.export import export, judge
from worldsim.training.loop import Trainer
from worldsim.training.machine import Accelerated
from worldsim.training.sheet import play, score


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return footage.folder(tmp_path / "data")


def config(data: Path, out: str = "run", **changed: Any) -> TrainConfig:
    base = TrainConfig(
        str(data), str(data.parent / out), size="tiny", steps=12, batch=2, crop=32, warm_up=2, log_every=4,
        save_every=100, sheet_every=100, past=0.8, rollout_from=0.5, rollout=1, decay=0.9,
    )  # fmt: skip
    return replace(base, **changed)


def parameters(trainer: Trainer) -> list[torch.Tensor]:
    return [*trainer.state.network.state_dict().values(), *trainer.state.ema.state().values()]


def test_it_learns_a_clip(data: Path) -> None:
    trainer = Trainer(config(data, steps=150, batch=4, learning_rate=4e-3, rollout=0, straight=1.0))
    trainer.run()
    item = Loaded.of(footage.clip("train0"))
    before, after = score(item.clip.raster, item.clip), score(play(trainer.mean_network(), item), item.clip)
    assert after.psnr > before.psnr + 5
    assert after.flip < 0.7 * before.flip


def test_resumed_equals_uninterrupted(data: Path) -> None:
    whole = Trainer(config(data, "whole"))
    whole.run()
    first = Trainer(config(data, "parts"))
    first.run(stopped=lambda: first.state.step >= 7)
    assert first.state.step == 7
    second = Trainer(config(data, "parts"), resume=True)
    assert second.state.step == 7
    second.run()
    assert second.state.step == 12
    for a, b in zip(parameters(whole), parameters(second), strict=True):
        assert torch.equal(a, b)
    lines = [json.loads(line) for line in (Path(second.config.out) / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [4, 8, 12]


def test_same_seed_same_weights(data: Path) -> None:
    runs = [Trainer(config(data, f"run{k}", seed=seed, steps=3)) for k, seed in enumerate((1, 1, 2))]
    for run in runs:
        run.run()
    a, b, c = (torch.cat([p.flatten() for p in parameters(run)]) for run in runs)
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_a_run_begins_with_the_weights_it_is_given_and_tells_of_them(data: Path) -> None:
    first = Trainer(config(data, "first", steps=4))
    first.run()
    folder = data.parent / "first" / "weights" / "tiny"
    export(first.mean_network(), first.config, 4, 60.0, folder, None)
    footage.clip("train9", seed=9).save(data / "train9.npz")
    second = Trainer(config(data, "second", init=str(folder)))
    begun = second.state.network.state_dict()
    for name, value in load_network(folder).state_dict().items():
        assert torch.equal(begun[name], value)
    second.run()
    export(second.mean_network(), second.config, 12, 60.0, data.parent / "out", None)
    record = json.loads((data.parent / "out" / "training.json").read_text())
    assert record["init"]["steps"] == 4
    assert record["frames_with_init"] == record["frames"] == 12  # eight of them are the first run's: counted once
    card = (data.parent / "out" / "README.md").read_text()
    assert "--init tiny" in card
    assert "weights of 4 steps on 8 frames" in card
    with pytest.raises(WeightsError, match="begin with weights of the same size"):
        Trainer(config(data, "third", init="small"))


def test_without_a_past_a_lesson_is_one_frame(data: Path) -> None:
    asked: list[int] = []
    trainer = Trainer(config(data, past=0.0, rollout=3, rollout_from=0.0))
    draw = trainer.clips.draw

    def watched(*args: Any) -> Any:
        found = draw(*args)
        asked.append(len(found.truths))
        return found

    trainer.clips.draw = watched  # type: ignore[method-assign, assignment]
    trainer.run()
    assert asked == [1] * 12


def test_only_its_split_is_drawn_and_new_clips_are_found(data: Path) -> None:
    clips = ClipSet(data)
    assert [path.stem for path in clips.paths] == ["train0", "train1"]
    assert [path.stem for path in ClipSet(data, "held-out").paths] == ["kept"]
    footage.clip("later", seed=9).save(data / "later.npz")
    assert clips.refresh() == 3
    assert clips.frames == 12
    assert [path.stem for path in clips.paths] == ["train0", "train1", "later"]
    (data / "train0.npz").unlink()
    clips.draw(np.random.default_rng(0), 8, 2, 32)
    assert [path.stem for path in clips.paths] == ["train1", "later"]
    assert clips.frames == 8
    (data / "later.npz").write_bytes(b"cut off")
    with pytest.raises(DataError, match=r"later\.npz is not a whole clip"):
        ClipSet(data)


def test_mirrored_windows_are_consistent(data: Path) -> None:
    """Mirrored twice is the same; mirrored once, the motion of the card points the other way."""
    item = Loaded.of(footage.clip())
    everything = slice(None)
    plain, mirrored = (window(item, everything, everything, everything, flag) for flag in (False, True))
    truth, other = plain.truths[1], mirrored.truths[1]
    assert torch.equal(other.raster.flip(2), truth.raster)
    assert torch.equal(other.motion.flip(2) * torch.tensor([-1.0, 1.0]), truth.motion)
    assert torch.equal(other.normal.flip(2) * torch.tensor([-1.0, 1.0, 1.0]), truth.normal)
    lit = (truth.normal @ truth.light[:, None, :, None])[..., 0]
    torch.testing.assert_close((other.normal @ other.light[:, None, :, None])[..., 0].flip(2), lit)


def test_tint_is_of_the_light() -> None:
    """A gain of 1 changes nothing, and a half is half the light, whatever the code."""
    codes = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    found = tinted(codes, np.array([1.0, 0.5, 2.0]))
    assert np.array_equal(found[:, 0], codes[:, 0])
    assert found[188, 1] == 137  # 0.5029 and 0.2514 in linear light
    assert (np.diff(found.astype(int), axis=0) >= 0).all()
    assert found[200, 2] == 255


def test_colours_change_places_in_pictures_and_albedo_alike(data: Path) -> None:
    clips = ClipSet(data)
    item = clips.load(clips.paths[0])
    area = slice(0, 2), slice(0, 64), slice(0, 64)
    plain, other = window(item, *area), window(item, *area, order=np.array([2, 0, 1]))
    assert torch.equal(other.references, plain.references[..., [2, 0, 1]])
    for one, turned in zip(plain.truths, other.truths, strict=True):
        assert torch.equal(turned.raster, one.raster[..., [2, 0, 1]])
        assert torch.equal(turned.albedo, one.albedo[..., [2, 0, 1]])
        assert torch.equal(turned.normal, one.normal)


def test_memory_stays_within_its_limit(data: Path) -> None:
    clips = ClipSet(data, memory_gb=1e-6)
    for path in clips.paths * 2:
        clips.load(path)
    assert len(clips._held) == 1


def test_accelerate_learns_too(data: Path) -> None:
    trainer = Trainer(config(data, steps=2), machine=Accelerated(cpu=True))
    report = trainer.run()
    assert trainer.state.step == 2
    assert report.steps == 2


def test_exported_weights_are_read_back_with_their_card(data: Path, tmp_path: Path) -> None:
    trainer = Trainer(config(data, steps=4))
    trainer.run()
    network = trainer.mean_network()
    found = judge(network, data)
    assert found is not None
    assert {(split, by) for split, by, _ in found.rows} == {
        (split, by) for split in ("all", "scene") for by in ("raster", "1 step", "reference")
    }
    export(network, trainer.config, 4, 60.0, tmp_path / "weights", found)
    loaded = load_network(tmp_path / "weights")
    assert torch.equal(loaded.stem.weight, network.stem.weight)
    card = (tmp_path / "weights" / "README.md").read_text()
    assert "8 path-traced frames (2 clips)" in card
    assert str(tmp_path) not in card
    assert "| scene | 1 step |" in card


def test_a_sheet_is_written(data: Path) -> None:
    trainer = Trainer(config(data, steps=1))
    path = trainer.sheet()
    assert path.read_bytes().startswith(b"\x89PNG")


def test_no_clips_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no clip to train on; make some with `worldsim renderer data`"):
        Trainer(config(tmp_path))


def test_a_run_is_not_written_over_and_not_resumed_from_nothing(data: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no checkpoint to resume"):
        Trainer(config(data), resume=True)
    Trainer(config(data, steps=1)).run()
    with pytest.raises(CheckpointError, match="already holds a run; go on with --resume"):
        Trainer(config(data))


def test_a_damaged_checkpoint_is_refused(data: Path) -> None:
    Trainer(config(data, steps=1)).run()
    file = data.parent / "run" / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(CheckpointError, match="can't be resumed from"):
        Trainer(config(data), resume=True)


def test_another_size_is_not_resumed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Trainer(config(data, steps=1)).run()
    monkeypatch.setitem(SIZES, "tiny", SIZES["tiny"] | {"widths": (8, 24)})
    with pytest.raises(CheckpointError, match="can't be resumed from"):
        Trainer(config(data), resume=True)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("crop", 40, "crop is 40; a multiple of 16"),
        ("batch", 0, "batch is 0; at least 1"),
        ("past", 1.5, "past is 1.5; it is a share"),
        ("rollout", 9, "rollout is 9; 0 to 8"),
        ("accelerator", "tpu", "accelerator is 'tpu'; known: auto, cpu, cuda"),
    ],
)
def test_numbers_that_can_not_be(data: Path, name: str, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        config(data, **{name: value})


def test_configuration_is_read_back(data: Path) -> None:
    written = config(data, seed=5)
    written.write(data / "config.json")
    assert TrainConfig.read(data / "config.json") == written
    (data / "config.json").write_text(json.dumps(written.document() | {"colour": 1}))
    with pytest.raises(DataError, match="does not know: colour"):
        TrainConfig.read(data / "config.json")


def test_an_untrained_network_scores_as_the_raster() -> None:
    item = Loaded.of(footage.clip())
    made = play(make_network("tiny").eval(), item)
    assert np.array_equal(made, item.clip.raster)
