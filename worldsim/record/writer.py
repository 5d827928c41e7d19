"""What every file of moving pictures can do, and which kind a name asks for. Knows nothing of how they are coded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import OutputError, did_you_mean

SUFFIXES = {
    ".mp4": "H.264 video with sound",
    ".m4v": "the same",
    ".mov": "the same",
    ".gif": "animated GIF, no sound",
    ".png": "one picture a frame, NAME_00000.png …, no sound",
}
"""What `open_writer` can write."""


WholeSound = Callable[[int], Iterator[NDArray[np.float32]] | None]
"""From a film's number of samples to all its sound, in blocks of (n, channels) float32 in [-1, 1]; None: it is lost."""


class FrameWriter(Protocol):
    """Moving pictures being written.

    Attributes:
        path: what it becomes. size: (width, height) of the frames it takes. frames: how many there are so far.
        takes_sound: whether `audio` may be called.
    """

    path: Path
    size: tuple[int, int]
    frames: int

    @property
    def takes_sound(self) -> bool:
        """Whether `audio` may be called."""
        ...

    def frame(self, pixels: ArrayLike) -> None:
        """Add a frame, (H, W, 3) uint8 sRGB."""
        ...

    def audio(self, samples: ArrayLike) -> None:
        """Add sound, (n, channels) float32 in [-1, 1]."""
        ...

    def remaster(self, whole: WholeSound) -> None:
        """Have the sound replaced on `close`; kinds without sound do nothing."""
        ...

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        ...

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        ...


def check_suffix(path: Path) -> str:
    """Return the suffix in lower case.

    Raises:
        OutputError: it is none of `SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = "; ".join(f"{key} ({what})" for key, what in SUFFIXES.items())
        guess = did_you_mean(suffix, SUFFIXES) if suffix else ""
        tail = f" {guess}" if guess else ""
        raise OutputError(f"{path}: nothing writes {suffix or 'a name without a suffix'};{tail} known: {known}")
    return suffix


def open_writer(
    path: Path | str,
    size: tuple[int, int],
    fps: int | Fraction = 30,
    *,
    sample_rate: int | None = None,
    channels: int = 2,
    crf: float = 18.0,
) -> FrameWriter:
    """Start a file of the kind its suffix says.

    Args:
        path: NAME.mp4, NAME.gif, NAME.png …: see `SUFFIXES`.
        size: (width, height) in pixels.
        fps: frames a second.
        sample_rate: Hz of the sound, or None for none; ignored by kinds that have no sound.
        channels: of the sound.
        crf: quality of a video, see `VideoWriter`.

    Raises:
        OutputError: an unknown suffix, or a place that can't be written to.
    """
    path = Path(path)
    suffix = check_suffix(path)
    if suffix == ".gif":
        from worldsim.record.gif import GifWriter

        return GifWriter(path, size, fps)
    if suffix == ".png":
        from worldsim.record.png import PngWriter

        return PngWriter(path, size)
    from worldsim.record.video import VideoWriter

    return VideoWriter(path, size, fps, sample_rate, channels, crf=crf)
