"""Scraping and rolling: forces that last, read off the surfaces as a needle reads a record.

Where two surfaces slide, the force between them follows their grain at the slip speed; where one rolls on the other, at
the rolling speed, coarser and gentler. This module says what forces act on whom; `ring.py` makes them ring.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.sound.bank import Bank
from worldsim.sound.chance import uniform
from worldsim.sound.touch import Touches

Floats = NDArray[np.float64]

SPINNING = 0.25  # (rad/s)²: what turns more slowly does not roll to be heard
SLOWEST = 0.05  # m/s: slower slip is the solver's, not the scene's
PAIRS = 8  # how many pairs are heard at once
COVERED = 0.03  # of the strongest force of a block: what is 30 dB softer is covered by it
SCRAPE = 0.10  # rms of the force as a share of the load at 1 m/s of slip; level then follows speed^0.9
ROLL = 0.02  # likewise of rolling
EXPONENT = 0.9  # sound level of rough surfaces ∝ 20 log v^0.6…1.1 (Ben Abdelounis et al., Wear 268, 2010)
COARSER = 6.0  # a rolling body bridges the finer grain
FASTEST_GRAIN = 9000.0  # Hz: grain met faster than this is averaged away
PROFILE = 1 << 15  # samples of surface


_NEXT, _LAST = np.array([1, 2, 0]), np.array([2, 0, 1])  # the axes after and before each
_Key = tuple[int, int, bool]  # part, part, whether it rolls


@dataclass
class _Track:
    """Where the needle is at a block's end.

    Attributes:
        phase: in grains. rate: grains/s. force: N rms. value: N. start: samples until it begins.
    """

    phase: float
    rate: float = 0.0
    force: float = 0.0
    value: float = 0.0
    start: int = 0


@dataclass(slots=True)
class Rub:
    """One pair that scrapes or rolls during a block.

    Attributes:
        part_a, part_b: who. position: (3,) m, world, or None in the last block, in which the sound fades.
        normal: (3,) world, either way.
        force: (N,) N, what is left of the force without its mean. before: N, the sample before the first.
        rate: grains/s at its end.
    """

    part_a: int
    part_b: int
    position: Floats | None
    normal: Floats
    force: Floats
    before: float
    rate: float


class Friction:
    """All surfaces that slide or roll on each other."""

    def __init__(self, banks: Sequence[Bank], block: int, step_rate: int, sample_rate: int, seed: int) -> None:
        """Start with none; `block` in samples, the rates in Hz."""
        self._banks = banks
        self._round = np.array([bank.round for bank in banks], np.bool_)
        self._block, self._step_rate = block, step_rate
        self._ramp = np.arange(1, block + 1) / block
        self._passed = np.arange(1, block + 1) / sample_rate  # s
        self._gained = np.add.accumulate(self._ramp) / sample_rate  # likewise at a rate that rises from 0 to 1
        self._sample_rate = sample_rate
        self._seed = seed
        self._tracks: dict[_Key, _Track] = {}
        rng = np.random.default_rng(20_250_102)
        self._profile = rng.standard_normal(PROFILE + 1)
        self._profile[-1] = self._profile[0]
        self._slope = np.diff(self._profile)

    def rubs(
        self,
        touches: Touches,
        snapshot: Snapshot,
        origin: int = 0,
        heard: Callable[[int, float, float], bool] | None = None,
    ) -> list[Rub]:
        """Return what rubs in this block, the strongest pairs first.

        Args:
            touches: the contacts of the block.
            snapshot: the world at its end.
            origin: the first sample of the block on the world's clock: nothing rubs before it touches.
            heard: whether a part would be heard when a force of so many N rms with so many grains/s rubs it; all are
                where left out. What nobody hears is not made.
        """
        found = self._loads(touches, snapshot) if len(touches) else []
        found.sort(key=lambda item: (-item[1] * item[2], item[0]))
        loads: dict[_Key, tuple[float, float, Floats | None, Floats]] = {}
        begins: dict[_Key, float] = {}
        strongest = 0.0
        for key, load, speed, place, normal, first in found[:PAIRS]:
            begins[key] = first
            rate, force = self._needle(key, load, speed)
            strongest = max(strongest, force)
            if force < COVERED * strongest:
                continue
            if heard is None or heard(key[0], force, rate) or heard(key[1], force, rate):
                loads[key] = (rate, force, place, normal)
        keys = sorted(set(self._tracks) | set(loads))
        if not keys:
            return []
        now: list[tuple[float, float, Floats | None, Floats]] = []
        tracks = []
        for key in keys:
            track = self._tracks.get(key)
            if track is None:
                a, b, rolls = key
                phase = PROFILE * float(uniform(1, self._seed, a, b, int(rolls))[0])
                begin = round(begins[key] * self._sample_rate) - origin
                track = self._tracks[key] = _Track(phase, start=max(begin, 0))
            tracks.append(track)
            now.append(loads.get(key) or (track.rate, 0.0, None, np.zeros(3)))
        before = [track.value for track in tracks]
        signals = self._read(tracks, [one[0] for one in now], [one[1] for one in now])
        out = []
        for k, ((a, b, rolls), (rate, _, at, along)) in enumerate(zip(keys, now, strict=True)):
            if at is None:
                del self._tracks[a, b, rolls]
            out.append(Rub(a, b, at, along, signals[k], before[k], rate))
        return out

    def _needle(self, key: _Key, load: float, speed: float) -> tuple[float, float]:
        """Return grains/s and the rms of the force, N, of a pair that is pressed together by `load`, N."""
        a, b, rolls = key
        grain = max(self._banks[a].roughness, self._banks[b].roughness) * (COARSER if rolls else 1.0)
        return min(speed / grain, FASTEST_GRAIN), load * (ROLL if rolls else SCRAPE) * min(speed, 5.0) ** EXPONENT

    def _read(self, tracks: list[_Track], rates: list[float], forces: list[float]) -> Floats:
        """Move needles on for one block in which rates and forces go from the last block's to these: (R, N) N."""
        begin = np.array([track.rate if track.force else rate for track, rate in zip(tracks, rates, strict=True)])
        first = np.array([track.force for track in tracks])
        late = [k for k, track in enumerate(tracks) if track.start]
        phase = np.array([track.phase for track in tracks])[:, None] + begin[:, None] * self._passed
        phase += (np.array(rates) - begin)[:, None] * self._gained
        whole = phase.astype(np.int64)
        share = phase - whole
        whole &= PROFILE - 1
        signal = self._profile.take(whole)
        share *= self._slope.take(whole)
        signal += share
        plain = signal[late] if late else None
        level = (np.array(forces) - first)[:, None] * self._ramp
        level += first[:, None]
        signal *= level
        ends, values = phase[:, -1].tolist(), signal[:, -1].tolist()
        for k, (track, rate, force) in enumerate(zip(tracks, rates, forces, strict=True)):
            if track.start >= self._block:
                track.start -= self._block
                signal[k] = 0.0
                continue
            if track.start:
                assert plain is not None
                signal[k] = plain[late.index(k)] * (force * np.maximum(self._ramp - track.start / self._block, 0.0))
                force, track.start = force * (1 - track.start / self._block), 0
                values[k] = float(signal[k, -1])
            track.phase, track.rate, track.force, track.value = ends[k] % PROFILE, rate, force, values[k]
        return np.asarray(signal)

    def _loads(self, touches: Touches, snapshot: Snapshot) -> list[tuple[_Key, float, float, Floats, Floats, float]]:
        """Return key, mean load N, speed m/s, place, normal and first s of every pair that slides or rolls."""
        normal, velocity, along = touches.normal, touches.velocity, touches.along
        slip = np.sqrt(np.maximum(np.einsum("ki,ki->k", velocity, velocity) - along * along, 0.0))
        a, b = touches.part_a, touches.part_b
        rolling = np.zeros(len(touches))
        for part in (a, b):
            k = self._round[part].nonzero()[0]
            if not len(k):
                continue
            turning = snapshot.angular_velocity[part[k]]
            fast = (np.einsum("ki,ki->k", turning, turning) > SPINNING).nonzero()[0]
            if len(fast):
                k, turning = k[fast], turning[fast]
                arm = touches.position[k] - snapshot.position[part[k]]
                rolling[k] = np.maximum(rolling[k], _across(_cross(turning, arm), normal[k]))
        rolls = (rolling > 3 * slip) & (rolling > SLOWEST)
        speed = np.where(rolls, rolling, slip)
        keep = ((speed > SLOWEST) & (np.abs(along) < 0.5 * speed)).nonzero()[0]  # a blow is not a scrape
        if not len(keep):
            return []
        pair = (np.minimum(a, b)[keep] << 24 | np.maximum(a, b)[keep]) << 1 | rolls[keep]
        sorting = np.argsort(pair, kind="stable")
        order, pair = keep[sorting], pair[sorting]
        fresh = np.ones(len(order), np.bool_)
        np.not_equal(pair[1:], pair[:-1], out=fresh[1:])
        starts = fresh.nonzero()[0]
        weight = touches.impulse[order]
        total = np.add.reduceat(weight, starts)
        mean_speed = np.add.reduceat(weight * speed[order], starts) / total
        place = np.add.reduceat(weight[:, None] * touches.position[order], starts) / total[:, None]
        gap = np.minimum(np.maximum(-touches.depth[order], 0.0) / np.maximum(-along[order], 1e-3), 1 / self._step_rate)
        first = np.minimum.reduceat((touches.step[order] - 1) / self._step_rate + gap, starts)
        period = self._block / self._sample_rate
        return [
            (
                (int(min(a[k], b[k])), int(max(a[k], b[k])), bool(rolls[k])),
                float(total[i]) / period,
                float(mean_speed[i]),
                place[i],
                normal[k],
                float(first[i]),
            )
            for i, k in enumerate(order[starts].tolist())
        ]


def _across(vector: Floats, normal: Floats) -> Floats:
    """Return the length of what is left of (K, 3) without its part along unit normals (K, 3)."""
    along = np.einsum("ki,ki->k", vector, normal)
    return np.asarray(np.sqrt(np.maximum(np.einsum("ki,ki->k", vector, vector) - along * along, 0.0)))


def _cross(a: Floats, b: Floats) -> Floats:
    """Return the products of (K, 3) and (K, 3): for a few rows, several times quicker than NumPy's own."""
    out = a.take(_NEXT, 1)
    out *= b.take(_LAST, 1)
    out -= a.take(_LAST, 1) * b.take(_NEXT, 1)
    return out
