"""Many sources into two ears, a block at a time: loudness, delay, air, head and obstacles as a few shared filters.

How a source reaches an ear differs from source to source only in weights; the filters (a treble cut for the air, one
low-pass for head and obstacles) are the same for all. So a block is a product of a small matrix of weights with the
sources' samples, and each filter runs once an ear. Where sources are and how they get there is `space.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.binaural import POLE

Floats = NDArray[np.float64]

MAIN, AIR, LOW, LOWER = range(4)  # straight, second difference, once and twice through the low-pass
STILL = 1e-9  # Pa: what is left of a filter's state when it is silent


@dataclass(frozen=True)
class Placed:
    """How sources reach the ears at one instant.

    Attributes:
        weight: (S, 2, 4) left and right; for each filter, with the distance.
        delay: (S, 2) samples, >= 0; the nearer ear's is 0.
        send: (S,) what goes to the room.
    """

    weight: Floats
    delay: Floats
    send: Floats

    @staticmethod
    def empty(count: int) -> Placed:
        """Return `count` sources that are not heard."""
        return Placed(np.zeros((count, 2, 4)), np.zeros((count, 2)), np.zeros(count))


class Panner:
    """Slots for sources, and what of them is still on its way to the ears."""

    def __init__(self, slots: int, block: int, sample_rate: int, longest_delay: int) -> None:
        """Start silent; `block` and `longest_delay` in samples."""
        from scipy.signal import butter

        self._block, self._lead = block, longest_delay + 2
        self._last = Placed.empty(slots)
        self._heard = np.zeros(slots, np.bool_)
        self._history = np.zeros((slots, self._lead))
        self._ramp = np.arange(1, block + 1) / block
        self._forward, self._back = butter(1, POLE, fs=sample_rate)
        self._tail = np.zeros((2, 2, 2))  # ear, MAIN and AIR, the last two samples
        self._low = np.zeros((2, 2, 1))  # state of the low-pass: first and second time through, ear
        self._low_tail = np.zeros(2)

    @property
    def heard(self) -> NDArray[np.bool_]:
        """(slots,) who was heard in the last block."""
        return self._heard

    def mix(self, slots: NDArray[np.int64], mono: Floats, now: Placed, ends: NDArray[np.int64]) -> Floats:
        """Mix sources over one block in which they move from where they last were to where they are now.

        Args:
            slots: (S,) ascending. Those that are not among them are silent.
            mono: (S, N) Pa at 1 m.
            now: how they reach the ears at the block's end.
            ends: those of the slots that end with this block.

        Returns:
            (N, 2) Pa at the ears.
        """
        last = self._last
        old = self._heard[slots]
        if old.all():
            weight, delay = last.weight[slots], last.delay[slots]
        else:
            weight = np.where(old[:, None, None], last.weight[slots], now.weight)
            delay = np.where(old[:, None], last.delay[slots], now.delay)
        line = np.concatenate([self._history[slots], mono], axis=1)
        out = self._filtered(self._weighted(line, mono, (weight, delay), (now.weight, now.delay)))
        self._heard = np.zeros(len(self._heard), np.bool_)
        self._heard[slots] = True
        self._heard[ends] = False
        self._history[slots] = line[:, -self._lead :]
        self._history[~self._heard] = 0.0
        last.weight[slots], last.delay[slots] = now.weight, now.delay
        return out

    def rest(self) -> Floats:
        """Return (N, 2) of a block in which nothing sounds: what the filters still hold."""
        self._heard[:] = False
        self._history[:] = 0.0
        if not (self._tail.any() or self._low.any()):
            return np.zeros((self._block, 2))
        return self._filtered(np.zeros((2, 4, self._block)))

    def _weighted(self, line: Floats, mono: Floats, was: tuple[Floats, Floats], now: tuple[Floats, Floats]) -> Floats:
        """Return (2, 2 or 4, N): what each filter of each ear gets, weighed and delayed as (weight, delay) say."""
        count, size = len(mono), self._block
        filters = 4 if was[0][:, :, LOW:].any() or now[0][:, :, LOW:].any() or self._low.any() else 2
        weights = np.array([was[0][:, :, :filters], now[0][:, :, :filters]])  # (2, S, ear, filter)
        late = np.array([was[1], now[1]])  # (2, S, ear)
        delayed = np.where((late > 0)[..., None], weights, 0.0)
        rows = 4 * filters

        def product(weights: Floats, samples: Floats) -> Floats:
            return np.asarray(weights.transpose(0, 2, 3, 1).reshape(-1, count) @ samples)

        mixed = product(weights - delayed, mono)
        longest = late.max(axis=2)  # only one ear of each is late
        if longest.any():
            whole = longest.astype(np.int64)
            after = delayed * (longest - whole)[:, :, None, None]
            before = delayed - after
            step = line.strides[0]
            windows = np.ndarray((count, self._lead + 1, size), np.float64, line, 0, (step, 8, 8))
            each = np.arange(count)
            if (whole[0] == whole[1]).all():
                at = self._lead - whole[0]
                mixed += product(before, windows[each, at])
                mixed += product(after, windows[each, at - 1])
            else:  # from one delay to the other by a cross-fade
                for k, half in enumerate((slice(0, rows // 2), slice(rows // 2, rows))):
                    at = self._lead - whole[k]
                    mixed[half] += product(before[k : k + 1], windows[each, at])
                    mixed[half] += product(after[k : k + 1], windows[each, at - 1])
        first, last = mixed.reshape(2, 2, filters, size)
        return np.asarray(first + (last - first) * self._ramp)

    def _filtered(self, bus: Floats) -> Floats:
        """Return (N, 2) of (2, 2 or 4, N), one sample (21 µs) later."""
        straight = np.concatenate([self._tail, bus[:, :2]], axis=2)
        self._tail = straight[:, :, -2:]
        main, air = straight[:, MAIN], straight[:, AIR]
        # The air as a symmetric low-pass of three taps, 1 − 2a (1 − cos ω).
        out = main[:, 1:-1] + (air[:, 2:] - 2 * air[:, 1:-1] + air[:, :-2])
        if bus.shape[1] > LOW:
            from scipy.signal import lfilter

            twice, self._low[1] = lfilter(self._forward, self._back, bus[:, LOWER], zi=self._low[1])
            low, self._low[0] = lfilter(self._forward, self._back, bus[:, LOW] + twice, zi=self._low[0])
            out[:, 0] += self._low_tail
            out[:, 1:] += low[:, :-1]
            self._low_tail = low[:, -1]
            if np.abs(self._low).max() < STILL:
                self._low, self._low_tail = np.zeros((2, 2, 1)), np.zeros(2)
        return out.T
