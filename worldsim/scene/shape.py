"""The shapes an author can write, and the keys of each. Lengths in m; every shape is centred on its origin, axis z."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field, model_validator

from worldsim.scene.layout import Shape
from worldsim.scene.limits import MAX_LENGTH
from worldsim.scene.number import Draw, Finite, Length, Number, Sizes, between, listed
from worldsim.scene.spec import Spec, refuse


class Finder(Protocol):
    """Finds files that a scene names; see `worldsim.scene.files.Files`."""

    def mesh(self, name: str) -> Path:
        """Return the checked OBJ file of that name."""
        ...


class BoxShape(Spec):
    """A box: `size` is its full extents."""

    shape: Literal["box"]
    size: Sizes

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        return Shape("box", draw.vector(self.size))


class SphereShape(Spec):
    """A ball."""

    shape: Literal["sphere"]
    radius: Length

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        return Shape("sphere", (draw.number(self.radius),))


class CylinderShape(Spec):
    """A cylinder; `height` from end to end along z."""

    shape: Literal["cylinder"]
    radius: Length
    height: Length

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        return Shape("cylinder", (draw.number(self.radius), draw.number(self.height)))


class ConeShape(Spec):
    """A cone, its tip up; `height` from base to tip, the origin half-way."""

    shape: Literal["cone"]
    radius: Length
    height: Length

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        return Shape("cone", (draw.number(self.radius), draw.number(self.height)))


class CapsuleShape(Spec):
    """A cylinder with round ends; `height` from end to end, the ends included."""

    shape: Literal["capsule"]
    radius: Length
    height: Length

    @model_validator(mode="after")
    def _long_enough(self) -> CapsuleShape:
        if isinstance(self.height, int | float) and isinstance(self.radius, int | float):
            _check_capsule(self.radius, self.height)
        return self

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        radius, height = draw.number(self.radius), draw.number(self.height)
        _check_capsule(radius, height)
        return Shape("capsule", (radius, height))


def _check_capsule(radius: float, height: float) -> None:
    if height < 2 * radius:
        raise refuse(
            f"a capsule's height is from end to end: at least twice the radius ({2 * radius:g}), not {height:g}"
        )


class PlaneShape(Spec):
    """An endless static plane through its origin; `size` is what is drawn of it."""

    shape: Literal["plane"]
    size: Annotated[tuple[Length, Length], listed((2,), "two lengths [x, y]")] = (100.0, 100.0)

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        x, y = self.size
        return Shape("plane", (draw.number(x), draw.number(y)))


class MeshShape(Spec):
    """An OBJ file, scaled; it collides as its convex hull."""

    shape: Literal["mesh"]
    file: str = Field(min_length=1, max_length=500, description="OBJ file, relative to the file that names it")
    scale: Annotated[Number, between(1e-5, MAX_LENGTH)] | tuple[Finite, Finite, Finite] = 1.0

    @model_validator(mode="after")
    def _positive(self) -> MeshShape:
        if isinstance(self.scale, tuple) and not all(1e-5 <= s <= MAX_LENGTH for s in self.scale):
            raise refuse(f"expected three scale factors above 0, found {list(self.scale)}")
        return self

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape; the file is looked up and checked."""
        if isinstance(self.scale, tuple):
            factors = (self.scale[0], self.scale[1], self.scale[2])
        else:
            factor = draw.number(self.scale)
            factors = (factor, factor, factor)
        return Shape("mesh", factors, files.mesh(self.file))


class EllipsoidShape(Spec):
    """An egg, for drawing only: it never collides. `size` is its full extents."""

    shape: Literal["ellipsoid"]
    size: Sizes

    def form(self, draw: Draw, files: Finder) -> Shape:
        """Return the drawn shape."""
        return Shape("ellipsoid", draw.vector(self.size))


SHAPES = ("box", "sphere", "cylinder", "capsule", "cone", "plane", "mesh")
