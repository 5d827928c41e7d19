"""Video files: exact times, sound in step, the same bytes, and nothing lost whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from tests.disks import full_disk
from worldsim.errors import ClosedError, OutputError
from worldsim.output import part_of
from worldsim.record.remux import recover
from worldsim.record.video import VideoWriter, read_frames

RATE = 48_000


def moving(count: int, size: tuple[int, int] = (96, 64)) -> list[NDArray[np.uint8]]:
    """Return frames of a soft pattern that moves: enough to make the encoder think."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return [
        np.stack([127 + 120 * np.sin((x + 3 * k) / 9), 127 + 120 * np.sin((y - 2 * k) / 7), 2 * k + 0 * x], -1).astype(
            np.uint8
        )
        for k in range(count)
    ]


def write(path: Path, frames: list[NDArray[np.uint8]], fps: int | Fraction = 30, **options: Any) -> Path:
    height, width, _ = frames[0].shape
    with VideoWriter(path, (width, height), fps, **options) as writer:
        for frame in frames:
            writer.frame(frame)
    return path


@pytest.mark.parametrize("fps", [24, 25, 30, 60, 7, Fraction(30000, 1001), Fraction(24000, 1001)])
def test_every_frame_is_shown_exactly_when_it_should(tmp_path: Path, fps: int | Fraction) -> None:
    path = write(tmp_path / "a.mp4", moving(40), fps)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        times = [(frame.pts or 0) * stream.time_base for frame in container.decode(stream)]
        assert times == [k / Fraction(fps) for k in range(40)]
        assert stream.average_rate == fps
        assert (stream.duration or 0) * stream.time_base == 40 / Fraction(fps)
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_what_is_read_back_looks_like_what_was_written(tmp_path: Path) -> None:
    frames = moving(20)
    back = read_frames(write(tmp_path / "a.mp4", frames, crf=10))
    error = np.abs(back.astype(float) - np.stack(frames))
    assert error.mean() < 4  # colour is stored at half resolution
    plain = [np.full((64, 96, 3), colour, np.uint8) for colour in ((250, 10, 10), (10, 250, 10), (128, 128, 128))]
    for frame in plain:
        shown = read_frames(write(tmp_path / f"{frame[0, 0]}.mp4", [frame] * 3, crf=5))[1]
        assert np.abs(shown.astype(int) - frame).max() <= 4


@pytest.mark.parametrize("size", [(97, 65), (2, 2), (33, 64)])
def test_odd_sides_repeat_their_last_line(tmp_path: Path, size: tuple[int, int]) -> None:
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    frame[:, :] = (200, 60, 120)
    back = read_frames(write(tmp_path / "a.mp4", [frame] * 4, crf=5))
    assert back.shape == (4, size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
    assert np.abs(back[0, -1, -1].astype(int) - frame[0, 0]).max() <= 5


def test_identical_frames_give_identical_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    texture = np.kron(rng.integers(0, 255, (34, 60, 3)), np.ones((8, 8, 1))).astype(np.uint8)[:270]
    frames = [np.roll(texture, (2 * k, 3 * k), (0, 1)) for k in range(60)]  # enough motion to wake the encoder
    files = [write(tmp_path / f"{k}.mp4", [frame.copy() for frame in frames], sample_rate=RATE) for k in range(4)]
    assert len({file.read_bytes() for file in files}) == 1


def click(path: Path, fps: int, frame: int, blocks: int, replaced: bool) -> None:
    """Write a flash and a click at the same time; the sound comes in blocks, while it is filmed or again at the end."""
    sound = np.zeros((RATE * 3, 2), np.float32)
    at = frame * RATE // fps
    sound[at : at + 300] = (0.9 * np.sin(np.arange(300) * 0.8))[:, None]
    with VideoWriter(path, (64, 48), fps, RATE) as writer:
        if replaced:
            writer.remaster(lambda count: iter([sound[k : min(k + 5000, count)] for k in range(0, count, 5000)]))
        given = 0
        for k in range(3 * fps):
            writer.frame(np.full((48, 64, 3), 255 if k == frame else 16, np.uint8))
            while given < (k + 1) * RATE // fps:
                writer.audio(
                    np.roll(sound, 9000, 0)[given : given + blocks] if replaced else sound[given : given + blocks]
                )
                given += blocks


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize(("fps", "frame", "blocks"), [(30, 30, 800), (24, 40, 200), (60, 100, 1024), (25, 33, 4801)])
def test_flash_and_click_are_one(tmp_path: Path, fps: int, frame: int, blocks: int, replaced: bool) -> None:
    path = tmp_path / "a.mp4"
    click(path, fps, frame, blocks, replaced)
    with av.open(str(path)) as container:
        flash = next(f.time for f in container.decode(video=0) if f.to_ndarray(format="gray").mean() > 128)
    assert flash == pytest.approx(frame / fps, abs=1e-9)
    with av.open(str(path)) as container:
        blocks_out = [(f.time, f.to_ndarray()[0]) for f in container.decode(audio=0)]
    sound = np.concatenate([block for _, block in blocks_out])
    onset = float(blocks_out[0][0] or 0) + int(np.argmax(np.abs(sound) > 0.3)) / RATE
    assert abs(onset - frame / fps) < 0.005
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.duration or 0) * (stream.time_base or 1) == 3  # padded or cut to the picture


