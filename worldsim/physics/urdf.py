"""URDF files: loading one, and what its links look like. Knows nothing of what drives the joints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldsim.errors import SceneError
from worldsim.physics.client import Client, silence
from worldsim.physics.pose import Pose, compose, invert
from worldsim.physics.stl import stl_bounds
from worldsim.scene.layout import IDENTITY, Geom, Quat, Shape, Vec3


@dataclass(frozen=True)
class UrdfLink:
    """One link of a loaded URDF.

    Attributes:
        name: the file's. link: PyBullet's index, -1 the base. mass: kg.
        geoms: what is drawn, in the link's frame.
        offset: the link's frame in its centre-of-mass frame (the one PyBullet reports).
    """

    name: str
    link: int
    mass: float
    geoms: tuple[Geom, ...]
    offset: Pose


@dataclass(frozen=True)
class UrdfBody:
    """A loaded URDF: PyBullet's body id, its links, and the (name, index) of its movable joints."""

    body: int
    links: tuple[UrdfLink, ...]
    joints: tuple[tuple[str, int], ...]


def resolve_urdf(path: str | Path) -> Path:
    """Return the file that is meant; "pybullet_data:r2d2.urdf" means one that comes with PyBullet."""
    text = str(path)
    if text.startswith("pybullet_data:"):
        import pybullet_data

        return Path(pybullet_data.getDataPath()) / text.removeprefix("pybullet_data:")
    return Path(path)


def load_urdf(
    client: Client, path: str | Path, position: Vec3, orientation: Quat, *, fixed_base: bool, material: str = "plastic"
) -> UrdfBody:
    """Load a URDF at a pose of its base link's frame, with no damping; its joints keep PyBullet's default motors.

    Raises:
        SceneError: there is no such file, or PyBullet can't read it.
    """
    file = resolve_urdf(path)
    if not file.is_file():
        raise SceneError(f"no URDF file {path}")
    with silence():
        try:
            body = client.loadURDF(str(file), position, orientation, useFixedBase=fixed_base)
        except Exception as error:  # pybullet.error, which is not importable by name
            raise SceneError(f"PyBullet can't read the URDF file {path}: {error}") from error
    client.changeDynamics(body, -1, linearDamping=0, angularDamping=0)
    looks: dict[int, list[Geom]] = {}
    for row in client.getVisualShapeData(body):
        geom = _geom(row, material)
        if geom is not None:
            looks.setdefault(row[1], []).append(geom)
    names = {-1: client.getBodyInfo(body)[0].decode()}
    joints = []
    for index in range(client.getNumJoints(body)):
        info = client.getJointInfo(body, index)
        names[index] = info[12].decode()
        if info[2] != client.JOINT_FIXED:
            joints.append((info[1].decode(), index))
    links = []
    for index, name in names.items():
        dynamics = client.getDynamicsInfo(body, index)
        offset = invert((dynamics[3], dynamics[4]))
        links.append(UrdfLink(name, index, float(dynamics[0]), tuple(looks.get(index, ())), offset))
    return UrdfBody(body, tuple(links), tuple(joints))


def _geom(row: tuple[Any, ...], material: str) -> Geom | None:
    """Turn a row of getVisualShapeData into a geom; None for what can't be drawn.

    Meshes are drawn from OBJ files; of one that only an STL file has, the box around it is drawn.
    """
    kind, size, mesh, position, orientation, rgba = row[2], row[3], row[4].decode(), row[5], row[6], row[7]
    colour = tuple(((c + 0.055) / 1.055) ** 2.4 if c > 0.04045 else c / 12.92 for c in rgba[:3])
    shapes = {  # PyBullet's GEOM_… constants
        2: lambda: Shape("sphere", (size[0],)),
        3: lambda: Shape("box", tuple(size)),
        4: lambda: Shape("cylinder", (size[1], size[0])),
        7: lambda: Shape("capsule", (size[1], size[0] + 2 * size[1])),
    }
    if kind == 5 and mesh.lower().endswith(".obj"):
        shape = Shape("mesh", tuple(size), Path(mesh))
    elif kind == 5 and mesh.lower().endswith(".stl") and Path(mesh).is_file():
        low, high = stl_bounds(Path(mesh))
        middle = [0.5 * (a + b) * scale for a, b, scale in zip(low, high, size, strict=True)]
        shape = Shape("box", tuple(abs((b - a) * scale) for a, b, scale in zip(low, high, size, strict=True)))
        position, orientation = compose((position, orientation), ((middle[0], middle[1], middle[2]), IDENTITY))
    elif kind in shapes:
        shape = shapes[kind]()
    else:
        return None
    red, green, blue = colour
    return Geom(shape, position, orientation, material, (red, green, blue))
