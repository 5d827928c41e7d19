"""Loading a scene file: everything that is wrong with it found at once, with file, line and column."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from worldsim.errors import Problem, SceneError
from worldsim.scene.expand import Expander
from worldsim.scene.files import Files
from worldsim.scene.include import read_merged
from worldsim.scene.library import find_scene
from worldsim.scene.mark import MarkedDict, MarkedList
from worldsim.scene.model import Scene
from worldsim.scene.number import Draw
from worldsim.scene.problems import problems_of
from worldsim.scene.view import default_cameras


def load_scene(name_or_path: str | os.PathLike[str], allow_outside: bool = False) -> Scene:
    """Load a scene.

    Args:
        name_or_path: the name of a shipped scene, or the path of a file.
        allow_outside: let it name files outside its own folder tree.

    Raises:
        SceneError: there is no such scene, or it has mistakes; carries all of them.
    """
    path = find_scene(name_or_path)
    return _load(path, Files(path.parent, allow_outside))


MADE = "made_in_code.yaml"
"""What the text of a scene made in code is called in a bundle."""


def load_bundle(bundle: Mapping[str, bytes], main: str) -> Scene:
    """Load a scene from the files that `bundle_of` returned, without reading it from disk.

    Args:
        bundle: bytes by path relative to the scene's folder.
        main: the scene file among them.

    Raises:
        SceneError: as `load_scene`.
    """
    root = Path(".")
    return _load(root / main, Files(root, memory=bundle))


def bundle_of(scene: Scene) -> tuple[dict[str, bytes], str]:
    """Return every YAML and URDF file a scene was read from, by relative path, and which is the scene's own.

    Files of the shipped library are left out; meshes are not carried. A scene made in code gives its own JSON, which
    is YAML too.
    """
    files, data = scene._files, scene.data
    if files is None or files.root is None or data is None or data.mark.file is None:
        text = scene.model_dump_json(exclude_defaults=True, by_alias=True)
        return {**(_own_files(scene, files) if files is not None else {}), MADE: text.encode()}, MADE
    return _own_files(scene, files), data.mark.file.relative_to(files.root).as_posix()


def _own_files(scene: Scene, files: Files) -> dict[str, bytes]:
    """Return what a scene was read from below its own folder, by relative path."""
    scene.draw(0)  # reads the prefabs
    out: dict[str, bytes] = {}
    for path, content in files.read.items():
        if files.root is not None and path.is_relative_to(files.root):
            out[path.relative_to(files.root).as_posix()] = content
    return out


def _load(path: Path, files: Files) -> Scene:
    data = read_merged(path, files)
    try:
        scene = Scene.model_validate(data)
    except ValidationError as error:
        problems = problems_of(error, data)
        problems.extend(_others(error, data, files, problems))
        raise SceneError(_in_order(problems)) from None
    scene = _bound(scene, data, files)
    drawn = scene.draw(0, references=True)  # raises with all that is wrong
    if not scene.cameras:
        scene = _bound(scene.model_copy(update={"cameras": default_cameras(drawn.layout)}), data, files)
    return scene


def _bound(scene: Scene, data: MarkedDict, files: Files) -> Scene:
    scene._data, scene._files = data, files
    return scene


def _others(error: ValidationError, data: MarkedDict, files: Files, known: list[Problem]) -> list[Problem]:
    """Return the problems of the entries that have no error yet: unknown materials and prefabs, broken meshes."""
    bad: dict[str, set[str | int]] = {}
    for found in error.errors(include_url=False, include_input=False):
        if len(found["loc"]) < 2 or str(found["loc"][0]) not in ("objects", "actors", "materials"):
            bad.setdefault(str(found["loc"][0]) if found["loc"] else "", set()).add("")
        else:
            bad.setdefault(str(found["loc"][0]), set()).add(found["loc"][1])
    if "materials" in bad:
        return []  # every material could then seem unknown
    kept = MarkedDict(mark=data.mark, keys=data.key_marks, values=data.value_marks)
    kept.update({"format": 1, "name": "rest"})
    for key in ("objects", "actors", "materials", "ground"):
        value = data.get(key)
        if key not in data or "" in bad.get(key, ()):
            continue
        if isinstance(value, MarkedList):
            places = [k for k in range(len(value)) if k not in bad.get(key, ())]
            kept[key] = MarkedList([value[k] for k in places], value.mark, [value.value_marks[k] for k in places])
        elif isinstance(value, MarkedDict):
            kept[key] = value.without(*(str(name) for name in bad.get(key, ())))
        else:
            kept[key] = value
    try:
        scene = _bound(Scene.model_validate(kept), kept, files)
        Expander(scene, Draw(np.random.default_rng(0))).run(connected=False)
    except ValidationError:
        return []
    except SceneError as others:
        return [problem for problem in others.problems if problem not in known]
    return []


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (str(p.file), p.line or 0, p.column or 0))
