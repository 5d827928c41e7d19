"""What kind of place the ears are in: rays from the camera say how large it is, how open, and what its walls swallow.

From that, Eyring's reverberation time and the level of the diffuse field (Kuttruff, Room Acoustics, ch. 5): a hall
rings, a furnished room hardly, a field not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.modes import AIR_SOUND_SPEED
from worldsim.sound.solids import Solids

Floats = NDArray[np.float64]

RAYS = 96
LONGEST = 40.0  # m: what is farther answers as an echo, which is not made
LOWEST = 0.02  # sine of the lowest elevation: rays further down only find the ground
OPEN = 0.25  # share of the rays that must meet something before a place answers at all
SHORTEST_TIME, LONGEST_TIME = 0.15, 3.5  # s
AIR_TIME = 9.0  # s: reverberation time that the air alone would leave at 2 kHz


@dataclass(frozen=True)
class Place:
    """How a place answers.

    Attributes:
        time: s, reverberation time. gain: rms of the diffuse field beside the sound at 1 m of the same source.
        enclosed: share of the directions, without those down, in which something stands.
        reach: m, mean distance of what stands around.
    """

    time: float
    gain: float
    enclosed: float
    reach: float


def directions(count: int = RAYS) -> Floats:
    """Return (count, 3) unit vectors spread evenly from `LOWEST` up (a Fibonacci lattice)."""
    k = np.arange(count) + 0.5
    z = LOWEST + (1 - LOWEST) * k / count
    turn = np.pi * (1 + np.sqrt(5)) * k
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


RAY_DIRECTIONS = directions()


def place_at(solids: Solids, ear: Floats, floor: float = 0.1) -> Place:
    """Return what kind of place there is around a point.

    Sound that leaves through an opening is gone: an opening is a wall that swallows all. The mean free path of a room
    is about the mean distance of its walls from inside, ℓ; Eyring: T = 13.8 ℓ/(−c ln(1 − ᾱ)). The diffuse field of a
    source with p at 1 m is p² · 16π (1 − ᾱ)/(S ᾱ), S = 4V/ℓ with V = 4/3 π ℓ³.

    Args:
        solids: what stands there.
        ear: (3,) m.
        floor: share that the floor swallows.
    """
    far, which = solids.cast(np.asarray(ear, np.float64), RAY_DIRECTIONS, LONGEST)
    met = which >= 0
    enclosed = float(met.mean())
    if enclosed < OPEN:
        return Place(SHORTEST_TIME, 0.0, enclosed, LONGEST)
    reach = float(np.clip(far[met].mean(), 0.7, LONGEST))
    walls = float(np.where(met, solids.absorbs[which], 1.0).mean())
    alpha = min(0.8 * walls + 0.2 * floor, 0.95)
    time = 13.8 * reach / (-AIR_SOUND_SPEED * np.log(1 - alpha))
    time = 1 / (1 / time + 1 / AIR_TIME)
    surface = 16 / 3 * np.pi * reach**2
    closed = (enclosed - OPEN) / (1 - OPEN)
    gain = float(np.sqrt(16 * np.pi * (1 - alpha) / (surface * alpha)) * closed)
    return Place(float(np.clip(time, SHORTEST_TIME, LONGEST_TIME)), min(gain, 1.0), enclosed, reach)
