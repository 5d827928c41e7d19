"""What was struck? A listener that names the material from the sound alone.

It hears how a blow's spectrum is shaped and how fast each part of it dies away, and above all how decay grows with
frequency: what rings loses a share of its energy a cycle that is its material's own, whatever its size (Wildes and
Richards, in: Natural Computation, MIT Press 1988). Every partial votes for the loss factors that explain its decay; a
linear discriminant (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.3) weighs votes and
spectrum. It knows nothing of how sounds are made here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEARD = 0.35  # s after the onset
FRAME, HOP = 512, 128  # samples at 48 kHz: 11 and 3 ms
BANDS = 14
LOWEST, HIGHEST = 80.0, 16_000.0  # Hz
FLOOR = 50.0  # dB below the loudest: what is softer is not looked at
PARTIALS = 16  # of the spectrum's peaks in each window
STEP = 48  # samples at 48 kHz, 1 ms: grain of the envelope
RISE = 2.0  # dB over the 4 ms before: another blow
AFTER = (3, 25, 60)  # ms after a blow at which windows begin
LONGEST, SHORTEST, FALL = 150, 8, 25.0  # ms, ms, dB: how long windows are, and how far sound may fall in one
ETAS = np.geomspace(5e-4, 1.0, 96)  # loss factors that are voted for
SHARED = np.array([3.0, 6.0, 9.0, 13.0, 20.0, 30.0, 45.0, 69.0])  # 1/s: what air, support and touch may take from all
LOBES, LOBE = 12.0, 0.03  # what is this near a partial and this much softer is the window's, not the sound's
SURE = 0.06  # how well a partial's decay is known, in parts of it
SHARPER = 4  # power that votes are raised to


def onset(samples: Floats) -> int:
    """Return the first sample of (n,) that is within 46 dB of the loudest."""
    level = np.abs(samples)
    return int(np.argmax(level > 0.005 * level.max()))


def features(samples: NDArray[np.floating], sample_rate: int = 48_000) -> Floats:
    """Return (F,) how the spectrum of one blow in (n, 2) or (n,) looks; none of it depends on how loud it is.

    Shape of the spectrum at the start (BANDS − 1), decay of each band in a logarithm of dB/s (BANDS), centroid and
    spread early and late (4).
    """
    mono = np.asarray(samples, np.float64)
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    start = onset(mono)
    piece = mono[start : start + round(HEARD * sample_rate)]
    piece = np.concatenate([piece, np.zeros(round(HEARD * sample_rate) - len(piece))])
    piece = piece / max(np.abs(piece).max(), 1e-30)
    count = (len(piece) - FRAME) // HOP
    frames = np.stack([piece[HOP * k : HOP * k + FRAME] for k in range(count)]) * np.hanning(FRAME)
    power = np.square(np.abs(np.fft.rfft(frames, 4 * FRAME, axis=1)))
    f = np.fft.rfftfreq(4 * FRAME, 1 / sample_rate)
    edges = np.geomspace(LOWEST, HIGHEST, BANDS + 1)
    bands = np.stack([power[:, (f >= a) & (f < b)].sum(axis=1) for a, b in itertools.pairwise(edges)])
    level = 10 * np.log10(np.maximum(bands, 1e-12 * bands.max() + 1e-30))  # (BANDS, frames)
    early = level[:, :8].max(axis=1)
    shape = np.maximum(early - early.max(), -FLOOR)
    middle = np.sqrt(edges[:-1] * edges[1:])
    decay = np.array([_decay(row, HOP / sample_rate) for row in level])
    out = [np.diff(shape), np.log(decay)]
    for part in (bands[:, :6].sum(axis=1), bands[:, 10:30].sum(axis=1)):
        weight = part / max(float(part.sum()), 1e-30)
        centre = float(weight @ np.log2(middle))
        out.append(np.array([centre, np.sqrt(float(weight @ (np.log2(middle) - centre) ** 2))]))
    return np.concatenate(out)


def votes(samples: NDArray[np.floating], sample_rate: int = 48_000) -> Floats:
    """Return (E,) how well each of `ETAS` explains the decays of the partials in (n, 2) or (n,); they sum to 1.

    A partial of frequency f that dies away at r votes for every η with π f η + c near r, whatever c of `SHARED`.
    """
    mono = np.asarray(samples, np.float64)
    mono = mono.mean(axis=1) if mono.ndim == 2 else mono
    partials = _partials(mono / max(float(np.abs(mono).max()), 1e-30), sample_rate)
    if not len(partials):
        return np.full(len(ETAS), 1 / len(ETAS))
    frequency, rate, strength = partials.T
    expected = np.log(np.pi * frequency * ETAS[:, None, None] + SHARED[:, None])  # (E, C, partials)
    near = np.exp(-0.5 * ((np.log(rate) - expected) / SURE) ** 2)
    curve = (near * strength**0.25).sum(axis=2).max(axis=1)
    curve = (curve / max(float(curve.max()), 1e-9)) ** SHARPER
    return np.asarray(curve / max(float(curve.sum()), 1e-9))


def _partials(mono: Floats, sample_rate: int) -> Floats:
    """Return (P, 3): Hz, 1/s and strength of the partials in windows after each blow."""
    count = len(mono) // STEP
    envelope = 10 * np.log10(np.square(mono[: count * STEP]).reshape(count, STEP).sum(axis=1) + 1e-16)
    if not count:
        return np.zeros((0, 3))
    before = np.max([np.roll(envelope, k) for k in range(1, 5)], axis=0)
    rises = np.flatnonzero(envelope[4:-1] > before[4:-1] + RISE) + 4
    edges = [0, *rises.tolist(), count]
    found: list[Floats] = []
    for begin, end in itertools.pairwise(edges):
        if end - begin < SHORTEST or envelope[begin : begin + 6].max() < envelope.max() - 30:
            continue
        for after in AFTER:
            start = begin + after
            if start >= end - SHORTEST:
                break
            low = np.flatnonzero(envelope[start:end] < envelope[start] - FALL)
            stop = min(start + int(low[0]) if len(low) else end, start + LONGEST)
            if stop - start >= SHORTEST:
                found.append(_decays(mono[start * STEP : stop * STEP], sample_rate))
    return np.concatenate([np.zeros((0, 3)), *found])


def _decays(piece: Floats, sample_rate: int) -> Floats:
    """Return (P, 3) as `_partials` of one window, by its spectrum at the start and at the end."""
    length = int(0.65 * len(piece))
    window = np.hanning(length)
    first, second = (np.abs(np.fft.rfft(part * window, 1 << 15)) for part in (piece[:length], piece[-length:]))
    f = np.fft.rfftfreq(1 << 15, 1 / sample_rate)
    inside = (f[1:-1] > LOWEST) & (f[1:-1] < HIGHEST)
    peaks = np.flatnonzero(inside & (first[1:-1] > first[:-2]) & (first[1:-1] > first[2:])) + 1
    best = peaks[np.argsort(-first[peaks])[: 3 * PARTIALS]]
    best = best[first[best] > first[best].max(initial=0.0) * 10 ** (-FLOOR / 20)]
    apart = np.abs(f[best][:, None] - f[best]) * length / sample_rate  # in widths of the window's lobes
    drowned = (apart < LOBES) & (first[best][:, None] < LOBE * first[best])
    best = best[~drowned.any(axis=1)][:PARTIALS]
    rate = np.log(first[best] / np.maximum(second[best], 1e-12)) * sample_rate / (len(piece) - length)
    kept = rate > 0.5
    strength = first[best] / first[best].max(initial=1e-30)
    return np.stack([f[best], rate, strength], axis=1)[kept]


def _decay(level: Floats, step: float) -> float:
    """Return dB/s by which a band falls from its top, 5 to 5000."""
    top = int(np.argmax(level[: len(level) // 2]))
    low = np.flatnonzero(level[top:] < level[top] - 25.0)
    end = top + (int(low[0]) if len(low) else len(level) - top - 1)
    return float(np.clip((level[top] - level[end]) / max((end - top) * step, step), 5.0, 5000.0))


class Discriminant:
    """Fisher's linear discriminant with a covariance that is shrunk towards its diagonal."""

    def __init__(self, names: Sequence[str], shrink: float = 0.1) -> None:
        """Take the names of the classes."""
        self.names = tuple(names)
        self._shrink = shrink

    def fit(self, seen: Floats, labels: NDArray[np.int64]) -> Discriminant:
        """Learn from (N, F) features and (N,) indices of names; return itself."""
        self._middle, self._scale = seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-9)
        data = (seen - self._middle) / self._scale
        self._means = np.stack([data[labels == k].mean(axis=0) for k in range(len(self.names))])
        within = np.cov((data - self._means[labels]).T)
        within = (1 - self._shrink) * within + self._shrink * np.diag(np.diag(within) + 1e-6)
        self._inverse = np.linalg.inv(within)
        return self

    def predict(self, seen: Floats) -> NDArray[np.int64]:
        """Return (N,) indices of names for (N, F) features."""
        data = (seen - self._middle) / self._scale
        apart = data[:, None, :] - self._means
        distance = np.einsum("nkf,fg,nkg->nk", apart, self._inverse, apart)
        return np.asarray(np.argmin(distance, axis=1))


