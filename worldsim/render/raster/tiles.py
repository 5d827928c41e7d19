"""The procedural textures by name, and how each is laid on a surface.

A texture is a tile made by one function of `pattern.py`. To add one, write such a function and a line in `RECIPES` (see
docs/rendering.md). It knows nothing of colours, OpenGL or scenes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.render.raster import pattern
from worldsim.render.raster.pattern import Tile


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


NOISE = "noise"
"""The tile of slow noise that every surface may use; no material can ask for it."""

RECIPES: dict[str, Recipe] = {
    item.name: item
    for item in (
        Recipe(NOISE, pattern.patches, scatter=False),
        Recipe("plain", pattern.plain, bump=0.0, ground_patches=0.0),
        Recipe("grass", pattern.grass, features=12, bump=0.9, ground_patches=0.9),
        Recipe("leaves", pattern.leaves, features=40, bump=1.0, patches=0.5),
        Recipe("fur", pattern.fur, features=10, bump=0.55),
        Recipe("wool", pattern.wool, features=10, bump=0.9),
        Recipe("asphalt", pattern.asphalt, features=60, bump=0.8, ground_patches=0.35),
        Recipe("concrete", pattern.concrete, features=4, bump=0.7, patches=0.2),
        Recipe("wood", pattern.wood, features=3, aspect=4, bump=0.8, patches=0.15),
        Recipe("planks", pattern.planks, features=4, aspect=2, patches=0.2),
        Recipe("brick", pattern.brick, features=8, patches=0.12),
        Recipe("tiles", pattern.tiles, features=4),
        Recipe("brushed", pattern.brushed, features=24, aspect=3),
        Recipe("rubber", pattern.rubber, features=24, bump=0.6),
        Recipe("plastic", pattern.plastic, features=24, bump=0.6),
        Recipe("fabric", pattern.fabric, features=24),
        Recipe("cardboard", pattern.cardboard, features=32, bump=0.8, patches=0.2),
        Recipe("stone", pattern.stone, features=4, bump=0.7, patches=0.2),
        Recipe("marble", pattern.marble, features=3, bump=0.0, patches=0.2),
        Recipe("ice", pattern.ice, features=6, bump=0.6),
        Recipe("sand", pattern.sand, features=9, bump=0.5, ground_patches=0.5),
        Recipe("snow", pattern.snow, features=6, bump=0.5, ground_patches=0.3),
        Recipe("soil", pattern.soil, features=24, bump=0.8, ground_patches=0.6),
        Recipe("gravel", pattern.gravel, features=30, bump=0.6, ground_patches=0.4),
        Recipe("leather", pattern.leather, features=40, patches=0.2),
        Recipe("carpet", pattern.carpet, features=80, patches=0.3),
        Recipe("rust", pattern.rust, features=4, patches=0.3),
        Recipe("checker", pattern.checker, features=4, bump=0.0, ground_patches=0.0, scatter=False),
        Recipe("stripes", pattern.stripes, features=8, bump=0.0, ground_patches=0.0, scatter=False),
    )
}


def recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        UnknownNameError: there is none.
    """
    if name not in RECIPES or name == NOISE:
        raise UnknownNameError("texture", name, texture_names())
    return RECIPES[name]


def texture_names() -> tuple[str, ...]:
    """Return the names a material's `texture` may have."""
    return tuple(sorted(name for name in RECIPES if name != NOISE))


@functools.lru_cache(maxsize=64)
def texels(name: str) -> NDArray[np.uint8]:
    """Return a tile as (S, S, 4) uint8: blend, slope along, slope across, cavity; made once, then kept."""
    tile = RECIPES[name].make()
    # Central differences with wrap-around; a slope of ±1 fills the range.
    along = (np.roll(tile.height, -1, 1) - np.roll(tile.height, 1, 1)) * 0.5
    across = (np.roll(tile.height, -1, 0) - np.roll(tile.height, 1, 0)) * 0.5
    planes = np.stack([tile.blend, 0.5 + 0.5 * along, 0.5 + 0.5 * across, tile.cavity], -1)
    out = np.round(np.clip(planes, 0, 1) * 255).astype(np.uint8)
    out.flags.writeable = False
    return out
