"""The real window on a virtual screen, driven by synthetic keys and a synthetic mouse."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from worldsim import World, load_scene
from worldsim.player.view_camera import ViewCamera, project
from worldsim.take import Take

TOOLS = ("Xvfb", "xdotool")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
on_screen = pytest.mark.skipif(bool(MISSING), reason=f"needs the packages xvfb and xdotool: no {', '.join(MISSING)}")
PATIENCE = 30.0  # s that anything may take on a busy machine

SCENE = """
format: 1
name: den
ground: {material: grass}
objects:
  - {name: crate, shape: box, size: [0.5, 0.5, 0.5], at: [1.2, 0, 0.25], material: wood, fill: 0.2}
actors:
  rex: {kind: dog, breed: beagle, at: [0, 0]}
cameras:
  side: {at: [0.6, -3, 1.0], look_at: [0.6, 0, 0.25]}
  chase: {follow: rex, distance: 2.5, height: 1.0, fov_deg: 60}
"""
RUNNER = """
import dataclasses, json, sys
from pathlib import Path
from worldsim.player.app import play
from worldsim.player.options import PlayOptions
record = Path(sys.argv[2]) if len(sys.argv) > 2 else None
result = play(PlayOptions(sys.argv[1], size=(480, 270), record=record))
print(json.dumps(dataclasses.asdict(result), default=str))
"""


def until(what: Callable[[], Any], why: str) -> Any:
    """Wait for something to be true and return it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain: {why}")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual screen of its own, whatever else the machine shows."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    assert number, "the virtual screen did not start"
    yield f":{number}"
    server.terminate()
    server.wait(timeout=20)


class Played:
    """A window that is being played, and the person before it."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display, "OMP_NUM_THREADS": "1"}
        self.environment.pop("SDL_VIDEODRIVER", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, *arguments],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.window = until(self._find, "no window")
        self.do("windowfocus", self.window)
        time.sleep(0.3)

    def _find(self) -> str:
        assert self.process.poll() is None, self.process.communicate()[1]
        found = self.do("search", "--class", "^worldsim$", check=False).split()
        return found[0] if found else ""

    def do(self, *words: str, check: bool = True) -> str:
        """Let the synthetic person do something."""
        return subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=check, timeout=30
        ).stdout

    def keys(self, *names: str) -> None:
        """Press keys one after the other, slowly enough for each to be a press of its own."""
        for name in names:
            self.do("key", name)
            time.sleep(0.12)

    def file(self, name: str) -> Path:
        """Wait for a finished file."""
        path = self.folder / "out" / name

        def there() -> bool:
            assert self.process.poll() is None, self.process.communicate()[1]
            return path.exists()

        until(there, f"no {name}")
        return path

    def result(self) -> dict[str, Any]:
        """Wait for the end; return what was played."""
        said, complained = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, complained
        assert "Traceback" not in complained
        return dict(json.loads(said))


@pytest.fixture
def start(display: str, tmp_path: Path) -> Iterator[Callable[..., Played]]:
    (tmp_path / "den.yaml").write_text(SCENE)
    began: list[Played] = []

    def run(*arguments: str) -> Played:
        began.append(Played(display, tmp_path, "den.yaml", *arguments))
        return began[-1]

    yield run
    for played in began:
        if played.process.poll() is None:
            played.process.kill()
            played.process.communicate()


def torso(take: Take, period: int) -> np.ndarray:
    world = take.world()
    try:
        return take.snapshot(period).position[world.part_index("rex/torso")]
    finally:
        world.close()


def crate_at(scene: Path) -> tuple[int, int]:
    """Return the pixel of the crate's middle in the first camera."""
    loaded = load_scene(str(scene))
    with World(loaded) as world:
        state = world.snapshot()
        camera = ViewCamera(loaded, world.parts, 480 / 270).look(state)
        pixels, _ = project(camera, (480, 270), state.position[world.part_index("crate")][None])
    return round(pixels[0, 0]), round(pixels[0, 1])


