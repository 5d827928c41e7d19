"""A disk that fills up while the window records: the game goes on, and what was recorded is kept."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.disks import full_disk
from worldsim.player.game import Game
from worldsim.player.options import PlayOptions
from worldsim.record.remux import recover
from worldsim.scene.load import load_scene

SCENE = """
format: 1
name: heap
ground: {material: grass}
objects:
  - name: ball
    shape: sphere
    radius: 0.1
    at: [0, 0, 0.6]
    material: rubber
    repeat: {grid: {count: [4, 4], step: [0.3, 0.3]}}
"""


def test_a_disk_that_fills_up_ends_the_film_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "heap.yaml").write_text(SCENE)
    film = tmp_path / "film.mp4"
    options = PlayOptions("heap.yaml", size=(320, 180), record=film)
    with full_disk(monkeypatch, 60_000):
        game = Game(options, load_scene("heap.yaml"))
        try:
            for _ in range(600):
                game.tick(1 / 30)
                if game.filming is None:
                    break
            assert game.filming is None
            assert "the disk is full" in game.message
            before = game.simulated
            game.tick(1 / 30)
            assert game.simulated > before
            held = [opened.path for opened in psutil.Process().open_files()]
            assert not [path for path in held if "film" in path]
        finally:
            game.close()
    assert not film.exists()
    assert recover(film).frames > 0
