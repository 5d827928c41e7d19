"""The helping processes: errors that cross, an end that is told, and nothing left behind."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from worldsim import World
from worldsim.errors import HelperError, Problem, SceneError, UnknownNameError, WeightsError, WorldsimError
from worldsim.player.drawer import Drawer
from worldsim.player.painter import Painter
from worldsim.player.shot import Footage, Shot
from worldsim.player.worker import Worker
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.stage import Stage
from worldsim.scene.load import load_scene

CAMERA = Camera.looking((2.0, -2.0, 1.5), (0.0, 0.0, 0.3), 0.9)


@pytest.fixture
def painter() -> Iterator[Painter]:
    made = Painter()
    yield made
    made.close()
    made.close()


@pytest.mark.parametrize(
    "error",
    [
        UnknownNameError("camera", "chase", ["side"]),
        SceneError([Problem(Path("a.yaml"), 3, 4, "what", "hint")]),
        WeightsError("gone"),
    ],
)
def test_errors_cross_to_another_process_whole(error: WorldsimError) -> None:
    found = pickle.loads(pickle.dumps(error))
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert vars(found) == vars(error)


def test_a_picture_is_the_renderers_own_to_the_byte(painter: Painter) -> None:
    with closing(World(load_scene("bowling"))) as world:
        stage, state = Stage.of(world), world.snapshot()
        drawer = Drawer(painter, stage)
        big = drawer.begin(Shot((160, 96), state, CAMERA))
        small = drawer.begin(Shot((80, 48), state, CAMERA))
        depth = drawer.begin(Shot((160, 96), state, CAMERA, "depth"))
        for size, future in (((160, 96), big), ((80, 48), small)):
            renderer = make_renderer("raster", stage, size=size, quality="fast")
            assert np.array_equal(renderer.frame(state, CAMERA), future.result().pixels)
            renderer.close()
        assert depth.result().pixels.std() > 5
        drawer.close()
        drawer.close()


def test_what_drawing_raises_is_raised_where_the_picture_is_wanted(painter: Painter) -> None:
    with closing(World(load_scene("bowling"))) as world:
        drawer = Drawer(painter, Stage.of(world), Footage("nowhere"))
        wrong = drawer.begin(Shot((64, 64), world.snapshot(), CAMERA, renderer="diffusion"))
        with pytest.raises(WeightsError, match="nowhere"):
            wrong.result()
        assert drawer.begin(Shot((64, 64), world.snapshot(), CAMERA)).result().pixels.shape == (64, 64, 3)
        with pytest.raises(AttributeError) as found:
            painter.ask("no_such_method").result()
        assert "serve.py" in "".join(found.value.__notes__)


def ask_on(painter: Painter) -> None:
    for _ in range(100):
        painter.ask("forget", 7).result(5)
        time.sleep(0.02)


def test_a_process_that_dies_is_told(painter: Painter) -> None:
    waiting = painter.ask("forget", 7)
    waiting.result()
    os.kill(painter.pid, signal.SIGKILL)
    with pytest.raises(HelperError, match=r"draws has ended.*kept: start again"):
        ask_on(painter)


def test_a_process_ends_with_its_parents_pipe() -> None:
    worker = Worker("worldsim.player.orchestra", "makes the sound")
    pid = worker.pid
    worker.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(not hasattr(os, "getsid"), reason="POSIX has sessions and process groups")
def test_a_process_is_of_the_windows_session_but_not_of_its_group() -> None:
    """A session of its own would get as much of the machine as the window, however nice it is; a group keeps Ctrl-C."""
    with closing(Worker("worldsim.player.orchestra", "makes the sound")) as worker:
        assert os.getsid(worker.pid) == os.getsid(0)
        assert os.getpgid(worker.pid) == worker.pid
