"""The sound of a film as a whole: kept on disk while it is made, then brought to the loudness of a programme in one go.

What is loud and what is soft is known at the end only; a film is finished then, too, so it need not do with the moving
fader of `Leveller`. Memory does not grow with its length; the file has no name and goes with the process.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.loudness import LoudnessMeter, decibels, true_peak
from worldsim.sound.master import CEILING, LOUDNESS, PASSES, Climb, Limiter

CHUNK = 1 << 16
"""Samples that are worked on at a time."""
IN_MEMORY = 1 << 24
"""Bytes up to which nothing is written to disk: three quarters of a minute."""
CODED = 1.2
"""dB kept free for what coding as AAC adds to peaks: 0.9 at most was seen in clips of all shipped scenes."""
BYTES = 8
"""Of a sample: two float32."""


class Programme:
    """Samples that wait for their loudness. Sample 0 is the first that was added.

    Attributes:
        sample_rate: Hz. samples: how many there are.
    """

    def __init__(self, sample_rate: int) -> None:
        """Start empty."""
        self.sample_rate = sample_rate
        self.samples = 0
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it lives as long as this
        weakref.finalize(self, self._file.close)

    def add(self, block: NDArray[np.floating]) -> None:
        """Add (n, 2) samples in any unit.

        Raises:
            OSError: the disk is full.
        """
        self._file.write(np.ascontiguousarray(block, np.float32).tobytes())
        self.samples += len(block)

    def finished(self, begin: int, count: int, room: float = 0.0) -> Iterator[NDArray[np.float32]]:
        """Yield samples `begin` to `begin + count` at -16 LUFS, as (n, 2) float32 in [-1, 1]; silence follows the last.

        Args:
            begin: the first.
            count: how many.
            room: dB that samples are held below the ceiling of `master`; more where peaks between them ask for it.
        """
        measured = self._measured(self._read(begin, count))[0]
        if not np.isfinite(measured):
            yield from self._limited(begin, count, 1.0, room)
            return
        climb = Climb(LOUDNESS, measured)
        for _ in range(PASSES):
            found, peak = self._measured(self._limited(begin, count, 10 ** (climb.gain / 20), room))
            over = peak - (CEILING - CODED)
            if climb.is_there(found) and over <= 0.05:
                break
            room += max(over, 0.0)
        yield from self._limited(begin, count, 10 ** (climb.gain / 20), room)

    def _measured(self, blocks: Iterator[NDArray[np.float32]]) -> tuple[float, float]:
        """Return the loudness, LUFS, and the true peak, dBTP."""
        meter, peak = LoudnessMeter(self.sample_rate), 0.0
        for block in blocks:
            meter.add(block)
            peak = max(peak, float(true_peak(block).max(initial=0.0)))
        return meter.integrated(), decibels(peak)

    def _limited(self, begin: int, count: int, gain: float, room: float) -> Iterator[NDArray[np.float32]]:
        limiter = Limiter(self.sample_rate, gain, CEILING - room)
        early, left = limiter.latency, count
        for block in chain(self._read(begin, count), [np.zeros((2 * limiter.latency, 2), np.float32)]):
            out = limiter(block)
            skipped = min(early, len(out))
            out = out[skipped : skipped + left]
            early, left = early - skipped, left - len(out)
            yield out

    def _read(self, begin: int, count: int) -> Iterator[NDArray[np.float32]]:
        there = max(0, min(count, self.samples - begin))
        for start in range(begin, begin + there, CHUNK):
            self._file.seek(start * BYTES)
            data = self._file.read(min(CHUNK, begin + there - start) * BYTES)
            yield np.frombuffer(data, np.float32).reshape(-1, 2)
        self._file.seek(0, 2)
        for start in range(there, count, CHUNK):
            yield np.zeros((min(CHUNK, count - start), 2), np.float32)
