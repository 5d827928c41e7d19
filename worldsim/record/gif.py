"""Animated GIF, written frame by frame: each with a palette of its own, none kept in memory.

imageio's current GIF writer keeps all frames until the end, so only the coding of one picture is left to Pillow; its
blocks are put together here as the GIF89a specification lays them out.
"""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from worldsim.errors import ClosedError, OutputError
from worldsim.output import WholeFile, check_place, failed, part_of, publish
from worldsim.record.writer import WholeSound

MOST_FPS = 50
"""Players slow down what is quicker: a frame lasts a whole number of hundredths of a second, at least two."""
TRAILER = b";"


class GifWriter:
    """A GIF being written. Frames end at the hundredth of a second nearest to where they should: no drift.

    Attributes:
        path: the finished file. part: where it is until then. size: (width, height). frames: how many so far.
    """

    def __init__(self, path: Path | str, size: tuple[int, int], fps: int | Fraction = 25) -> None:
        """Start a file that loops for ever.

        Raises:
            OutputError: it can't be written there, or more than 50 frames a second.
            ValueError: a size outside 1 … 65535.
        """
        if not all(1 <= side <= 65535 for side in size):
            raise ValueError(f"a GIF of {size[0]}×{size[1]} pixels was asked for; each side must be 1 to 65535")
        if not 0 < fps <= MOST_FPS:
            raise OutputError(f"{path}: a GIF shows at most {MOST_FPS} frames a second, not {fps}; ask for fewer")
        self.path = check_place(Path(path))
        self.part = part_of(self.path)
        self.size = (int(size[0]), int(size[1]))
        self.frames = 0
        self._fps = Fraction(fps)
        self._closed = False
        try:
            self._file = WholeFile(self.part)
            self._file.write(b"GIF89a" + struct.pack("<HHBBB", *self.size, 0x70, 0, 0))
            self._file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # repeat for ever
        except OSError as error:
            raise failed(self.path, error) from None

    @property
    def takes_sound(self) -> bool:
        """Never."""
        return False

    def frame(self, pixels: ArrayLike) -> None:
        """Add a frame, (H, W, 3) uint8 sRGB.

        Raises:
            ValueError: another shape or dtype.
            OutputError: it can't be written.
        """
        from PIL import Image

        if self._closed:
            raise ClosedError(f"{self.path.name} is closed: start a new GifWriter")
        picture = np.asarray(pixels)
        if picture.shape != (self.size[1], self.size[0], 3) or picture.dtype != np.uint8:
            raise ValueError(
                f"a frame of {self.path.name} has shape {picture.shape} and dtype {picture.dtype}; "
                f"expected ({self.size[1]}, {self.size[0]}, 3) uint8"
            )
        coded = io.BytesIO()
        Image.fromarray(picture).quantize(256).save(coded, "GIF", optimize=False, interlace=False)
        palette, data = _blocks(coded.getvalue())
        start, end = (round(100 * k / self._fps) for k in (self.frames, self.frames + 1))
        control = b"!\xf9\x04" + struct.pack("<BHBB", 0x04, end - start, 0, 0)
        bits = (len(palette) // 3).bit_length() - 2
        descriptor = b"," + struct.pack("<HHHHB", 0, 0, *self.size, 0x80 | bits)
        try:
            self._file.write(control + descriptor + palette + data)
        except OSError as error:
            self._closed = True
            self._file.close()
            kept = f"{self.frames} frames are kept in {self.part}, which plays as it is"
            raise failed(self.path, error, kept) from None
        self.frames += 1

    def audio(self, samples: ArrayLike) -> None:
        """Refuse: a GIF has no sound."""
        raise ValueError(f"{self.path.name}: a GIF has no sound")

    def remaster(self, whole: WholeSound) -> None:
        """Do nothing: there is no sound."""

    def close(self) -> None:
        """Finish the file; a second call does nothing.

        Raises:
            OutputError: no frame was given, or the disk is full.
        """
        if self._closed:
            return
        if self.frames == 0:
            self.abort()
            raise OutputError(f"{self.path}: nothing was recorded, so no file was written")
        self._closed = True
        try:
            self._file.write(TRAILER)
            self._file.close()
            publish(self.part, self.path)
        except OSError as error:
            self._file.close()
            raise failed(self.path, error, f"its frames are kept in {self.part}") from None

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        if not self._closed:
            self._closed = True
            self._file.close()
            self.part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.frames == 0 and kind is not None:
            self.abort()
        else:
            self.close()


def _blocks(gif: bytes) -> tuple[bytes, bytes]:
    """Return the palette and the coded image of a GIF of one picture, as Pillow writes it."""
    flags = gif[10]
    place = 13 + 3 * (2 << (flags & 7))
    palette = gif[13:place]
    while gif[place] == 0x21:  # an extension: skip its blocks
        place += 2
        while gif[place]:
            place += 1 + gif[place]
        place += 1
    return palette, gif[place + 10 :].removesuffix(TRAILER)
