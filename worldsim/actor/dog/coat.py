"""How a dog's coat is coloured, and how long its hair is: a pattern laid on the skin. It knows nothing of meshes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.actor.dog.breed import Breed
from worldsim.actor.dog.field import Floats


@dataclass(frozen=True)
class Paint:
    """What a coat is at every point of the skin.

    Attributes:
        colour: (V, 3) uint8 sRGB. roughness: (V,). hair: (V,) m, how long it is.
    """

    colour: NDArray[np.uint8]
    roughness: Floats
    hair: Floats


def painted(
    breed: Breed, frames: Mapping[str, Floats], position: Floats, normal: Floats, bones: Sequence[str]
) -> Paint:
    """Return the coat of a breed at points (V, 3) of the rest pose with those normals, nearest to those bones."""
    c = breed.coat
    by_bone = {"torso": c.side, "neck": c.head, "head": c.head, "tail": c.tail, "tail_tip": c.tail_tip}
    rows = []
    for name in bones:
        if name.startswith("ear"):
            rows.append(c.ear)
        elif name.endswith("_lower"):
            rows.append(c.leg)
        elif name.endswith("_upper"):
            rows.append(c.thigh)
        else:
            rows.append(by_bone.get(name, c.side))
    linear = np.array(rows)
    count = len(position)
    return Paint(encoded(linear), np.full(count, 0.85), np.full(count, breed.figure.hair))


def encoded(linear: Floats) -> NDArray[np.uint8]:
    """Return linear RGB as sRGB bytes (IEC 61966-2-1)."""
    c = np.clip(linear, 0.0, 1.0)
    s = np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)
    return np.rint(255 * s).astype(np.uint8)
