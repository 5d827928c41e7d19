"""Skins for the path tracer: the mesh and its hairs as they are at rest, with the weights by which they follow.

The tracing process bends them itself: each frame it gets one matrix a bone. It knows nothing of Blender.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.skin import Skin, part_poses
from worldsim.physics.state import Snapshot
from worldsim.render.pathtrace import coat

Document = dict[str, Any]


def describe(
    skin: Skin, number: int, surface: Document, material: int, fur: bool, prototype: Callable[..., int]
) -> Document:
    """Write a skin's prototypes and return which they are.

    Args:
        skin: what is drawn.
        number: of the skin, for the seed of its hairs.
        surface: its material's document.
        material: the number of that.
        fur: whether hairs are to be grown on it.
        prototype: takes kind, material and arrays, returns a number.
    """
    body = coat.whole(skin)
    position = body.position
    entry: Document = {"bones": len(skin.parts), "part": int(skin.parts[0]), "hair": None}
    if fur:
        hairs = coat.cover(skin, tuple(surface["colour"]), tuple(surface["colour2"]), number)
        position = (position - coat.sunk(skin.hair, skin.curl)[:, None] * body.normal).astype(np.float32)
        entry["hair"] = prototype(
            "fur", material, points=hairs.points, colour=hairs.colour, weights=hairs.weights,
            part=_seen(hairs.part), radius=hairs.radius,
        )  # fmt: skip
    entry["mesh"] = prototype(
        "skin", material, position=position, normal=body.normal, faces=body.faces, tint=skin.linear_colour,
        rest=skin.vertices, rest_normal=skin.normals, weights=skin.spread.astype(np.float32),
        part=_seen(skin.dominant[skin.faces[:, 0]]),
    )  # fmt: skip
    return entry


def _seen(part: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return part indices as the process counts them: from 1."""
    return (part + 1).astype(np.float32)


def matrices(skins: Sequence[Skin], snapshot: Snapshot) -> NDArray[np.float64]:
    """Return the matrices (B, 3, 4) of the bones of all skins, one skin after the other."""
    poses = part_poses(snapshot)
    return np.concatenate([np.zeros((0, 3, 4)), *(skin.matrices(poses) for skin in skins)])
