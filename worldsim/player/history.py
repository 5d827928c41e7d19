"""The last minute: a snapshot for every control period, the strong contacts, and the moment that is looked at.

Looking changes nothing; only `cut` does. It knows nothing of worlds: whoever holds one brings it to the moment shown.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot

FLASH = 0.3  # s a contact is shown
MARKS = 400  # contacts remembered


@dataclass(frozen=True)
class Flash:
    """A contact to show: where, (3,) m; how strong, N·s; when, s of simulated time."""

    position: NDArray[np.float64]
    impulse: float
    time: float


class History:
    """A ring of snapshots with a cursor.

    Attributes:
        past: in the order of time, the present last; at most the ring's length.
    """

    def __init__(self, length: int, first: Snapshot) -> None:
        """Start with the first snapshot; keep the last `length`."""
        self._length = length
        self.restart(first)

    def restart(self, first: Snapshot) -> None:
        """Forget everything: this is the present, and there is no past."""
        self.past: list[Snapshot] = [first]
        self._flashes: list[Flash] = []
        self._back = 0

    # ---- the present

    @property
    def now(self) -> Snapshot:
        """The present."""
        return self.past[-1]

    @property
    def before(self) -> Snapshot:
        """One control period ago."""
        return self.past[-2] if len(self.past) > 1 else self.past[-1]

    def append(self, now: Snapshot) -> None:
        """Time has gone on; what is looked at is the present again."""
        self._back = 0
        self.past.append(now)
        if len(self.past) > self._length + self._length // 4:  # in one go: a list is read by place all the time
            del self.past[: len(self.past) - self._length]
            self._flashes = [flash for flash in self._flashes if flash.time >= self.past[0].time]

    def flash(self, flash: Flash) -> None:
        """Remember a contact; contacts come in the order of time."""
        self._flashes.append(flash)
        if len(self._flashes) > MARKS:
            del self._flashes[: MARKS // 4]

    def cut(self, moment: Snapshot) -> None:
        """Forget what came after a moment; it is the present now."""
        self._back = 0
        while self.past and self.past[-1].step > moment.step:
            self.past.pop()
        if not self.past or self.past[-1].step != moment.step:
            self.past = [moment]
        self._flashes = [flash for flash in self._flashes if flash.time <= moment.time]

    # ---- looking

    @property
    def looking(self) -> bool:
        """Whether the moment shown is not the present."""
        return self._back > 0

    @property
    def shown(self) -> Snapshot:
        """The moment that is looked at."""
        return self.past[-1 - self._back]

    def move(self, periods: int) -> None:
        """Look some control periods later, or earlier for a negative number, as far as there is anything."""
        self._back = min(max(self._back - periods, 0), len(self._window()) - 1)

    def seek(self, place: float) -> None:
        """Look at a place in the remembered past: 0 is its start, 1 the present."""
        self._back = round((1.0 - min(max(place, 0.0), 1.0)) * (len(self._window()) - 1))

    def _window(self) -> range:
        """Return the places in `past` of what counts as remembered."""
        return range(max(0, len(self.past) - self._length), len(self.past))

    # ---- what to show

    @property
    def span(self) -> float:
        """How far back it goes, s."""
        return self.now.time - self.past[self._window()[0]].time

    @property
    def ago(self) -> float:
        """How long before the present the moment shown is, s."""
        return self.now.time - self.shown.time

    @property
    def place(self) -> float:
        """Where in the remembered past the moment shown is: 0 its start, 1 the present."""
        return 1.0 - self._back / max(len(self._window()) - 1, 1)

    def flashes(self, time: float) -> list[Flash]:
        """Return the contacts that shine at that time, s."""
        first = bisect_left(self._flashes, time - FLASH, key=lambda flash: flash.time)
        return [flash for flash in islice(self._flashes, first, None) if flash.time <= time]

    def marks(self) -> list[tuple[float, float]]:
        """Return the contacts as (place in the remembered past, impulse in N·s)."""
        start, span = self.now.time - self.span, max(self.span, 1e-9)
        return [((f.time - start) / span, f.impulse) for f in self._flashes if f.time >= start]
