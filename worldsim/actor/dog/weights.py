"""Which bones a dog's skin follows, and how much: each point its nearest shape's bone, then spread over the skin.

The spread is that of heat along the surface, so that an ear takes nothing from the cheek it hangs beside nor one thigh
from the other (after Baran & Popović, Automatic rigging and animation of 3D characters, 2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import FAR, Floats, Group, Limb, within

Ints = NDArray[np.int64]


def nearest_bones(groups: Sequence[Group], points: Floats, names: Sequence[str]) -> Ints:
    """Return the place (N,) in `names` of the bone of the nearest shape; the left ones serve the right side, too."""
    at = points.copy()
    at[:, 1] = np.abs(at[:, 1])
    columns = np.ascontiguousarray(at.T)
    number = {name: k for k, name in enumerate(names)}
    best, found = np.full(len(at), FAR), np.zeros(len(at), np.int64)
    for _, shapes in groups:
        for shape in shapes:
            if shape.carve:
                continue
            near = within(columns, *shape.bounds(0.04))
            if isinstance(shape, Limb) and shape.bones:
                d, place = shape.along(at[near])
                own = np.array([number[name] for name in shape.bones])[np.rint(place).astype(int)]
            else:
                d, own = shape.distance(at[near]), np.full(len(near), number[shape.bone])
            closer = d < best[near]
            best[near[closer]], found[near[closer]] = d[closer], own[closer]
    twin = np.array([number.get(name.replace("left", "right"), k) for k, name in enumerate(names)])
    return np.where(points[:, 1] < 0, twin[found], found)


def skin_weights(
    breed: Breed, groups: Sequence[Group], position: Floats, faces: Ints, names: Sequence[str]
) -> tuple[Ints, Floats, Ints]:
    """Return bones (V, 4), the heaviest first, weights (V, 4) that add up to 1, and the nearest bone (V,)."""
    nearest = nearest_bones(groups, position, names)
    reach = np.full(len(names), 0.30 * breed.limb[0])  # m: how far a bone's hold spreads
    for k, name in enumerate(names):
        if name in ("torso",) or name.endswith("_upper"):
            reach[k] = 0.75 * breed.limb[0]
        elif name in ("neck", "head"):
            reach[k] = 0.45 * breed.neck[3]
        elif name.startswith(("ear", "tail")):
            reach[k] = 0.012 + 0.1 * breed.limb[0]
    used, column = np.unique(nearest, return_inverse=True)
    wide = reach[nearest]
    for _ in range(3):  # where two bones meet, the larger reach holds for both
        np.maximum.at(wide, faces, wide[faces].max(1, keepdims=True))
    solve = linalg.splu(_spreading(position, faces, 1.5 * wide))
    spread = np.clip(solve.solve(np.eye(len(used))[column.ravel()]), 0.0, 1.0)
    held = np.zeros((len(position), len(names)))
    held[:, used] = spread * spread * (3 - 2 * spread)  # rounds off where heat falls exponentially
    held /= held.sum(1, keepdims=True)
    order = np.argsort(-held, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(held, order, 1)
    weights = np.where(weights < 0.01, 0.0, weights)
    return order, weights / weights.sum(1, keepdims=True), nearest


def _spreading(position: Floats, faces: Ints, reach: Floats) -> sparse.csc_matrix:
    """Return the matrix I − r² Δ of one implicit step of heat over the skin, r in m for each vertex."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[edges[:, 0] < edges[:, 1]]  # every edge of a closed mesh once
    a, b = edges.T
    square = ((position[a] - position[b]) ** 2).sum(1)
    count = len(position)
    degree = np.bincount(edges.ravel(), minlength=count)
    mean = (np.bincount(a, square, count) + np.bincount(b, square, count)) / degree
    pull = 4 * reach**2 / (degree * mean)
    rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
    off = sparse.coo_matrix((-pull[rows], (rows, columns)), (count, count))
    return (off + sparse.diags(1 + pull * degree)).tocsc()