def test_sound_is_padded_and_cut_to_the_picture(tmp_path: Path) -> None:
    for name, samples in (("none", 0), ("short", 5_000), ("long", 99_000)):
        path = tmp_path / f"{name}.mp4"
        with VideoWriter(path, (64, 48), 30, RATE) as writer:
            for frame in moving(30, (64, 48)):
                writer.frame(frame)
            writer.audio(np.zeros((samples, 2), np.float32))
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            length = (stream.duration or 0) * (stream.time_base or 1)
        assert length <= Fraction(99_000, RATE)
        assert length == 1 or name == "long"


WRITES = """
import sys, numpy as np
from worldsim.record.video import VideoWriter
writer = VideoWriter(sys.argv[1], (96, 64), 30, 48000)
rng = np.random.default_rng(0)
for k in range(100000):
    writer.frame(rng.integers(0, 255, (64, 96, 3)).astype(np.uint8))
    writer.audio(np.zeros((1600, 2), np.float32))
    print(k, flush=True)
"""


def test_a_killed_recording_plays_and_can_be_finished(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with subprocess.Popen([sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 150:
                process.send_signal(signal.SIGKILL)
                break
    part = tmp_path / "a.mp4.part"
    assert part.exists()
    assert not path.exists()
    assert len(read_frames(part)) >= 90  # what the encoder still held is lost: less than two seconds
    with pytest.raises(OutputError, match="left from a recording that was cut off; finish it"):
        VideoWriter(path, (96, 64))
    found = recover(part)
    assert found.path == path
    assert found.frames >= 90
    assert found.seconds == pytest.approx(found.frames / 30)
    assert len(read_frames(path)) == found.frames
    assert os.listdir(tmp_path) == ["a.mp4"]


def saved(path: Path) -> int:
    """Recover a video, count its frames and remove it; 0 where nothing can be saved."""
    try:
        found = recover(path)
    except OutputError as error:
        part_of(path).unlink()
        return 0 if "remove it" in str(error) else -1
    assert len(read_frames(path)) == found.frames
    path.unlink()
    return found.frames


def test_any_beginning_of_a_part_is_recovered_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    writer = VideoWriter(path, (96, 64), 30, RATE)
    for frame in moving(120):
        writer.frame(frame)
        writer.audio(np.zeros((1600, 2), np.float32))
    whole = writer.part.read_bytes()
    writer.abort()
    rng = np.random.default_rng(0)
    counts = []
    chosen = [*range(0, 2000, 60), *rng.integers(0, len(whole), 100).tolist()]  # the header is in the first 2 kB
    for cut in sorted(chosen):
        (tmp_path / "b.mp4.part").write_bytes(whole[:cut])
        counts.append(saved(tmp_path / "b.mp4"))
    assert counts == sorted(counts)
    assert counts[-1] >= 60


def test_nothing_to_recover() -> None:
    with pytest.raises(OutputError, match=r"missing\.mp4\.part is not there: nothing to recover"):
        recover("missing.mp4")


def test_a_limit_on_file_size_keeps_what_fits(tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n" + WRITES
    path = tmp_path / "a.mp4"
    done = subprocess.run([sys.executable, "-c", limited, str(path)], capture_output=True, text=True, check=False)
    assert "OutputError" in done.stderr
    assert "largest size allowed" in done.stderr
    assert "are kept in" in done.stderr
    found = recover(path)
    assert found.frames > 10
    assert len(read_frames(path)) == found.frames


def test_a_full_disk_says_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    rng = np.random.default_rng(0)
    with full_disk(monkeypatch, 300_000):
        writer = VideoWriter(path, (96, 64), 30)
        noise = rng.integers(0, 255, (500, 64, 96, 3)).astype(np.uint8)
        with pytest.raises(OutputError, match=r"the disk is full; of \d+ frames .* kept in .*free some space"):
            deque(map(writer.frame, noise), maxlen=0)
        writer.close()  # nothing more to say
    assert not path.exists()
    assert recover(path).frames >= 15


def test_places_that_cannot_be_written_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no folder .*nowhere; make it first \(mkdir -p"):
        VideoWriter(tmp_path / "nowhere" / "a.mp4", (64, 48))
    with pytest.raises(OutputError, match="is a folder; give the name of a file"):
        VideoWriter(tmp_path, (64, 48))
    with pytest.raises(OutputError, match="can't be written"):
        VideoWriter("/proc/a.mp4", (64, 48))
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match="no permission to write there"):
            VideoWriter(tmp_path / "a.mp4", (64, 48))


def test_wrong_frames_and_sound_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="each side must be 2 to 16384"):
        VideoWriter(tmp_path / "a.mp4", (0, 48))
    with pytest.raises(ValueError, match="fps 0 must be > 0"):
        VideoWriter(tmp_path / "a.mp4", (64, 48), 0)
    writer = VideoWriter(tmp_path / "a.mp4", (64, 48), 30, RATE)
    with pytest.raises(ValueError, match=r"expected \(48, 64, 3\) uint8"):
        writer.frame(np.zeros((64, 48, 3), np.uint8))
    with pytest.raises(ValueError, match="dtype float64"):
        writer.frame(np.zeros((48, 64, 3)))
    with pytest.raises(ValueError, match=r"expected \(samples, 2\) of finite numbers"):
        writer.audio(np.full((10, 2), np.nan))
    with pytest.raises(OutputError, match="nothing was recorded"):
        writer.close()
    with pytest.raises(ClosedError, match="is closed"):
        writer.frame(np.zeros((48, 64, 3), np.uint8))
    assert os.listdir(tmp_path) == []
    silent = VideoWriter(tmp_path / "a.mp4", (64, 48), 30)
    with pytest.raises(ValueError, match="it has no sound track"):
        silent.audio(np.zeros((10, 2)))
    silent.abort()
    assert os.listdir(tmp_path) == []


def test_leaving_the_block_by_an_error_keeps_what_was_recorded(tmp_path: Path) -> None:
    def interrupted() -> None:
        with VideoWriter(tmp_path / "a.mp4", (96, 64)) as writer:
            for frame in moving(20):
                writer.frame(frame)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(read_frames(tmp_path / "a.mp4")) == 20


@pytest.mark.slow
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    frames = moving(50, (320, 180))
    process = psutil.Process()
    with VideoWriter(tmp_path / "a.mp4", (320, 180), 30, RATE) as writer:
        used = []
        for k in range(2000):
            writer.frame(frames[k % 50])
            writer.audio(np.zeros((1600, 2), np.float32))
            if k % 400 == 399:
                used.append(process.memory_info().rss / 2**20)
    assert used[-1] - used[1] < 6  # MiB; the frames are 330 MiB
