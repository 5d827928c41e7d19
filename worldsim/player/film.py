"""Video with sound of what the window plays: a frame each 1/fps of simulated time, whatever the screen manages.

A film shows what was seen: where a person went back in time, it cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.view_camera import ViewCamera
from worldsim.record.writer import open_writer
from worldsim.render.camera import Camera
from worldsim.sound.stream import SoundStream

Draw = Callable[[Snapshot, Camera], NDArray[np.uint8]]
"""Returns the picture (H, W, 3) uint8 sRGB of a moment."""


@dataclass(frozen=True)
class Heard:
    """One control period for those who make its sound: as `worldsim.sound.stream.Heard`."""

    states: Sequence[Snapshot]
    contacts: NDArray[np.void]
    camera: Camera


class Film:
    """A video being recorded.

    Attributes:
        path: the file. seconds: of it so far.
    """

    def __init__(self, path: Path, world: World, size: tuple[int, int], fps: int, camera: ViewCamera) -> None:
        """Open the file.

        Args:
            path: NAME.mp4, or another kind that `open_writer` knows.
            world: what is filmed.
            size: (width, height) pixels.
            fps: frames a second; divides the world's step rate.
            camera: of the film's own, since its moments are not the screen's.

        Raises:
            OutputError: it can't be written.
        """
        self.path = path
        self.camera = camera
        self._every, self._rate = world.step_rate // fps, world.step_rate
        self._steps = 0
        sound = SoundStream.of(world)
        self._writer = open_writer(path, size, fps, sample_rate=sound.sample_rate)
        self._sound = sound if self._writer.takes_sound else None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self._steps / self._rate

    def add(self, states: Sequence[Snapshot], contacts: NDArray[np.void], draw: Draw) -> None:
        """Add a control period: its sound, and the frames that fall due in it, which `draw` makes.

        Raises:
            OutputError: it can't be written.
        """
        for state in states:
            if self._steps % self._every == 0:
                self._writer.frame(draw(state, self.camera.look(state)))
            self._steps += 1
        if self._sound is not None:
            self._writer.audio(self._sound.block(Heard(states, contacts, self.camera.look(states[-1]))))

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: it can't be written to the end.
        """
        self._writer.close()
