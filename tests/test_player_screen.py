"""What is really on the screen, read back from it: a window can be alive and black."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageGrab, features

from tests import test_player_window as window
from tests.test_player_window import Played, until

display, start = window.display, window.start  # fixtures
SIZE = (480, 270)
ACCENT = (255, 199, 92)  # as worldsim.player.ink.ACCENT

pytestmark = [
    window.on_screen,
    pytest.mark.skipif(not features.check("xcb"), reason="this Pillow can't read an X screen: no xcb"),
]


def seen(played: Played) -> NDArray[np.uint8]:
    """Return the window's pixels as the screen shows them, (H, W, 3)."""
    words = played.do("getwindowgeometry", "--shell", played.window).split()
    place = dict(word.split("=") for word in words)
    left, top = int(place["X"]), int(place["Y"])
    box = (left, top, left + SIZE[0], top + SIZE[1])
    return np.asarray(ImageGrab.grab(box, xdisplay=played.environment["DISPLAY"]).convert("RGB"))


def middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what nothing is written over."""
    return picture[130:230, 40:440]


def accents(picture: NDArray[np.uint8]) -> int:
    """Return how many pixels have the accent's colour."""
    return int((np.abs(picture.astype(int) - ACCENT).max(axis=-1) < 12).sum())


def test_the_screen_shows_the_picture_and_what_is_written_over_it(start: Callable[..., Played], tmp_path: Path) -> None:
    played = start()
    played.keys("p")
    until(lambda: middle(seen(played)).std() > 10, "the window stays empty")
    with_words = seen(played)
    assert accents(with_words[240:]) > 300  # the bar of the past
    played.keys("u")
    until(lambda: accents(seen(played)[240:]) < 50, "the display stays")
    plain = middle(seen(played))
    played.keys("v")
    until(lambda: np.abs(middle(seen(played)).astype(int) - plain).mean() > 10, "depth looks like the picture")
    played.keys(*"vvvvvv")
    until(lambda: np.abs(middle(seen(played)).astype(int) - plain).mean() < 2, "the picture does not come back")
    played.keys("u", "p")
    played.do("mousemove", "--window", played.window, "320", "150", "mousedown", "1")
    played.do("mousemove", "--window", played.window, "240", "90")
    time.sleep(0.3)
    until(lambda: accents(seen(played)[80:230]) > 30, "no spring is drawn from the crate to the mouse")
    played.do("mouseup", "1")
    played.keys("h")
    until(lambda: accents(middle(seen(played))) > 60, "no sheet of keys covers the picture")
    assert middle(seen(played)).mean() < 0.7 * plain.mean()
    played.keys("h")
    (tmp_path / "den.yaml").write_text("format: 1\nname: den\nactors: {rex: {kind: dgo}}\n")
    red = np.array((242, 86, 74))
    until(lambda: (np.abs(seen(played).astype(int) - red).max(axis=-1) < 12).sum() > 50, "no error is shown")
    played.keys("Escape")
    played.result()
