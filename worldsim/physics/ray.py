"""Rays through a world: what they meet first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.physics.client import Client
from worldsim.physics.contacts import key

BATCH = 16_000  # PyBullet takes 16 384 rays a call at most (MAX_RAY_INTERSECTION_BATCH_SIZE)


@dataclass(frozen=True)
class RayHits:
    """What N rays met.

    Attributes:
        fraction: (N,) of the way to the end, 1 where nothing was met.
        part: (N,) int32 part index, -1 where nothing was met.
        position: (N, 3) m, world. normal: (N, 3) unit, world. Both meaningless where nothing was met.
    """

    fraction: NDArray[np.float64]
    part: NDArray[np.int32]
    position: NDArray[np.float64]
    normal: NDArray[np.float64]


@dataclass(frozen=True)
class RayHit:
    """What one ray met: part index, position (3,) m, unit normal (3,), and the fraction of the way to its end."""

    part: int
    position: NDArray[np.float64]
    normal: NDArray[np.float64]
    fraction: float


def cast(client: Client, part_of: Mapping[int, int], starts: ArrayLike, ends: ArrayLike) -> RayHits:
    """Cast rays from (N, 3) to (N, 3), m, world; `part_of` maps (body, link) keys to part indices."""
    starts, ends = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    hits: list[Any] = []
    for first in range(0, len(starts), BATCH):
        batch = slice(first, first + BATCH)
        hits.extend(client.rayTestBatch(starts[batch].tolist(), ends[batch].tolist()))
    return RayHits(
        np.array([hit[2] if hit[0] >= 0 else 1.0 for hit in hits], np.float64),
        np.array([part_of[key(hit[0], hit[1])] if hit[0] >= 0 else -1 for hit in hits], np.int32),
        np.array([hit[3] for hit in hits], np.float64).reshape(-1, 3),
        np.array([hit[4] for hit in hits], np.float64).reshape(-1, 3),
    )
