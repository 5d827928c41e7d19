"""A scene and a generator to a layout: every entry made concrete, repeated, placed and named."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from worldsim.errors import Problem, SceneError, UnknownNameError, did_you_mean
from worldsim.scene.builder import Refusal, SolidBuilder, folder_of, refusal_of
from worldsim.scene.connect import connect
from worldsim.scene.files import FileError, Files
from worldsim.scene.layout import ActorPlacement, Body, Geom, Joint, Layout, Material, Shape
from worldsim.scene.limits import MAX_BODIES, MAX_COORDINATE, MAX_GEOMS, MAX_JOINTS, MAX_PREFAB_DEPTH
from worldsim.scene.mark import NOWHERE, Mark, mark_of
from worldsim.scene.material import material_table
from worldsim.scene.naming import entry_names
from worldsim.scene.number import Draw
from worldsim.scene.object import PrefabObject, Solid, UrdfObject
from worldsim.scene.pose import Pose, about_z, add, from_rpy_deg, multiply_xyzw
from worldsim.scene.prefab import Prefabs
from worldsim.scene.problems import problem_at, problems_of
from worldsim.scene.reference import reference_problems
from worldsim.scene.repeat import Offset, Scatter, Stack
from worldsim.scene.scatter import Crowd
from worldsim.scene.spec import explain
from worldsim.scene.thing import Thing, gathered

if TYPE_CHECKING:
    from worldsim.scene.model import Scene

TROUBLE = (Refusal, SceneError, FileError, UnknownNameError, PydanticCustomError, ValueError)
ACTOR_ROOM = 0.6  # m: what is scattered keeps this far from the spot an actor starts at


@dataclass(frozen=True)
class Drawn:
    """A layout, whether another seed could give another, and where in the file each body, joint and actor stands."""

    layout: Layout
    random: bool
    marks: Mapping[str, Mark]


class Expander:
    """Makes one drawing of a scene. Use it once."""

    def __init__(self, scene: Scene, draw: Draw) -> None:
        """Take the scene and what draws its numbers."""
        self.scene = scene
        self.draw = draw
        self.problems: list[Problem] = []
        files = scene._files
        self.files = files if files is not None else Files(None)
        self.prefabs = Prefabs(self.files)
        self._count = 0
        self._open: list[Any] = []  # prefab files being opened, outermost first

    def run(self, connected: bool = True, references: bool = False) -> Drawn:
        """Return the drawing.

        Args:
            connected: False leaves out joints, for files of which some entries are known to be broken.
            references: look up the names in cameras, outcomes, triggers and keys too.

        Raises:
            SceneError: with every problem found.
        """
        scene, data = self.scene, self.scene.data
        self.materials = self._materials()
        self.builder = SolidBuilder(self.draw, self.files, self.materials)
        ground = self._ground()
        height = ground.position[2] if ground else 0.0
        actors = self._actors(height)
        rows: list[Thing] = [Thing((), ())] * len(scene.objects)
        names = entry_names(scene.objects, {"ground", *scene.actors})
        late = []
        for place, spec in enumerate(scene.objects):
            entry = data.get("objects") if data is not None else None
            raw = entry[place] if isinstance(entry, list) else None
            if spec.repeat is not None and spec.repeat.scatter is not None:
                late.append((place, spec, raw))
            else:
                rows[place] = self._try(spec, raw, names[place], height)
        if late:
            crowd = Crowd(rows, [(actor.position, ACTOR_ROOM) for actor in actors])
            for place, spec, raw in late:
                rows[place] = self._try(spec, raw, names[place], height, crowd)
        complete = not self.problems  # names are only looked up where none is missing because of another mistake
        everything = gathered(rows)
        marks = dict(zip((body.name for body in everything.bodies), everything.marks, strict=True))
        marks.update({a.name: mark_of(data, ("actors", a.name)) for a in actors})
        self._check_names(everything)
        joints = list(everything.joints)
        if connected and complete:
            joints += self._joints(everything.bodies)
        if references and complete:
            self.problems.extend(reference_problems(scene, everything.bodies))
        self._check_limits(everything.bodies, joints)
        if self.problems:
            raise SceneError(sorted(self.problems, key=lambda p: (str(p.file), p.line or 0, p.column or 0)))
        rates = scene.rates
        layout = Layout(
            name=scene.name,
            bodies=(*((ground,) if ground else ()), *everything.bodies),
            joints=tuple(joints),
            actors=tuple(actors),
            materials=self.materials,
            gravity=self.draw.vector(scene.gravity),
            step_rate=rates.step_rate,
            control_rate=rates.control_rate,
            solver_iterations=scene.solver_iterations,
            bounds=scene.bounds,
        )
        return Drawn(layout, self.draw.used, marks)

    # ---- the parts of a scene

    def _materials(self) -> dict[str, Material]:
        try:
            return material_table(self.scene.materials, self.draw)
        except (UnknownNameError, ValueError) as error:
            self.problems.append(problem_at(mark_of(self.scene.data, ("materials",)), str(error)))
            return material_table({}, self.draw)

    def _ground(self) -> Body | None:
        spec = self.scene.ground
        if spec is None:
            return None
        builder = SolidBuilder(self.draw, self.files, self.materials)
        try:
            material = builder.material(spec.material, self.scene.data, ("ground", "material"))
        except Refusal as refusal:
            self.problems.extend(refusal.problems)
            return None
        size = (self.draw.number(spec.size[0]), self.draw.number(spec.size[1]))
        colour = self.draw.colour(spec.colour)
        geom = Geom(Shape("plane", size), material=material.name, colour=colour, visible=spec.visible)
        return Body(
            "ground",
            "ground",
            (geom,),
            position=(0.0, 0.0, self.draw.number(spec.height)),
            material=material.name,
            friction=material.friction if spec.friction is None else self.draw.number(spec.friction),
            restitution=material.restitution if spec.restitution is None else self.draw.number(spec.restitution),
            rolling_friction=material.rolling_friction,
        )

    def _actors(self, height: float) -> list[ActorPlacement]:
        from math import radians

        from worldsim.actor import actor_class, actor_kinds

        out = []
        for name, spec in self.scene.actors.items():
            raw = mark_of(self.scene.data, ("actors", name))
            try:
                model: Any = actor_class(spec.kind).options
            except UnknownNameError:
                place = mark_of(self.scene.data, ("actors", name, "kind"))
                kinds = actor_kinds()
                text = f"no kind of actor is called {spec.kind!r}; known: {', '.join(kinds)}"
                self.problems.append(problem_at(place, text, did_you_mean(spec.kind, kinds)))
                continue
            try:
                options = model.model_validate(self.draw.data(spec.options))
                urdf = getattr(options, "urdf", None)
                if isinstance(urdf, str):  # found and looked through here, so that no actor opens files on its own
                    file = self.files.urdf(urdf, raw.file.parent if raw.file else None)
                    options = options.model_copy(update={"urdf": str(file)})
            except ValidationError as error:
                for found in error.errors(include_url=False):
                    where = ("actors", name, *found["loc"])
                    mark = mark_of(self.scene.data, where, key=found["type"] == "extra_forbidden")
                    message, hint = explain(dict(found), model)
                    key = ".".join(str(step) for step in found["loc"])
                    self.problems.append(problem_at(mark, f"actors.{name}.{key}: {message}", hint))
                continue
            except TROUBLE as error:
                self.problems.extend(refusal_of(error, raw).problems)
                continue
            x, y, *z = (float(self.draw.number(c)) for c in spec.at)
            heading = radians(self.draw.number(spec.heading_deg))
            out.append(ActorPlacement(name, spec.kind, (x, y, z[0] if z else height), heading, options))
        return out

    def _joints(self, bodies: tuple[Body, ...]) -> list[Joint]:
        out: list[Joint] = []
        taken: set[str] = set()
        for place, spec in enumerate(self.scene.joints):
            try:
                out.extend(connect(spec, bodies, self.draw, taken))
            except TROUBLE as error:
                found = refusal_of(error, mark_of(self.scene.data, ("joints", place)))
                self.problems.extend(found.problems)
        return out

    # ---- one entry

    def _try(self, spec: Any, raw: Any, name: str, height: float, crowd: Crowd | None = None) -> Thing:
        where = mark_of(raw, ())
        try:
            return self._place(spec, raw, name, height, None, crowd)
        except TROUBLE as error:
            for problem in refusal_of(error, where).problems:
                if problem not in self.problems:
                    self.problems.append(problem)
            return Thing((), ())

    def _place(
        self, spec: Any, raw: Any, name: str, height: float, class_name: str | None, crowd: Crowd | None = None
    ) -> Thing:
        """Return every copy of an entry, placed and named, in the frame of what holds it."""
        way = spec.repeat.way if spec.repeat is not None else None
        if way is None:
            return self._copy(spec, raw, self._build(spec, raw, class_name), height, (0.0, 0.0, 0.0, 0.0), name)
        where = mark_of(raw, ("repeat",))
        if isinstance(way, Scatter):
            if crowd is None:
                raise Refusal(problem_at(where, "scatter works in scenes, not inside prefabs; use grid, line or ring"))
            count = self.draw.whole(way.count)
            self._room_for(count, where)
            return self._scatter(spec, raw, way, count, name, height, class_name, crowd)
        before = self.draw.count
        first = self._build(spec, raw, class_name)
        again = self.draw.count != before
        if isinstance(way, Stack):
            box = first.at(Pose((0.0, 0.0, 0.0), from_rpy_deg(self.draw.vector(spec.rotation_deg)))).box()
            size = tuple(b - a for a, b in zip(*box, strict=True)) if box else (0.0, 0.0, 0.0)
            offsets: list[Offset] = way.offsets(self.draw, (size[0], size[1], size[2]))
        else:
            offsets = way.offsets(self.draw)
        more = (len(offsets) - 1) * len(first.bodies)
        self._room_for(more, where)
        self._count += 0 if again else more
        copies = []
        for number, offset in enumerate(offsets):
            thing = self._build(spec, raw, class_name) if again and number else first
            copies.append(self._copy(spec, raw, thing, height, offset, f"{name}.{number}"))
        return gathered(copies)

    def _room_for(self, count: int, where: Mark) -> None:
        if count + self._count > MAX_BODIES:
            text = f"this makes {count + self._count} objects; a scene has at most {MAX_BODIES}"
            raise Refusal(problem_at(where, text))

    def _build(self, spec: Any, raw: Any, class_name: str | None) -> Thing:
        """Return an entry's bodies in its own frame, unnamed."""
        if isinstance(spec, PrefabObject):
            return self._open_prefab(spec, raw)
        self._count += 1
        self._room_for(0, mark_of(raw, ()))
        if isinstance(spec, UrdfObject):
            return self.builder.urdf(spec, raw, class_name)
        return self.builder.solid(spec, raw, class_name)

    def _copy(self, spec: Any, raw: Any, thing: Thing, height: float, offset: Offset, name: str) -> Thing:
        """Return one copy of a built entry, placed and named."""
        pose = self._pose(spec, thing, height, offset)
        self._near_enough(pose, name, raw)
        moved = thing.at(pose).named(name)
        if isinstance(spec, Solid):
            velocity, spin = self.builder.motion(spec)
            if any(velocity) or any(spin):
                body = dataclasses.replace(moved.bodies[0], velocity=velocity, angular_velocity=spin)
                moved = Thing((body,), moved.marks, moved.joints)
        return moved

    def _near_enough(self, pose: Pose, name: str, raw: Any) -> None:
        if any(abs(c) > MAX_COORDINATE for c in pose.position):
            text = f"{name!r} would stand farther than {MAX_COORDINATE:g} m from the origin"
            raise Refusal(problem_at(mark_of(raw, ()), text))

    def _pose(self, spec: Any, thing: Thing, height: float, offset: Offset) -> Pose:
        x, y, *z = (float(self.draw.number(c)) for c in spec.at)
        turn = from_rpy_deg(self.draw.vector(spec.rotation_deg))
        orientation = multiply_xyzw(about_z(offset[3]), turn) if offset[3] else turn
        if z:
            up = z[0]
        else:  # on the ground: prefabs have their origin there, shapes in their middle
            box = None if isinstance(spec, PrefabObject | UrdfObject) else thing.at(Pose((0, 0, 0), orientation)).box()
            up = height - (box[0][2] if box else 0.0)
        return Pose(add((x, y, up), offset[:3]), orientation)

    def _scatter(
        self, spec: Any, raw: Any, way: Scatter, count: int, name: str, height: float, kind: str | None, crowd: Crowd
    ) -> Thing:
        copies = []
        for number in range(count):
            thing = self._build(spec, raw, kind)
            base = self._pose(spec, thing, height, (0.0, 0.0, 0.0, 0.0))

            def placed(x: float, y: float, yaw: float, base: Pose = base) -> Pose:
                return Pose(add(base.position, (x, y, 0.0)), multiply_xyzw(about_z(yaw), base.orientation))

            pose = crowd.find(thing, placed, way, self.draw)
            if pose is None:
                text = f"only {number} of {count} {name!r} fit without overlap"
                hint = "make the region larger, or count or min_gap smaller"
                raise Refusal(problem_at(mark_of(raw, ("repeat", "scatter")), text, hint))
            self._near_enough(pose, name, raw)
            moved = thing.at(pose)
            crowd.add(moved)
            copies.append(moved.named(f"{name}.{number}"))
        return gathered(copies)

    def _open_prefab(self, spec: PrefabObject, raw: Any) -> Thing:
        where = mark_of(raw, ("prefab",))
        try:
            path = self.files.prefab(spec.prefab, folder_of(raw))
        except FileError as error:
            raise Refusal(problem_at(where, str(error), error.hint)) from None
        if path in self._open or len(self._open) >= MAX_PREFAB_DEPTH:
            chain = " → ".join(p.stem for p in (*self._open, path))
            what = "contain each other in a circle" if path in self._open else f"nest deeper than {MAX_PREFAB_DEPTH}"
            raise Refusal(problem_at(where, f"prefabs {what}: {chain}"))
        try:
            params = {key: self.draw.data(value) for key, value in spec.params.items()}
            for key, value in (self.prefabs.raw(path).get("params") or {}).items():
                if key not in params and isinstance(value, dict):
                    params[key] = self.draw.data(value)
        except ValidationError as error:
            raise Refusal(*problems_of(error, raw, ("params",))) from None
        expanded = self.prefabs.expand(path, params, mark_of(raw, ("params",)))
        self._open.append(path)
        try:
            class_name = spec.class_name or path.stem
            names = entry_names(expanded.objects, set(), alone="")
            things = [
                self._place(inner, data, label, 0.0, class_name)
                for inner, data, label in zip(expanded.objects, expanded.object_data, names, strict=True)
            ]
            whole = gathered(things)
            joints: list[Joint] = []
            taken: set[str] = set()
            for joint, data in zip(expanded.joints, expanded.joint_data, strict=True):
                try:
                    joints.extend(connect(joint, whole.bodies, self.draw, taken))
                except TROUBLE as error:
                    raise refusal_of(error, mark_of(data, ())) from None
        finally:
            self._open.pop()
        marks = (mark_of(raw, ()),) * len(whole.bodies) if raw is not None else whole.marks
        return Thing(whole.bodies, marks, (*whole.joints, *joints)).tagged(spec.tags)

    # ---- checks on the whole

    def _check_names(self, everything: Thing) -> None:
        seen: dict[str, Mark] = {name: mark_of(self.scene.data, ("actors", name)) for name in self.scene.actors}
        for body, mark in zip(everything.bodies, everything.marks, strict=True):
            if body.name in seen or body.name == "ground":
                first = seen.get(body.name, NOWHERE).line
                place = f" (the first is on line {first})" if first else ""
                text = f"the name {body.name!r} is taken{place}; names must be unique"
                self.problems.append(problem_at(mark, text))
            seen.setdefault(body.name, mark)

    def _check_limits(self, bodies: tuple[Body, ...], joints: list[Joint]) -> None:
        geoms = sum(len(body.geoms) for body in bodies)
        for what, count, limit in (("shapes", geoms, MAX_GEOMS), ("joints", len(joints), MAX_JOINTS)):
            if count > limit:
                text = f"the scene has {count} {what}; at most {limit}"
                self.problems.append(problem_at(mark_of(self.scene.data, ("objects",)), text))
