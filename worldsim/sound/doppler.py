"""Sound that travels: what a source gave out when it was elsewhere, heard where the ears are now.

What reaches the ears at t left the source at e with t = e + |s(e) − x(t)|/c. Solving for e, instead of shifting a
pitch, gives Doppler's formula for source and listener alike, and the delay of what is far away: at 40 m some 0.12 s,
which is as late as sound may be beside its picture (ITU-R BT.1359). A cut of the camera is a cross-fade.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.modes import AIR_SOUND_SPEED

Floats = NDArray[np.float64]
Point = tuple[float, ...]

LONGEST = 1.0  # s of travel: what is farther than 340 m is heard as if it stood there
CUT = 0.35  # of the speed of sound: ears or source that seem faster were put elsewhere
STANDING = 1e-4  # samples a block: what comes nearer more slowly is as good as still
ROUND = 3  # samples around a place that the interpolation reads


class Flight:
    """The samples of one source that are on their way."""

    def __init__(self, block: int, sample_rate: int, latency: int) -> None:
        """Start silent.

        Args:
            block: samples a control period.
            sample_rate: Hz.
            latency: samples by which all is heard later than it happens, at least `ROUND`.
        """
        self._block, self._rate = block, sample_rate
        self._latency = max(latency, ROUND)
        self._held = -(-int(LONGEST * sample_rate) // block) + 2  # blocks
        self._line = np.zeros(2 * self._held * block + ROUND)  # written on and on, then moved back to its begin
        self._where: list[Point] = []  # m, the source at the begin of each of the last blocks and now
        self._end = self._held  # blocks in the line; the first are silence
        self._left: float | None = None  # when what was heard last left the source, in its samples
        self._quiet = self._held + 1  # blocks since it last gave something out
        self._loud = 0  # where the last sample in the line is that is not silence
        self._count = np.arange(1.0, block + 1)
        self._ramp = self._count / block

    def __call__(self, samples: Floats | None, place: Floats, ear: Floats) -> Floats | None:
        """Return (block,) as heard, Pa at 1 m, while the source gives out (block,) Pa at 1 m on its way to `place`.

        None where nothing is on its way.

        Args:
            samples: of this block; None for silence.
            place: (3,) m, the source at the block's end.
            ear: (3,) m, the ears at the block's end.
        """
        block = self._block
        self._quiet = 0 if samples is not None else self._quiet + 1
        if self._quiet > self._held:
            self._left = None
            return None
        if self._end == 2 * self._held:
            self._end = self._held
            self._line[: self._held * block] = self._line[self._held * block : -ROUND]
            self._left = None if self._left is None else self._left - self._held * block
            self._loud -= self._held * block
        begin = self._end * block
        self._line[begin : begin + block] = 0.0 if samples is None else samples
        self._line[begin + block : begin + block + ROUND] = 0.0
        if samples is not None:
            self._loud = begin + block
        here: Point = tuple(place.tolist())
        if self._left is None:
            self._where = [here] * (self._held + 1)
        self._end += 1
        self._where.append(here)
        del self._where[: -self._held - 1]
        left = self._leaving(ear)
        last, self._left = self._left, left
        if last is None:
            last = left - block
        if min(left - block, last) > self._loud + ROUND:  # what is still to come is silence
            return None
        if abs(left - last - block) > CUT * block:
            old, new = self._read(last + self._count), self._read(left - block + self._count)
            return np.asarray(old + (new - old) * self._ramp)
        if abs(left - last - block) < STANDING:
            return self._shifted(left - block)
        return self._read(last + (left - last) * self._ramp)

    def _leaving(self, ear: Floats) -> float:
        """Return when that left which reaches the ears at the end of this block: samples from the line's begin.

        Looks back from block to block for the two between whose arrivals the end of this one lies.
        """
        ears, block, slow = tuple(ear.tolist()), self._block, self._rate / AIR_SOUND_SPEED
        now = self._end * block
        wanted = now - self._latency
        when, arrives = float(now), now + math.dist(self._where[-1], ears) * slow
        for where in self._where[-2::-1]:
            before = when - block
            came = before + math.dist(where, ears) * slow
            if came <= wanted:
                share = (wanted - came) / (arrives - came) if arrives > came else 1.0
                return before + block * min(share, 1.0)
            when, arrives = before, min(arrives, came)
        return when

    def _shifted(self, begin: float) -> Floats:
        """Return the block that left from `begin` on, where nothing moves: one cubic for all of its samples."""
        place = max(begin, 1.0)
        whole = int(place)
        t = place - whole
        b, c = 1 + t * t * (1.5 * t - 2.5), t * (0.5 + t * (2 - 1.5 * t))
        a, d = t * (t * (1 - 0.5 * t) - 0.5), t * t * (0.5 * t - 0.5)
        piece = self._line[whole - 1 : whole + self._block + 2]
        return np.asarray(a * piece[:-3] + b * piece[1:-2] + c * piece[2:-1] + d * piece[3:])

    def _read(self, at: Floats) -> Floats:
        """Return the line at times in samples from its begin, between samples by Catmull and Rom's cubic.

        Sample k of the line is what was given out in the k-th period of 1/rate, at its end: at the time k + 1.
        """
        place = np.maximum(at - 1, 1.0)
        whole = place.astype(np.int64)
        t = place - whole
        line = self._line
        a, b, c, d = line.take(whole - 1), line.take(whole), line.take(whole + 1), line.take(whole + 2)
        bend = 3 * (b - c)
        bend += d
        bend -= a
        bend *= t
        bend += 2 * a - 5 * b + 4 * c - d
        bend *= t
        bend += c
        bend -= a
        bend *= t
        bend *= 0.5
        bend += b
        return bend
