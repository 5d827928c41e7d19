"""What a thing with a sound of its own is to those who listen: one mono signal a control period, and where it is.

Contact sound is not made here: a source is what would sound without a touch (a voice, an engine, a creak), or what a
touch log doesn't tell (a collar that jingles). Sources know nothing of ears, rooms or pictures.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Emission:
    """What a source gives out in one control period.

    Attributes:
        samples: (count,) Pa at 1 m.
        position: (3,) m, world, at the period's end.
        name: whose sound it is: an object's or actor's name.
    """

    samples: Floats
    position: Floats
    name: str


@functools.lru_cache(maxsize=16)
def silence(count: int) -> Floats:
    """Return (count,) zeros, always the same ones: what a silent source gives out, known without looking."""
    out = np.zeros(count)
    out.setflags(write=False)
    return out


@dataclass(frozen=True)
class Clock:
    """The rates of a world's sound.

    Attributes:
        sample_rate, step_rate, control_rate: Hz.
    """

    sample_rate: int = 48_000
    step_rate: int = 240
    control_rate: int = 60

    @property
    def block(self) -> int:
        """Samples a control period."""
        return self.sample_rate // self.control_rate

    @property
    def period(self) -> float:
        """s, a control period."""
        return 1 / self.control_rate

    @property
    def steps(self) -> int:
        """Physics steps a control period."""
        return self.step_rate // self.control_rate

    def end(self, snapshot: Snapshot) -> int:
        """Return the sample of the world's clock at which a snapshot was taken."""
        return snapshot.step * self.sample_rate // self.step_rate


class Source(ABC):
    """A thing with a sound of its own.

    Attributes:
        name: the object's or actor's name.
    """

    name: str

    @abstractmethod
    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return what it gives out in the control period that ends with `snapshot`.

        Args:
            snapshot: the world at the end of the period.
            contacts: (K,) `CONTACT_DTYPE`, of all its steps.
            count: samples of the period.
        """


class Bed(ABC):
    """A sound around the listener, stereo already: ambience or music."""

    @abstractmethod
    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Floats:
        """Return (count, 2) Pa at the ears for the control period that ends with `snapshot`."""


class Follower:
    """Whether snapshots follow each other without a gap; a restore or a rewind is a gap."""

    def __init__(self, clock: Clock) -> None:
        """Start before the first snapshot."""
        self._steps = clock.steps
        self._last: int | None = None

    def follows(self, snapshot: Snapshot) -> bool:
        """Take the next snapshot; return whether it is one control period after the one before (the first is not)."""
        last, self._last = self._last, snapshot.step
        return last is not None and snapshot.step == last + self._steps
