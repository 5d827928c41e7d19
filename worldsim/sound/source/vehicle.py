"""A vehicle: engine or motor, tyres, brakes, wind, horn, all from a few numbers a control period.

Whoever drives it says what they are (`VehicleState`); nothing here knows how a car moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.sound.source.engine import Engine, Motor
from worldsim.sound.source.source import Clock, Emission, Source
from worldsim.sound.source.tyre import Road

Floats = NDArray[np.float64]

HORN = (415.0, 494.0)  # Hz
HORN_LEVEL, HORN_RISE = 0.9, 0.02  # Pa rms at 1 m, s


@dataclass(frozen=True)
class VehicleKind:
    """What is under the bonnet.

    Attributes:
        cylinders: 0 for an electric motor. exhaust: m, length of its pipe.
        horn: factor of its pitch; a lorry's is lower.
    """

    cylinders: int = 4
    exhaust: float = 2.4
    horn: float = 1.0


@dataclass(frozen=True)
class VehicleState:
    """What a vehicle does at one instant.

    Attributes:
        rpm: turns a minute of engine or motor; 0 where it is off. load: 0 … 1, how hard it pulls.
        speed: m/s over the ground. slip: 0 … 1, how much the tyres slide. brake: 0 … 1.
        horn: whether it is sounded.
    """

    rpm: float = 0.0
    load: float = 0.0
    speed: float = 0.0
    slip: float = 0.0
    brake: float = 0.0
    horn: bool = False


class VehicleVoice:
    """All that one vehicle gives out, block by block."""

    def __init__(self, kind: VehicleKind, sample_rate: int, seed: int) -> None:
        """Start at rest with everything off."""
        self._motor: Engine | Motor
        if kind.cylinders > 0:
            self._motor = Engine(kind.cylinders, kind.exhaust, sample_rate, seed)
        else:
            self._motor = Motor(sample_rate)
        self._road, self._rate, self._kind = Road(sample_rate, seed), sample_rate, kind
        self._horn, self._phase = 0.0, np.zeros(len(HORN))

    def __call__(self, now: VehicleState, count: int) -> Floats:
        """Return (count,) Pa at 1 m of the period that ends at a state."""
        out = self._motor(now.rpm, min(max(now.load, 0.0), 1.0), count)
        out = out + self._road(now.speed, now.slip, now.brake, count)
        if now.horn or self._horn > 0:
            out += self._blow(now.horn, count)
        return out

    def _blow(self, on: bool, count: int) -> Floats:
        rise = np.arange(1, count + 1) / (HORN_RISE * self._rate)
        gain = np.clip(self._horn + (rise if on else -rise), 0.0, 1.0)
        self._horn = float(gain[-1])
        out = np.zeros(count)
        for k, tone in enumerate(HORN):
            pitch = tone * self._kind.horn
            way = self._phase[k] + pitch * np.arange(1, count + 1) / self._rate
            self._phase[k] = way[-1] % 1.0
            for order in range(1, 15):
                strength = order**-0.6 * np.exp(-(((order * pitch - 2_000) / 2_400) ** 2))
                out += strength * np.sin(2 * np.pi * order * way + order * order)
        return np.asarray(HORN_LEVEL * 0.33 * gain * out)


class VehicleSound(Source):
    """A vehicle in a world.

    Attributes:
        name: the actor's or object's name.
    """

    def __init__(
        self,
        name: str,
        part: int,
        kind: VehicleKind,
        state: Callable[[Snapshot], VehicleState],
        clock: Clock,
        seed: int,
        gain: float = 1.0,
    ) -> None:
        """Start at rest.

        Args:
            name: whose sound it is.
            part: index of the part it comes from.
            kind: what is under its bonnet.
            state: reads from a snapshot what it does.
            clock: the world's rates.
            seed: no two engines are alike.
            gain: factor of all of it.
        """
        self.name, self._part, self._state, self._gain = name, part, state, gain
        self._voice = VehicleVoice(kind, clock.sample_rate, seed)

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of the vehicle; see `Source`."""
        samples = self._gain * self._voice(self._state(snapshot), count)
        return Emission(samples, snapshot.position[self._part], self.name)
