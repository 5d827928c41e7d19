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
    """A second-order Butterworth high-pass for blocks of two channels."""

    def __init__(self, sample_rate: int, cutoff: float = CUTOFF) -> None:
        """Start silent; both in Hz."""
        from scipy.signal import butter, lfilter

        self._filter = lfilter
        self._forward, self._back = butter(2, cutoff, "highpass", fs=sample_rate)
        self._state = np.zeros((2, 2))

    def __call__(self, block: Floats) -> Floats:
        """Filter the next (N, 2) block."""
        if not block.any() and not self._state.any():
            return block
        out, self._state = self._filter(self._forward, self._back, block, axis=0, zi=self._state)
        if not block.any() and np.abs(self._state).max() < STILL:
            self._state = np.zeros_like(self._state)
        return np.asarray(out)
