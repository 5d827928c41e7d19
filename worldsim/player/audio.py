"""The window's sound: hands control periods to the sounding process, and knows what the display says of it.

Nothing here knows of windows or keys. A machine without a sound card plays silently and says so once.
"""

from __future__ import annotations

import contextlib
from collections import deque
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import HelperError
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.hearing import Hearing, Report
from worldsim.player.worker import Worker
from worldsim.render.camera import Camera
from worldsim.scene.look import Look
from worldsim.sound.stream import SoundStream

STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)  # of the volume
QUIETEST = -60.0  # dB below the loudest: what the view of sources still lists
BEHIND = 15  # control periods that may wait to become sound; a slower machine's world waits for its sound


class Audio:
    """The sound of what is played, over all the worlds a window shows."""

    def __init__(self, wanted: bool = True) -> None:
        """Start to open the card; without one, or where no sound is wanted, nothing is made.

        Raises:
            HelperError: the process can't be started.
        """
        self._volume, self._muted, self._resting = 1.0, False, False
        self._worker: Worker | None = None
        self._opening: Future[str] | None = None
        self._prepared: Future[None] = Future()
        self._waiting: deque[Future[Hearing]] = deque()
        self._heard = Hearing()
        self._report = Report()
        if wanted:
            self._worker = Worker("worldsim.player.orchestra", "makes the sound", OPENBLAS_NUM_THREADS="1")
            self._opening = self._worker.ask("open")

    @property
    def problem(self) -> str:
        """Why nothing is heard, "" where something is, or where nothing was wanted; waits for the card to open."""
        return self._opening.result() if self._opening is not None else ""

    @property
    def works(self) -> bool:
        """Whether a card plays."""
        return self._worker is not None and not self.problem

    def prepare(self, world: World, look: Look | None, camera: Camera) -> None:
        """Make the sound of another world ready, while the caller goes on; a look replaces its scene's."""
        if self._worker is not None:
            stream, start = SoundStream.of(world, look), world.snapshot()
            first = replace(start, step=start.step + world.steps_per_control, time=start.time + 1 / world.control_rate)
            self._prepared = self._worker.ask("prepare", stream, first, world.contacts.rows[:0], camera)

    def begin(self) -> None:
        """Hear the world that was prepared from now on; waits until it is ready.

        Raises:
            HelperError: the process has ended.
        """
        if self._worker is not None and self.works:
            self._prepared.result()
            self._waiting.clear()
            self._heard = Hearing(self._heard.underruns)
            self._worker.ask("begin")

    def hear(self, snapshot: Snapshot, contacts: NDArray[np.void], camera: Camera, speed: float) -> None:
        """Take a control period that has just passed; `speed` is simulated seconds a second asked for.

        Raises:
            HelperError: the process has ended.
        """
        if self._worker is None or not self.works:
            return
        self._resting = False
        self._waiting.append(self._worker.ask("hear", snapshot, contacts, camera, speed))
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > BEHIND):
            self._heard = self._waiting.popleft().result()

    def rest(self) -> None:
        """Fall silent at once, until the next period."""
        if self._worker is not None and not self._resting:
            self._resting = True
            self._worker.ask("rest")

    # ---- the knobs

    def louder(self, steps: int) -> None:
        """Turn the volume up, or down for a negative number."""
        place = min(range(len(STEPS)), key=lambda k: abs(STEPS[k] - self._volume))
        self._turn(STEPS[min(max(place + steps, 0), len(STEPS) - 1)], False)

    def mute(self) -> None:
        """Silence it, or not."""
        self._turn(self._volume, not self._muted)

    def _turn(self, volume: float, muted: bool) -> None:
        self._volume, self._muted = volume, muted
        if self._worker is not None:
            self._worker.ask("turn", volume, muted)

    # ---- what the display says

    @property
    def words(self) -> str:
        """How loud it is, in words; "" where nothing can be heard."""
        if not self.works:
            return ""
        if self._muted:
            return "muted"
        gaps = self._heard.underruns
        return f"{100 * self._volume:.0f} %" + (f", {gaps} gap{'s' * (gaps != 1)}" if gaps else "")

    def loudest(self, count: int) -> list[tuple[str, float]]:
        """Return the names of what is heard most now, and how loud in [0, 1]: 1 is the loudest heard lately."""
        return [(name, 1 - level / QUIETEST) for name, level in self._heard.loudest[:count] if level > QUIETEST]

    def report(self) -> Report:
        """Return how it went so far."""
        if self._worker is not None and self.works:
            self._report = self._worker.ask("report").result()
        return self._report

    def close(self) -> None:
        """Close the card; a second call does nothing."""
        if self._worker is None:
            return
        with contextlib.suppress(HelperError):  # it has gone: what it told last stands
            self.report()
        self._worker.close()
        self._worker = None
