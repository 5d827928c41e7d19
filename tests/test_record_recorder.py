"""Footage of worlds and of takes: the same frames, whole files whatever stops it, sound in step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from worldsim.errors import OutputError, RateError, TakeError, UnknownNameError
from worldsim.record.film import Period
from worldsim.record.layers import Layers
from worldsim.record.recorder import Shot, record, render_take
from worldsim.record.result import Progress, RecordResult
from worldsim.record.video import read_frames
from worldsim.render.camera import Camera
from worldsim.scene.look import Look
from worldsim.take import Take

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # no OpenGL here: the fallback says so

SCENE = """
format: 1
name: small
ground: {material: grass}
objects:
  - {name: ball, shape: sphere, radius: 0.3, at: [0, 0, 1.3], material: rubber}
actors:
  rex: {kind: dog, breed: beagle, at: [-1, 1]}
cameras:
  front: {at: [3, 0, 1], look_at: [0, 0, 0.5]}
  chase: {follow: rex, distance: 2.5}
outcomes:
  - {name: dropped, when: {touched: {body: ball, by: ground}}}
"""
SIZE = (96, 64)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("scene") / "small.yaml"
    path.write_text(SCENE)
    return str(path)


@pytest.fixture(scope="module")
def shot(scene: str, tmp_path_factory: pytest.TempPathFactory) -> RecordResult:
    """Return a second of the ball that falls, filmed from the front."""
    out = tmp_path_factory.mktemp("shot") / "a.mp4"
    return record(scene, out, seconds=1.0, shot=Shot(size=SIZE, camera="front"))


def test_a_recording_is_what_was_asked(shot: RecordResult) -> None:
    assert (shot.frames, shot.fps, shot.seconds, shot.size, shot.seed) == (30, 30, 1.0, SIZE, 0)
    assert shot.outcome == "dropped"
    assert not shot.sound
    assert shot.interrupted is None
    assert read_frames(shot.video).shape == (30, 64, 96, 3)
    assert shot.take is not None
    with Take.open(shot.take) as take:
        assert (take.seconds, take.outcome, take.truncated) == (1.0, "dropped", False)
    document = shot.as_json()
    wanted = {"video", "take", "frames", "fps", "size", "seconds", "outcome", "seed"}
    assert wanted <= set(document)
    assert document["size"] == [96, 64]
    assert sorted(os.listdir(shot.video.parent)) == ["a.mp4", "a.take"]


def test_a_take_gives_the_same_frames_without_simulating(
    shot: RecordResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shot.take is not None
    monkeypatch.setattr("worldsim.physics.world.World.advance", None)
    again = render_take(shot.take, tmp_path / "b.mp4", shot=Shot(size=SIZE, camera="front"))
    assert again.frame_hash == shot.frame_hash
    assert (tmp_path / "b.mp4").read_bytes() == shot.video.read_bytes()
    assert (again.outcome, again.seed, again.take) == ("dropped", 0, shot.take)


def test_an_excerpt_is_a_piece_of_the_whole(shot: RecordResult, tmp_path: Path) -> None:
    assert shot.take is not None
    for camera in ("front", "chase"):
        how = Shot(size=SIZE, camera=camera)
        render_take(shot.take, tmp_path / f"{camera}.png", shot=how)
        part = render_take(shot.take, tmp_path / f"{camera}_part.png", start=0.5, end=0.7, shot=how)
        assert part.frames == 6
        for k in range(6):
            whole_file, part_file = tmp_path / f"{camera}_{15 + k:05d}.png", tmp_path / f"{camera}_part_{k:05d}.png"
            assert whole_file.read_bytes() == part_file.read_bytes()


def test_another_camera_look_size_and_rate(shot: RecordResult, tmp_path: Path) -> None:
    assert shot.take is not None
    night = Look.model_validate({"time": "05:00"})
    above = Camera.looking((0.0, 0.0, 6.0), (0.0, 0.0, 0.0))
    hashes = {shot.frame_hash}
    for k, how in enumerate((Shot(size=SIZE, camera="front", look=night), Shot(size=SIZE, camera=above))):
        hashes.add(render_take(shot.take, tmp_path / f"{k}.mp4", end=0.2, shot=how).frame_hash)
    assert len(hashes) == 3
    result = render_take(shot.take, tmp_path / "a.gif", shot=Shot(size=(51, 35), fps=12))
    assert (result.frames, result.fps, result.size) == (12, 12, (51, 35))


def test_two_processes_give_the_same_frames(scene: str, tmp_path: Path) -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "import numpy as np\n"
        "from worldsim.record.recorder import Shot, record\n"
        "r = record(sys.argv[1], sys.argv[2], seconds=0.5, policy=lambda o: np.array([1.0, 0.2, 0.0]), seed=4,\n"
        "           shot=Shot(size=(96, 64), camera='chase'))\n"
        "print(r.frame_hash)"
    )
    hashes = [
        subprocess.run(
            [sys.executable, "-c", code, scene, str(tmp_path / f"{k}.mp4")], capture_output=True, text=True, check=True
        ).stdout
        for k in range(2)
    ]
    assert hashes[0] == hashes[1]
    assert len(hashes[0].strip()) == 64
    assert (tmp_path / "0.mp4").read_bytes() == (tmp_path / "1.mp4").read_bytes()
    assert (tmp_path / "0.take").read_bytes() == (tmp_path / "1.take").read_bytes()


class Clicks:
    """A click at the moment the ball first touches the ground, and silence else."""

    sample_rate = 48_000

    def __init__(self) -> None:
        self.periods: list[int] = []
        self.at: float | None = None

    def block(self, period: Period) -> np.ndarray:
        self.periods.append(period.number)
        out = np.zeros((800, 2), np.float32)
        assert period.before.step == period.number * 4
        assert [state.step for state in period.states] == [period.number * 4 + k for k in (1, 2, 3, 4)]
        for row in period.contacts:
            heavy = row["new"] and abs(row["velocity"][2]) > 2
            if heavy and self.at is None:
                self.at = row["step"] / 240
                start = round((self.at - period.before.time) * 48_000) - 1
                out[start:] = 0.7
        return out


def onset(path: Path) -> float:
    """Return when the first sound in a file begins, in s."""
    with av.open(str(path)) as container:
        blocks = [(float(frame.time or 0), frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    sound = np.concatenate([block for _, block in blocks])
    return blocks[0][0] + int(np.argmax(np.abs(sound) > 0.35)) / 48_000


def test_the_click_is_heard_when_the_ball_lands(scene: str, shot: RecordResult, tmp_path: Path) -> None:
    live, later, part = Clicks(), Clicks(), Clicks()
    path = tmp_path / "a.mp4"
    result = record(scene, path, seconds=1.0, shot=Shot(size=SIZE, camera="front", sound=live))
    assert result.sound
    assert result.frame_hash == shot.frame_hash
    assert live.periods == list(range(60))
    assert live.at == pytest.approx(np.sqrt(2 * 1.0 / 9.81), abs=0.006)  # s: a fall of 1 m
    heard = onset(path)
    assert heard == pytest.approx(live.at, abs=0.005)
    assert result.take is not None
    render_take(result.take, tmp_path / "b.mp4", shot=Shot(size=SIZE, camera="front", sound=later))
    assert (tmp_path / "b.mp4").read_bytes() == path.read_bytes()
    render_take(result.take, tmp_path / "c.mp4", start=0.3, end=0.6, shot=Shot(size=SIZE, sound=part))
    assert live.at is not None
    assert part.periods == list(range(36))  # heard from before, so that what still rings is there
    assert onset(tmp_path / "c.mp4") == pytest.approx(live.at - 0.3, abs=0.005)


def test_layers_lie_beside_the_video(scene: str, shot: RecordResult, tmp_path: Path) -> None:
    how = Shot(size=SIZE, camera="front", layers=("depth", "instances", "motion"))
    result = record(scene, tmp_path / "a.mp4", seconds=0.5, shot=how, take=False)
    assert result.take is None
    assert result.layers == tmp_path / "a.layers"
    layers = Layers(result.layers)
    assert len(layers) == 15
    ids = {name: int(number) for number, name in layers.index["instances"].items()}
    first, last = (np.argwhere(layers.read("instances", k) == ids["ball"]) for k in (0, 12))
    assert last[:, 0].mean() > first[:, 0].mean() + 3  # it falls
    moved = layers.read("motion", 12)[layers.read("instances", 12) == ids["ball"]]
    assert moved[:, 1].mean() < -1  # and was higher in the frame before


def test_progress_and_ending_at_the_outcome(scene: str, tmp_path: Path) -> None:
    told: list[Progress] = []
    result = record(
        scene, tmp_path / "a.mp4", seconds=5.0, shot=Shot(size=SIZE), until_outcome=True, progress=told.append
    )
    assert result.outcome == "dropped"
    assert 12 <= result.frames <= 20
    assert [p.done for p in told] == list(range(1, result.frames + 1))
    assert told[0].total == 150
    assert told[0].eta is None
    assert (told[-1].eta or 0) > 0


LONG = """
import sys, warnings; warnings.simplefilter('ignore')
from worldsim.record.recorder import Shot, record
result = record(sys.argv[1], sys.argv[2], seconds=1000.0, shot=Shot(size=(96, 64), layers=('depth',)),
                progress=lambda p: print(p.done, flush=True))
