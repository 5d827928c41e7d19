"""A PNG a frame: NAME_00000.png, NAME_00001.png … Lossless, and whole whatever happens."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import ClosedError, OutputError
from worldsim.output import check_place, failed, part_of
from worldsim.record.writer import WholeSound


class PngWriter:
    """PNG files being written.

    Attributes:
        path: NAME.png as given. size: (width, height). frames: how many so far.
    """

    def __init__(self, path: Path | str, size: tuple[int, int]) -> None:
        """Check the place.

        Raises:
            OutputError: files can't be written there, or such a sequence is there already: its frames would mix with
                the new ones.
        """
        self.path = check_place(Path(path))
        first = self.file_of(0)
        if first.exists():
            raise OutputError(
                f"{first} exists: a new sequence would mix with the old one; remove it or choose a new name"
            )
        self.size = (int(size[0]), int(size[1]))
        self.frames = 0
        self._closed = False

    @property
    def takes_sound(self) -> bool:
        """Never."""
        return False

    def file_of(self, frame: int) -> Path:
        """Return the file of a frame."""
        return self.path.with_name(f"{self.path.stem}_{frame:05d}{self.path.suffix}")

    def frame(self, pixels: ArrayLike) -> None:
        """Add a frame, (H, W, 3) uint8 sRGB.

        Raises:
            ValueError: another shape or dtype.
            OutputError: it can't be written.
        """
        if self._closed:
            raise ClosedError(f"{self.path.name} is closed: start a new PngWriter")
        picture = np.asarray(pixels)
        if picture.shape != (self.size[1], self.size[0], 3) or picture.dtype != np.uint8:
            raise ValueError(
                f"a frame of {self.path.name} has shape {picture.shape} and dtype {picture.dtype}; "
                f"expected ({self.size[1]}, {self.size[0]}, 3) uint8"
            )
        try:
            write_png(self.file_of(self.frames), picture)
        except OSError as error:
            self._closed = True
            kept = f"the {self.frames} pictures before are kept"
            raise failed(self.file_of(self.frames), error, kept) from None
        self.frames += 1

    def audio(self, samples: ArrayLike) -> None:
        """Refuse: pictures have no sound."""
        raise ValueError(f"{self.path.name}: pictures have no sound")

    def remaster(self, whole: WholeSound) -> None:
        """Do nothing: there is no sound."""

    def close(self) -> None:
        """End the sequence; a second call does nothing.

        Raises:
            OutputError: no frame was given.
        """
        if not self._closed:
            self._closed = True
            if self.frames == 0:
                raise OutputError(f"{self.path}: nothing was recorded, so no file was written")

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        if not self._closed:
            self._closed = True
            for frame in range(self.frames):
                self.file_of(frame).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.frames == 0 and kind is not None:
            self.abort()
        else:
            self.close()


def write_png(path: Path, picture: NDArray[Any]) -> None:
    """Write one PNG, (H, W, 3) or (H, W) uint8 or (H, W) uint16, whole or not at all.

    Raises:
        OSError: the disk says no.
    """
    import imageio.v3 as iio

    part = part_of(path)
    try:
        part.write_bytes(iio.imwrite("<bytes>", picture, extension=".png", compress_level=1))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
