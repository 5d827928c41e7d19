"""Prefabs: things described in a file of their own, with parameters."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from worldsim.errors import Problem, SceneError, did_you_mean
from worldsim.scene.expression import ExpressionError, substitute
from worldsim.scene.files import Files
from worldsim.scene.joint import JointSpec
from worldsim.scene.mark import Mark, MarkedDict, MarkedList
from worldsim.scene.object import ObjectSpec, Word
from worldsim.scene.problems import problem_at, problems_of
from worldsim.scene.source import read_yaml
from worldsim.scene.spec import Spec, shown


class PrefabFile(Spec):
    """What a prefab's file has.

    Attributes:
        params: the parameters and their defaults. let: further names, each calculated from those before it.
        objects, joints: as in a scene, with `${name}` and arithmetic where a value depends on a parameter.
    """

    format: Literal[1]
    description: str = Field(default="", max_length=2000)
    params: dict[Word, Any] = Field(default_factory=dict, max_length=64)
    let: dict[Word, Any] = Field(default_factory=dict, max_length=64)
    objects: Annotated[list[dict[str, Any]], Field(min_length=1)]
    joints: list[dict[str, Any]] = Field(default_factory=list)


@dataclass(frozen=True)
class Expanded:
    """A prefab with its parameters put in.

    Attributes:
        path: its file. objects, joints: validated. object_data, joint_data: the marked data each came from.
    """

    path: Path
    objects: tuple[Any, ...]
    joints: tuple[JointSpec, ...]
    object_data: tuple[Any, ...]
    joint_data: tuple[Any, ...]


_OBJECT: TypeAdapter[Any] = TypeAdapter(ObjectSpec)


class Prefabs:
    """Reads and expands the prefabs of one scene; each file is read once, each set of values put in once."""

    def __init__(self, files: Files) -> None:
        """Take the files the scene may read."""
        self.files = files
        self._raw: dict[Path, MarkedDict] = {}
        self._made: dict[tuple[Path, str], Expanded] = {}

    def raw(self, path: Path) -> MarkedDict:
        """Return a prefab file's data, its outline checked.

        Raises:
            SceneError: with every problem of the outline. FileError: it can't be read.
        """
        if path not in self._raw:
            self._raw[path] = _outline(self.files.load(path), path)
        return self._raw[path]

    def expand(self, path: Path, params: dict[str, Any], where: Mark) -> Expanded:
        """Put values into a prefab.

        Args:
            path: its file.
            params: plain values by name.
            where: the place that asked, for messages about params.

        Raises:
            SceneError: with every problem.
        """
        key = (path, repr(sorted(params.items())))
        if key not in self._made:
            self._made[key] = self._expand(path, params, where)
        return self._made[key]

    def _expand(self, path: Path, params: dict[str, Any], where: Mark) -> Expanded:
        data = self.raw(path)
        names: dict[str, Any] = dict(data.get("params") or {})
        problems = []
        for key, value in params.items():
            if key not in names:
                known = ", ".join(names) or "none"
                text = f"the prefab {path.stem!r} has no parameter {key!r}; it has: {known}"
                problems.append(problem_at(where, text, did_you_mean(key, names)))
            elif value is None or isinstance(value, dict):
                problems.append(
                    problem_at(where, f"parameter {key!r}: expected a number, word or list, found {shown(value)}")
                )
            elif _is_number(names[key]) and not _is_number(value):
                problems.append(problem_at(where, f"parameter {key!r}: expected a number, found {shown(value)}"))
            else:
                names[key] = value
        if problems:
            raise SceneError(problems)
        try:
            for key, text in (data.get("let") or {}).items():
                names[key] = substitute(text, names, data["let"].value_marks.get(key))
            objects = substitute(data["objects"], names)
            joints = substitute(data.get("joints") or MarkedList(), names)
        except ExpressionError as error:
            raise SceneError([problem_at(error.mark or data.mark, str(error), error.hint)]) from None
        found_objects, found_joints = [], []
        for place, one in enumerate(objects):
            try:
                found_objects.append(_OBJECT.validate_python(one))
            except ValidationError as error:
                problems.extend(problems_of(error, one, ("objects", place)))
        for place, one in enumerate(joints):
            try:
                found_joints.append(JointSpec.model_validate(one))
            except ValidationError as error:
                problems.extend(problems_of(error, one, ("joints", place)))
        if problems:
            raise SceneError(problems)
        return Expanded(path, tuple(found_objects), tuple(found_joints), tuple(objects), tuple(joints))


@functools.lru_cache(maxsize=64)
def _outline(text: bytes, path: Path) -> MarkedDict:
    """Return a file's data, checked: nobody changes it, and a reset with random numbers does not parse it again."""
    data = read_yaml(text, path)
    if not isinstance(data, MarkedDict):
        raise SceneError([Problem(path, 1, 1, f"a prefab file is a map, found {shown(data)}")])
    try:
        PrefabFile.model_validate(data)
    except ValidationError as error:
        raise SceneError(problems_of(error, data)) from None
    return data


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
