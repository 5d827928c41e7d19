"""How loud a stretch of sound is: integrated loudness and true peak, as broadcasters measure them (ITU-R BS.1770-4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW, HOP = 0.4, 0.1  # s
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0  # LUFS, LU
SILENT = -np.inf
OVERSAMPLING = 4  # true peak, BS.1770-4 annex 2


def k_weighting(sample_rate: int) -> Floats:
    """Return (2, 6) second-order sections of the K filter at any rate.

    The analogue prototype behind the coefficients BS.1770-4 prints for 48 kHz (bilinear transform; at 48 kHz it gives
    them to eight digits): a high shelf of +4 dB at 1681.97 Hz and a high-pass at 38.135 Hz.
    """
    shelf_f, shelf_q, gain = 1681.974450955533, 0.7071752369554196, 3.999843853973347
    k = np.tan(np.pi * shelf_f / sample_rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / shelf_q + k * k
    shelf = [
        (high + band * k / shelf_q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / shelf_q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / shelf_q + k * k) / a0,
    ]
    low_f, low_q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * low_f / sample_rate)
    a0 = 1 + k / low_q + k * k
    low = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / low_q + k * k) / a0]
    return np.array([shelf, low])


def integrated_loudness(samples: NDArray[np.floating], sample_rate: int) -> float:
    """Return the gated loudness, LUFS, of (n, channels) samples; −inf for silence or what is under the gate."""
    from scipy.signal import sosfilt

    window, hop = round(WINDOW * sample_rate), round(HOP * sample_rate)
    data = np.asarray(samples, np.float64)
    if len(data) < window:  # shorter than one window: measured as if silence followed
        data = np.concatenate([data, np.zeros((window - len(data), data.shape[1]))])
    power = np.square(sosfilt(k_weighting(sample_rate), data, axis=0)).sum(axis=1)
    total = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, len(power) - window + 1, hop)
    return _gated(np.maximum(total[starts + window] - total[starts], 0.0) / window)


class LoudnessMeter:
    """`integrated_loudness` of samples that come in blocks; what is kept is ten numbers a second."""

    def __init__(self, sample_rate: int) -> None:
        """Start with silence."""
        self._sections = k_weighting(sample_rate)
        self._state = np.zeros((2, 2, 2))
        self._hop = round(HOP * sample_rate)
        self._waiting = np.zeros(0)  # powers that do not fill a hop yet
        self._hops: list[float] = []

    def add(self, block: NDArray[np.floating]) -> None:
        """Hear (n, 2) more."""
        from scipy.signal import sosfilt

        if not len(block):
            return
        weighted, self._state = sosfilt(self._sections, np.asarray(block, np.float64), axis=0, zi=self._state)
        power = np.concatenate([self._waiting, np.square(weighted).sum(axis=1)])
        whole = len(power) // self._hop * self._hop
        self._hops += power[:whole].reshape(-1, self._hop).mean(axis=1).tolist()
        self._waiting = power[whole:]

    def integrated(self) -> float:
        """Return the gated loudness so far, LUFS; −inf for silence or what is under the gate."""
        overlap = round(WINDOW / HOP)
        hops = np.array(self._hops)
        if len(hops) < overlap:  # shorter than one window: measured as if silence followed
            rest = self._waiting.sum() / self._hop
            hops = np.concatenate([hops, [rest], np.zeros(overlap - len(hops) - 1)])
        return _gated(np.convolve(hops, np.full(overlap, 1 / overlap), "valid"))


def true_peak(samples: NDArray[np.floating]) -> Floats:
    """Return (n,) the highest level between each sample and the next of (n, channels), all channels together.

    Four times oversampled; a stretch of a minute at a time, so that an hour needs no more memory than it has.
    """
    from scipy.signal import resample_poly

    data = np.asarray(samples, np.float64)
    out = np.empty(len(data))
    stretch, margin = 1 << 21, 64
    for start in range(0, len(data), stretch):
        low, high = max(start - margin, 0), min(start + stretch + margin, len(data))
        fine = np.abs(resample_poly(data[low:high], OVERSAMPLING, 1, axis=0)).max(axis=1)
        peaks = fine.reshape(high - low, OVERSAMPLING).max(axis=1)
        stop = min(start + stretch, len(data))
        out[start:stop] = peaks[start - low : stop - low]
    return out


def _gated(blocks: Floats) -> float:
    """Return the loudness of windows' powers, without those under the gates."""
    blocks = blocks[_lufs(blocks) > ABSOLUTE_GATE]
    if not len(blocks):
        return SILENT
    gate = _lufs(blocks.mean()) + RELATIVE_GATE
    return float(_lufs(blocks[_lufs(blocks) > gate].mean()))


def decibels(value: float) -> float:
    """Return 20 log₁₀ of a level; −inf for 0."""
    return float(20 * np.log10(value)) if value > 0 else -np.inf


def _lufs(power: Floats) -> Floats:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-30))