def frames_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@on_screen
def test_a_person_drives_records_and_keeps(start: Callable[..., Played], tmp_path: Path) -> None:
    played = start()
    played.do("keydown", "w")
    time.sleep(2.0)
    played.do("keyup", "w")
    played.keys("space", "b", "F12")
    with Image.open(played.file("den-1.png")) as picture:
        assert picture.size == (480, 270)
        assert np.asarray(picture).std() > 10  # something is to be seen
    played.keys("r")
    until((tmp_path / "out" / "den-1.mp4.part").exists, "no video has begun")
    time.sleep(2.5)  # the film's own renderer is made first
    played.keys("r")
    assert frames_of(played.file("den-1.mp4")) >= 5
    played.file("den-1.take")
    played.keys("p", "comma", "comma", "period", "c", "v", "v", "v", "v", "v", "f", "u", "u", "h", "h", "bracketleft")
    played.keys("k")
    kept = played.file("den-2.take")
    played.keys("Tab", "F5", "p")
    time.sleep(0.3)
    played.keys("F9", "BackSpace", "n", "Escape")
    result = played.result()
    assert result["frames"] > 10
    assert result["simulated"] > 1.0
    assert {Path(path).suffix for path in result["saved"]} == {".png", ".mp4", ".take"}
    assert not list((tmp_path / "out").glob("*.part"))
    with Take.open(kept) as take:
        assert np.linalg.norm(torso(take, len(take)) - torso(take, 0)) > 0.15  # undriven: a few cm
        assert any(take.events(k) for k in range(len(take)))  # the ball
        assert [world.step_count for world in take.replay()][-1] == take.steps


@on_screen
@pytest.mark.slow
def test_the_mouse_pulls_turns_zooms_and_scrubs(start: Callable[..., Played], tmp_path: Path) -> None:
    played = start()
    x, y = crate_at(tmp_path / "den.yaml")
    played.do("mousemove", "--window", played.window, str(x), str(y), "mousedown", "1")
    for k in range(10):
        played.do("mousemove", "--window", played.window, str(x - 10 * k), str(y - 6 * k))
        time.sleep(0.05)
    played.do("mouseup", "1")
    time.sleep(0.3)
    played.do("mousemove", "--window", played.window, "400", "40", "mousedown", "3")
    played.do("mousemove", "--window", played.window, "300", "80", "mouseup", "3", "click", "4", "click", "5")
    played.keys("F12")
    played.file("den-1.png")
    played.keys("k")
    with Take.open(played.file("den-1.take")) as take:
        pulls = [event for k in range(len(take)) for event in take.events(k)]
        assert pulls, "nothing was pulled"
        whole = len(take)
    played.do("mousemove", "--window", played.window, "200", "258", "mousedown", "1")
    time.sleep(0.3)
    played.do("mouseup", "1")
    time.sleep(0.3)
    played.keys("k")
    with Take.open(played.file("den-2.take")) as take:
        assert len(take) < whole  # the take ends at the moment that is looked at
    played.do("windowsize", played.window, "600", "400")
    time.sleep(1.0)
    played.keys("F12")
    with Image.open(played.file("den-2.png")) as picture:
        assert picture.size == (600, 400)
    played.keys("Escape")
    played.result()


@on_screen
@pytest.mark.slow
def test_a_broken_scene_file_is_shown_and_a_good_one_taken_up(start: Callable[..., Played], tmp_path: Path) -> None:
    played = start()
    good = SCENE.replace("name: den", "name: lair")
    for text in (SCENE.replace("mass", "maß") + "nonsense: [", SCENE.replace("shape: box", "shape: bix"), ""):
        (tmp_path / "den.yaml").write_text(text)
        time.sleep(1.0)
        assert played.process.poll() is None
    played.keys("F12")
    played.file("den-1.png")  # the last good scene plays on
    (tmp_path / "den.yaml").write_text(good)

    def reloaded() -> bool:
        played.keys("F12")
        return (tmp_path / "out" / "lair-1.png").exists()

    until(reloaded, "the mended file was not taken up")
    played.keys("Escape")
    played.result()


@on_screen
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_recording(start: Callable[..., Played], tmp_path: Path, how: signal.Signals) -> None:
    played = start("film.mp4")
    time.sleep(1.5)
    played.process.send_signal(how)
    result = played.result()
    assert sorted(result["saved"]) == ["film.mp4", "film.take"]
    assert frames_of(tmp_path / "film.mp4") >= 3
    with Take.open(tmp_path / "film.take") as take:
        assert len(take) > 0
    assert not list(tmp_path.glob("*.part"))


def refused(*arguments: str, cwd: Path, **variables: str) -> str:
    """Start the command line where it can't open a window; return its one line."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    done = subprocess.run(
        [sys.executable, "-m", "worldsim", "play", *arguments],
        cwd=cwd,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_without_a_display_it_offers_to_record(tmp_path: Path) -> None:
    said = refused("yard", cwd=tmp_path)
    assert "no display" in said
    assert "worldsim record yard -o yard.mp4" in said
    assert "no display" in refused("yard", cwd=tmp_path, DISPLAY=":987")


@on_screen
def test_a_policy_that_cannot_drive_is_refused(display: str, tmp_path: Path) -> None:
    assert "wander" in refused("tower", "--policy", "wandr", cwd=tmp_path, DISPLAY=display)
