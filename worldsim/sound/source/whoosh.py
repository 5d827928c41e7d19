"""The air past what flies by: a thrown ball, a falling beam. One voice, for whatever makes most of it.

A body sheds eddies at about 0.2 v/d a second (Strouhal) and its noise grows with the sixth power of its speed and with
its area (Curle 1955, a compact body): 18 dB for each doubling of speed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.scene.bounds import bounds
from worldsim.scene.pose import Pose
from worldsim.sound.source.noise import band, read
from worldsim.sound.source.source import Clock, Emission, Follower, Source, silence

Floats = NDArray[np.float64]

STROUHAL = 0.2
LEVEL = 0.012  # Pa rms at 1 m of a thing of 0.2 m at 10 m/s: 56 dB
SLOWEST = 4.0  # m/s: slower is silent
CENTRES = (60.0, 150.0, 380.0, 950.0, 2_400.0)  # Hz of the noise it is mixed from
EVERY = 3  # control periods between two looks while nothing flies fast enough
LOUDEST = 0.6  # Pa


class Whoosh(Source):
    """The air past the things of a world."""

    def __init__(self, parts: Sequence[Part], clock: Clock) -> None:
        """Work out how thick everything is that moves."""
        self.name = "air"
        self._clock, self._follower = clock, Follower(clock)
        moving = [part for part in parts if not part.static and part.actor is None]
        self._rows = np.array([part.index for part in moving], np.int64)
        self._names = [part.owner for part in moving]
        self._thick = np.array([_thickness(part) for part in moving])
        self._who, self._level, self._pitch = -1, 0.0, 200.0
        self._mix = np.zeros(len(CENTRES))  # Pa rms of each noise

    @property
    def listens(self) -> bool:
        """Whether there is anything that moves."""
        return bool(len(self._rows))

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period; see `Source`."""
        if not len(self._rows):
            return Emission(silence(count), np.zeros(3), self.name)
        if self._level == 0.0 and snapshot.step // self._clock.steps % EVERY:
            return Emission(silence(count), snapshot.position[self._rows[self._who]], self.name)
        speed = np.sqrt(np.einsum("pi,pi->p", snapshot.velocity[self._rows], snapshot.velocity[self._rows]))
        over = np.minimum(np.maximum((speed - SLOWEST) / SLOWEST, 0.0), 1.0)
        loud = np.minimum(over * LEVEL * (speed / 10) ** 3 * self._thick / 0.2, LOUDEST)
        if not self._follower.follows(snapshot):
            self._level = 0.0
        before = self._level
        if before == 0.0:
            self._who = int(np.argmax(loud))
        who, now = self._who, float(loud[self._who])
        if before > 0 and now < 0.25 * float(loud.max()):
            now = 0.0  # fade here, begin there
        self._level = now
        where = snapshot.position[self._rows[who]]
        if before == now == 0.0:
            return Emission(silence(count), where, self._names[who])
        pitch = STROUHAL * float(speed[who]) / float(self._thick[who])
        self._pitch += 0.3 * (pitch - self._pitch) if before else pitch - self._pitch
        mix = self._mix if before else before * self._mix
        self._mix = now * _shares(self._pitch)
        start, rate, out = self._clock.end(snapshot) - count, self._clock.sample_rate, np.zeros(count)
        for k, (low, high) in enumerate(zip(mix.tolist(), self._mix.tolist(), strict=True)):
            if low or high:
                loop = band(rate, 0.7 * CENTRES[k], 1.4 * CENTRES[k], 90 + k)
                out += read(loop, start, count) * np.linspace(low, high, count + 1)[1:]
        return Emission(out, where, self._names[who])


def _shares(pitch: float) -> Floats:
    """Return how much of each noise makes one of a pitch, Hz: (len(CENTRES),), the squares' sum is 1."""
    at = float(np.interp(np.log(pitch), np.log(CENTRES), np.arange(len(CENTRES))))
    return np.sqrt(np.maximum(1 - np.abs(np.arange(len(CENTRES)) - at), 0.0))


def _thickness(part: Part) -> float:
    """Return m: the second of a part's three extents, what the air has to go round."""
    box = bounds(part.geoms, Pose((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)))
    if box is None:
        return 0.1
    extents = sorted(high - low for low, high in zip(*box, strict=True))
    return float(np.clip(extents[1], 0.01, 2.0))
