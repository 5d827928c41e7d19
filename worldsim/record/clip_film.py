"""A film whose pictures a model paints clip by clip: the truth goes in at once, frames and their sound come out late.

It knows no model: a `Painter` stands between. Whatever ends the film early, pictures and sound end together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.record.film import Film, Rig, Sound
from worldsim.record.layers import LayerWriter
from worldsim.record.writer import FrameWriter
from worldsim.render.renderer import Renderer

if TYPE_CHECKING:
    from worldsim.render.pretrained.painter import Painter


class ClipFilm(Film):
    """A `Film` that is painted in chunks.

    Attributes:
        frames: how many were taken in; after `finish`, how many were written.
    """

    late = True

    def __init__(
        self,
        writer: FrameWriter,
        renderer: Renderer,
        rig: Rig,
        layers: LayerWriter | None,
        sound: Sound | None,
        painter: Painter,
        fps: int,
    ) -> None:
        """Take everything that films, what paints, and how many frames a second there are."""
        super().__init__(writer, renderer, rig, layers, sound)
        self._painter, self._fps = painter, fps
        self._written = 0
        self._sounded = 0  # samples given to the writer
        self._early: list[NDArray[np.float32]] = []  # sound of frames that are not painted yet

    @property
    def written(self) -> int:
        """How many frames are in the file."""
        return self._written

    def show(self, snapshot: Snapshot) -> None:
        """Take in the world as it is in the snapshot; write what has become ready."""
        camera = self.rig.camera(snapshot)
        buffer = self.renderer.render(snapshot, camera, self._previous)
        if self.layers is not None:
            self.layers.frame(buffer, camera, snapshot.time)
        self._previous, self._camera = (snapshot, camera), camera
        self.frames += 1
        self._write(self._painter.add(buffer))

    def finish(self) -> None:
        """Paint and write what is left, with all its sound; after a stop only what was finished."""
        whole = self.frames
        self._write(self._painter.finish())
        if self._written == whole and self._early:
            self.writer.audio(np.concatenate(self._early))
            self._early = []
        self.frames = self._written
        self.master()

    def hear(self, samples: NDArray[np.float32]) -> None:
        """Keep sound back until its frames are painted."""
        self._early.append(samples)

    def _write(self, pictures: NDArray[np.uint8] | None) -> None:
        for pixels in () if pictures is None else pictures:
            self._digest.update(np.ascontiguousarray(pixels).data)
            self.writer.frame(pixels)
            self._written += 1
        if self.sound is None:
            return
        due = self._written * self.sound.sample_rate // self._fps - self._sounded
        while due > 0 and self._early:
            block = self._early.pop(0)
            if len(block) > due:
                self._early.insert(0, block[due:])
                block = block[:due]
            self.writer.audio(block)
            self._sounded += len(block)
            due -= len(block)
