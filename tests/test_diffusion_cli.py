"""Filming with the diffusion renderer from the command line, and what is refused there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import footage
from tests.test_diffusion_network import busy
from worldsim.cli import run
from worldsim.errors import OptionError
from worldsim.render.diffusion.options import DiffusionOptions, read_options

SHORT = ["--seconds", "0.1", "--size", "48x32", "--no-sound", "--no-take"]


def test_a_scene_is_recorded_with_weights_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    busy().save_pretrained(tmp_path / "weights")
    film = ["record", "tower", *SHORT, "--renderer", "diffusion", "--weights", str(tmp_path / "weights"), "--json"]
    assert run([*film, "-o", str(tmp_path / "a.mp4"), "--steps", "2", "--option", "seed=3"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 3


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = ["record", "tower", *SHORT, "-o", str(tmp_path / "a.mp4")]
    for words, message in (
        (["--steps", "2"], "raster has no use for --steps; those that have are: diffusion"),
        (["--renderer", "diffusion", "--steps", "9"], "steps is 9; the diffusion renderer takes 1 to 8"),
        (["--renderer", "diffusion", "--weights", "nowhere"], "nowhere is no folder with config.json"),
        (["--renderer", "diffusion", "--option", "sede=1"], "no option 'sede'; did you mean 'seed'"),
    ):
        assert run([*film, *words]) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_options_are_read() -> None:
    found = read_options({"steps": "4", "seed": "7", "threads": "2", "device": "cpu", "weights": "w"})
    assert found == DiffusionOptions("w", 4, 7, 2, "cpu")
    for words, message in (
        ({"seed": "-1"}, "seed is -1; a whole number from 0"),
        ({"threads": "0"}, "threads is 0; at least 1"),
        ({"steps": "many"}, "steps is 'many'; a whole number"),
        ({"device": "tpu"}, "device is 'tpu'; known: auto, cpu, cuda"),
    ):
        with pytest.raises(OptionError, match=message):
            read_options(words)


def test_training_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    data = footage.folder(tmp_path / "data", 1, 2, (48, 32))
    train = ["renderer", "train", "--data", str(data), "--out", str(tmp_path / "run"), "--json"]
    assert run([*train, "--steps", "1", "--batch", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["step"] == 1
    assert told["frames"] == 2
    assert {row["by"] for row in told["held_out"]["scores"]} == {"raster", "1 step", "reference"}
    assert run([*train, "--steps", "1"]) == 2
    assert "already holds a run; go on with --resume" in capsys.readouterr().err
    assert run([*train, "--resume", "--minutes", "0", "--no-judge"]) == 0
    assert json.loads(capsys.readouterr().out)["held_out"] is None
    film = ["record", "tower", *SHORT, "-o", str(tmp_path / "a.mp4"), "--renderer", "diffusion"]
    assert run([*film, "--weights", str(tmp_path / "run")]) == 0
