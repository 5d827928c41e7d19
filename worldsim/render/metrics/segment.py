"""A picture cut into regions by its pixels alone. It knows nothing of what the regions are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from worldsim.render.metrics.colour import lab, linear

SMOOTH = 0.5
"""px: deviation of the Gaussian that takes off grain."""
ALIKE = 0.7
"""ΔE: neighbours that differ less are one region from the start."""
SCALE = 20.0
"""ΔE · px: how much a region may differ from its neighbour, over its area, and still be joined to it."""
LEAST = 12
"""px: a smaller region is grain, and joins the neighbour it differs least from."""


def segments(picture: NDArray[np.uint8], scale: float = SCALE) -> NDArray[np.int32]:
    """Return region numbers (H, W), from 0, of a picture (H, W, 3) uint8.

    The graph method of Felzenszwalb and Huttenlocher 2004 on neighbouring pixels in CIELAB: two regions become one
    where the least contrast between them is no larger than what either has inside, plus `scale` over its area.
    """
    colour = lab(linear(picture))
    colour = np.stack([ndimage.gaussian_filter(colour[..., k], SMOOTH) for k in range(3)], -1)
    first, second, contrast = _neighbours(colour)
    count = picture.shape[0] * picture.shape[1]
    near = contrast <= ALIKE
    graph = sparse.coo_matrix((np.ones(int(near.sum()), bool), (first[near], second[near])), (count, count))
    _, start = sparse.csgraph.connected_components(graph, directed=False)
    first, second = start[first], start[second]
    apart = first != second
    first, second, contrast = _borders(first[apart], second[apart], contrast[apart])
    region = _join(np.bincount(start), first, second, contrast, scale)[start]
    return np.asarray(np.unique(region, return_inverse=True)[1].reshape(picture.shape[:2]), np.int32)


def _neighbours(colour: NDArray[np.float64]) -> tuple[NDArray, NDArray, NDArray]:
    """Return pixel numbers of neighbours, to the right, below and diagonally, and their colour difference ΔE."""
    height, width = colour.shape[:2]
    number = np.arange(height * width).reshape(height, width)
    pairs = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = np.s_[: height - down, max(0, -right) : width - max(0, right)]
        there = np.s_[down:, max(0, right) : width + min(0, right)]
        contrast = np.linalg.norm(colour[here] - colour[there], axis=-1)
        pairs.append((number[here].ravel(), number[there].ravel(), contrast.ravel()))
    first, second, contrast = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return first, second, contrast


def _borders(first: NDArray, second: NDArray, contrast: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Return each pair of regions once, the weakest contrast first."""
    low, high = np.minimum(first, second).astype(np.int64), np.maximum(first, second)
    order = np.argsort(contrast, kind="stable")
    key = (low * (int(high.max(initial=0)) + 1) + high)[order]
    once = np.sort(np.unique(key, return_index=True)[1])
    kept = order[once]
    return low[kept], high[kept], contrast[kept]


def _join(area: NDArray, first: NDArray, second: NDArray, contrast: NDArray, scale: float) -> NDArray[np.int64]:
    """Return for each region the one it is joined to; regions of less than `LEAST` px join a neighbour."""
    root = list(range(len(area)))
    size, inside = area.astype(float).tolist(), [ALIKE] * len(area)

    def find(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    pairs = list(zip(first.tolist(), second.tolist(), contrast.tolist(), strict=True))
    for a, b, value in pairs:
        a, b = find(a), find(b)
        if a != b and value <= min(inside[a] + scale / size[a], inside[b] + scale / size[b]):
            root[b] = a
            size[a] += size[b]
            inside[a] = value
    for a, b, _ in pairs:
        a, b = find(a), find(b)
        if a != b and min(size[a], size[b]) < LEAST:
            root[b] = a
            size[a] += size[b]
    return np.array([find(number) for number in range(len(root))], np.int64)
