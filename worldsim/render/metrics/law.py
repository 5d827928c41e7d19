"""Law residuals: gravity in free flight, momentum over a collision, energy; on states or on what a film shows.

Everything is in SI units; it knows nothing of where the numbers come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Flight:
    """A parabola fitted to places in free flight.

    Attributes:
        gravity: (3,) m/s². residual: m, root mean square of what the parabola leaves.
    """

    gravity: Floats
    residual: float

    def error(self, gravity: object = (0.0, 0.0, -9.81)) -> float:
        """Return the length of the difference to a true gravity (3,) m/s², as a share of it."""
        true = np.asarray(gravity, np.float64)
        return float(np.linalg.norm(self.gravity - true) / np.linalg.norm(true))


def flight(time: NDArray, position: NDArray) -> Flight:
    """Return the parabola that fits places best.

    Args:
        time: (T,) s.
        position: (T, 3) m.

    Raises:
        ValueError: fewer than four places, or times that are not increasing.
    """
    t, place = np.asarray(time, np.float64), np.asarray(position, np.float64)
    if len(t) < 4 or len(place) != len(t):
        raise ValueError(f"a flight needs at least 4 places, one for each time; found {len(place)} and {len(t)}")
    if (np.diff(t) <= 0).any():
        raise ValueError("the times of a flight increase")
    t = t - t.mean()
    basis = np.stack([np.ones_like(t), t, 0.5 * t * t], 1)
    fit = np.linalg.lstsq(basis, place, rcond=None)[0]
    return Flight(fit[2], float(np.sqrt(np.mean((basis @ fit - place) ** 2) * 3)))


def momentum_residual(mass: NDArray, before: NDArray, after: NDArray) -> float:
    """Return |Σ m Δv| over Σ m |v| before: 0 where nothing outside has pushed.

    Args:
        mass: (B,) kg.
        before: (B, 3) m/s.
        after: (B, 3) m/s.

    Raises:
        ValueError: nothing moved before.
    """
    m = np.asarray(mass, np.float64)[:, None]
    first, last = np.asarray(before, np.float64), np.asarray(after, np.float64)
    scale = float(np.linalg.norm(m * first, axis=1).sum())
    if scale == 0:
        raise ValueError("nothing moved before the collision")
    return float(np.linalg.norm((m * (last - first)).sum(0))) / scale


def energy_gain(mass: NDArray, position: NDArray, velocity: NDArray, gravity: object = (0.0, 0.0, -9.81)) -> float:
    """Return the largest rise of mechanical energy over any stretch, as a share of the largest kinetic energy.

    Friction and impacts only take energy away: 0 where nothing pushes and no law is broken. Rotation is left out.

    Args:
        mass: (B,) kg.
        position: (T, B, 3) m.
        velocity: (T, B, 3) m/s.
        gravity: (3,) m/s².
    """
    m = np.asarray(mass, np.float64)
    kinetic = 0.5 * (m * (np.asarray(velocity, np.float64) ** 2).sum(-1)).sum(-1)
    potential = -(m * (np.asarray(position, np.float64) @ np.asarray(gravity, np.float64))).sum(-1)
    total = kinetic + potential
    rise = float((total - np.minimum.accumulate(total)).max())
    return rise / max(float(kinetic.max()), 1e-12)
