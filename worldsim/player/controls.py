"""Held keys and tilted sticks to commands for the actors: what drives when a person does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.base import Actor, Channel
from worldsim.player.keymap import hotkey
from worldsim.scene.model import Scene

DEAD = 0.12  # tilt of a stick that is taken for none


class Controls:
    """Turns held keys and a gamepad into commands for each actor.

    The first actor's own keys drive it where no hotkey has them; the scene's `keys` come on top of both, and only
    escape can't be taken.
    """

    def __init__(self, scene: Scene, actors: Mapping[str, Actor]) -> None:
        """Learn the keys of the scene's first actor, and those the scene names."""
        self._channels = {name: actor.command_channels for name, actor in actors.items()}
        self._keys: dict[str, dict[str, Mapping[str, float]]] = {}
        for name, actor in list(actors.items())[:1]:
            for key, wanted in actor.keys.items():
                if hotkey(key) is None:
                    self._keys[key] = {name: wanted}
        for key, who in scene.keys.items():
            if hotkey(key) != "quit":
                self._keys[key] = {name: wanted for name, wanted in who.items() if name in actors}

    @property
    def keys(self) -> Iterable[str]:
        """The keys that drive."""
        return self._keys

    def claims(self, key: str) -> bool:
        """Whether the key drives, so that it is no hotkey."""
        return key in self._keys

    def words(self) -> list[tuple[str, str]]:
        """Return keys and what they ask for, keys of one meaning together, for the help."""
        by_meaning: dict[str, list[str]] = {}
        for key, who in self._keys.items():
            parts = [f"{channel.replace('_', ' ')} {value:+.3g}" for w in who.values() for channel, value in w.items()]
            by_meaning.setdefault(", ".join(parts), []).append(key)
        return [(" or ".join(keys), meaning) for meaning, keys in by_meaning.items()]

    def commands(self, held: Iterable[str], pad: Sequence[float] | None = None) -> dict[str, NDArray[np.float64]]:
        """Return a command for each actor.

        Args:
            held: keys that are down; of two that set one channel the stronger wins, opposite ones add up.
            pad: a gamepad's tilts for the first actor's channels in their order, each in [−1, 1]; None where there is
                none.
        """
        wanted: dict[str, dict[str, float]] = {name: {} for name in self._channels}
        for key in held:
            for name, values in self._keys.get(key, {}).items():
                for channel, value in values.items():
                    wanted[name][channel] = _stronger(wanted[name].get(channel), float(value))
        if pad is not None and wanted:
            first = next(iter(wanted))
            for limits, tilt in zip(self._channels[first], pad, strict=False):
                if abs(tilt) > DEAD:
                    asked = _tilted(limits, tilt)
                    wanted[first][limits.name] = _stronger(wanted[first].get(limits.name), asked)
        return {
            name: np.array([wanted[name].get(c.name, c.neutral) for c in channels], np.float64)
            for name, channels in self._channels.items()
        }


def _tilted(channel: Channel, tilt: float) -> float:
    """Return what a tilt in [−1, 1] asks of a channel: its neutral value at rest, a bound at the stop."""
    reach = channel.high - channel.neutral if tilt > 0 else channel.neutral - channel.low
    return channel.neutral + tilt * reach


def _stronger(a: float | None, b: float) -> float:
    if a is None:
        return b
    if a * b < 0:
        return a + b
    return a if abs(a) >= abs(b) else b
