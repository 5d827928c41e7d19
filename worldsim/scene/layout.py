"""A scene made concrete: prefabs expanded, repeats unrolled, random numbers drawn. What the physics builds from.

A `Scene` is what an author wrote; a `Layout` is one drawing of it with a seed. Everything here is a frozen dataclass of
plain numbers in SI units; nothing here knows of YAML, PyBullet or pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Vec3 = tuple[float, float, float]
Quat = tuple[float, float, float, float]  # xyzw
ShapeKind = Literal["box", "sphere", "cylinder", "capsule", "cone", "plane", "mesh", "ellipsoid"]
JointKind = Literal["hinge", "slider", "ball", "fixed"]

IDENTITY: Quat = (0.0, 0.0, 0.0, 1.0)
ORIGIN: Vec3 = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Shape:
    """One primitive or mesh, centred on its own origin, its axis along z.

    Attributes:
        kind: which primitive. "ellipsoid" is for drawing only: it never collides.
        size: m. box: full extents x, y, z. sphere: (radius,). cylinder, capsule, cone: (radius, height), the height
            from end to end, caps included. plane: (x, y) full extents of what is drawn, the collision plane is
            infinite. mesh: (x, y, z) scale factors. ellipsoid: full extents x, y, z.
        mesh: the OBJ file of a mesh, absolute; its collision shape is its convex hull.
    """

    kind: ShapeKind
    size: tuple[float, ...]
    mesh: Path | None = None


@dataclass(frozen=True)
class Geom:
    """One shape fixed to a part.

    Attributes:
        shape: what it is.
        position: m, in the part's frame.
        orientation: xyzw, in the part's frame.
        material: a name in `Layout.materials`.
        colour: linear RGB in [0, 1] that replaces the material's, or None.
        collides: whether the physics sees it.
        visible: whether cameras see it.
        smooth: blend with the neighbouring smooth geoms of the part when drawn (skin over a body).
        skinned: the actor's skin is drawn in its stead where a renderer draws skins (see `worldsim.physics.skin`).
    """

    shape: Shape
    position: Vec3 = ORIGIN
    orientation: Quat = IDENTITY
    material: str = "plastic"
    colour: Vec3 | None = None
    collides: bool = True
    visible: bool = True
    smooth: bool = False
    skinned: bool = False


@dataclass(frozen=True)
class Material:
    """What a surface is made of.

    Attributes:
        name: its name.
        density: kg/m³.
        friction: Coulomb coefficient; a pair's is the product of both (Bullet's rule).
        rolling_friction: m, lever arm of rolling resistance.
        restitution: in [0, 1]; a pair's is the product of both (Bullet's rule).
        colour: linear RGB in [0, 1].
        colour2: second linear RGB of the texture (grain, mortar, blades).
        texture: name of the procedural texture (see `worldsim.render.raster`), "plain" for none.
        texture_scale: m, size of the texture's feature.
        roughness: in [0, 1]. metallic: in [0, 1].
        youngs_modulus: Pa. poisson: ratio. loss_factor: dimensionless damping η. Used by sound.
        hollow: whether bodies of it ring as shells.
    """

    name: str
    density: float
    friction: float
    rolling_friction: float
    restitution: float
    colour: Vec3
    colour2: Vec3
    texture: str
    texture_scale: float
    roughness: float
    metallic: float
    youngs_modulus: float
    poisson: float
    loss_factor: float
    hollow: bool = False


@dataclass(frozen=True)
class Body:
    """One object of the scene: a single rigid thing made of one or more geoms.

    Attributes:
        name: unique in the layout; repeated ones are `name.0`, `name.1`, …
        class_name: what it is ("crate", "domino", "jump_barrier" …): the prefab's or the shape's name.
        geoms: its shapes, in the body's frame.
        position: m, world: origin of the body's frame. orientation: xyzw.
        mass: kg; 0 for a static body.
        material: the name of its main material.
        friction, restitution, rolling_friction: see `Material`.
        velocity: m/s. angular_velocity: rad/s. Both at the reset.
        urdf: an absolute URDF file that replaces geoms, or None.
        fixed_base: of a URDF.
        tags: words that outcomes and tasks look for.
    """

    name: str
    class_name: str
    geoms: tuple[Geom, ...]
    position: Vec3 = ORIGIN
    orientation: Quat = IDENTITY
    mass: float = 0.0
    material: str = "plastic"
    friction: float = 0.5
    restitution: float = 0.0
    rolling_friction: float = 0.0
    velocity: Vec3 = ORIGIN
    angular_velocity: Vec3 = ORIGIN
    urdf: Path | None = None
    fixed_base: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Joint:
    """A joint between two bodies, or a body and the world (parent None).

    Attributes:
        name: unique in the layout.
        kind: hinge (1 rotation), slider (1 translation), ball (3 rotations), fixed (none).
        parent, child: names of bodies.
        anchor: m, world, at the reset. axis: unit, world, at the reset; hinge and slider only.
        lower, upper: rad or m; None where free.
        damping: N·m·s/rad or N·s/m. friction: N·m or N, dry.
        stiffness: N·m/rad or N/m towards `rest`. rest: rad or m.
        breaking_impulse: N·s above which it gives way, or None.
    """

    name: str
    kind: JointKind
    parent: str | None
    child: str
    anchor: Vec3
    axis: Vec3 = (0.0, 0.0, 1.0)
    lower: float | None = None
    upper: float | None = None
    damping: float = 0.0
    friction: float = 0.0
    stiffness: float = 0.0
    rest: float = 0.0
    breaking_impulse: float | None = None


@dataclass(frozen=True)
class ActorPlacement:
    """Where an actor starts and what it is.

    Attributes:
        name: unique in the layout. kind: a name in `worldsim.actor.KINDS` ("dog", "robot" …).
        position: m, world: the point on the ground below its centre. heading: rad about z.
        options: the kind's own typed options (a pydantic model of that kind, e.g. breed).
    """

    name: str
    kind: str
    position: Vec3
    heading: float
    options: Any


@dataclass(frozen=True)
class Layout:
    """One drawing of a scene. Bodies keep the order of the file; "ground" is the first where there is one."""

    name: str
    bodies: tuple[Body, ...]
    joints: tuple[Joint, ...]
    actors: tuple[ActorPlacement, ...]
    materials: Mapping[str, Material]
    gravity: Vec3 = (0.0, 0.0, -9.81)
    step_rate: int = 240
    control_rate: int = 60
    solver_iterations: int = 50
    bounds: float = 1000.0  # m: a part farther from the origin than this has left the world
    notes: tuple[str, ...] = field(default=())
