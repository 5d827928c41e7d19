"""A film in chunks: how long they may be, what fills the last one, how neighbours become one. It knows no model.

Chunk c covers frames c·s … c·s + n − 1 of the film, with n its length and s = n − overlap. In frames that two chunks
share the later one takes over linearly, so no cut is seen where they differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import PretrainedError

Frames = NDArray[np.uint8]
Any4 = TypeVar("Any4", NDArray[np.uint8], NDArray[np.float32])


@dataclass(frozen=True)
class Lengths:
    """The chunks a model can paint.

    Attributes:
        usual: frames of a chunk. overlap: frames shared by neighbours, if nothing else is said.
        step: a chunk has a multiple of this plus one; so has an overlap, so that chunks begin at a multiple. 1 for any.
        most: frames of the longest.
        fixed: whether a shorter last chunk is filled up to the whole, as the model knows no other length.
        side: width and height of pictures are multiples of it.
    """

    usual: int
    overlap: int
    step: int
    most: int
    fixed: bool
    side: int

    def check(self, chunk: int | None, overlap: int | None) -> tuple[int, int]:
        """Return the length of chunks and overlaps that are meant; None for what is usual.

        Raises:
            PretrainedError: the model can't paint such chunks.
        """
        length = self.usual if chunk is None else chunk
        if length > self.most or length < 2:
            raise PretrainedError(f"a chunk of {length} frames can't be painted; expected 2 to {self.most}")
        if (length - 1) % self.step:
            below = (length - 1) // self.step * self.step + 1
            raise PretrainedError(
                f"a chunk of {length} frames can't be painted; expected {self.step}k + 1, "
                f"such as {below} or {below + self.step}"
            )
        if overlap is None:
            shared = min(self.overlap, max(length - self.step, 0))
            shared = shared if shared == 0 or self.step == 1 else (shared - 1) // self.step * self.step + 1
        else:
            shared = overlap
        if shared >= length or length - shared < min(self.step, length - 1):
            raise PretrainedError(f"an overlap of {shared} frames leaves nothing of a chunk of {length}; take fewer")
        if shared and (shared - 1) % self.step:
            raise PretrainedError(
                f"an overlap of {shared} frames can't be kept; expected 0 or {self.step}k + 1, such as {self.step + 1}"
            )
        return length, shared

    def check_size(self, size: tuple[int, int], renderer: str) -> None:
        """Refuse pictures (width, height) that the model can't paint.

        Raises:
            PretrainedError: a side is no multiple of `side`; the message names the nearest size that is.
        """
        if any(length % self.side or length < self.side for length in size):
            width, height = (max(self.side, round(length / self.side) * self.side) for length in size)
            raise PretrainedError(
                f"{renderer} paints sides that are multiples of {self.side}; {size[0]}x{size[1]} is not, "
                f"{width}x{height} is: --size {width}x{height}"
            )

    def filled(self, frames: int, chunk: int) -> int:
        """Return how many frames must be painted to get that many."""
        return chunk if self.fixed else -(-(frames - 1) // self.step) * self.step + 1


def fill(video: Any4, frames: int) -> Any4:
    """Return a video (T, …) that goes on with its last frame until it has that many.

    Raises:
        ValueError: it is empty, or has more.
    """
    if not 0 < len(video) <= frames:
        raise ValueError(f"{len(video)} frames can't be filled up to {frames}")
    return np.concatenate([video, np.repeat(video[-1:], frames - len(video), 0)])


class CrossFade:
    """Chunks in, a film out: holds back the end of each chunk until the next is there."""

    def __init__(self, overlap: int) -> None:
        """Take how many frames neighbours share."""
        self.overlap = overlap
        self._held: Frames | None = None

    @property
    def held(self) -> Frames | None:
        """The frames (overlap, H, W, 3) that wait for the next chunk, or None at the start and without an overlap."""
        return self._held

    def add(self, frames: Frames) -> Frames:
        """Return what is ready, (n, H, W, 3), once this chunk is there.

        Raises:
            ValueError: the chunk is no longer than the overlap.
        """
        if len(frames) <= self.overlap:
            raise ValueError(f"a chunk of {len(frames)} frames has nothing beyond the {self.overlap} that are shared")
        out = frames if self._held is None else np.concatenate([blend(self._held, frames), frames[self.overlap :]])
        if self.overlap == 0:
            return out
        self._held = out[-self.overlap :]
        return out[: -self.overlap]

    def finish(self) -> Frames | None:
        """Return what is still held back: the last frames of the film, if any."""
        held, self._held = self._held, None
        return held


def blend(before: Frames, after: Frames) -> Frames:
    """Return the overlap of two chunks: `before` (n, H, W, 3) goes over into the first n frames of `after`.

    Frame k of n is (k + 1) / (n + 1) of the later chunk, so neither end jumps.
    """
    count = len(before)
    share = ((np.arange(count, dtype=np.float32) + 1) / (count + 1))[:, None, None, None]
    mixed = before * (1 - share) + after[:count] * share
    return np.round(mixed).astype(np.uint8)
