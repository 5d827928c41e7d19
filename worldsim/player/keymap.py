"""Which key does what. Keys are pygame's names ("space", "left shift", "f5"); this module does not need pygame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.base import Actor
from worldsim.scene.model import Scene

HOTKEYS: Mapping[str, tuple[str, str]] = {
    "p": ("pause", "pause, go on"),
    ".": ("forward", "one control period forward"),
    ",": ("back", "one control period back"),
    "[": ("slower", "slower, down to 1/8"),
    "]": ("faster", "faster, up to 2x"),
    "c": ("camera", "next camera"),
    "f": ("free", "free camera"),
    "v": ("layer", "picture, depth, normals, instances, motion"),
    "tab": ("driver", "you or the policy drive"),
    "b": ("throw", "throw a ball"),
    "backspace": ("reset", "start again"),
    "n": ("seed", "next seed"),
    "f5": ("save", "remember this moment"),
    "f9": ("load", "go back to it"),
    "k": ("fork", "keep the take so far, go on in a new one"),
    "r": ("record", "record video, stop"),
    "f12": ("screenshot", "save a picture"),
    "u": ("hud", "show or hide the display"),
    "h": ("help", "this help"),
    "escape": ("quit", "quit"),
}
"""Key → (what it does, in words for the help)."""

MOUSE = (
    ("left drag on a thing", "pull it"),
    ("left or right drag", "look round"),
    ("middle drag", "move the camera"),
    ("wheel", "nearer, farther"),
    ("drag on the bar", "go through the last minute"),
)
DEAD = 0.12  # tilt of a stick that is taken for none
PAD = (("left stick", "first and second channel"), ("button A", "third channel, a dog's jump"))


class Controls:
    """Turns held keys and a gamepad into commands for each actor.

    The actor's own keys are taken where no hotkey has them; the scene's `keys` come on top of both.
    """

    def __init__(self, scene: Scene, actors: Mapping[str, Actor]) -> None:
        """Learn the keys of the scene's first actor, and those the scene names."""
        self._channels = {name: tuple(c.name for c in actor.command_channels) for name, actor in actors.items()}
        self._limits = {name: actor.command_channels for name, actor in actors.items()}
        self._keys: dict[str, dict[str, Mapping[str, float]]] = {}
        for name, actor in list(actors.items())[:1]:
            for key, wanted in actor.keys.items():
                self._keys.setdefault(key, {})[name] = wanted
        for key, who in scene.keys.items():
            self._keys[key] = {name: wanted for name, wanted in who.items() if name in actors}

    @property
    def keys(self) -> Iterable[str]:
        """The keys that drive."""
        return self._keys

    def claims(self, key: str) -> bool:
        """Whether the key drives, so that it is no hotkey."""
        return key in self._keys

    def wanted(self, key: str) -> list[dict[str, float]]:
        """Return what a key asks of each actor it drives: channel → value."""
        return [dict(values) for values in self._keys.get(key, {}).values()]

    def commands(self, held: Iterable[str], pad: tuple[float, float, float] | None) -> dict[str, NDArray[np.float64]]:
        """Return a command for each actor.

        Args:
            held: keys that are down; of two that set one channel the stronger wins, opposite ones cancel.
            pad: gamepad, (up, left, button), each in [−1, 1]; None where there is none.
        """
        wanted = {name: {c: 0.0 for c in channels} for name, channels in self._channels.items()}
        for key in held:
            for name, values in self._keys.get(key, {}).items():
                for channel, value in values.items():
                    if channel in wanted[name]:
                        wanted[name][channel] = _stronger(wanted[name][channel], float(value))
        if pad is not None and wanted:
            first = next(iter(wanted))
            for limit, tilt in zip(self._limits[first], pad, strict=False):
                if abs(tilt) > DEAD:
                    reach = limit.high if tilt > 0 else -limit.low
                    wanted[first][limit.name] = _stronger(wanted[first][limit.name], tilt * reach)
        return {
            name: np.array([wanted[name][c.name] or c.neutral for c in self._limits[name]], np.float64)
            for name in wanted
        }


def _stronger(a: float, b: float) -> float:
    if a * b < 0:
        return a + b
    return a if abs(a) >= abs(b) else b
