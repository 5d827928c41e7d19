"""The window's sound: on a card that swallows it, without any, and from the loop that plays a scene."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from worldsim.player.audio import Audio
from worldsim.player.card import Card
from worldsim.player.game import Game
from worldsim.player.options import PlayOptions
from worldsim.player.worker import Worker
from worldsim.scene.load import load_scene
from worldsim.sound.bridge import Bridge

SCENE = """
format: 1
name: drop
ground: {material: concrete}
objects:
  - {name: can, prefab: can, at: [0, 0, 0.5]}
"""


@pytest.fixture
def swallowing(monkeypatch: pytest.MonkeyPatch) -> None:
    """SDL's card that plays in real time and is heard by nobody."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    return


def play(game: Game, seconds: float) -> None:
    """Let it go on by the clock, as the window does."""
    began = last = time.perf_counter()
    while last - began < seconds:
        time.sleep(0.01)
        now = time.perf_counter()
        game.tick(now - last)
        last = now


def test_without_a_card_it_says_so_once_and_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no_such_driver")
    audio = Audio()
    assert audio.problem.startswith("no sound card (")
    assert "plays silently" in audio.problem
    assert not audio.works
    assert audio.words == ""
    assert audio.loudest(5) == []
    audio.rest()
    audio.close()
    assert audio.report().seconds == 0


def test_where_no_sound_is_wanted_no_card_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(Worker, "__init__", opened)
    audio = Audio(wanted=False)
    assert not audio.works
    assert audio.problem == ""


def test_a_card_takes_what_is_pushed_at_its_own_pace(swallowing: None) -> None:
    bridge = Bridge(48_000)
    card = Card(bridge, 48_000)
    try:
        began = time.perf_counter()
        time.sleep(0.5)
        seconds, pulled = time.perf_counter() - began, bridge.pulled / 48_000
        assert seconds - 0.15 < pulled < seconds + 0.15
    finally:
        card.close()
        card.close()


def test_the_game_is_heard_and_told_who_sounds(
    swallowing: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drop.yaml").write_text(SCENE)
    game = Game(PlayOptions("drop.yaml", size=(160, 90)), load_scene("drop.yaml"))
    heard: set[str] = set()
    try:
        for _ in range(12):
            play(game, 0.1)
            heard |= {name for name, loud in game.audio.loudest(8) if loud > 0}
        assert "can" in heard
        assert game.audio.words.startswith("100 %")
        game.order("softer")
        assert game.audio.words.startswith("70 %")
        assert game.message.startswith("sound: 70 %")
        game.order("mute")
        assert game.audio.words == "muted"
    finally:
        game.close()
    report = game.audio.report()
    assert report.seconds > 0.8
    assert report.card
    assert 0.01 < report.latency < 0.12  # read at up to half as fast again


def test_a_mute_is_silence_after_a_short_fade() -> None:
    bridge = Bridge(48_000)
    tone = np.sin(np.arange(4800) * 2 * np.pi / 96)[:, None].repeat(2, 1).astype(np.float32)
    for _ in range(3):
        bridge.push(tone)
        before = bridge.pull(4096)
    assert np.abs(before).max() > 0.5
    bridge.muted = True
    bridge.push(tone)
    faded = np.concatenate([bridge.pull(256) for _ in range(8)])
    assert np.abs(faded[1024:]).max() == 0
    assert np.abs(np.diff(faded[:, 0])).max() < 0.12  # read at up to half as fast again
