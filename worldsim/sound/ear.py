"""What an agent hears: the sound of its last action as samples, or as a mel spectrum, always at the same scale.

Unlike a film's sound it is not brought to a loudness: twice as loud is twice the number, from the first step on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.sound.desk import Desk
from worldsim.sound.mel import BANDS, MelSpectrum
from worldsim.sound.synth import PASCAL, Synth

if TYPE_CHECKING:
    from worldsim.physics.world import World

Kind = Literal["audio", "mel"]


class Ear:
    """The sound of a world as observations.

    Attributes:
        kind: what is observed.
        shape: "audio": (repeat · block, 2), left and right, 1 is 10 Pa (114 dB), louder is clipped. "mel": (64, 2)
            sound levels in parts of 120 dB at the action's end.
    """

    def __init__(self, kind: Kind, repeat: int = 1, sample_rate: int = 48_000, control_rate: int = 60) -> None:
        """Prepare for actions of `repeat` control periods; the rates in Hz."""
        self.kind = kind
        block = sample_rate // control_rate
        self.shape = (BANDS, 2) if kind == "mel" else (repeat * block, 2)
        self._length = repeat * block
        self._mel = MelSpectrum(sample_rate)
        self._desk: Desk | None = None
        self._synth: Synth | None = None
        self._samples = np.zeros((self._length, 2), np.float32)
        self._fresh: list[NDArray[np.float32]] = []

    def begin(self, world: World) -> None:
        """Start an episode in silence; a world whose parts are the same ones as before starts in a moment."""
        if self._synth is not None and self._synth.parts != tuple(world.parts):
            self._synth = None
        self._desk = Desk.of(world, synth=self._synth)
        self._synth = self._desk.synth
        self._mel.reset()
        self._samples = np.zeros((self._length, 2), np.float32)
        self._fresh = []

    def hear(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> None:
        """Listen to one control period of an action."""
        assert self._desk is not None
        self._fresh.append(self._desk.advance(snapshot, contacts, camera))

    def observe(self) -> NDArray[np.float32]:
        """Return what was heard during the last action, and begin the next; an action cut short is the end of it."""
        new = np.concatenate(self._fresh) if self._fresh else np.zeros((0, 2), np.float32)
        self._fresh = []
        if self.kind == "mel":
            return self._mel(new / PASCAL)
        self._samples = np.concatenate([np.zeros_like(self._samples), new])[-self._length :]
        return np.clip(self._samples, -1.0, 1.0)