class MaterialListener:
    """Names what was struck, once it has heard examples."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names of the materials."""
        self.names = tuple(names)

    def fit(self, sounds: Sequence[NDArray[np.floating]], labels: NDArray[np.int64]) -> MaterialListener:
        """Learn from sounds, (n, 2) each, and (N,) indices of names; return itself."""
        curves = np.array([votes(sound) for sound in sounds])
        sums = np.stack([curves[labels == k].sum(axis=0) for k in range(len(self.names))])
        counts = np.bincount(labels, minlength=len(self.names)).astype(np.float64)
        self._typical = sums / counts[:, None]
        own = np.empty((len(sounds), len(self.names)))
        for row, (curve, label) in enumerate(zip(curves, labels, strict=True)):
            others = self._typical.copy()  # an example is not compared with itself
            others[label] = (sums[label] - curve) / max(counts[label] - 1, 1.0)
            own[row] = self._agreement(curve, others)
        seen = np.array([features(sound) for sound in sounds])
        self._discriminant = Discriminant(self.names).fit(np.concatenate([own, seen], axis=1), labels)
        return self

    def name(self, sounds: Sequence[NDArray[np.floating]]) -> NDArray[np.int64]:
        """Return (N,) indices of names for sounds, (n, 2) each."""
        own = np.array([self._agreement(votes(sound), self._typical) for sound in sounds])
        seen = np.array([features(sound) for sound in sounds])
        return self._discriminant.predict(np.concatenate([own, seen], axis=1))

    @staticmethod
    def _agreement(curve: Floats, typical: Floats) -> Floats:
        """Return (K,) logarithm of how far votes (E,) agree with the typical ones (K, E) of each material."""
        return np.asarray(np.log((typical + 0.002) @ curve + 1e-4))


def confusion(truth: NDArray[np.int64], named: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return (count, count): how often each class, by row, was given each name, by column."""
    out = np.zeros((count, count), np.int64)
    np.add.at(out, (truth, named), 1)
    return out
