"""From frames of the truth, one by one, to painted frames, chunk by chunk: what stands between a film and a model.

It knows no model and no file. Frames come out late: those of a chunk when its last has come in, its overlap when the
next chunk is done or `finish` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import PretrainedError
from worldsim.render.gbuffer import GBuffer
from worldsim.render.pretrained.backend import Backend, Cancelled
from worldsim.render.pretrained.chunk import CrossFade, Frames
from worldsim.render.pretrained.control import Controls, Video, control_picture, near_of
from worldsim.scene.look import Look

Report = Callable[[float], None]
"""Told how many frames are painted, the steps of a chunk under way as fractions of it."""


class Painter:
    """Paints a film with a backend.

    Attributes:
        painted: frames that came out so far. taken: frames that went in.
    """

    def __init__(
        self,
        backend: Backend,
        look: Look,
        size: tuple[int, int],
        *,
        chunk: int | None = None,
        overlap: int | None = None,
        near: float | None = None,
        stop: Callable[[], bool] | None = None,
        report: Report | None = None,
    ) -> None:
        """Check lengths and size before anything is painted.

        Args:
            backend: the model.
            look: the light, and the author's words.
            size: (width, height) of the film in pixels.
            chunk: frames of a chunk; None for the model's usual.
            overlap: of them shared with the next.
            near: m, what is white in the depth control; None: follows from the first chunk.
            stop: asked between steps; once it says yes, the chunk under way is given up and no other begun.
            report: told how far it is.

        Raises:
            PretrainedError: the model can't paint such chunks or pictures.
        """
        backend.lengths.check_size(size, backend.name)
        self.backend, self.look, self.size = backend, look, size
        self.chunk, self.overlap = backend.lengths.check(chunk, overlap)
        self.near = near
        self.painted = self.taken = 0
        self._stop, self._report = stop, report
        self._fade = CrossFade(self.overlap)
        self._waiting: list[GBuffer] = []
        self._start = 0  # of the frame that waits longest
        self._things: tuple[str, ...] | None = None  # of the first chunk: another caption would be another picture
        backend.watch = self._step

    def add(self, buffer: GBuffer) -> Frames | None:
        """Take the truth of the next frame; return painted frames (n, H, W, 3) if a chunk is done.

        Raises:
            PretrainedError: it is of another size than the film.
        """
        found = buffer.color.shape[1], buffer.color.shape[0]
        if found != self.size:
            raise PretrainedError(f"a frame of {found[0]}x{found[1]} came; expected {self.size[0]}x{self.size[1]}")
        if self._stopped():
            return None
        self._waiting.append(buffer)
        self.taken += 1
        return self._paint() if len(self._waiting) == self.chunk else None

    def finish(self) -> Frames | None:
        """Return the frames that are left, (n, H, W, 3): the last, shorter chunk, and the overlap held back.

        After a stop: what is left of the finished chunks.
        """
        parts = []
        shared = 0 if self._fade.held is None else self.overlap
        if len(self._waiting) > shared and not self._stopped():
            parts.append(self._paint())
        self._waiting = []
        held = self._fade.finish()
        if held is not None:
            self.painted += len(held)
            parts.append(held)
        whole = [part for part in parts if part is not None and len(part)]
        return np.concatenate(whole) if whole else None

    def _paint(self) -> Frames | None:
        """Paint what waits, keep its overlap for the next; None where it was given up."""
        if self.near is None:
            self.near = near_of([buffer.depth for buffer in self._waiting])
        try:
            frames = self.backend.render_chunk(self._controls(), self._fade.held, self.look)
        except Cancelled:
            self._waiting = []
            return None
        out = self._fade.add(frames) if len(frames) > self.overlap else frames  # a film shorter than an overlap
        self._start += len(self._waiting) - self.overlap
        self._waiting = self._waiting[len(self._waiting) - self.overlap :]
        self.painted += len(out)
        return out

    def _controls(self) -> Controls:
        near = 1.0 if self.near is None else self.near
        videos = {kind: _stack(self._waiting, kind, near) for kind in self.backend.controls}
        raster: NDArray[np.uint8] = np.stack([buffer.color for buffer in self._waiting])
        if self._things is None:
            self._things = tuple(self._seen())
        return Controls(videos, raster, self._start, self._things)

    def _seen(self) -> Iterator[str]:
        """Yield the names of the kinds of things in the chunk, those with most pixels first."""
        names = self._waiting[0].class_names
        count = np.zeros(len(names), np.int64)
        for buffer in self._waiting:
            count += np.bincount(buffer.class_id.ravel(), minlength=len(names))
        for place in np.argsort(-count, kind="stable"):
            if count[place]:
                yield names[place]

    def _step(self, done: int, total: int) -> bool:
        if self._report is not None:
            held = 0 if self._fade.held is None else self.overlap
            self._report(self.painted + held + (len(self._waiting) - held) * done / max(total, 1))
        return not self._stopped()

    def _stopped(self) -> bool:
        return self._stop is not None and self._stop()


def _stack(buffers: list[GBuffer], kind: str, near: float) -> Video:
    return np.stack([control_picture(buffer, kind, near) for buffer in buffers])
