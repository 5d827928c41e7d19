"""Video of what the window plays: one frame each 1/fps of simulated time, whatever the screen manages."""

from __future__ import annotations

from pathlib import Path

from worldsim.physics.state import Snapshot
from worldsim.player.view_camera import ViewCamera
from worldsim.record.writer import open_writer
from worldsim.render.renderer import Renderer


class Film:
    """A video being recorded.

    Attributes:
        path: the file. frames: so far.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: int, step_rate: int) -> None:
        """Open the file.

        Raises:
            OutputError: it can't be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._every = step_rate // fps
        self._writer = open_writer(path, size, fps)
        self._next: int | None = None

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self._writer.frames

    def add(self, states: list[Snapshot], renderer: Renderer, camera: ViewCamera) -> None:
        """Add the frames that fall due among the states of a control period."""
        for state in states:
            if self._next is None or state.step < self._next - self._every:  # first frame, or time went back
                self._next = state.step
            if state.step >= self._next:
                self._writer.frame(renderer.frame(state, camera.look(state)))
                self._next = state.step + self._every

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
