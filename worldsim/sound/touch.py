"""The contacts of one control period that press, as columns: read once, used by blows and friction alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOUCH_LOSS = (6.0, 60.0)  # 1/s, damping of what touches something: always, and times the partner's loss factor


@dataclass(frozen=True)
class Touches:
    """Contacts whose surfaces press on each other, in the order of the log.

    Attributes:
        step: (K,) physics step. part_a, part_b: (K,) int64. impulse: (K,) N·s, > 0. depth: (K,) m.
        position: (K, 3) m, world. normal: (K, 3) from b to a. velocity: (K, 3) m/s, of a relative to b.
        along: (K,) m/s, that velocity along the normal; negative where they close.
    """

    step: NDArray[np.int64]
    part_a: NDArray[np.int64]
    part_b: NDArray[np.int64]
    impulse: Floats
    depth: Floats
    position: Floats
    normal: Floats
    velocity: Floats
    along: Floats

    def __len__(self) -> int:
        return len(self.step)

    @staticmethod
    def of(rows: NDArray[np.void]) -> Touches:
        """Read (K,) rows of `CONTACT_DTYPE`."""
        pressing = rows["impulse"] > 0
        if not pressing.all():
            rows = rows[pressing]
        normal, velocity = rows["normal"], rows["velocity"]
        return Touches(
            rows["step"],
            rows["part_a"].astype(np.int64),
            rows["part_b"].astype(np.int64),
            rows["impulse"],
            rows["depth"],
            rows["position"],
            normal,
            velocity,
            np.einsum("ki,ki->k", velocity, normal),
        )

    def damping(self, lasting: NDArray[np.bool_], loss: Floats) -> Floats:
        """Return (P,) 1/s by how much each part's ringing is damped by what it touches.

        Args:
            lasting: (P,) whether it rings for long enough to notice.
            loss: (P,) loss factors of their materials.
        """
        out = np.zeros(len(loss))
        k = (lasting[self.part_a] | lasting[self.part_b]).nonzero()[0]
        if len(k):
            a, b = self.part_a[k], self.part_b[k]
            np.maximum.at(out, a, TOUCH_LOSS[0] + TOUCH_LOSS[1] * np.minimum(loss[b], 1.0))
            np.maximum.at(out, b, TOUCH_LOSS[0] + TOUCH_LOSS[1] * np.minimum(loss[a], 1.0))
            out[~lasting] = 0.0
        return out
