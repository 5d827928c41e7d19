"""A throat: pulses of the vocal folds, noise of the breath, and the tube that both go through.

The source-filter model (Fant, Acoustic Theory of Speech Production, 1960). Everything is made whole from numbers given:
no state, no clock; chance is a hash of the keys.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform

Floats = NDArray[np.float64]

WARM_SOUND_SPEED = 354.0  # m/s, in breath of 37 °C
TRACT = 0.075  # m for 1 kg: vocal tracts grow with the cube root of the mass, 17 cm at 11 kg (Riede & Fitch 1999)
WIDEST = 700.0  # Hz: no resonance has a wider band
RISE, FALL = 0.40, 0.16  # shares of a cycle in which the folds open and close (Rosenberg, JASA 49, 1971)


def formants(mass: float, count: int = 32, opening: float = 0.5) -> Floats:
    """Return (count,) Hz, resonances of a dog's vocal tract: a tube closed at one end, (2n − 1) c/4L.

    Args:
        mass: kg of the dog.
        count: how many at most; the more, the less the highest tones are muffled.
        opening: of the mouth, 0 … 1; opening it raises the lower ones, closing it lowers them.
    """
    order = np.arange(1, count + 1)
    tube = (2 * order - 1) * WARM_SOUND_SPEED / (4 * TRACT * mass ** (1 / 3))
    return tube * (1 + (opening - 0.5) * 0.6 / order)


def pulses(
    pitch: Floats,
    sample_rate: int,
    key: int,
    *,
    jitter: float = 0.01,
    shimmer: float = 0.05,
    rough: float = 0.0,
) -> Floats:
    """Return (n,) the flow's rate of change through folds that vibrate, peak about 1.

    Args:
        pitch: (n,) Hz at each sample.
        sample_rate: Hz.
        key: of chance.
        jitter: share by which cycles differ in length.
        shimmer: share by which they differ in strength.
        rough: share by which every other cycle is weaker: a subharmonic an octave below.
    """
    nominal = np.cumsum(pitch / sample_rate)
    count = int(nominal[-1] * (1 + jitter)) + 3
    chance = 2 * uniform(2 * count, key, 11) - 1
    phase = np.cumsum(pitch / sample_rate * (1 + jitter * chance[nominal.astype(np.int64)]))
    cycle = phase.astype(np.int64)
    part = phase - cycle
    opens = np.sin(np.pi * np.minimum(part / RISE, 1.0)) * (FALL / RISE)
    shuts = -np.sin(np.pi / 2 * np.clip((part - RISE) / FALL, 0.0, 1.0)) * (part < RISE + FALL)
    strength = (1 + shimmer * chance[count + cycle]) * (1 - rough * (cycle & 1))
    return np.asarray((opens + shuts) * strength)


def hiss(count: int, key: int) -> Floats:
    """Return (count,) white noise with rms 1."""
    return (uniform(count, key, 12) - 0.5) * np.sqrt(12.0)


def through(wave: Floats, resonances: Floats, sample_rate: int, width: float = 0.09, least: float = 60.0) -> Floats:
    """Send (n,) through resonances in series, each with gain 1 at 0 Hz.

    Args:
        wave: what goes in.
        resonances: (F,) Hz.
        sample_rate: Hz.
        width: bandwidth as a share of the frequency.
        least: Hz, the narrowest bandwidth.
    """
    from scipy.signal import sosfilt

    heard = resonances[resonances < 0.495 * sample_rate]
    radius = np.exp(-np.pi * np.clip(width * heard, least, WIDEST) / sample_rate)
    turn = 2 * np.pi * heard / sample_rate
    back = np.stack([np.ones_like(heard), -2 * radius * np.cos(turn), radius**2], axis=1)
    forward = np.zeros_like(back)
    forward[:, 0] = back.sum(axis=1)
    return np.asarray(sosfilt(np.concatenate([forward, back], axis=1), wave))


def curve(count: int, *points: tuple[float, float]) -> Floats:
    """Return (count,) a smooth line through points (share of the way, value): a cosine between neighbours."""
    at = np.linspace(0.0, 1.0, count)
    places = np.array([place for place, _ in points])
    values = np.array([value for _, value in points])
    k = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    share = np.clip((at - places[k]) / np.maximum(places[k + 1] - places[k], 1e-9), 0.0, 1.0)
    return np.asarray(values[k] + (values[k + 1] - values[k]) * (0.5 - 0.5 * np.cos(np.pi * share)))


def finished(wave: Floats, level: float, sample_rate: int, lowest: float = 60.0, fade: float = 0.004) -> Floats:
    """Return (n,) without DC, with soft ends, at `level` Pa: the rms of its loudest 50 ms."""
    from scipy.signal import lfilter

    slope = np.tan(np.pi * lowest / sample_rate)  # a first-order high-pass, there and back
    forward, back = np.array([1.0, -1.0]) / (1 + slope), np.array([1.0, (slope - 1) / (slope + 1)])
    wave = np.asarray(lfilter(forward, back, lfilter(forward, back, wave)[::-1])[::-1])
    ends = max(int(fade * sample_rate), 1)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(ends) / ends)
    wave[:ends] *= ramp
    wave[-ends:] *= ramp[::-1]
    window = min(int(0.05 * sample_rate), len(wave))
    energy = np.concatenate([[0.0], np.cumsum(np.square(wave))])
    power = float((energy[window:] - energy[:-window]).max()) / window
    return wave * (level / np.sqrt(max(power, 1e-30)))