print('RESULT', result.interrupted, result.frames)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_files(scene: str, tmp_path: Path, how: signal.Signals) -> None:
    path = tmp_path / "a.mp4"
    with subprocess.Popen([sys.executable, "-c", LONG, scene, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.split())
            if line.strip() == "20":
                process.send_signal(how)
    assert process.returncode == 0
    word, name, frames = lines[-1]
    assert (word, name) == ("RESULT", how.name)
    assert len(read_frames(path)) == int(frames)
    assert sorted(os.listdir(tmp_path)) == ["a.layers", "a.mp4", "a.take"]
    with Take.open(tmp_path / "a.take") as take:
        assert not take.truncated
        assert take.seconds * 30 >= int(frames) - 1
    assert len(Layers(tmp_path / "a.layers")) == int(frames)


def test_an_error_on_the_way_keeps_what_was_recorded(scene: str, tmp_path: Path) -> None:
    calls = []

    def policy(seen: np.ndarray) -> np.ndarray:
        calls.append(seen)
        if len(calls) == 20:
            raise RuntimeError("tired")
        return np.zeros(3)

    with pytest.raises(RuntimeError, match="tired"):
        record(scene, tmp_path / "a.mp4", seconds=5, policy={"rex": policy}, shot=Shot(size=SIZE))
    assert len(read_frames(tmp_path / "a.mp4")) == 10
    with Take.open(tmp_path / "a.take") as take:
        assert len(take) == 19
        assert len(list(take.replay())) == 19


def test_mistakes_are_told_before_anything_starts(scene: str, shot: RecordResult, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    with pytest.raises(OutputError, match=r"nothing writes \.avi"):
        record(scene, tmp_path / "a.avi")
    with pytest.raises(OutputError, match="lasts longer than 0 s"):
        record(scene, out, seconds=0)
    with pytest.raises(RateError, match=r"25 frames a second do not divide 240 .* near it do: 16, 20, 24, 30"):
        record(scene, out, shot=Shot(fps=25))
    with pytest.raises(UnknownNameError, match="no camera is called 'fornt'; did you mean 'front'"):
        record(scene, out, shot=Shot(camera="fornt"))
    with pytest.raises(UnknownNameError, match="no layer is called"):
        record(scene, out, shot=Shot(layers=("colour",)))
    with pytest.raises(UnknownNameError, match="no renderer is called"):
        record(scene, out, shot=Shot(renderer="oil"))
    with pytest.raises(UnknownNameError, match="no actor is called 'max'"):
        record(scene, out, policy={"max": lambda seen: seen})
    with pytest.raises(OutputError, match="no folder"):
        record(scene, tmp_path / "nowhere" / "a.mp4")
    assert shot.take is not None
    with pytest.raises(TakeError, match=r"lasts 1\.00 s: there is no frame from 2 s to its end"):
        render_take(shot.take, out, start=2)
    with pytest.raises(TakeError, match="can't be read"):
        render_take(tmp_path / "none.take", out)
    assert os.listdir(tmp_path) == []


def test_a_truncated_take_is_filmed_as_far_as_it_goes(shot: RecordResult, tmp_path: Path) -> None:
    assert shot.take is not None
    (tmp_path / "cut.take").write_bytes(shot.take.read_bytes()[:-300])
    result = render_take(tmp_path / "cut.take", tmp_path / "a.mp4", shot=Shot(size=SIZE))
    assert 10 <= result.frames < 30
    assert result.outcome is None
