"""What a look does to surfaces: the season to the ground and to what grows, wetness to everything that soaks.

It returns other parts and materials of the same number and order, so that every renderer draws from the same albedo.
What things are made of does not change: sound and physics know nothing of this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from worldsim.physics.part import Part
from worldsim.scene.layout import Geom, Material, Vec3
from worldsim.scene.look import Look

PLANTS = frozenset({"grass", "leaves"})
"""Textures of what grows: a lawn, crowns, bushes."""

OPEN_GROUND = frozenset({"grass", "soil", "sand", "gravel", "asphalt", "concrete", "stone"})
"""Textures of ground that snow lies on; floors indoors stay as they are."""

DRY_COATS = frozenset({"fur", "plain", "plastic", "rubber", "tiles", "ice", "snow", "brushed"})
"""Textures that don't soak: they get glossier when wet, not darker."""

SNOW: Vec3 = (0.80, 0.84, 0.90)
SNOW_SHADE: Vec3 = (0.62, 0.69, 0.80)
STRAW: Vec3 = (0.42, 0.31, 0.13)
FRESH: Vec3 = (0.13, 0.31, 0.045)
TWIGS: Vec3 = (0.15, 0.115, 0.08)
LEAVES: tuple[Vec3, ...] = (
    (0.55, 0.22, 0.035),  # amber
    (0.42, 0.075, 0.03),  # red
    (0.60, 0.36, 0.05),  # yellow
    (0.28, 0.12, 0.04),  # russet
    (0.36, 0.30, 0.06),  # the last green
)
"""Linear RGB albedos, near those of photographs with a grey card."""

LAWN: Mapping[str, tuple[Vec3, Vec3, float]] = {
    "spring": (FRESH, (0.21, 0.38, 0.07), 0.65),
    "dry": (STRAW, (0.52, 0.41, 0.2), 0.85),
    "autumn": ((0.14, 0.15, 0.04), (0.36, 0.2, 0.06), 0.75),
    "winter": ((0.24, 0.21, 0.12), (0.32, 0.3, 0.22), 0.85),
}
"""Season → first and second colour of a lawn, and how far it goes there from its own."""


def seasoned(
    parts: Sequence[Part], materials: Mapping[str, Material], look: Look
) -> tuple[tuple[Part, ...], dict[str, Material]]:
    """Return parts and materials as they look in the season and weather of a look.

    Args:
        parts: in the order of the snapshots' rows; of `materials`' names.
        materials: by name.
        look: says the season and the wetness.
    """
    table = dict(materials)
    out = list(parts)
    if look.season != "summer":
        out = [_turned(part, table, look.season) for part in parts]
    if look.wetness > 0:
        table = {name: wet(material, look.wetness) for name, material in table.items()}
    return tuple(out), table


def wet(material: Material, wetness: float) -> Material:
    """Return a material with water in and on it: up to 45 % darker where it soaks, and smoother.

    Wet rough surfaces are darker because light is caught inside the film of water (Lekner and Dorf 1988).
    """
    if material.metallic > 0.5 or material.texture == "fur":
        return material
    dark = 1.0 if material.texture in DRY_COATS else 1 - 0.45 * wetness
    smooth = 1 - (0.35 if material.texture in PLANTS else 0.65) * wetness
    return replace(
        material,
        colour=_scaled(material.colour, dark),
        colour2=_scaled(material.colour2, dark),
        roughness=max(0.08, material.roughness * smooth),
    )


def _turned(part: Part, table: dict[str, Material], season: str) -> Part:
    """Return a part in a season; materials that only the season has are added to the table."""
    from worldsim.render.stage import is_ground

    geoms = []
    for place, geom in enumerate(part.geoms):
        material = table.get(geom.material)
        if not geom.visible or material is None:
            geoms.append(geom)
        elif is_ground(part, geom):
            geoms.append(_ground(geom, material, table, season))
        elif material.texture in PLANTS and part.actor is None:
            geoms.append(replace(geom, colour=_foliage(geom.colour or material.colour, season, part.index, place)))
        else:
            geoms.append(geom)
    return part if all(new is old for new, old in zip(geoms, part.geoms, strict=True)) else _with(part, geoms)


def _with(part: Part, geoms: list[Geom]) -> Part:
    return replace(part, geoms=tuple(geoms))


def _ground(geom: Geom, material: Material, table: dict[str, Material], season: str) -> Geom:
    """Return the ground's geom with the material that it has in a season."""
    name = f"{material.name} in {season}"
    if season == "snow" and material.texture in OPEN_GROUND:
        table[name] = replace(
            material, name=name, colour=SNOW, colour2=SNOW_SHADE, texture="snow", texture_scale=0.5, roughness=0.85,
            metallic=0.0,
        )  # fmt: skip
        return replace(geom, material=name, colour=None)
    if season in LAWN and material.texture in PLANTS:
        first, second, share = LAWN[season]
        own = geom.colour or material.colour
        table[name] = replace(
            material, name=name, colour=_mixed(own, first, share), colour2=_mixed(material.colour2, second, share)
        )
        return replace(geom, material=name, colour=None)
    return geom


def _foliage(colour: Vec3, season: str, plant: int, bough: int) -> Vec3:
    """Return the colour of leaves in a season; in autumn plants differ, and a little the boughs of one of them."""
    if season == "autumn":
        whole, own = (LEAVES[int(number * 0.618033988749895 % 1.0 * len(LEAVES))] for number in (plant, plant + bough))
        return _mixed(colour, _mixed(whole, own, 0.22), 0.92)
    target, share = {
        "spring": (FRESH, 0.6),
        "dry": (STRAW, 0.22),
        "winter": (TWIGS, 0.85),
        "snow": (SNOW, 0.2),
    }[season]
    return _mixed(colour, target, share)


def _mixed(colour: Vec3, target: Vec3, share: float) -> Vec3:
    red, green, blue = (float(value) for value in np.array(colour) * (1 - share) + np.array(target) * share)
    return red, green, blue


def _scaled(colour: Vec3, factor: float) -> Vec3:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor
