"""Edge F1: are the outlines of the picture those of the truth? It knows nothing of what lies between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

JUMP = 0.08
"""Relative second difference of 1/depth from which on a surface ends or bends away: 0 on any plane."""
CREASE = np.cos(np.radians(35.0))
"""Cosine between neighbours' normals below which there is a crease."""


@dataclass(frozen=True)
class EdgeScore:
    """How well edges agree.

    Attributes:
        precision: of the picture's edges, the share that is near a true one. recall: of the true ones, the share found.
        f1: their harmonic mean. All in [0, 1].
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total > 0 else 0.0


def true_edges(
    depth: NDArray, normal: NDArray, instance: NDArray[np.integer], jump: float = JUMP, crease: float = float(CREASE)
) -> NDArray[np.bool_]:
    """Return the discontinuities (H, W) of a G-buffer: where ids change, surfaces end, normals turn.

    Args:
        depth: (H, W) m, +inf where nothing is.
        normal: (H, W, 3) unit; 0 where nothing is.
        instance: (H, W) ids.
        jump: see `JUMP`.
        crease: see `CREASE`.
    """
    inverse = np.where(np.isfinite(depth), 1.0 / np.maximum(np.asarray(depth, np.float64), 1e-6), 0.0)
    out = np.zeros(instance.shape, bool)
    for axis in (0, 1):
        first, second = _ends(axis, 1)
        changed = instance[first] != instance[second]
        here, there = inverse[first], inverse[second]
        # The outline belongs to what is nearer.
        out[first] |= changed & (here >= there)
        out[second] |= changed & (here < there)
        both = (here > 0) & (there > 0) & ~changed
        out[first] |= both & ((np.asarray(normal[first], np.float64) * normal[second]).sum(-1) < crease)
        left, right = _ends(axis, 2)
        middle = tuple(slice(1, -1) if k == axis else slice(None) for k in range(2))
        same = (instance[left] == instance[middle]) & (instance[middle] == instance[right])
        bend = np.abs(inverse[left] - 2 * inverse[middle] + inverse[right])
        out[middle] |= same & (bend > jump * inverse[middle]) & (inverse[middle] > 0)
    return out


def edge_score(found: NDArray[np.bool_], true: NDArray[np.bool_], tolerance: int = 1) -> EdgeScore:
    """Return how well found edges (H, W) agree with true ones, allowing `tolerance` pixels (in any direction).

    Two empty sets agree; an empty one against one that is not scores 0.
    """
    if not found.any() and not true.any():
        return EdgeScore(1.0, 1.0)
    if not found.any() or not true.any():
        return EdgeScore(0.0, 0.0)
    return EdgeScore(float(_grown(true, tolerance)[found].mean()), float(_grown(found, tolerance)[true].mean()))


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    if by == 0:
        return mask
    return np.asarray(ndimage.binary_dilation(mask, np.ones((3, 3), bool), iterations=by))


def _ends(axis: int, step: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the index of all but the last and of all but the first `step` samples along an axis of (H, W)."""
    first, second = [slice(None)] * 2, [slice(None)] * 2
    first[axis], second[axis] = slice(None, -step), slice(step, None)
    return tuple(first), tuple(second)
