"""From raw samples to those a file or a loudspeaker gets: the loudness of a programme, and never above full scale.

Two ways: `master` for sound that exists as a whole, `Limiter` for sound that is still being made.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.loudness import integrated_loudness, true_peak

Floats = NDArray[np.float64]

LOUDNESS = -16.0  # LUFS, what streaming services play at (AES TD1008)
CEILING = -1.0  # dBTP
LOOKAHEAD = 0.005  # s over which the limiter closes
RELEASE = 0.100  # s over which it opens again
MOST_GAIN = 48.0  # dB: a programme of whispers stays one
MOST_LIMITED = 20.0  # dB that the limiter may be asked to make up for: sparse blows would stay softer
PASSES = 8  # the loudness is measured again behind the limiter
NEAR = 0.1  # LU
STEEPEST = 8.0  # see `Climb`


def master(
    samples: NDArray[np.floating], sample_rate: int, loudness: float = LOUDNESS, ceiling: float = CEILING
) -> NDArray[np.float32]:
    """Bring (n, 2) samples to a loudness without passing a peak level.

    Args:
        samples: a whole programme.
        sample_rate: Hz.
        loudness: LUFS, integrated. Sparse hard blows, which can't be as loud as that below the ceiling, end up softer.
        ceiling: dBTP.

    Returns:
        (n, 2) float32. Silence stays silence.
    """
    return mastered(samples, sample_rate, loudness, ceiling)[0]


def mastered(
    samples: NDArray[np.floating], sample_rate: int, loudness: float = LOUDNESS, ceiling: float = CEILING
) -> tuple[NDArray[np.float32], float]:
    """Return what `master` does, and the gain before the limiter: what its stems are to be multiplied by."""
    data = np.asarray(samples, np.float64)
    measured = integrated_loudness(data, sample_rate)
    if not np.isfinite(measured):
        return _limited(data, 1.0, sample_rate, ceiling).astype(np.float32), 1.0
    climb = Climb(loudness, measured)
    for _ in range(PASSES):
        out = _limited(data, 10 ** (climb.gain / 20), sample_rate, ceiling)
        if climb.is_there(integrated_loudness(out, sample_rate)):
            break
    else:
        out = _limited(data, 10 ** (climb.gain / 20), sample_rate, ceiling)
    return out.astype(np.float32), float(10 ** (climb.gain / 20))


class Climb:
    """Finds the gain whose sound behind a limiter has a loudness, try after try by the secant method.

    Attributes:
        gain: dB, to be tried next.
    """

    def __init__(self, loudness: float, measured: float) -> None:
        """Take the loudness wanted and that of the raw sound, LUFS."""
        self._wanted = loudness
        self.gain = min(loudness - measured, MOST_GAIN)
        self._most = min(self.gain + MOST_LIMITED, MOST_GAIN)
        self._last: tuple[float, float] | None = None

    def is_there(self, found: float) -> bool:
        """Take the loudness, LUFS, that `gain` led to; return whether it stays, else it moves on."""
        missing = self._wanted - found
        if abs(missing) < NEAR:
            return True
        dearer = 1.0  # dB of gain that a dB of loudness costs, since the limiter takes some of it back
        if self._last is not None and found != self._last[1]:
            dearer = min(max((self.gain - self._last[0]) / (found - self._last[1]), 1.0), STEEPEST)
        self._last = self.gain, found
        self.gain = min(self.gain + missing * dearer, self._most)
        return self.gain == self._last[0]


def _limited(data: Floats, gain: float, sample_rate: int, ceiling: float) -> Floats:
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    top = 10 ** (ceiling / 20) * 0.995  # a hair for what smoothing and float32 add between samples
    peak = true_peak(data) * gain
    wanted = np.minimum(1.0, top / np.maximum(peak, 1e-12))
    if not len(wanted) or wanted.min() >= 1.0:
        return data * gain
    reach = int(LOOKAHEAD * sample_rate) | 1
    held = minimum_filter1d(wanted, 2 * reach + 1, mode="nearest")
    opened = _release(held, np.exp(-1 / (RELEASE * sample_rate)))
    smooth = uniform_filter1d(uniform_filter1d(opened, reach, mode="nearest"), reach, mode="nearest")
    return np.asarray(data * gain * np.minimum(smooth, 1.0)[:, None])


def _release(held: Floats, keep: float) -> Floats:
    """Return a gain that falls with `held` at once and climbs back slowly: max over the past of its decayed dips."""
    dip = 1 - held
    # 1 − opened = max_k dip[n − k] keep^k: a running maximum in the logarithm, tilted by the decay.
    n = np.arange(len(dip)) * -np.log(keep)
    with np.errstate(divide="ignore"):
        tilted = np.log(dip) + n
    return np.asarray(1 - np.exp(np.maximum.accumulate(tilted) - n))


class Limiter:
    """Holds a live stream below full scale; the same bytes however it is cut.

    It runs in steps of `LOOKAHEAD` or so, and what goes in comes out one step later: the gain of a step goes in a
    straight line to the least that it and the step after it need.

    Attributes:
        gain: on everything, before the ceiling. latency: samples, a step.
    """

    def __init__(self, sample_rate: int, gain: float = 1.0, ceiling: float = CEILING, step: int | None = None) -> None:
        """Start silent.

        Args:
            sample_rate: Hz.
            gain: on everything, before the ceiling.
            ceiling: dBFS of the samples.
            step: samples, `LOOKAHEAD` by default; blocks that are a multiple of it come out whole.
        """
        self.gain = gain
        self.latency = step or int(LOOKAHEAD * sample_rate)
        self._top = 10 ** (ceiling / 20)
        self._open = 1 - np.exp(-self.latency / sample_rate / RELEASE)
        self._held = np.zeros((self.latency, 2))
        self._queue = np.zeros((0, 2))
        self._level = 1.0
        self._ramp = np.repeat(np.arange(1, self.latency + 1) / self.latency, 2).reshape(-1, 2)

    def __call__(self, block: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the samples that are ready after (n, 2) more; over time as many as came in."""
        size = self.latency
        data = np.asarray(block, np.float64)
        line = np.concatenate([self._held, self._queue, data if self.gain == 1.0 else data * self.gain])
        steps = (len(line) - size) // size
        known = line[: (steps + 1) * size]
        if self._level == 1.0 and known.size and max(known.max(), -known.min()) <= self._top:  # nothing to hold
            self._held, self._queue = line[steps * size : (steps + 1) * size], line[(steps + 1) * size :]
            return line[: steps * size].astype(np.float32)
        peaks = np.abs(known).reshape(steps + 1, -1).max(axis=1, initial=0.0).tolist()
        gains = []
        for here, coming in itertools.pairwise(peaks):
            need = min(1.0, self._top / max(here, coming, 1e-12))
            end = min(need, self._level + (1 - self._level) * self._open)
            gains.append((self._level, end))
            self._level = end if end < 1 - 1e-6 else 1.0
        out = line[: steps * size].reshape(steps, size, 2)
        if gains and min(end for _, end in gains) < 1:
            ends = np.array(gains)[:, :, None, None]
            ramps = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * self._ramp
            out = np.minimum(np.maximum(out * ramps, -self._top), self._top)
        self._held, self._queue = line[steps * size : (steps + 1) * size], line[(steps + 1) * size :]
        return out.reshape(-1, 2).astype(np.float32)
