"""One stage in the drawing process: begins pictures of it, so that the world goes on while they are made.

It knows nothing of worlds, windows and what the layers mean.
"""

from __future__ import annotations

from concurrent.futures import Future

from worldsim.player.painter import Painter
from worldsim.player.shot import Footage, Picture, Shot
from worldsim.render.stage import Stage


class Drawer:
    """Draws one stage."""

    def __init__(self, painter: Painter, stage: Stage, footage: Footage | None = None) -> None:
        """Hand the stage over; a renderer is made when the first picture is asked for."""
        self._painter, self._number = painter, painter.number()
        self._closed = False
        painter.ask("build", self._number, stage, footage if footage is not None else Footage())

    def begin(self, shot: Shot) -> Future[Picture]:
        """Begin a picture; its result raises what drawing raised."""
        return self._painter.ask("shoot", self._number, shot)

    def forget(self) -> None:
        """Let what comes next follow nothing: a cut."""
        self._painter.ask("forget", self._number)

    def close(self) -> None:
        """Close all renderers; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._painter.ask("drop", self._number)
