"""One entry of `objects:` made concrete: shapes drawn, masses worked out, prefabs opened. Places nothing yet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worldsim.errors import Problem, SceneError, UnknownNameError, did_you_mean
from worldsim.scene.bounds import volume
from worldsim.scene.files import FileError, Files
from worldsim.scene.layout import Body, Geom, Material
from worldsim.scene.limits import MAX_MASS, MIN_MASS
from worldsim.scene.mark import Mark, MarkedDict, mark_of
from worldsim.scene.number import Draw
from worldsim.scene.object import CompoundObject, PlaneObject, Solid, UrdfObject
from worldsim.scene.pose import from_rpy_deg
from worldsim.scene.problems import problem_at
from worldsim.scene.thing import Thing


class Refusal(Exception):
    """One or more problems met while an entry was made concrete."""

    def __init__(self, *problems: Problem) -> None:
        """Take the problems."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class FolderFiles:
    """`Files` as one file sees them: names are relative to its folder."""

    def __init__(self, files: Files, base: Path | None) -> None:
        """Take the files and the folder."""
        self.files = files
        self.base = base

    def mesh(self, name: str) -> Path:
        """Return the checked OBJ file of that name."""
        return self.files.mesh(name, self.base)


class SolidBuilder:
    """Makes bodies of entries that are shapes or URDF files."""

    def __init__(self, draw: Draw, files: Files, materials: Mapping[str, Material]) -> None:
        """Take what the bodies are made with."""
        self.draw = draw
        self.files = files
        self.materials = materials

    def solid(self, spec: Solid, data: Any, class_name: str | None) -> Thing:
        """Return a single body at the origin, at rest.

        Raises:
            Refusal: an unknown material, a broken mesh, an absurd mass.
        """
        main = self.material(spec.material, data, ("material",))
        colour = self.draw.colour(spec.colour)
        base = folder_of(data)
        geoms: list[Geom] = []
        weight = 0.0
        fill = self.draw.number(spec.fill)
        parts: tuple[Any, ...] = spec.parts if isinstance(spec, CompoundObject) else (spec,)
        for place, part in enumerate(parts):
            path: tuple[str | int, ...] = ("parts", place) if part is not spec else ()
            material, tint, at, turn = main, colour, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
            if part is not spec:
                if part.material is not None:
                    material = self.material(part.material, data, (*path, "material"))
                    tint = None
                tint = self.draw.colour(part.colour) or tint
                at, turn = self.draw.vector(part.at), self.draw.vector(part.rotation_deg)
            try:
                shape = part.form(self.draw, FolderFiles(self.files, base))
            except FileError as error:
                raise Refusal(problem_at(mark_of(data, (*path, "file")), str(error), error.hint)) from None
            collides = part.collides and spec.collides and shape.kind != "ellipsoid"
            visible, smooth = part.visible and spec.visible, bool(getattr(part, "smooth", False))
            geoms.append(Geom(shape, at, from_rpy_deg(turn), material.name, tint, collides, visible, smooth))
            weight += volume(shape) * material.density * fill if collides else 0.0
        static = spec.static or isinstance(spec, PlaneObject)
        mass = 0.0 if static else self._mass(spec, weight, data)
        pick = self.draw.number
        body = Body(
            name="",
            class_name=spec.class_name or class_name or str(getattr(spec, "shape", "object")),
            geoms=tuple(geoms),
            mass=mass,
            material=main.name,
            friction=main.friction if spec.friction is None else pick(spec.friction),
            restitution=main.restitution if spec.restitution is None else pick(spec.restitution),
            rolling_friction=main.rolling_friction if spec.rolling_friction is None else pick(spec.rolling_friction),
            tags=spec.tags,
        )
        return Thing((body,), (mark_of(data, ()),))

    def motion(self, spec: Solid) -> tuple[Any, Any]:
        """Return the drawn velocity (m/s) and angular velocity (rad/s) of an entry."""
        velocity = self.draw.vector(spec.velocity)
        spin = self.draw.vector(spec.angular_velocity_deg)
        return velocity, (math.radians(spin[0]), math.radians(spin[1]), math.radians(spin[2]))

    def urdf(self, spec: UrdfObject, data: Any, class_name: str | None) -> Thing:
        """Return a body that a URDF file describes.

        Raises:
            Refusal: an unknown material, a file that can't be had.
        """
        material = self.material(spec.material, data, ("material",))
        try:
            path = self.files.urdf(spec.urdf, folder_of(data))
        except FileError as error:
            raise Refusal(problem_at(mark_of(data, ("urdf",)), str(error), error.hint)) from None
        body = Body(
            name="",
            class_name=spec.class_name or class_name or path.stem,
            geoms=(),
            mass=0.0,
            material=material.name,
            friction=material.friction if spec.friction is None else self.draw.number(spec.friction),
            restitution=material.restitution if spec.restitution is None else self.draw.number(spec.restitution),
            urdf=path,
            fixed_base=spec.fixed_base,
            tags=spec.tags,
        )
        return Thing((body,), (mark_of(data, ()),))

    def material(self, word: Any, data: Any, path: tuple[str | int, ...]) -> Material:
        """Return the material of that name.

        Raises:
            Refusal: there is none.
        """
        name = self.draw.word(word)
        if name not in self.materials:
            known = ", ".join(sorted(self.materials))
            hint = did_you_mean(str(name), self.materials)
            raise Refusal(problem_at(mark_of(data, path), f"no material is called {name!r}; known: {known}", hint))
        return self.materials[name]

    def _mass(self, spec: Solid, weight: float, data: Any) -> float:
        if weight <= 0:
            raise Refusal(problem_at(mark_of(data, ()), "nothing of this object collides: make it 'static: true'"))
        mass = weight if spec.mass is None else self.draw.number(spec.mass)
        if not MIN_MASS <= mass <= MAX_MASS:
            text = f"a mass of {mass:.3g} kg follows from its size; allowed: {MIN_MASS:g} to {MAX_MASS:g} kg"
            raise Refusal(problem_at(mark_of(data, ()), text, "give 'mass' or 'fill', make it static, or another size"))
        return mass


def folder_of(data: Any) -> Path | None:
    """Return the folder of the file an entry stands in."""
    file = data.mark.file if isinstance(data, MarkedDict) else None
    return file.parent if file is not None else None


def refusal_of(error: Exception, where: Mark) -> Refusal:
    """Return the refusal that an exception amounts to."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, SceneError):
        return Refusal(*error.problems)
    hint = getattr(error, "hint", "") if isinstance(error, FileError) else ""
    if isinstance(error, UnknownNameError | FileError):
        return Refusal(problem_at(where, str(error), hint))
    message = getattr(error, "message", None)
    return Refusal(problem_at(where, str(message() if callable(message) else error)))
