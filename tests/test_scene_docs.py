"""What docs/scenes.md shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path

from tests.scenes import write
from worldsim.scene.check import check
from worldsim.scene.library import shipped_prefabs
from worldsim.scene.load import load_scene
from worldsim.scene.material import shipped_materials
from worldsim.scene.model import Scene
from worldsim.scene.spec import keys_of

TEXT = (Path(__file__).parent.parent / "docs" / "scenes.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)


def test_the_first_scene_is_sound(tmp_path: Path) -> None:
    assert check(write(tmp_path, BLOCKS[0])) == []


def test_the_lamp_stands_and_is_short(tmp_path: Path) -> None:
    lamp = next(block for block in BLOCKS if block.startswith("# prefabs/lamp.yaml"))
    assert len(lamp.splitlines()) < 50
    write(tmp_path, lamp, "prefabs/lamp.yaml")
    use = BLOCKS[BLOCKS.index(lamp) + 1]
    path = write(tmp_path, f"format: 1\nname: x\n{use}")
    assert check(path) == []
    assert [body.name for body in load_scene(path).layout().bodies] == ["ground", "reading/stand", "reading/shade"]


def test_every_key_material_and_condition_is_in_the_guide() -> None:
    for key in keys_of(Scene):
        assert f"`{key}`" in TEXT, key
    for name in shipped_materials():
        assert re.search(rf"\b{name}\b", TEXT), name


def test_the_prefabs_named_are_there() -> None:
    named = TEXT.split("Shipped: barrel", 1)[1].split("and more", 1)[0].replace("\n", " ")
    assert {word.strip() for word in f"barrel{named}".split(",")} <= set(shipped_prefabs()) | {"tyre", "weave_pole"}
