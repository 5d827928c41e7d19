"""Says when a scene's files have changed on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

EVERY = 0.5  # s between looks


class Watcher:
    """Looks at modification times, twice a second at most."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Remember the files as they are."""
        self._times = {path: _modified(path) for path in paths}
        self._waited = 0.0

    def changed(self, elapsed: float) -> bool:
        """Take s of wall clock; return whether a file has changed since the last time this said so."""
        self._waited += elapsed
        if self._waited < EVERY:
            return False
        self._waited = 0.0
        now = {path: _modified(path) for path in self._times}
        if now == self._times or any(time is None for time in now.values()):  # gone for a moment: being saved
            return False
        self._times = now
        return True


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
