"""Places to write to: checked before any work starts, and files that appear whole or not at all.

What is being written lies beside its goal as `NAME.part`; only a finished file gets the name. Knows nothing of video.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path
from typing import Any

from worldsim.errors import OutputError

PART = ".part"
"""Added to the whole name: clip.mp4.part."""


class WholeFile(io.FileIO):
    """A new file without a buffer, so that a crash loses nothing written; each write is whole or raises OSError.

    Attributes:
        failure: why the last write was not whole, or None; libraries that write to it may lose the exception.
    """

    def __init__(self, path: Path) -> None:
        """Create it, for writing and reading.

        Raises:
            OSError: it exists, or can't be made.
        """
        super().__init__(path, "x+")
        self.failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of the bytes."""
        view = memoryview(data).cast("B")
        done = 0
        try:
            while done < len(view):  # the kernel may write a part of it, and say why only the next time
                done += super().write(view[done:]) or 0
        except OSError as error:
            self.failure = error
            raise
        return done


def part_of(path: Path) -> Path:
    """Return where a file is written until it is finished."""
    return path.with_name(path.name + PART)


def check_place(path: Path) -> Path:
    """Return the path if a file can be written there.

    Raises:
        OutputError: it is a folder, its folder is missing or can't be written to, or a recording that was cut off lies
            in its way.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file to write")
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{path} can't be written: there is no folder {folder}; make it first (mkdir -p {folder})")
    part = part_of(path)
    if part.exists():
        raise OutputError(
            f"{part} is left from a recording that was cut off; "
            f"finish it (worldsim record --recover {part}) or remove it"
        )
    try:
        with part.open("xb"):
            pass
        part.unlink()
    except OSError as error:
        raise OutputError(f"{path} can't be written: {_reason(error)}; choose another place") from None
    return path


def failed(path: Path, error: OSError, kept: str = "") -> OutputError:
    """Return the error for a write that failed on the way: what happened, and what was kept."""
    remedy = "; free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else ""
    tail = f"; {kept}" if kept else ""
    return OutputError(f"{path} could not be written to the end: {_reason(error)}{tail}{remedy}")


def publish(part: Path, path: Path) -> None:
    """Give a finished file its name: to the disk first, then an atomic rename.

    Raises:
        OSError: the disk says no; the part is still there.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    with contextlib.suppress(OSError):  # some file systems can't sync a folder: the rename is done all the same
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_whole(path: Path, data: bytes, shared: bool = False) -> None:
    """Write a file that can be made again: what a write that was cut off left behind is written over.

    Args:
        path: of the file.
        data: all of it.
        shared: whether other processes may write it at the same time: the last one to end wins.

    Raises:
        OutputError: the disk is full, or the folder can't be written to.
    """
    part = part_of(path.with_name(f"{path.name}.{os.getpid()}") if shared else path)
    try:
        part.unlink(missing_ok=True)
        with WholeFile(part) as file:
            file.write(data)
        publish(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise failed(path, error) from None


def _reason(error: OSError) -> str:
    words = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EFBIG: "the file would grow past the largest size allowed",
        errno.EACCES: "no permission to write there",
        errno.EPERM: "no permission to write there",
        errno.EROFS: "the file system is read-only",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return words.get(error.errno or 0, error.strerror or str(error))
