"""Procedural textures: square tiles that repeat without a seam, each made by one function from noise and strokes.

A tile says where on a surface the first and the second colour of its material show, how the surface rises and falls,
and where dirt and shade sit. It knows nothing of colours, OpenGL or scenes. To add one, write a function that returns
a `Tile` and a line in `RECIPES` (see docs/rendering.md).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.render.noise import spectral_noise

Floats = NDArray[np.float64]

SIDE = 512
"""Texels of a tile's edge."""


@dataclass(frozen=True)
class Tile:
    """One square of a texture, axis 0 across the grain, axis 1 along it; it repeats in both.

    Attributes:
        blend: (S, S) in [0, 1]: 0 is the material's first colour, 1 its second.
        height: (S, S) in texels: the relief that the light plays on.
        cavity: (S, S) in [0, 1]: 1 is open to the sky, 0 a deep crack.
    """

    blend: Floats
    height: Floats
    cavity: Floats


@dataclass(frozen=True)
class Recipe:
    """A texture and how it is laid on.

    Attributes:
        name: the word a material uses. make: the function.
        features: how many features (`Material.texture_scale` each) fit across one tile.
        aspect: how many times longer a tile is along the grain than across.
        bump: how strongly the relief turns the light.
        patches: how much slow noise is mixed into the blend. ground_patches: the same on the ground.
        scatter: whether every part shows another piece of the tile.
    """

    name: str
    make: Callable[[], Tile]
    features: float = 4.0
    aspect: float = 1.0
    bump: float = 1.0
    patches: float = 0.0
    ground_patches: float = 0.4
    scatter: bool = True


def unit(field: Floats, width: float = 2.2) -> Floats:
    """Map a field of deviation 1 to [0, 1]: ±width deviations fill the range."""
    return np.clip(0.5 + field / (2 * width), 0.0, 1.0)


def noise(slope: float, seed: int, low: int = 1, high: int = 100_000, stretch: float = 1.0) -> Floats:
    """Return `spectral_noise` of a tile's size."""
    return spectral_noise(SIDE, slope, seed, low, high, stretch)


def _plain() -> Tile:
    flat = np.zeros((SIDE, SIDE))
    return Tile(flat, flat, np.ones((SIDE, SIDE)))


def _noise() -> Tile:
    return Tile(unit(noise(-1.3, 1, low=2)), np.zeros((SIDE, SIDE)), np.ones((SIDE, SIDE)))


RECIPES: dict[str, Recipe] = {
    r.name: r
    for r in (
        Recipe("noise", _noise, scatter=False),
        Recipe("plain", _plain, bump=0.0, ground_patches=0.0),
    )
}


def recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in RECIPES:
        raise UnknownNameError("texture", name, [word for word in RECIPES if word != "noise"])
    return RECIPES[name]


@functools.lru_cache(maxsize=64)
def texels(name: str) -> NDArray[np.uint8]:
    """Return a tile as (S, S, 4) uint8: blend, slope along, slope across, cavity; made once, then kept."""
    tile = recipe(name).make()
    # Central differences with wrap-around; a slope of ±1 fills the range.
    along = (np.roll(tile.height, -1, 1) - np.roll(tile.height, 1, 1)) * 0.5
    across = (np.roll(tile.height, -1, 0) - np.roll(tile.height, 1, 0)) * 0.5
    planes = np.stack([tile.blend, 0.5 + 0.5 * along, 0.5 + 0.5 * across, tile.cavity], -1)
    out = np.round(np.clip(planes, 0, 1) * 255).astype(np.uint8)
    out.flags.writeable = False
    return out
