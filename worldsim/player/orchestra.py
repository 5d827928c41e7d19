"""What the sounding process serves: from control periods to the sound card. It knows nothing of windows and keys."""

from __future__ import annotations

import copy
import gc

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SoundError
from worldsim.physics.state import Snapshot
from worldsim.player.card import CHUNK, QUEUED, Card
from worldsim.player.hearing import Hearing, Report
from worldsim.player.serve import serve
from worldsim.render.camera import Camera
from worldsim.sound.bridge import Bridge
from worldsim.sound.stream import SoundStream

RATE = 48_000  # Hz


class Orchestra:
    """The sound of one world after the other, on one card."""

    def __init__(self) -> None:
        """Have no card and no world yet."""
        self._bridge = Bridge(RATE)
        self._card: Card | None = None
        self._stream: SoundStream | None = None
        self._next: SoundStream | None = None
        self._waits: tuple[float, int] = (0.0, 0)  # s in store, summed over how many periods

    def open(self) -> str:
        """Open the card; return why that can't be, "" where it can."""
        try:
            self._card = Card(self._bridge, RATE)
        except SoundError as error:
            return str(error)
        return ""

    def prepare(self, stream: SoundStream, first: Snapshot, contacts: NDArray[np.void], camera: Camera) -> None:
        """Take the stream of the world that is heard next; a copy plays its first period, because that one is slow."""
        copy.deepcopy(stream).advance(first, contacts, camera)
        self._next = stream

    def begin(self) -> None:
        """Hear the world that was prepared, from now on."""
        self._bridge.rest()
        self._stream, self._next = self._next, None
        gc.collect()
        gc.freeze()  # as in `app.py`: nothing that is there now is looked through while it is heard

    def hear(self, snapshot: Snapshot, contacts: NDArray[np.void], camera: Camera, speed: float) -> Hearing:
        """Take a control period that has just passed; `speed` is simulated seconds a second asked for."""
        if self._stream is None:
            return Hearing(self._underruns)
        self._bridge.push(self._stream.advance(snapshot, contacts, camera), speed)
        waited, count = self._waits
        self._waits = (waited + self._bridge.delay, count + 1)
        return Hearing(self._underruns, tuple(self._stream.loudest()))

    def rest(self) -> None:
        """Fall silent at once, until the next period."""
        self._bridge.rest()

    def turn(self, volume: float, muted: bool) -> None:
        """Set how loud it is: 0 is silent, 1 is as made."""
        self._bridge.volume, self._bridge.muted = volume, muted

    @property
    def _underruns(self) -> int:
        return self._bridge.underruns + (self._card.late if self._card is not None else 0)

    def report(self) -> Report:
        """Return how it went so far."""
        if self._card is None or self._stream is None:
            return Report()
        waited, count = self._waits
        late = self._stream.latency / RATE + waited / max(count, 1) + (QUEUED + CHUNK) / RATE
        seconds = self._bridge.pulled / RATE
        return Report(self._card.name, self._underruns, self._bridge.mended, late if count else 0.0, seconds)

    def close(self) -> None:
        """Close the card; a second call does nothing."""
        if self._card is not None:
            self._card.close()
        self._card = self._stream = None


if __name__ == "__main__":
    serve(Orchestra())
