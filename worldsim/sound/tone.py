"""Two small tools: noise to cut from, and a high-pass that lets no DC through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CUTOFF = 18.0  # Hz: below hearing
STILL = 1e-9  # Pa: an output this small is silence, and is made exactly so


def noise_table(sample_rate: int, low: float = 700.0, high: float = 9000.0, length: int = 1 << 16) -> Floats:
    """Return (length,) noise between two frequencies, Hz, with rms 1; always the same; its ends meet."""
    rng = np.random.default_rng(20_250_101)
    spectrum = np.fft.rfft(rng.standard_normal(length))
    f = np.fft.rfftfreq(length, 1 / sample_rate)
    spectrum *= 1 / (1 + (low / np.maximum(f, 1.0)) ** 4) / (1 + (f / high) ** 4)
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


class HighPass:
    """A second-order Butterworth high-pass for blocks of two channels.

    A block is cut in rows, as in `ring.py`: each row is a product with the filter's response, what the rows before left
    behind another, so a block is five products of small matrices.
    """

    def __init__(self, sample_rate: int, block: int, cutoff: float = CUTOFF) -> None:
        """Start silent; rates in Hz, `block` in samples."""
        from scipy.signal import butter, tf2ss

        a, b, c, d = tf2ss(*butter(2, cutoff, "highpass", fs=sample_rate))
        columns = next(j for j in range(int(np.sqrt(block)), block + 1) if block % j == 0)
        rows = block // columns
        powers = [np.eye(2)]
        for _ in range(columns):
            powers.append(powers[-1] @ a)
        response = np.array([d[0, 0]] + [(c @ power @ b)[0, 0] for power in powers[: columns - 1]])
        lag = np.arange(columns)[None, :] - np.arange(columns)[:, None]
        self._within = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)  # (J in, J out)
        self._seen = np.array([(c @ power)[0] for power in powers[:columns]]).T  # (2, J): a state in its row
        self._left = np.array([(powers[columns - 1 - j] @ b)[:, 0] for j in range(columns)])  # (J, 2): in the state
        passed = [np.eye(2)]
        for _ in range(rows):
            passed.append(powers[columns] @ passed[-1])
        self._first = np.concatenate([power.T for power in passed], axis=1)  # (2, 2 (I + 1)): of the state at the start
        self._carried = np.zeros((2 * rows, 2 * rows + 2))  # what each row left, at the start of those after it
        for i in range(rows):
            for k in range(i + 1, rows + 1):
                self._carried[2 * i : 2 * i + 2, 2 * k : 2 * k + 2] = passed[k - i - 1].T
        self._shape = (2, rows, columns)
        self._state = np.zeros((2, 2))

    def __call__(self, block: Floats) -> Floats:
        """Filter the next (N, 2) block."""
        sounds = block.any()
        if not sounds and not self._state.any():
            return block
        channels, rows, _ = self._shape
        u = np.ascontiguousarray(block.T).reshape(self._shape)
        left = u.reshape(-1, u.shape[2]) @ self._left  # one product of matrices, not one for each channel
        states = left.reshape(channels, -1) @ self._carried + self._state @ self._first
        states = states.reshape(channels, rows + 1, 2)
        out = (u.reshape(-1, u.shape[2]) @ self._within).reshape(self._shape)
        out += states[:, :rows] @ self._seen
        self._state = states[:, rows]
        if not sounds and np.abs(self._state).max() < STILL:
            self._state = np.zeros_like(self._state)
        return out.reshape(channels, -1).T
