"""A room's answer: a feedback delay network that runs a stretch of samples at a time.

Eight delay lines feed each other through an orthogonal matrix (Jot and Chaigne, AES 90th Convention, 1991): what goes
in comes round and round, ever denser, and loses per second what the reverberation time says. Lines are longer than the
stretch that is computed at once, so a block is a few products of small matrices. How long and how loud a room answers
is `place.py`'s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.place import Place

Floats = NDArray[np.float64]

DELAYS = (409, 467, 541, 631, 743, 887, 1051, 1223)  # samples at 48 kHz, 8.5 to 25 ms: primes
STRETCH = 400  # samples at 48 kHz, shorter than the shortest line
MOST = 1 << 12  # samples a line holds
DULLER = 0.22  # of each line's low-pass: treble dies away sooner than bass, as in rooms
STILL = 1e-7  # Pa: less in all lines is silence
LEAST = 0.01  # −40 dB beside the sound at one metre: a room that answers more softly is none
SLEW = 4.0  # 1/s at which a room turns into another


class Reverb:
    """The tail of one room; stereo, decorrelated.

    Attributes:
        time: s in which it falls by 60 dB. gain: rms of what comes back, beside the sound at 1 m of the same source.
    """

    def __init__(self, block: int, sample_rate: int) -> None:
        """Start silent and dry; `block` in samples."""
        self.time, self.gain = 0.3, 0.0
        scale = sample_rate / 48_000
        self._stretch = next(n for n in range(int(STRETCH * scale), 0, -1) if block % n == 0)
        self._block, self._rate = block, sample_rate
        self._delays = np.array([max(round(d * scale), self._stretch) for d in DELAYS])
        count = len(DELAYS)
        hadamard = np.ones((1, 1))
        while len(hadamard) < count:
            hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
        self._feedback = hadamard / np.sqrt(count)
        self._in = np.where(np.arange(count) % 3 == 0, -1.0, 1.0) / np.sqrt(count)
        self._out = hadamard[[1, 6]] / np.sqrt(count)
        self._length = -(-MOST // self._stretch) * self._stretch
        self._lines = np.zeros((count, self._length))
        self._ahead = np.arange(self._stretch)
        self._low = np.zeros((count, 1))
        self._at = 0
        self._sounding = False
        self._was = (self.time, self.gain)

    @property
    def fresh(self) -> bool:
        """Whether nothing was heard in it yet."""
        return not self._sounding and self._was[1] == 0.0

    def become(self, place: Place, *, at_once: bool = False) -> None:
        """Turn into another place, over a quarter of a second or at once."""
        self.time, self.gain = place.time, place.gain
        if at_once:
            self._was = (self.time, self.gain)

    def __call__(self, send: Floats | None) -> Floats | None:
        """Return (block, 2) Pa of what comes back of (block,) Pa at 1 m; None for None and where nothing rings."""
        if self.gain < LEAST and self._was[1] < LEAST:
            send = None
        if send is None and not self._sounding:
            self._was = (self.time, self.gain)
            return None
        from scipy.signal import lfilter

        step = min(SLEW * self._block / self._rate, 1.0)
        time = self._was[0] + (self.time - self._was[0]) * step
        gain = self._was[1] + (self.gain - self._was[1]) * step
        keep = 10 ** (-3 * self._delays / (self._rate * max(time, 0.05)))
        mean = float(np.mean(keep**2))
        level = np.sqrt(len(DELAYS) * (1 - mean))  # the energy of what comes back is then 1
        out = np.empty((self._block, 2))
        for begin in range(0, self._block, self._stretch):
            at = (self._at - self._delays[:, None] + self._ahead) % self._length
            read = np.take_along_axis(self._lines, at, axis=1)
            read, self._low = lfilter([1 - DULLER], [1, -DULLER], read, zi=self._low)
            read *= keep[:, None]
            out[begin : begin + self._stretch] = (self._out @ read).T
            back = self._feedback @ read
            if send is not None:
                back += self._in[:, None] * send[begin : begin + self._stretch]
            self._lines[:, self._at : self._at + self._stretch] = back
            self._at = (self._at + self._stretch) % self._length
        ramp = np.linspace(self._was[1], gain, self._block + 1)[1:, None]
        self._was = (time, gain)
        self._sounding = bool(np.abs(self._lines).max() > STILL) and gain >= LEAST / 4
        if not self._sounding:
            self._lines[:] = 0.0
            self._low[:] = 0.0
        return np.asarray(out * (ramp * level))
