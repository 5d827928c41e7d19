"""Materials: those that come with the package, and those a scene defines on top of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator

from worldsim.errors import UnknownNameError, did_you_mean
from worldsim.scene.layout import Material
from worldsim.scene.number import ColourSpec, Draw, Fraction, Number, between
from worldsim.scene.spec import Spec, refuse_with

TEXTURES = (
    "plain", "grass", "asphalt", "wood", "planks", "brick", "brushed", "rust", "rubber", "plastic", "fabric", "carpet",
    "fur", "cardboard", "concrete", "stone", "marble", "gravel", "ice", "snow", "leather", "soil", "sand", "tiles",
    "checker", "stripes", "wool", "leaves",
)  # fmt: skip
"""The procedural textures a material may ask for; the raster has a recipe for each (a test compares)."""


def _texture(word: str) -> str:
    if word not in TEXTURES:
        raise refuse_with(f"no texture is called {word!r}; known: {', '.join(TEXTURES)}", did_you_mean(word, TEXTURES))
    return word


class MaterialSpec(Spec):
    """What is said of a material in a file; what is left out comes from the one it extends.

    Attributes are those of `worldsim.scene.layout.Material`, and:
        extends: the name of the material it starts from, "plastic" where left out.
    """

    extends: str | None = None
    density: Annotated[Number, between(1, 30_000, " kg/m³")] | None = None
    friction: Annotated[Number, between(0, 5)] | None = None
    rolling_friction: Annotated[Number, between(0, 1, " m")] | None = None
    restitution: Fraction | None = None
    colour: ColourSpec | None = None
    colour2: ColourSpec | None = None
    texture: Annotated[str, AfterValidator(_texture)] | None = None
    texture_scale: Annotated[Number, between(1e-4, 1000, " m")] | None = None
    roughness: Fraction | None = None
    metallic: Fraction | None = None
    youngs_modulus: Annotated[Number, between(1e2, 1e13, " Pa")] | None = None
    poisson: Annotated[Number, between(-1, 0.5)] | None = None
    loss_factor: Annotated[Number, between(0, 10)] | None = None
    hollow: bool | None = None

    def over(self, base: Material | None, name: str, draw: Draw) -> Material:
        """Return the material: the base with what is given here put on top.

        Raises:
            ValueError: there is no base and something is missing.
        """
        values: dict[str, Any] = {} if base is None else dict(vars(base))
        for key in type(self).model_fields:
            given = getattr(self, key)
            if key == "extends" or given is None:
                continue
            if key in ("colour", "colour2"):
                values[key] = draw.colour(given)
                if key == "colour" and self.colour2 is None and base is not None:
                    values["colour2"] = values["colour"] and _alike(base, values["colour"])
            elif key in ("texture", "hollow"):
                values[key] = given
            else:
                values[key] = float(draw.number(given))
        values["name"] = name
        missing = sorted({field for field in Material.__dataclass_fields__ if field != "hollow"} - set(values))
        if missing:
            raise ValueError(f"the material {name!r} lacks {', '.join(missing)}")
        return Material(**values)


def _alike(base: Material, colour: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return a second colour that stands to the first as the base's second stands to its first."""
    red, green, blue = (
        min(1.0, c * (b2 + 0.02) / (b1 + 0.02)) for c, b1, b2 in zip(colour, base.colour, base.colour2, strict=True)
    )
    return red, green, blue


def shipped_materials() -> Mapping[str, Material]:
    """Return the materials that come with the package, by name; read once."""
    return _shipped()


def _read() -> Mapping[str, Material]:
    import numpy as np

    from worldsim.scene.library import shipped_folder
    from worldsim.scene.source import read_yaml

    draw = Draw(np.random.default_rng(0))
    out: dict[str, Material] = {}
    for file in sorted((shipped_folder() / "materials").glob("*.yaml")):
        for name, data in read_yaml(file.read_bytes(), file).items():
            spec = MaterialSpec.model_validate(data)
            out[name] = spec.over(out[spec.extends] if spec.extends else None, name, draw)
    return MappingProxyType(out)


class _Once:
    """Reads the shipped table at the first call, once a process."""

    def __init__(self) -> None:
        self._table: Mapping[str, Material] | None = None

    def __call__(self) -> Mapping[str, Material]:
        if self._table is None:
            self._table = _read()
        return self._table


_shipped = _Once()


def material_table(own: Mapping[str, MaterialSpec], draw: Draw) -> dict[str, Material]:
    """Return every material of a scene: the shipped ones and its own, which may extend each other in any order.

    Raises:
        UnknownNameError: one extends a material that does not exist.
        ValueError: they extend each other in a circle.
    """
    table = dict(shipped_materials())
    waiting = dict(own)
    while waiting:
        ready = [
            name for name, spec in waiting.items() if (spec.extends or "plastic") not in waiting or spec.extends == name
        ]
        if not ready:
            raise ValueError(f"the materials {', '.join(waiting)} extend each other in a circle")
        for name in ready:
            spec = waiting.pop(name)
            base = spec.extends or "plastic"
            if base not in table:
                raise UnknownNameError("material", base, table)
            table[name] = spec.over(table[base], name, draw)
    return table
