"""The objects of a scene: a single shape, several shapes in one, a prefab, or a URDF file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from worldsim.errors import did_you_mean
from worldsim.scene.limits import MAX_MASS, MAX_PARTS, MIN_MASS
from worldsim.scene.number import (
    Angles,
    ColourSpec,
    Fraction,
    Number,
    Place,
    Point,
    Spins,
    Velocity,
    WordSpec,
    between,
)
from worldsim.scene.repeat import Repeat
from worldsim.scene.shape import (
    SHAPES,
    BoxShape,
    CapsuleShape,
    ConeShape,
    CylinderShape,
    EllipsoidShape,
    MeshShape,
    PlaneShape,
    SphereShape,
)
from worldsim.scene.spec import Spec, refuse, refuse_with, shown

NAME = r"^[A-Za-z_][A-Za-z0-9_-]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=64)]
Word = Annotated[str, Field(pattern=NAME, max_length=64)]


class Placed(Spec):
    """What everything that stands in a scene has.

    Attributes:
        name: unique; left out, it is named after what it is. at: m: the centre of a shape, the point on the ground of
            a prefab; with two numbers it stands on the ground (z = 0).
        rotation_deg: roll, pitch, yaw about the fixed axes x, y, z.
        tags: words that outcomes and tasks look for. repeat: makes many of one.
    """

    name: Name | None = None
    at: Place = (0.0, 0.0)
    rotation_deg: Angles = (0.0, 0.0, 0.0)
    tags: tuple[Word, ...] = Field(default=(), max_length=32)
    repeat: Repeat | None = None


class Looks(Spec):
    """What a shape is made of and how it shows.

    Attributes:
        material: a shipped material or one of the scene. colour: replaces the material's. visible: to cameras.
        collides: whether the physics sees it.
    """

    material: WordSpec = "plastic"
    colour: ColourSpec | None = None
    visible: bool = True
    collides: bool = True


class Solid(Placed, Looks):
    """An object of the scene's own.

    Attributes:
        mass: kg; left out, it follows from volume, density and `fill`. fill: the fraction of the volume that is
            material: 1 is solid, a box of cardboard perhaps 0.02.
        static: never moves. friction, rolling_friction, restitution: replace the material's.
        velocity: m/s. angular_velocity_deg: degrees/s. Both at the start, along the scene's axes.
        class_name: written `class`: what it counts as; left out, the shape or the prefab it is in.
    """

    mass: Annotated[Number, between(MIN_MASS, MAX_MASS, " kg")] | None = None
    fill: Annotated[Number, between(0.001, 1)] = 1.0
    static: bool = False
    friction: Annotated[Number, between(0, 5)] | None = None
    rolling_friction: Annotated[Number, between(0, 1, " m")] | None = None
    restitution: Fraction | None = None
    velocity: Velocity = (0.0, 0.0, 0.0)
    angular_velocity_deg: Spins = (0.0, 0.0, 0.0)
    class_name: Word | None = Field(default=None, alias="class")

    @model_validator(mode="after")
    def _consistent(self) -> Solid:
        if self.static and self.mass is not None:
            raise refuse("a static object has no mass: leave out 'mass' or 'static'")
        if self.static and (any(v != 0 for v in (*self.velocity, *self.angular_velocity_deg))):
            raise refuse("a static object does not move: leave out 'velocity' and 'angular_velocity_deg', or 'static'")
        return self


class Part(Looks):
    """One shape of an object of several.

    Attributes:
        at, rotation_deg: in the object's frame. smooth: drawn as one skin with the object's other smooth parts.
    """

    at: Point = (0.0, 0.0, 0.0)
    rotation_deg: Angles = (0.0, 0.0, 0.0)
    material: WordSpec | None = None  # type: ignore[assignment]
    smooth: bool = False


class BoxPart(BoxShape, Part):
    """A box in an object."""


class SpherePart(SphereShape, Part):
    """A ball in an object."""


class CylinderPart(CylinderShape, Part):
    """A cylinder in an object."""


class CapsulePart(CapsuleShape, Part):
    """A capsule in an object."""


class ConePart(ConeShape, Part):
    """A cone in an object."""


class MeshPart(MeshShape, Part):
    """A mesh in an object."""


class EllipsoidPart(EllipsoidShape, Part):
    """An egg in an object, for drawing only."""


class BoxObject(BoxShape, Solid):
    """An object that is a box."""


class SphereObject(SphereShape, Solid):
    """An object that is a ball."""


class CylinderObject(CylinderShape, Solid):
    """An object that is a cylinder."""


class CapsuleObject(CapsuleShape, Solid):
    """An object that is a capsule."""


class ConeObject(ConeShape, Solid):
    """An object that is a cone."""


class PlaneObject(PlaneShape, Solid):
    """An endless plane; always static."""

    @model_validator(mode="after")
    def _massless(self) -> PlaneObject:
        if self.mass is not None:
            raise refuse("a plane never moves: leave out 'mass'")
        return self


class MeshObject(MeshShape, Solid):
    """An object that is a mesh."""


def _form_of(value: Any) -> str | None:
    """Return the alternative a map means."""
    if isinstance(value, Spec):
        word = type(value).__name__.removesuffix("Object").removesuffix("Part").lower()
        return f"<{'parts' if word == 'compound' else word}>"
    if not isinstance(value, dict):
        return None
    for key in ("prefab", "urdf", "parts"):
        if key in value:
            return f"<{key}>"
    shape = value.get("shape")
    return f"<{shape}>" if shape in (*SHAPES, "ellipsoid") else None


def _check_shape(value: Any, other: str = "", shapes: tuple[str, ...] = SHAPES) -> Any:
    if isinstance(value, Spec):
        return value
    if not isinstance(value, dict):
        raise refuse(f"expected a map such as {{shape: box, size: [1, 1, 1]}}, found {shown(value)}")
    if _form_of(value) in {f"<{shape}>" for shape in shapes} | {f"<{key}>" for key in other.split()}:
        return value
    if "shape" not in value:
        guess = next((g for key in value if (g := did_you_mean(str(key), ["shape", *other.split()]))), "")
        raise refuse_with(
            f"an object needs one of the keys shape{', ' if other else ''}{', '.join(other.split())}", guess
        )
    found = value["shape"]
    guess = did_you_mean(found, shapes) if isinstance(found, str) else ""
    raise refuse_with(f"unknown shape {shown(found)}; allowed: {', '.join(shapes)}", guess)


PART_SHAPES = (*(shape for shape in SHAPES if shape != "plane"), "ellipsoid")
PartSpec = Annotated[
    Annotated[BoxPart, Tag("<box>")]
    | Annotated[SpherePart, Tag("<sphere>")]
    | Annotated[CylinderPart, Tag("<cylinder>")]
    | Annotated[CapsulePart, Tag("<capsule>")]
    | Annotated[ConePart, Tag("<cone>")]
    | Annotated[MeshPart, Tag("<mesh>")]
    | Annotated[EllipsoidPart, Tag("<ellipsoid>")],
    Discriminator(_form_of),
    BeforeValidator(lambda v: _check_shape(v, "", PART_SHAPES)),
]


class CompoundObject(Solid):
    """One rigid object of several shapes."""

    parts: tuple[PartSpec, ...] = Field(min_length=1, max_length=MAX_PARTS)


class UrdfObject(Placed):
    """A URDF file: links and joints of its own. "pybullet_data:NAME.urdf" is one that comes with PyBullet."""

    urdf: str = Field(min_length=1, max_length=500)
    fixed_base: bool = False
    material: WordSpec = "plastic"
    friction: Annotated[Number, between(0, 5)] | None = None
    restitution: Fraction | None = None
    class_name: Word | None = Field(default=None, alias="class")


class PrefabObject(Placed):
    """Things described in a file of their own: a shipped name, or a file in `prefabs/` beside the scene.

    Attributes:
        prefab: its name. params: values for its parameters.
        class_name: written `class`: what its objects count as; left out, the prefab's name.
    """

    prefab: str = Field(min_length=1, max_length=200)
    params: dict[str, Any] = Field(default_factory=dict)
    class_name: Word | None = Field(default=None, alias="class")


ObjectSpec = Annotated[
    Annotated[BoxObject, Tag("<box>")]
    | Annotated[SphereObject, Tag("<sphere>")]
    | Annotated[CylinderObject, Tag("<cylinder>")]
    | Annotated[CapsuleObject, Tag("<capsule>")]
    | Annotated[ConeObject, Tag("<cone>")]
    | Annotated[PlaneObject, Tag("<plane>")]
    | Annotated[MeshObject, Tag("<mesh>")]
    | Annotated[CompoundObject, Tag("<parts>")]
    | Annotated[PrefabObject, Tag("<prefab>")]
    | Annotated[UrdfObject, Tag("<urdf>")],
    Discriminator(_form_of),
    BeforeValidator(lambda v: _check_shape(v, "parts prefab urdf")),
]
