"""Between a loop that makes sound in bursts and a sound card that takes it evenly, each by its own clock.

A little sound is kept in store. What is in it says whether the world runs faster or slower than the card, and the
samples are read that much faster or slower: by a part in a thousand as a rule, at half speed (an octave lower) in slow
motion. Safe to use from two threads.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SPARE = 0.003  # s kept in store on top of what the bursts need
MOST_SPARE = 0.012  # s, where a slow machine ran dry
MORE = 0.002  # s more after each time it did
LONGEST = 0.075  # s: what is older is left out, so that sound never lags behind the picture
FADE = 0.006  # s
CALM = 10.0  # s in which half of that is given back
MEND = 0.02  # s that may be missing and are made up from what was heard just before
TREND = (0.6, 1.1)  # how much slower or faster than the clock a world may run for long and still be heard whole
WATCHED = 2.0  # s over which the world's pace is measured
STEADY = 0.25  # s over which what is in store is averaged: it rises in bursts
SMOOTH = 0.02  # s over which the volume follows its knob


class Bridge:
    """A store of stereo samples, read at the rate at which they come.

    Attributes:
        volume: 0 is silent, 1 as made. muted: silent whatever the volume.
        underruns: how often the store ran dry for so long that there was silence. mended: how often for less: what was
            missing was made up. pulled: samples the card took.
    """

    def __init__(self, sample_rate: int) -> None:
        """Start empty and at rest; in Hz."""
        self.volume, self.muted = 1.0, False
        self.underruns = self.mended = self.pulled = 0
        self._rate = sample_rate
        self._store = np.zeros((0, 2), np.float32)
        self._place = 0.0  # of the next sample in the store
        self._speed = 1.0
        self._pushed = 0
        self._seen: deque[tuple[int, int]] = deque()  # (samples pushed, samples pulled) at each pull
        self._spare = SPARE
        self._burst = 0.0  # samples pushed between two pulls at most, lately
        self._fresh = 0
        self._chunk = 0
        self._level = 0.0  # s in store, on average
        self._flowing = False  # whether samples are taken; else the store fills up, or nothing is due
        self._due = False
        self._tail = np.zeros(2, np.float32)  # the last sample given out, before the volume
        self._past = np.zeros((int(2 * MEND * sample_rate), 2), np.float32)  # the last ones
        self._made_up = 0  # samples, since the last that was there
        self._gain = 0.0
        self._lock = threading.Lock()

    @property
    def flowing(self) -> bool:
        """Whether samples are taken, so that more must come."""
        return self._flowing

    @property
    def delay(self) -> float:
        """Seconds of the card's time that are in store."""
        return max(len(self._store) - self._place, 0.0) / self._rate / self._speed

    def push(self, block: Samples, speed: float = 1.0) -> None:
        """Add (n, 2); `speed` is simulated seconds a second of wall clock, as asked for."""
        with self._lock:
            self._due = True
            if speed != self._speed:
                self._speed, self._flowing = speed, False
                self._seen.clear()
            self._store = np.concatenate([self._store[int(self._place) :], block])
            self._place %= 1.0
            self._pushed += len(block)
            self._fresh += len(block)
            self._burst = max(self._burst, min(self._fresh, LONGEST / 2 * self._rate * speed), len(block))
            excess = len(self._store) - int(self._longest * speed)
            if excess > 0:
                self._skip(excess)

    def rest(self) -> None:
        """Fall silent: time stands still, or goes another way. What is in store is given up."""
        with self._lock:
            self._due = self._flowing = False
            self._seen.clear()
            self._store, self._place = self._store[:0], 0.0

    def pull(self, count: int) -> Samples:
        """Take (count, 2): what the card plays next. What is missing fades out."""
        with self._lock:
            self._chunk, self._fresh = count, 0
            self._burst *= 0.5 ** (count / self._rate / WATCHED)
            self._spare = SPARE + (self._spare - SPARE) * 0.5 ** (count / self._rate / CALM)
            if self._due:
                self._seen.append((self._pushed, self.pulled))
                if self.pulled - self._seen[0][1] > WATCHED * self._rate:
                    self._seen.popleft()
            out = self._take(count) if self._ready() else self._fading(count)
            self.pulled += count
            wanted = 0.0 if self.muted else self.volume
            step = count / (SMOOTH * self._rate)
            end = float(np.clip(wanted, self._gain - step, self._gain + step))
            gain = np.linspace(self._gain, end, count + 1, dtype=np.float32)[1:, None]
            self._gain = end
            return np.asarray(out * gain)

    @property
    def _longest(self) -> float:
        """Samples of the card's time in store at most."""
        return max(LONGEST * self._rate, 2.2 * self._burst / self._speed)

    @property
    def _wanted(self) -> float:
        """Seconds of the card's time to have in store on average: half a burst, and what the card takes at once."""
        return (self._burst / 2 / self._speed + self._chunk) / self._rate + self._spare

    def _ready(self) -> bool:
        enough = self._wanted + self._burst / 2 / self._rate / self._speed
        if not self._flowing and self._due and self.delay >= min(enough, 0.95 * self._longest / self._rate):
            self._flowing = True
            fade = min(int(FADE * self._rate), len(self._store))
            self._store = self._store.copy()
            self._store[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)[:, None]
            self._level = self._wanted
        return self._flowing

    def _take(self, count: int) -> Samples:
        seconds = count / self._rate
        self._level += (self.delay - self._level) * min(seconds / STEADY, 1.0)
        error = float(np.clip(self._level / self._wanted - 1, -1.0, 1.5))
        rate = self._speed * self._pace() * (1 + 0.06 * error + 0.2 * error**3)
        there = max(int((len(self._store) - 3 - self._place) / rate), 0)
        out = self._joined(self._read(min(there, count), rate))
        missing = count - len(out)
        if missing and self._made_up + missing <= MEND * self._rate:
            self.mended += not self._made_up
            self._spare = min(self._spare + MORE, MOST_SPARE)
            out = np.concatenate([out, self._make_up(out, missing)])
        elif missing:
            self.underruns += 1
            self._made_up = 0
            self._flowing = False
            out = np.concatenate([out, self._fading(missing)])
        self._past = np.concatenate([self._past, out])[-len(self._past) :]
        self._tail = out[-1].copy()
        return out

    def _make_up(self, head: Samples, count: int) -> Samples:
        """Return what may follow: what was heard last, backwards, so that it goes on without a step."""
        if not self._made_up:
            self._mirror = np.concatenate([self._past, head])[::-1]
        first, self._made_up = self._made_up, self._made_up + count
        return self._mirror[first : self._made_up]

    def _joined(self, out: Samples) -> Samples:
        """Return what was read, faded in over what was made up before it."""
        if not self._made_up or not len(out):
            return out
        fade = min(int(FADE * self._rate), len(out), len(self._mirror) - self._made_up)
        shape = np.linspace(0, 1, fade + 1, dtype=np.float32)[1:, None]
        out[:fade] = out[:fade] * shape + self._mirror[self._made_up : self._made_up + fade] * (1 - shape)
        self._made_up = 0
        return out

    def _pace(self) -> float:
        """Return how fast the world really goes, as a share of the speed asked for."""
        half = len(self._seen) // 2
        if not half:
            return 1.0
        both = np.array(self._seen, np.float64)
        made, taken = both[-half:].mean(0) - both[:half].mean(0)
        sure = min(2 * taken / (0.75 * WATCHED * self._rate), 1.0)
        return float(np.clip(1 + sure * (made / max(taken, 1) / self._speed - 1), *TREND))

    def _read(self, count: int, rate: float) -> Samples:
        """Take samples by cubic interpolation (Catmull and Rom), one behind and two ahead of each place."""
        if count == 0:
            return np.zeros((0, 2), np.float32)
        place = self._place + rate * np.arange(count)
        at = place.astype(np.int64)
        t = (place - at)[:, None].astype(np.float32)
        a, b, c, d = (self._store[np.maximum(at + k, 0)] for k in (-1, 0, 1, 2))
        out = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        self._place += rate * count
        whole = max(int(self._place) - 1, 0)  # one sample behind is kept
        self._store, self._place = self._store[whole:], self._place - whole
        self._tail = out[-1].copy()
        return np.asarray(out, np.float32)

    def _fading(self, count: int) -> Samples:
        shape = np.exp(-np.arange(1, count + 1, dtype=np.float32) / (FADE * self._rate / 3))
        out = self._tail * shape[:, None]
        self._tail = out[-1].copy() if count else self._tail
        self._tail[np.abs(self._tail) < 1e-6] = 0.0
        return np.asarray(out, np.float32)

    def _skip(self, count: int) -> None:
        """Leave out the oldest samples, from one to the other in a cross-fade."""
        fade = min(int(FADE * self._rate), len(self._store) - count)
        shape = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
        kept = self._store[count:].copy()
        kept[:fade] = kept[:fade] * shape + self._store[:fade] * (1 - shape)
        self._store = kept
