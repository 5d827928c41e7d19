"""What walls leave of the sound behind them: duller, and softer the longer the way around.

Maekawa's curve for a screen (Z. Maekawa, Applied Acoustics 1, 1968, as 10 lg(3 + 20 N), N = 2 δ f/c with δ the detour),
read at one frequency of the bass and one of the treble. Between two looks the loss goes smoothly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.sound.modes import AIR_SOUND_SPEED
from worldsim.sound.solids import Solids

Floats = NDArray[np.float64]

BANDS = np.array([4000.0, 250.0])  # Hz: treble and bass
MOST = 24.0  # dB: what goes round and through a wall always
EVERY = 6  # blocks between two looks at what has been heard for longer: 100 ms at 60 Hz
SMOOTH = 0.35  # of the difference, a block


def screen_loss(detour: Floats, frequency: float | Floats) -> Floats:
    """Return dB that a screen takes at a frequency, Hz, where the way around is longer by `detour`, m; 0 for 0."""
    fresnel = 2 * np.asarray(detour, np.float64) * frequency / AIR_SOUND_SPEED
    return np.asarray(np.where(fresnel > 0, np.minimum(10 * np.log10(3 + 20 * fresnel), MOST), 0.0))


class Occlusion:
    """How much of each of some sources is left; slots as of a `Panner`."""

    def __init__(self, solids: Solids, slots: int) -> None:
        """Start with all of everything."""
        self.solids = solids
        self._clear = np.ones((slots, 2))
        self._target = np.ones((slots, 2))
        self._known = np.zeros(slots, np.bool_)
        self._count = 0
        self._behind = False  # whether any of those that are heard is behind something
        self._block = 0

    def move(self, snapshot: Snapshot) -> None:
        """Let a block pass; boxes that can move are looked up now and then."""
        if self._block % EVERY == 0 and self.solids.moves:
            self.solids.move(snapshot)
        self._block += 1

    def clear(
        self, slots: NDArray[np.int64], position: Floats, ear: Floats, own: NDArray[np.int64] | None = None
    ) -> Floats | None:
        """Return (S, 2) what is left of the treble and the bass; None where all is left of all.

        Args:
            slots: (S,) who is heard; those that were not in the last block are looked at afresh.
            position: (S, 3) m.
            ear: (3,) m.
            own: (S,) the part that each is.
        """
        if not len(self.solids):
            return None
        fresh = ~self._known[slots]
        due = self._block % EVERY == 0
        news = bool(fresh.any())
        if news or len(slots) != self._count:
            self._known[:] = False
            self._known[slots] = True
            self._count = len(slots)
        if not (due or news or self._behind):
            return None
        look = np.arange(len(slots)) if due else fresh.nonzero()[0]
        if len(look):
            detour = self.solids.detour(position[look], ear, None if own is None else own[look])
            self._target[slots[look]] = 10 ** (screen_loss(detour[:, None], BANDS) / -20) if detour.any() else 1.0
        now, target = self._clear[slots], self._target[slots]
        now = np.where(fresh[:, None], target, now + SMOOTH * (target - now))
        self._clear[slots] = now
        clear = bool(now.min() > 0.995)
        self._behind = not clear or bool(target.min() < 1.0)
        return None if clear else now
