"""What an agent hears: the sound of its last action as samples, or as a mel spectrum, always at the same scale.

Unlike a film's sound it is not brought to a loudness: twice as loud is twice the number, from the first step on. Nor is
what only spectators are meant to hear in it: ambience, music, and sounds of events that have no place. Music follows
what happens and applause comes with success, which would tell an agent what it is to find out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.render.rig import CameraRig, default_camera
from worldsim.sound.desk import Desk
from worldsim.sound.mel import BANDS, MelSpectrum
from worldsim.sound.synth import PASCAL, SAMPLE_RATE, Synth

if TYPE_CHECKING:
    from worldsim.physics.world import World

SOUNDS = ("audio", "mel")


class Ear:
    """The sound of a world as observations.

    Attributes:
        shapes: "audio": (repeat · samples of a control period, 2), left and right, 1 is 10 Pa (114 dB), louder is
            clipped. "mel": (64, 2) sound levels in parts of 120 dB at the action's end.
    """

    def __init__(self, world: World, camera: str | None = None, repeat: int = 1, *, beds: bool = False) -> None:
        """Prepare.

        Args:
            world: made with detailed=True.
            camera: where the ears are: a camera of the scene, its first where left out.
            repeat: control periods an action lasts.
            beds: whether ambience, music and sounds from nowhere are heard all the same.
        """
        self._world, self._camera, self._beds = world, camera, beds
        length = repeat * (SAMPLE_RATE // world.control_rate)
        self.shapes: Mapping[str, tuple[int, int]] = {"audio": (length, 2), "mel": (BANDS, 2)}
        self._spectrum = MelSpectrum(SAMPLE_RATE)
        self._synth: Synth | None = None

    def begin(self) -> None:
        """Start an episode in silence; where the parts are the same ones as before, in a moment."""
        world = self._world
        if self._synth is not None and self._synth.parts != tuple(world.parts):
            self._synth = None
        self._desk = Desk.of(world, synth=self._synth, beds=self._beds)
        self._synth = self._desk.synth
        name = self._camera or next(iter(world.scene.cameras), None)
        self._rig = CameraRig(world.scene.cameras[name], world.parts) if name is not None else None
        self._spectrum.reset()
        self._samples = np.zeros(self.shapes["audio"], np.float32)
        self._fresh: list[NDArray[np.float32]] = []

    def hear(self, contacts: ArrayLike) -> None:
        """Listen to the control period that has just passed."""
        now = self._world.snapshot()
        camera = self._rig.camera(now) if self._rig else default_camera(self._world.parts, now, 1.5)
        self._fresh.append(self._desk.advance(now, contacts, camera))

    def observe(self) -> dict[str, NDArray[np.float32]]:
        """Return what was heard since the last call, by kind; samples of an action cut short stand at the end."""
        new = np.concatenate(self._fresh) if self._fresh else np.zeros((0, 2), np.float32)
        self._fresh = []
        length = len(self._samples)
        self._samples = np.concatenate([np.zeros_like(self._samples), new])[-length:]
        return {"audio": np.clip(self._samples, -1.0, 1.0), "mel": self._spectrum(new / PASCAL)}
