"""A bus of the desk: voices with a place come in, what the two ears get comes out.

It brings together what stands between (`occlusion.py`), how sound from each side arrives (`space.py`) and the filters
that all voices share (`panner.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.sound.occlusion import Occlusion
from worldsim.sound.panner import MAIN, Panner
from worldsim.sound.solids import Solids
from worldsim.sound.space import Listener

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Voices:
    """What sounds in one block.

    Attributes:
        slot: (V,) ascending: who. mono: (V, N) Pa at 1 m. where: (V, 3) m, world.
        part: (V,) which part of the world each is, −1 for none. ends: those slots that end with this block.
    """

    slot: Indices
    mono: Floats
    where: Floats
    part: Indices
    ends: Indices

    def beside(self, other: Voices, slots: int) -> Voices:
        """Return both together; the other's slots come `slots` later."""
        if not len(other.slot):
            return self
        if not len(self.slot):
            return Voices(other.slot + slots, other.mono, other.where, other.part, other.ends + slots)
        return Voices(
            np.concatenate([self.slot, other.slot + slots]),
            np.concatenate([self.mono, other.mono]),
            np.concatenate([self.where, other.where]),
            np.concatenate([self.part, other.part]),
            np.concatenate([self.ends, other.ends + slots]),
        )


class Bus:
    """Some slots of voices and how they reach the ears.

    Attributes:
        sent: (N,) Pa at 1 m: what the last block's voices give to the room; None where there were none.
    """

    def __init__(self, slots: int, block: int, sample_rate: int, listener: Listener, solids: Solids) -> None:
        """Start silent; `block` in samples, `sample_rate` in Hz."""
        self._listener = listener
        self._occlusion = Occlusion(solids, slots)
        self._panner = Panner(slots, block, sample_rate, listener.longest_delay)
        self.sent: Floats | None = None
        self._voices: Voices | None = None
        self._gain = np.zeros(0)

    def hear(self, voices: Voices, snapshot: Snapshot) -> Floats:
        """Return (N, 2) Pa at the ears of one block; the listener has moved already."""
        self._occlusion.move(snapshot)
        self._voices, self.sent = None, None
        if not len(voices.slot):
            return self._panner.rest()
        clear = self._occlusion.clear(voices.slot, voices.where, self._listener.eye, voices.part)
        placed = self._listener.place(voices.where, clear)
        self._voices, self._gain = voices, placed.weight[:, MAIN]
        self.sent = voices.mono.sum(axis=0)
        return self._panner.mix(voices.slot, voices.mono, placed, voices.ends)

    def loudness(self) -> list[tuple[int, float]]:
        """Return slots and Pa at the ears (rms) of the last block's voices."""
        if self._voices is None:
            return []
        power = np.mean(np.square(self._voices.mono), axis=1) * np.square(self._gain).sum(axis=0)
        return list(zip(self._voices.slot.tolist(), np.sqrt(power).tolist(), strict=True))
