"""The camera of a scene that names none."""

from __future__ import annotations

from pathlib import Path

from tests.scenes import write
from worldsim.scene.camera import FixedCamera
from worldsim.scene.load import load_scene

BALL = "format: 1\nname: x\nobjects:\n  - {name: ball, shape: sphere, radius: 0.2, at: [1, 0], material: rubber}\n"
WOOD = "  - {prefab: treeline, name: wood, at: [0, 30]}\n"


def main_camera(tmp_path: Path, text: str) -> FixedCamera:
    camera = load_scene(write(tmp_path, text)).cameras["main"]
    assert isinstance(camera, FixedCamera)
    return camera


def test_scenery_that_nothing_runs_into_does_not_move_it_away(tmp_path: Path) -> None:
    assert main_camera(tmp_path, BALL + WOOD) == main_camera(tmp_path, BALL)


def test_scenery_is_seen_where_there_is_nothing_else(tmp_path: Path) -> None:
    assert main_camera(tmp_path, "format: 1\nname: x\nobjects:\n" + WOOD).look_at[1] > 25
