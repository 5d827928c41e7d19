"""Disks that are full."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from worldsim.output import WholeFile


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[None]:
    """Let the disk be full after that many bytes; the last write before is cut short, as Linux does it."""
    real, left = WholeFile.write, [after]

    def write(self: WholeFile, data: Any) -> int:
        view = memoryview(data).cast("B")
        fits = min(len(view), left[0])
        left[0] -= fits
        real(self, view[:fits])
        if fits < len(view):
            self.failure = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise self.failure
        return fits

    monkeypatch.setattr(WholeFile, "write", write)
    yield
    monkeypatch.undo()
