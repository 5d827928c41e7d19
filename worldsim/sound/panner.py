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
        weight: (2, 4, S) left and right; for each filter, with the distance.
        delay: (2, S) samples, >= 0; the nearer ear's is 0.
        filters: how many of the filters have any weight, 2 or 4.
    """

    weight: Floats
    delay: Floats
    filters: int


class Panner:
    """Slots for sources, and what of them is still on its way to the ears."""

    def __init__(self, slots: int, block: int, sample_rate: int, longest_delay: int) -> None:
        """Start silent; `block` and `longest_delay` in samples."""
        from scipy.signal import butter, lfilter

        self._filter = lfilter
        self._block, self._lead = block, longest_delay + 2
        self._weight, self._delay = np.zeros((2, 4, slots)), np.zeros((2, slots))  # as last placed
        self._filters = 2
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
        weight, delay = self._weight[:, :, slots], self._delay[:, slots]
        new = (~self._heard[slots]).nonzero()[0]
        if len(new):
            weight[:, :, new], delay[:, new] = now.weight[:, :, new], now.delay[:, new]
        line = np.concatenate([self._history[slots], mono], axis=1)
        out = self._filtered(self._weighted(line, mono, weight, delay, now))
        self._heard[:] = False
        self._heard[slots] = True
        self._heard[ends] = False
        self._history[slots] = line[:, -self._lead :]
        self._history[~self._heard] = 0.0
        self._weight[:, :, slots], self._delay[:, slots] = now.weight, now.delay
        return out

    def rest(self) -> Floats:
        """Return (N, 2) of a block in which nothing sounds: what the filters still hold."""
        self._heard[:] = False
        self._history[:] = 0.0
        if not (self._tail.any() or self._low.any()):
            return np.zeros((self._block, 2))
        return self._filtered(np.zeros((2, 4, self._block)))

    def _weighted(self, line: Floats, mono: Floats, weight: Floats, delay: Floats, now: Placed) -> Floats:
        """Return (2, 2 or 4, N): what each filter of each ear gets, from these weights and delays to those of now."""
        count, size = mono.shape
        filters = max(now.filters, self._filters)  # those that are running, too
        self._filters = now.filters if not self._low.any() else 4
        weights = np.array([weight[:, :filters], now.weight[:, :filters]])  # (2, ear, filter, S)
        late = np.array([delay, now.delay])  # (2, ear, S)
        longest = late.max(axis=1)  # only one ear of each is late
        if not longest.any():
            mixed = weights.reshape(-1, count) @ mono
        else:
            delayed = weights * (late > 0)[:, :, None]
            mixed = (weights - delayed).reshape(-1, count) @ mono
            whole = longest.astype(np.int64)
            after = delayed * (longest - whole)[:, None, None]
            before = delayed - after
            step = line.strides[0]
            windows = np.ndarray((count, self._lead + 1, size), np.float64, line, 0, (step, 8, 8))
            each = np.arange(count)
            if (whole[0] == whole[1]).all():
                at = self._lead - whole[0]
                mixed += before.reshape(-1, count) @ windows[each, at]
                mixed += after.reshape(-1, count) @ windows[each, at - 1]
            else:  # from one delay to the other by a cross-fade
                rows = 2 * filters
                for k in (0, 1):
                    at = self._lead - whole[k]
                    mixed[k * rows : k * rows + rows] += before[k].reshape(-1, count) @ windows[each, at]
                    mixed[k * rows : k * rows + rows] += after[k].reshape(-1, count) @ windows[each, at - 1]
        first, last = mixed.reshape(2, 2, filters, size)
        last -= first
        last *= self._ramp
        last += first
        return np.asarray(last)

    def _filtered(self, bus: Floats) -> Floats:
        """Return (N, 2) of (2, 2 or 4, N), one sample (21 µs) later."""
        straight = np.concatenate([self._tail, bus[:, :2]], axis=2)
        self._tail = straight[:, :, -2:]
        main, air = straight[:, MAIN], straight[:, AIR]
        # The air as a symmetric low-pass of three taps, 1 − 2a (1 − cos ω).
        out = main[:, 1:-1] + (air[:, 2:] - 2 * air[:, 1:-1] + air[:, :-2])
        if bus.shape[1] > LOW:
            twice, self._low[1] = self._filter(self._forward, self._back, bus[:, LOWER], zi=self._low[1])
            low, self._low[0] = self._filter(self._forward, self._back, bus[:, LOW] + twice, zi=self._low[0])
            out[:, 0] += self._low_tail
            out[:, 1:] += low[:, :-1]
            self._low_tail = low[:, -1]
            if np.abs(self._low).max() < STILL:
                self._low, self._low_tail = np.zeros((2, 2, 1)), np.zeros(2)
        return out.T
