"""Which contacts are blows: when, where and how hard, found in the log step by step.

The solver spreads one blow over two steps and over several points, and a box that lands chatters; here that becomes one
blow with the whole impulse, placed inside its step by gap and speed. This module knows nothing of sound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.touch import Touches

Floats = NDArray[np.float64]

SETTLING = 1.5 * 9.81  # m/s², times the step: surfaces that close slower are pressed together by gravity, not striking
WARM_UP = 0.1  # s after a reset in which things drop the last millimetre onto what they stand on: that is not heard,
WARM_UP_SPEED = 0.3  # m/s, unless they are faster than this
REFRACTORY = 0.04  # s: the same pair strikes again sooner only if much harder
HARDER = 2.0  # times the impulse: what breaks through the refractory time
MERGED = 2  # steps: a blow takes at most this many


@dataclass
class Impact:
    """One blow between two parts.

    Attributes:
        part_a, part_b: who. step: physics step of its first contact. time: s, of the touch.
        impulse: N·s. speed: m/s, closing speed along the normal.
        position: (3,) m, world. normal: (3,) world, from b to a.
    """

    part_a: int
    part_b: int
    step: int
    time: float
    impulse: float
    speed: float
    position: Floats
    normal: Floats


@dataclass
class ImpactFinder:
    """Reads the contacts of one period after the other and gives out the blows that are over.

    Attributes:
        step_rate: Hz.
    """

    step_rate: int
    _open: dict[tuple[int, int], Impact] = field(default_factory=dict)
    _last: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)

    def find(self, rows: NDArray[np.void], last_step: int) -> list[Impact]:
        """Take the contacts of the steps up to `last_step`; see `among`."""
        return self.among(Touches.of(rows), last_step)

    def among(self, touches: Touches, last_step: int) -> list[Impact]:
        """Take the contacts of the steps up to `last_step`; return the blows that no later step can add to.

        A blow is given out at the latest `MERGED` + 1 steps after the touch, in the order of their steps and parts.
        """
        done: list[Impact] = []
        if len(touches):
            for hit in self._hits(touches):
                pair = (hit.part_a, hit.part_b) if hit.part_a < hit.part_b else (hit.part_b, hit.part_a)
                current = self._open.get(pair)
                if current is not None and hit.step - current.step < MERGED:
                    current.impulse += hit.impulse
                    continue
                if current is not None:
                    self._give(pair, current, done)
                self._open[pair] = hit
        for pair in [pair for pair, hit in self._open.items() if hit.step <= last_step - MERGED + 1]:
            self._give(pair, self._open[pair], done)
            del self._open[pair]
        if len(self._last) > 4096:
            now = last_step / self.step_rate
            self._last = {pair: seen for pair, seen in self._last.items() if now - seen[0] < REFRACTORY}
        done.sort(key=lambda hit: (hit.step, hit.part_a, hit.part_b))
        return done

    def _give(self, pair: tuple[int, int], hit: Impact, done: list[Impact]) -> None:
        time, impulse = self._last.get(pair, (-np.inf, 0.0))
        if hit.time - time < REFRACTORY and hit.impulse < HARDER * impulse:
            return
        self._last[pair] = (hit.time, hit.impulse)
        done.append(hit)

    def _hits(self, touches: Touches) -> list[Impact]:
        """Return one hit for each step and pair whose surfaces close on each other."""
        closing = -touches.along
        slowest = SETTLING / self.step_rate
        if touches.step[0] < WARM_UP * self.step_rate:
            hard = (closing > np.where(touches.step < WARM_UP * self.step_rate, WARM_UP_SPEED, slowest)).nonzero()[0]
        else:
            hard = (closing > slowest).nonzero()[0]
        if not len(hard):
            return []
        part_a, part_b = touches.part_a[hard], touches.part_b[hard]
        step, impulse, closing = touches.step[hard], touches.impulse[hard], closing[hard]
        pair = np.minimum(part_a, part_b) << 24 | np.maximum(part_a, part_b)
        order = np.lexsort((-impulse, pair, step))  # the hardest point of each step and pair first
        fresh = np.ones(len(order), np.bool_)
        pairs, steps = pair[order], step[order]
        fresh[1:] = (pairs[1:] != pairs[:-1]) | (steps[1:] != steps[:-1])
        starts = fresh.nonzero()[0]
        total = np.add.reduceat(impulse[order], starts)
        moment = np.add.reduceat((impulse[:, None] * touches.position[hard])[order], starts)
        head = order[starts]
        speed = closing[head]
        gap = np.minimum(np.maximum(-touches.depth[hard[head]] / speed, -1 / self.step_rate), 1 / self.step_rate)
        time = (step[head] - 1) / self.step_rate + gap
        return [
            Impact(
                int(part_a[k]),
                int(part_b[k]),
                int(step[k]),
                float(time[i]),
                float(total[i]),
                float(speed[i]),
                moment[i] / total[i],
                touches.normal[hard[k]],
            )
            for i, k in enumerate(head.tolist())
        ]
