"""`scene check` lets a world settle; `scene new` writes a sound one; the schema is current."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenes import write
from worldsim.errors import OutputError, SceneError
from worldsim.scene.check import check
from worldsim.scene.library import shipped_folder, shipped_prefabs
from worldsim.scene.load import load_scene
from worldsim.scene.new import new_scene_text, write_new_scene
from worldsim.scene.schema import schema_text


def told(folder: Path, text: str) -> list[str]:
    return [str(p).replace(f"{folder}/scene.yaml:", "") for p in check(write(folder, text))]


def test_a_sound_scene_has_no_problems(tmp_path: Path) -> None:
    assert told(tmp_path, "objects: [{prefab: crate, at: [0, 0]}]\nactors: {rex: {kind: dog, at: [2, 2]}}") == []


def test_static_problems_come_without_physics(tmp_path: Path) -> None:
    assert "3:11: objects[0]: unknown shape 'bxo'" in told(tmp_path, "objects: [{shape: bxo}]")[0]
    assert "no scene file" in str(check(tmp_path / "nothing.yaml")[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "objects:\n  - {name: a, shape: box, size: [1, 1, 1], at: [0, 0]}\n  - {name: b, shape: box, "
            "size: [1, 1, 1], at: [0.5, 0]}",
            "overlaps",
        ),
        (
            "objects: [{name: a, shape: box, size: [1, 1, 1], at: [0, 0, -3]}]",
            "3:11: 'a' overlaps 'ground' by 3500 mm at the start (move one of them)",
        ),
        (
            "ground: none\nbounds: 3\nobjects: [{name: a, shape: sphere, radius: 0.1, at: [0, 0, 0]}]",
            "5:11: 'a' left the world",
        ),
        (
            "gravity: [0, 0, -100]\nground: none\nobjects: [{name: a, shape: sphere, radius: 0.1, at: [0, 0, 0]}]",
            "'a' flies off at",
        ),
        (
            "actors: {rex: {kind: dog}}\ncameras: {c: {mount: rex/nose_of_iron}}",
            "4:22: cameras.c: no part is called 'rex/nose_of_iron'",
        ),
        (
            "actors: {rex: {kind: dog}}\nkeys: {w: {rex: {forwrd: 1}}}",
            "4:18: keys.w: 'rex' has no channel 'forwrd'; it has: speed",
        ),
    ],
)
def test_a_second_of_physics_shows_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    found = told(tmp_path, text)
    assert any(expected in problem for problem in found), found


def test_every_shipped_prefab_settles(tmp_path: Path) -> None:
    names = sorted(shipped_prefabs())
    places = {name: (10 * (k % 6), 10 * (k // 6)) for k, name in enumerate(names)}
    rows = "".join(f"  - {{prefab: {name}, at: [{x}, {y}, 0]}}\n" for name, (x, y) in places.items())
    assert told(tmp_path, "objects:\n" + rows) == []


def test_the_schema_in_the_repository_is_current() -> None:
    assert (shipped_folder() / "scene.schema.json").read_text("utf-8") == schema_text(), "run: worldsim scene schema"
    schema = json.loads(schema_text())
    assert {"format", "name"} <= set(schema["required"])
    assert "breed" in schema_text()


def test_a_new_scene_is_sound(tmp_path: Path) -> None:
    path = write_new_scene(tmp_path / "mine")
    assert path.name == "mine.yaml"
    assert (tmp_path / "scene.schema.json").is_file()
    assert check(path) == []
    assert len(load_scene(path).layout().bodies) > 10
    with pytest.raises(OutputError, match="exists already; choose another name or remove it"):
        write_new_scene(path)
    with pytest.raises(OutputError, match="can't be written"):
        write_new_scene(tmp_path / "no" / "such" / "x")
    with pytest.raises(SceneError, match="can't name a scene"):
        new_scene_text("a/b")


def test_a_new_scene_can_start_from_another(tmp_path: Path) -> None:
    path = write_new_scene(tmp_path / "mine.yaml", "yard")
    assert load_scene(path).name == "mine"
    assert load_scene(path).layout().bodies == load_scene("yard").layout().bodies


def test_importing_worldsim_loads_nothing_heavy() -> None:
    code = (
        "import sys, worldsim; print([m for m in ('pybullet', 'torch', 'pydantic', "
        "'ruamel.yaml') if m in sys.modules],"
        " 'load_scene' in dir(worldsim), worldsim.load_scene('yard').name)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "[] True yard" in out
