"""The sound of an mp4: samples into AAC packets. It knows nothing of pictures."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

AAC_FRAME = 1024
"""Samples in one AAC packet."""
BITRATE = 160_000
"""bit/s."""

Mux = Callable[[Any, Any], None]
"""Encodes a frame of a stream, None for its end, and writes the packets."""


class SoundTrack:
    """An AAC stream of a container being written.

    Attributes:
        stream: PyAV's. sample_rate: Hz. channels: 1 or 2. encoded: samples given to the encoder.
    """

    def __init__(self, container: Any, sample_rate: int, channels: int, bitrate: int, mux: Mux) -> None:
        """Add the stream.

        Args:
            container: PyAV's, open for writing.
            sample_rate: Hz.
            channels: 1 or 2.
            bitrate: bit/s.
            mux: what encodes and writes.
        """
        self.channels, self.encoded = channels, 0
        self.sample_rate, self._mux = sample_rate, mux
        self._layout = "stereo" if channels == 2 else "mono"
        self._waiting = np.zeros((0, channels), np.float32)
        self.stream: Any = container.add_stream("aac", rate=sample_rate, layout=self._layout, format="fltp")
        self.stream.bit_rate = bitrate
        self.stream.codec_context.time_base = Fraction(1, sample_rate)
        self.stream.codec_context.thread_count = 1
        self.stream.codec_context.options = {"flags": "+bitexact"}

    def add(self, block: NDArray[np.float32]) -> None:
        """Add (n, channels) samples in [-1, 1]; whole packets are written."""
        self._waiting = np.concatenate([self._waiting, block])
        self._encode(AAC_FRAME)

    def finish(self, samples: int) -> None:
        """Pad with silence, or cut what waits, to so many samples in all, and write the rest."""
        missing = samples - self.encoded - len(self._waiting)
        if missing >= 0:
            self._waiting = np.concatenate([self._waiting, np.zeros((missing, self.channels), np.float32)])
        else:
            self._waiting = self._waiting[: max(0, len(self._waiting) + missing)]
        self._encode(1)

    def end(self) -> None:
        """Write what waits and what the encoder still holds."""
        self._encode(1)
        self._mux(self.stream, None)

    def _encode(self, least: int) -> None:
        """Encode all whole packets that wait; with least = 1 also the last short one."""
        import av

        done = 0
        while len(self._waiting) - done >= least:
            block = self._waiting[done : done + AAC_FRAME]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), "fltp", self._layout)
            frame.sample_rate = self.sample_rate
            frame.pts, frame.time_base = self.encoded, Fraction(1, self.sample_rate)
            self._mux(self.stream, frame)
            self.encoded += len(block)
            done += len(block)
        self._waiting = self._waiting[done:].copy()
