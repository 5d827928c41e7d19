"""What one blow does to the air: how long it lasts, which modes it wakes, its click and its rustle.

Formulas only; who strikes whom is `impact.py`'s, the ringing `ring.py`'s.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.bank import Bank
from worldsim.sound.modes import AIR_SOUND_SPEED

Floats = NDArray[np.float64]

SHORTEST, LONGEST = 5e-5, 0.010  # s: contact durations met with in practice, steel balls to feet on turf
AIR_DENSITY = 1.204  # kg/m³ at 20 °C
DIPOLE = 0.1  # mean of the direction pattern and of what the floor's mirror image takes away
RINGING = 0.003  # of the energy of a blow, at most
FRICTION_SHARE = 0.02  # of a rubbing force that bends the body: the patch that rubs is large, its parts out of step
RUSTLE = 0.04  # Pa at 1 m per N·s on loose ground; a step on grass (≈ 1 N·s) is some 60 dB
RUSTLE_TIME = 0.045  # s
CLAWS = 3  # of a paw's four, those that touch down apart
CLAW = 0.12  # Pa at 1 m per N·s: a trotting dog on parquet, some 65 dB
HARD = 1e9  # Pa: ground on which claws are heard
SHUFFLE = 0.02  # Pa at 1 m per N of scraping force on loose ground


def meeting_mass(a: Bank, b: Bank) -> float:
    """Return the reduced mass, kg, of two bodies that meet; 1 kg where neither can move."""
    return float(1 / (1 / a.mass + 1 / b.mass)) if math.isfinite(min(a.mass, b.mass)) else 1.0


def ringing_share(bank: Bank, mass: float, share: Floats) -> float:
    """Return by how much a body rings less than free modes would, since a blow can't give what it has not.

    Modes that each took all of the impulse J would together hold J² Σ share²/(2 heft); the blow brings J²/2m, of which
    at most `RINGING` goes into the modes kept here (Reed, J. Phys. D 18, 2329, 1985, finds up to some per cent in all
    waves for steel). Both follow J², so loudness still follows the impulse.

    Args:
        bank: the body.
        mass: kg, `meeting_mass`.
        share: (M,) of the impulse that reaches each mode.
    """
    wanted = float((share**2 / bank.heft).sum())
    return min(1.0, math.sqrt(RINGING / mass / wanted)) if wanted > 0 else 1.0


def contact_time(a: Bank, b: Bank, speed: float) -> float:
    """Return how long two bodies that meet at `speed`, m/s, touch, s.

    Hertz: τ = 2.87 (m²/(R E*² v))^(1/5), 1/m = 1/m_a + 1/m_b, 1/R = 1/R_a + 1/R_b, 1/E* = 1/E'_a + 1/E'_b, E' =
    E/(1 − ν²) (Johnson, Contact Mechanics, eq. 11.24), held within `SHORTEST` and `LONGEST`. Bodies without a round
    side meet with an edge on a face.
    """
    mass = meeting_mass(a, b)
    if a.round or b.round:  # on a face, not on an edge
        radius = 1 / sum(1 / bank.curvature for bank in (a, b) if bank.round)
    else:
        radius = min(a.curvature, b.curvature, 1.0)
    modulus = 1 / (1 / a.modulus + 1 / b.modulus)
    time = 2.87 * (mass**2 / (radius * modulus**2 * max(speed, 1e-3))) ** 0.2
    return min(max(float(time), SHORTEST), LONGEST)


def softness(frequency: Floats, time: float) -> Floats:
    """Return how much of the impulse reaches each frequency, Hz, when it takes `time`, s.

    The spectrum of a half sine, |cos π f τ|/|1 − (2 f τ)²|, without its zeros, which real pulses do not have:
    1/√(1 + (2 f τ)⁴), the same at both ends.
    """
    turns = np.square((2 * time) * frequency)
    return np.asarray(1 / np.sqrt(1 + turns * turns))


def click(bank: Bank, impulse: float, time: float, sample_rate: int, start: float, least: float = 0.0) -> Floats:
    """Return the sound of the body being jerked, without any ringing: what small hard things are heard by.

    A rigid body of volume V that is accelerated radiates p(1 m) = 3 ρ V j/(8 π c) · cos θ, j its jerk (Chadwick, Zheng
    & James, "Precomputed Acceleration Noise", ACM Trans. Graph. 31(6), 2012; far field of a small oscillating sphere).
    For a force pulse (J/τ)(1 − cos 2πt/τ) the jerk is one turn of a sine with peak 2π J/(m τ²): no step at either end
    and no DC. Bodies that are large beside the wave answer as slowly as sound crosses them: τ is at least 2 a/c.

    Args:
        bank: the body.
        impulse: N·s.
        time: s, contact duration.
        sample_rate: Hz.
        start: samples in [0, 1) by which the blow comes after the first sample.
        least: Pa at 1 m: what stays below is not made.

    Returns:
        (n,) Pa at 1 m; empty for what can't move.
    """
    if not math.isfinite(bank.mass) or bank.mass <= 0:
        return np.empty(0)
    lasts = max(time, 2 * bank.radius / AIR_SOUND_SPEED, 3.0 / sample_rate)
    jerk = 2 * np.pi * impulse / (bank.mass * lasts**2)
    peak = DIPOLE * 3 * AIR_DENSITY * bank.volume * jerk / (8 * np.pi * AIR_SOUND_SPEED)
    if peak <= least:
        return np.empty(0)
    at = (np.arange(int(lasts * sample_rate) + 2) - start) / (lasts * sample_rate)
    return np.where((at > 0) & (at < 1), peak * np.sin(2 * np.pi * at), 0.0)


def rustle(grit: float, impulse: float, noise: Floats, sample_rate: int) -> Floats:
    """Return blades, crumbs or grains giving way: a burst of `noise` (n,), rms 1, that swells and fades; Pa at 1 m."""
    return np.asarray((grit * RUSTLE * impulse) * (_swell(len(noise), sample_rate) * noise))


@functools.lru_cache(maxsize=8)
def _swell(count: int, sample_rate: int) -> Floats:
    t = np.arange(count) / sample_rate / RUSTLE_TIME
    envelope = t * np.exp(1 - 4 * t) * 4 * np.clip((count - np.arange(count)) / (0.1 * count), 0.0, 1.0)
    envelope.setflags(write=False)
    return np.asarray(envelope)


def jerked(bank: Bank, slope: Floats) -> Floats | None:
    """Return what a body radiates by being shaken as a whole by a force of `slope` (N,) N/s: as `click`; Pa at 1 m.

    None for what can't move.
    """
    if not math.isfinite(bank.mass) or bank.mass <= 0:
        return None
    return np.asarray(DIPOLE * 3 * AIR_DENSITY * bank.volume / (8 * np.pi * AIR_SOUND_SPEED * bank.mass) * slope)


def claws(impulse: float, chance: Floats, sample_rate: int) -> Floats:
    """Return the claws of a paw that lands on hard ground: horn of 8 mm, each a tick of 3.5 to 6 kHz; Pa at 1 m.

    Args:
        impulse: N·s, of the paw.
        chance: (2 · CLAWS,) in [0, 1): when each comes, within 8 ms, and how high it is.
        sample_rate: Hz.
    """
    t = np.arange(int(0.016 * sample_rate)) / sample_rate
    out = np.zeros(len(t))
    for when, pitch in chance.reshape(CLAWS, 2).tolist():
        after = np.maximum(t - 0.008 * when, 0.0)
        out += np.exp(-900.0 * after) * np.sin(2 * np.pi * (3500 + 2500 * pitch) * after)
    fade = np.minimum((len(t) - np.arange(len(t))) / (0.002 * sample_rate), 1.0)
    return np.asarray(CLAW * impulse / CLAWS * out * fade)
