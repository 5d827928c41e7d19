"""How much happens, as one number: from the blows of the last seconds and from what moves fast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot

LEAST, MOST = 0.15, 25.0  # N·s a second of new contacts: where it begins to count, where it is all
SLOW, FAST = 0.5, 6.0  # m/s of the fastest thing, likewise
RISES, FALLS = 2.0, 8.0  # s


class Intensity:
    """Follows it.

    Attributes:
        value: 0 … 1.
    """

    def __init__(self, parts: Sequence[Part], period: float) -> None:
        """Start at rest; `period` in s between two snapshots."""
        self._moving = np.array([part.index for part in parts if not part.static], np.int64)
        self._period = period
        self._blows = 0.0  # N·s a second, over about a second
        self.value = 0.0

    def follow(self, snapshot: Snapshot, contacts: NDArray[np.void]) -> float:
        """Take one more period and return the value after it."""
        fresh = float(contacts["impulse"][contacts["new"]].sum()) if len(contacts) else 0.0
        self._blows += fresh - self._blows * self._period
        struck = _share(self._blows, LEAST, MOST)
        velocity = snapshot.velocity[self._moving]
        top = float(np.sqrt(np.einsum("pi,pi->p", velocity, velocity).max(initial=0.0)))
        now = min(1.0, 0.65 * struck + 0.5 * _share(top, SLOW, FAST))
        self.value += (now - self.value) * self._period / (RISES if now > self.value else FALLS)
        return self.value


def _share(value: float, low: float, high: float) -> float:
    """Return where a value lies between two on a logarithmic scale, 0 … 1."""
    return float(min(max(np.log(max(value, 1e-9) / low) / np.log(high / low), 0.0), 1.0))
