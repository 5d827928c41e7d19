"""Says when a scene's files have changed on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from worldsim.errors import SceneError
from worldsim.scene.library import find_scene
from worldsim.scene.load import bundle_of
from worldsim.scene.model import Scene

EVERY = 0.3  # s between looks


class Watcher:
    """Looks at modification times, a few times a second at most."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Remember the files as they are."""
        self._times: dict[Path, int | None] = {}
        self._waited = 0.0
        self.add(paths)

    @classmethod
    def of(cls, scene: Scene, name_or_path: str) -> Watcher:
        """Watch the file of a scene and what it includes; a scene from no file never changes."""
        try:
            main = find_scene(name_or_path)
            bundle, _ = bundle_of(scene)
        except SceneError:
            return cls(())
        return cls([main, *(main.parent / name for name in bundle)])

    def add(self, paths: Iterable[Path]) -> None:
        """Watch these too."""
        for path in paths:
            self._times.setdefault(path, _modified(path))

    def changed(self, elapsed: float) -> bool:
        """Take s of wall clock; return whether a file has changed since the last time this said so."""
        self._waited += elapsed
        if self._waited < EVERY:
            return False
        self._waited = 0.0
        now = {path: _modified(path) for path in self._times}
        if now == self._times or any(time is None for time in now.values()):  # gone for a moment: being saved
            return False
        self._times = dict(now)
        return True


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
