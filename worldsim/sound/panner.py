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
        self._low = np.zeros((2, 2, 1))  # state of the low-pass: ear, first and second time through
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
        old = self._heard[slots]
        before = self._last
        was = Placed(
            np.where(old[:, None, None], before.weight[slots], now.weight),
            np.where(old[:, None], before.delay[slots], now.delay),
            now.send,
        )
        line = np.concatenate([self._history[slots], mono], axis=1)
        out = np.empty((self._block, 2))
        for ear in (0, 1):
            out[:, ear] = self._filtered(ear, self._weighted(ear, line, mono, was, now))
        self._heard = np.zeros(len(self._heard), np.bool_)
        self._heard[slots] = True
        self._heard[ends] = False
        self._history[slots] = line[:, -self._lead :]
        self._history[~self._heard] = 0.0
        before.weight[slots], before.delay[slots] = now.weight, now.delay
        return out

    def rest(self) -> Floats:
        """Return (N, 2) of a block in which nothing sounds: what the filters still hold."""
        self._heard[:] = False
        self._history[:] = 0.0
        if not (self._tail.any() or self._low.any()):
            return np.zeros((self._block, 2))
        empty = np.zeros((4, self._block))
        return np.stack([self._filtered(ear, empty) for ear in (0, 1)], axis=1)

    def _weighted(self, ear: int, line: Floats, mono: Floats, was: Placed, now: Placed) -> Floats:
        """Return (4, N): what each filter of an ear gets."""
        # Rows 0-3 weigh by where the sources were, rows 4-7 by where they are; the block goes from one to the other.
        first, last = was.weight[:, ear].T, now.weight[:, ear].T
        delays = was.delay[:, ear], now.delay[:, ear]
        far = np.flatnonzero((delays[0] > 0) | (delays[1] > 0))
        size = self._block
        both = np.concatenate([first, last])
        if not len(far):
            mixed = both @ mono
        else:
            near = np.ones(len(mono), np.bool_)
            near[far] = False
            mixed = both[:, near] @ mono[near]
            step = line.strides[0]
            windows = np.ndarray((len(line), self._lead + 1, size), np.float64, line, 0, (step, 8, 8))
            whole = [delay[far].astype(np.int64) for delay in delays]
            share = [delay[far] - k for delay, k in zip(delays, whole, strict=True)]
            same = whole[0] == whole[1]
            for part, weights in ((0, first[:, far]), (1, last[:, far])):
                if part == 1 and same.all():
                    break
                weigh = np.zeros((8, len(far)))
                weigh[4 * part : 4 * part + 4] = weights
                shares = np.broadcast_to(share[part], (8, len(far)))
                if part == 0:
                    weigh[4:] = np.where(same, last[:, far], 0.0)
                    shares = np.concatenate([np.broadcast_to(share[0], (4, len(far))), np.broadcast_to(share[1], (4, len(far)))])
                elif same.any():
                    weigh[:, same] = 0.0
                at = self._lead - whole[part]
                mixed += (weigh * (1 - shares)) @ windows[far, at]
                mixed += (weigh * shares) @ windows[far, at - 1]
        return np.asarray(mixed[:4] + (mixed[4:] - mixed[:4]) * self._ramp)

    def _filtered(self, ear: int, bus: Floats) -> Floats:
        """Return (N,) of the four (4, N), one sample (21 µs) later."""
        straight = np.concatenate([self._tail[ear], bus[:2]], axis=1)
        self._tail[ear] = straight[:, -2:]
        main, air = straight
        # The air as a symmetric low-pass of three taps, 1 − 2a (1 − cos ω).
        out = main[1:-1] + (air[2:] - 2 * air[1:-1] + air[:-2])
        if bus[LOW].any() or bus[LOWER].any() or self._low[ear].any():
            from scipy.signal import lfilter

            twice, self._low[ear, 1] = lfilter(self._forward, self._back, bus[LOWER], zi=self._low[ear, 1])
            low, self._low[ear, 0] = lfilter(self._forward, self._back, bus[LOW] + twice, zi=self._low[ear, 0])
            out[0] += self._low_tail[ear]
            out[1:] += low[:-1]
            self._low_tail[ear] = low[-1]
            if np.abs(self._low[ear]).max() < STILL:
                self._low[ear] = self._low_tail[ear] = 0.0
        return out
