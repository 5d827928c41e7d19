"""Files merged into a scene before it is read: `include: [lights.yaml, course.yaml]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worldsim.errors import Problem, SceneError
from worldsim.scene.files import FileError, Files
from worldsim.scene.limits import MAX_INCLUDES
from worldsim.scene.mark import MarkedDict, MarkedList, mark_of
from worldsim.scene.problems import problem_at
from worldsim.scene.source import read_yaml
from worldsim.scene.spec import shown

ENTRIES = ("objects", "joints", "outcomes", "triggers")  # lists that are joined
OWN = ("format", "name", "description", "include")  # of each file; not merged


def read_merged(path: Path, files: Files) -> MarkedDict:
    """Return a scene file's data with everything it includes merged in.

    Lists of entries (objects, joints, outcomes, triggers) are joined, the included file's first. Of maps (materials,
    actors, cameras …) and single values the including file's win.

    Raises:
        SceneError: with the problems of the first file that has some; a circle of includes; too many.
    """
    return _read(path, files, (), [0])


def _read(path: Path, files: Files, open_files: tuple[Path, ...], count: list[int]) -> MarkedDict:
    count[0] += 1
    try:
        data = read_yaml(files.load(path), path)
    except FileError as error:
        raise SceneError([Problem(path, None, None, str(error), error.hint)]) from None
    if data is None:
        raise SceneError(
            [Problem(path, 1, 1, "the file is empty", "'worldsim scene new' writes a scene to start from")]
        )
    if not isinstance(data, MarkedDict):
        raise SceneError([Problem(path, 1, 1, f"a scene file is a map of keys and values, found {shown(data)}")])
    names = data.get("include")
    if names is None:
        return data
    where = mark_of(data, ("include",))
    if isinstance(names, str):
        names = MarkedList([names], where, [where])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SceneError([problem_at(where, f"include: expected a list of file names, found {shown(names)}")])
    merged = MarkedDict(mark=data.mark)
    for place, name in enumerate(names):
        mark = mark_of(names, (place,))
        try:
            other = files.find(name, path.parent, "included file")
        except FileError as error:
            raise SceneError([problem_at(mark, f"include: {error}", error.hint)]) from None
        chain = (*open_files, path)
        if other.resolve() in [p.resolve() for p in chain]:
            text = " → ".join(p.name for p in (*chain, other))
            raise SceneError([problem_at(mark, f"include: the files include each other in a circle: {text}")])
        if count[0] >= MAX_INCLUDES:
            raise SceneError([problem_at(mark, f"include: more than {MAX_INCLUDES} files")])
        _merge(merged, _read(other, files, chain, count).without(*OWN))
    _merge(merged, data)
    merged["include"] = MarkedList(names, where)
    return merged


def _merge(into: MarkedDict, data: MarkedDict) -> None:
    for key, value in data.items():
        old = into.get(key)
        into.key_marks[key] = data.key_marks.get(key, data.mark)
        into.value_marks[key] = data.value_marks.get(key, data.mark)
        into[key] = _joined(old, value) if not isinstance(value, list) or key in ENTRIES else value


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, MarkedList) and isinstance(new, MarkedList):
        return MarkedList([*old, *new], new.mark, [*old.value_marks, *new.value_marks])
    if isinstance(old, MarkedDict) and isinstance(new, MarkedDict):
        out = MarkedDict(old.items(), new.mark, dict(old.key_marks), dict(old.value_marks))
        out.update(new)
        out.key_marks.update(new.key_marks)
        out.value_marks.update(new.value_marks)
        return out
    return new
