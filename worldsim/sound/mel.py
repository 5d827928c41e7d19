"""How loud it is in each of some bands that are as wide as the ear's: a mel spectrum of the latest samples.

Bands are triangles evenly spaced on the mel scale, m = 2595 log₁₀(1 + f/700) (O'Shaughnessy, Speech Communication,
1987).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BANDS = 64
WINDOW = 2048  # samples at 48 kHz: 43 ms
LOWEST, HIGHEST = 50.0, 16_000.0  # Hz
THRESHOLD = 2e-5  # Pa: 0 dB
LOUDEST = 120.0  # dB


def mel_filters(sample_rate: int, window: int = WINDOW, bands: int = BANDS) -> Floats:
    """Return (bands, window // 2 + 1) weights of the power spectrum's bins; a tone's weights sum to about 1."""
    mel = np.linspace(_mel(LOWEST), _mel(HIGHEST), bands + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    f = np.fft.rfftfreq(window, 1 / sample_rate)
    spacing = np.maximum(np.diff(edges), sample_rate / window)  # never narrower than a bin
    up = (f - (edges[1:-1] - spacing[:-1])[:, None]) / spacing[:-1, None]
    down = ((edges[1:-1] + spacing[1:])[:, None] - f) / spacing[1:, None]
    return np.asarray(np.maximum(np.minimum(up, down), 0.0))


class MelSpectrum:
    """The spectrum of the latest window of a stereo sound, fed a block at a time."""

    def __init__(self, sample_rate: int, window: int = WINDOW, bands: int = BANDS) -> None:
        """Start with silence."""
        self._filters = mel_filters(sample_rate, window, bands)
        self._shape = np.hanning(window)[:, None]
        self._scale = 2 / np.square(self._shape).sum() / window  # power of a sine of amplitude a is then a²/2
        self._line = np.zeros((window, 2))

    def reset(self) -> None:
        """Forget what was fed."""
        self._line[:] = 0.0

    def __call__(self, block: NDArray[np.floating]) -> NDArray[np.float32]:
        """Add (n, 2) Pa and return (bands, 2): sound level of each band in parts of 120 dB, from 0 to 1."""
        self._line = np.concatenate([self._line, block])[-len(self._line) :]
        power = np.square(np.abs(np.fft.rfft(self._line * self._shape, axis=0))) * self._scale
        level = 10 * np.log10(np.maximum(self._filters @ power, 1e-30) / THRESHOLD**2)
        return np.clip(level / LOUDEST, 0.0, 1.0).astype(np.float32)


def _mel(frequency: float) -> float:
    return float(2595 * np.log10(1 + frequency / 700))
