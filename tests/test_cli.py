"""The command line: help with examples, errors in a line or two, JSON and nothing else, clean ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from worldsim.cli import cli, run
from worldsim.cli.evaluate import mean_interval, wilson

Result = subprocess.CompletedProcess[str]


def every_command() -> Iterator[tuple[str, click.Command]]:
    def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        for word, inner in getattr(command, "commands", {}).items():
            yield from walk(f"{name} {word}", inner)

    yield from walk("worldsim", cli)


COMMANDS = dict(every_command())


def worldsim(*arguments: str, cwd: Path | None = None, **variables: str) -> Result:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(
        [sys.executable, "-m", "worldsim", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run in this process; check that it is refused as a user's mistake is; return what was said."""
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.strip().splitlines()
    assert 1 <= len(lines) <= 2, said.err
    assert lines[0].startswith("worldsim: ")
    assert "Traceback" not in said.err
    return str(said.err)


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(arguments) == 0
    return json.loads(capsys.readouterr().out)


# ---- help


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_that_exists(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split()[1:], "--help"]) == 0
    text = capsys.readouterr().out
    examples = COMMANDS[name].examples  # type: ignore[attr-defined]
    assert examples
    for example in examples:
        assert example in text
        assert example.startswith(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_options_ends_as_a_sentence(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").endswith("."), f"{name} {parameter.opts}"


def test_help_lists_only_what_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out.split("Commands:")[1].split("Examples:")[0]
    listed = [line.split()[0] for line in said.splitlines() if line.startswith("  ") and line[2:3].strip()]
    assert {"play", "record", "train", "eval"} <= set(listed)
    for name in listed:
        assert run([name, "--help"]) == 0


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from worldsim import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"worldsim {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from worldsim.cli import run; run(['--help']);"
        "sys.exit(', '.join(m for m in ('torch', 'pybullet', 'pygame', 'av', 'scipy', 'pydantic', 'ruamel.yaml')"
        " if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_module_is_the_command() -> None:
    assert worldsim("--version").stdout.startswith("worldsim ")


# ---- mistakes


def test_unknown_command_has_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'record'?" in refused(capsys, "recrod", "yard")


def test_unknown_option_has_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert "'--seconds'" in refused(capsys, "record", "yard", "-o", "x.mp4", "--second", "3")


@pytest.mark.parametrize("command", [("record", "-o", "x.mp4"), ("play",), ("scene", "show")])
def test_unknown_scene_has_a_suggestion(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert "did you mean 'yard'?" in refused(capsys, *command, "yrad")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("size", "said"), [("big", "'big' is no size"), ("1x1", "out of range"), ("99999x2000", "out of range")]
)
def test_bad_size(size: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, "record", "yard", "-o", "x.mp4", "--size", size)


def test_unwritable_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = tmp_path / "none" / "x.mp4"
    assert "there is no folder" in refused(capsys, "record", "yard", "-o", str(missing))
    assert "is a folder" in refused(capsys, "record", "yard", "-o", str(tmp_path))


def test_no_display_offers_record() -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("SDL_VIDEODRIVER", None)
    done = subprocess.run(
        [sys.executable, "-m", "worldsim", "play", "yard"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "worldsim record" in done.stderr


def test_unknown_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'stepping'?" in refused(capsys, "bench", "steping")


def test_unknown_env_and_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert "worldsim/DogAgility-v0" in refused(capsys, "eval", "worldsim/DogAgilty-v0", "--policy", "dog_agility")
    assert "did you mean 'dog_agility'?" in refused(capsys, "eval", "worldsim/DogAgility-v0", "--policy", "dog_agilty")
    assert "made for" in refused(capsys, "eval", "worldsim/DogRampage-v0", "--policy", "dog_agility")


def test_bug_of_ours_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import worldsim.scene.library

    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(worldsim.scene.library, "shipped_scenes", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        run(["scene", "list"])


def test_system_error_is_said_in_a_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import worldsim.scene.library

    def full() -> None:
        raise OSError(28, "No space left on device", "clip.mp4")

    monkeypatch.setattr(worldsim.scene.library, "shipped_scenes", full)
    assert "clip.mp4: No space left on device" in refused(capsys, "scene", "list")


def test_broken_pipe_ends_quietly() -> None:
    done = subprocess.run(
        f"{sys.executable} -m worldsim scene schema | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert len(done.stdout) == 10


# ---- scenes


def test_scene_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "scene", "list", "--json")
    assert {"dog_agility", "dominoes"} <= {row["name"] for row in rows}
    assert all(row["description"] for row in rows)
    shown = document(capsys, "scene", "show", "yard", "--json")
    assert shown["actors"] == {"rex": "dog"}
    assert set(shown["cameras"]) == {"chase", "side"}
    assert any(row["name"] == "jump_barrier" for row in document(capsys, "scene", "show", "prefabs", "--json"))
    assert any(row["name"] == "steel" for row in document(capsys, "scene", "show", "materials", "--json"))


def test_scene_new_is_sound(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["scene", "new", "mine"]) == 0
    assert run(["scene", "check", "mine.yaml"]) == 0
    assert "mine.yaml: sound" in capsys.readouterr().out
    assert "exists already" in refused(capsys, "scene", "new", "mine")


def test_scene_check_finds_every_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "format: 1\nname: bad\ngravty: [0, 0, -9.81]\nobjects:\n  - {name: a, shape: bx}\n", encoding="utf-8"
    )
    assert run(["scene", "check", str(file)]) == 2
    out = capsys.readouterr().out
    assert f"{file}:3:1" in out
    assert "gravity" in out
    assert f"{file}:5:" in out
    assert run(["scene", "check", str(file), "--json"]) == 2
    (report,) = json.loads(capsys.readouterr().out)
    assert {problem["line"] for problem in report["problems"]} == {3, 5}


def test_scene_schema_is_the_shipped_one(capsys: pytest.CaptureFixture[str]) -> None:
    from worldsim.scene.library import shipped_folder

    assert run(["scene", "schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["title"] == "worldsim scene"
    assert printed == (shipped_folder() / "scene.schema.json").read_text(encoding="utf-8")


# ---- envs and policies


def test_env_list(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "env", "list", "--json")
    assert {"worldsim/DogAgility-v0", "worldsim/DogRampage-v0", "worldsim/Scene-v0"} <= {row["id"] for row in rows}


def test_policy_list(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "policy", "list", "--json")
    assert all(row["name"] and row["description"] for row in rows)


def test_interval_of_a_mean() -> None:
    low, high = mean_interval([1.0, 2.0, 3.0, 4.0])
    assert (low + high) / 2 == pytest.approx(2.5)
    assert high - low == pytest.approx(2 * 1.959964 * (5 / 3) ** 0.5 / 2)
    assert mean_interval([7.0]) == (7.0, 7.0)


def test_wilson_interval() -> None:
    # Figures of Brown, Cai and DasGupta (2001): 8 of 10 gives 0.490 to 0.943.
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0
    assert wilson(20, 20)[1] == pytest.approx(1.0)


@pytest.mark.slow
def test_eval_document(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "eval", "worldsim/DogAgility-v0", "--policy", "dog_agility", "--episodes", "2", "--json")
    assert found["episodes"] == 2
    assert sum(found["outcomes"].values()) == 2
    assert list(found)[:9] == [
        "env",
        "policy",
        "episodes",
        "seed",
        "success_rate",
        "success_ci95",
        "return_mean",
        "length_mean",
        "outcomes",
    ]


# ---- bench


@pytest.mark.parametrize("words", [("startup", "--json"), ("startup", "--json", "-"), ("--json", "startup")])
def test_bench_document(words: tuple[str, ...]) -> None:
    done = worldsim("bench", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["machine"]
    for result in found["results"]:
        assert {"name", "value", "unit", "floor", "ratio"} <= set(result)
        assert result["ratio"] == pytest.approx(result["value"] / result["floor"], rel=0.01)


def test_bench_lists_what_there_is() -> None:
    import worldsim.benchmarks
    from worldsim.benchmarks import SUBJECTS, subject

    folder = Path(str(worldsim.benchmarks.__file__)).parent
    assert set(SUBJECTS) == {
        file.stem for file in folder.glob("*.py") if "\ndef run(" in file.read_text(encoding="utf-8")
    }
    for name in SUBJECTS:
        assert callable(subject(name))


# ---- recordings


RECORD = ("--seconds", "0.5", "--size", "64x48", "--seed", "7")


def test_record_document(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    done = worldsim("record", "yard", "-o", str(clip), *RECORD, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["video"] == str(clip)
    assert found["take"] == str(tmp_path / "clip.take")
    assert (found["frames"], found["fps"], found["size"], found["seconds"], found["seed"]) == (15, 30, [64, 48], 0.5, 7)
    assert clip.stat().st_size > 1000
    again = worldsim(
        "render", found["take"], "-o", str(tmp_path / "side.mp4"), "--camera", "side", "--size", "64x48", "--json"
    )
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["frames"] == 15


@pytest.mark.slow
def test_two_processes_record_identical_frames(tmp_path: Path) -> None:
    """The README's test of determinism: the same scene and seed give the same frames, and the same bytes of video."""
    from worldsim.record.video import read_frames

    clips = [tmp_path / "first.mp4", tmp_path / "second.mp4"]
    for clip in clips:
        done = worldsim("record", "yard", "-o", str(clip), "--seconds", "1", "--size", "128x96", "--seed", "3")
        assert done.returncode == 0, done.stderr
    first, second = (read_frames(clip) for clip in clips)
    assert first.shape == (30, 96, 128, 3)
    assert (first == second).all()
    assert clips[0].read_bytes() == clips[1].read_bytes()


@pytest.mark.slow
def test_interrupted_recording_keeps_what_it_had(tmp_path: Path) -> None:
    from worldsim.record.video import read_frames

    clip = tmp_path / "clip.mp4"
    process = subprocess.Popen(
        [sys.executable, "-m", "worldsim", "record", "yard", "-o", str(clip), "--seconds", "600", "--size", "64x48"],
        stderr=subprocess.PIPE,
        text=True,
    )
    part = tmp_path / "clip.mp4.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 2000) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert len(read_frames(clip)) >= 15
    assert not part.exists()
