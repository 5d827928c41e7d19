"""Every mistake in a scene file is told with its place, in plain words, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenes import HEAD, refusals, scene_of, write
from worldsim.errors import SceneError
from worldsim.scene.library import find_scene, shipped_scenes
from worldsim.scene.load import bundle_of, load_bundle, load_scene
from worldsim.scene.model import Scene

BOX = "shape: box, size: [1, 1, 1]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gravty: [0, 0, 1]", "3:1: gravty: unknown key 'gravty'; allowed here: format,"),
        ("gravty: [0, 0, 1]", "(did you mean 'gravity'?)"),
        ("rates: {control_rate: 50}", "3:8: rates: step_rate 240 is not a whole multiple of control_rate 50"),
        ("rates: {step_rate: 2400}", "3:20: rates.step_rate: expected at most 2000, found 2400"),
        ("ground: {material: gras}", "3:20: no material is called 'gras'; known: aluminium,"),
        ("ground: {material: gras}", "(did you mean 'grass'?)"),
        ("look: {sky: overcst}", "3:13: look.sky: expected 'clear', 'partly_cloudy',"),
        ("look: {time: 25:00}", "3:14: look.time: '25:00' has not the right form"),
        ("objects: 3", "3:10: objects: expected a list, found 3"),
        ("objects: [{shape: bxo}]", "3:11: objects[0]: unknown shape 'bxo'; allowed: box, sphere,"),
        ("objects: [{shape: bxo}]", "(did you mean 'box'?)"),
        ("objects: [17]", "3:11: objects[0]: expected a map such as {shape: box, size: [1, 1, 1]}, found 17"),
        (
            "objects: [{shap: box}]",
            "an object needs one of the keys shape, parts, prefab, urdf (did you mean 'shape'?)",
        ),
        ("objects: [{shape: box}]", "3:11: objects[0]: the key 'size' is missing"),
        ("objects: [{shape: box, size: [1, 1]}]", "objects[0].size: expected three lengths [x, y, z], found 2 values"),
        ("objects: [{shape: box, size: [1, 1, a]}]", "3:37: objects[0].size[2]: expected a number, found 'a'"),
        ("objects: [{shape: box, size: [1, 1, true]}]", "objects[0].size[2]: expected a number, found true"),
        ("objects: [{shape: sphere, radius: -1}]", "objects[0].radius: expected at least 0.0001 and at most 10000 m"),
        ("objects: [{shape: sphere, radius: 1, colr: red}]", "3:38: objects[0].colr: unknown key 'colr'"),
        (f"objects: [{{{BOX}, colour: rde}}]", "'rde' is no colour; write \"#rrggbb\", [r, g, b] or one of black,"),
        (f"objects: [{{{BOX}, mass: -3}}]", "3:47: objects[0].mass: expected at least 1e-06 and at most 1e+06 kg"),
        (f"objects: [{{{BOX}, mass: 3, static: true}}]", "a static object has no mass: leave out 'mass' or 'static'"),
        (f"objects: [{{{BOX}, static: true, velocity: [1, 0, 0]}}]", "a static object does not move"),
        (f"objects: [{{{BOX}, at: [20000, 0, 0]}}]", "expected at least -10000 and at most 10000 m, found 20000"),
        (f"objects: [{{{BOX}, material: wod}}]", "no material is called 'wod'"),
        (f"objects: [{{{BOX}, restitution: 2}}]", "objects[0].restitution: expected at least 0 and at most 1, found 2"),
        (f"objects: [{{{BOX}, name: 'two words'}}]", "'two words' has not the right form"),
        ("objects: [{shape: capsule, radius: 1, height: 1}]", "at least twice the radius (2), not 1"),
        (f"objects: [{{{BOX}, repeat: {{}}}}]", "repeat needs exactly one of line, grid, ring, path, stack, scatter"),
        (f"objects: [{{{BOX}, repeat: {{lin: {{}}}}}}]", "unknown key 'lin'"),
        (f"objects: [{{{BOX}, repeat: {{line: {{count: 1000000, step: [1, 0, 0]}}}}}}]", "at most 5000, found 1e+06"),
        (
            f"objects: [{{{BOX}, repeat: {{grid: {{count: [90, 90], step: [1, 1]}}}}}}]",
            "this makes 8100 objects; a scene has at most 5000",
        ),
        (f"objects: [{{{BOX}, repeat: {{stack: {{kind: wall, rows: 3}}}}}}]", "a wall needs 'columns'"),
        ("objects: [{shape: sphere, radius: {random: unifrm, low: 1, high: 2}}]", "unknown kind 'unifrm'; allowed:"),
        ("objects: [{shape: sphere, radius: {random: uniform, low: 3, high: 2}}]", "low 3 is above high 2"),
        ("objects: [{shape: sphere, radius: {random: uniform, low: -3, high: 2}}]", "found -3 among what may be drawn"),
        ("objects: [{shape: sphere, radius: {random: uniform, low: 1}}]", "the key 'high' is missing"),
        ("objects: [{prefab: jump_barier}]", "no prefab is called 'jump_barier'; known: barrel,"),
        ("objects: [{prefab: jump_barrier, params: {heigt: 1}}]", "has no parameter 'heigt'; it has: height, width"),
        ("objects: [{prefab: jump_barrier, params: {height: tall}}]", "parameter 'height': expected a number, found"),
        (f"objects: [{{{BOX}, name: a}}, {{{BOX}, name: a}}]", "the name 'a' is taken (the first is on line 3)"),
        (f"objects: [{{{BOX}, name: a}}]\njoints: [{{kind: hinge, child: b}}]", "4:10: child: no object is called 'b'"),
        ("joints: [{kind: hing, child: b}]", "expected 'hinge', 'slider', 'ball' or 'fixed', found 'hing'"),
        ("joints: [{kind: ball, child: b, limits_deg: [0, 1]}]", "'limits_deg' is for a hinge; a ball has none"),
        ("joints: [{kind: hinge, child: b, limits_deg: [5, 1]}]", "the lower limit 5 is above the upper 1"),
        (
            "actors: {rex: {kind: dgo}}",
            "3:22: no kind of actor is called 'dgo'; known: dog, robot (did you mean 'dog'?)",
        ),
        ("actors: {rex: {kind: dog, breed: cat}}", "3:34: actors.rex.breed: expected 'beagle'"),
        ("actors: {rex: {kind: dog, bred: beagle}}", "actors.rex.bred: unknown key 'bred'"),
        ("actors: {rex: {kind: dog}}\ncameras: {c: {folow: rex}}", "needs one of the keys at (fixed), follow, orbit"),
        ("cameras: {c: {follow: rex}}", "3:23: cameras.c.follow: nothing is called 'rex'"),
        ("cameras: {c: {at: [0, 0, 1], look_at: [0, 0, 1]}}", "'at' and 'look_at' are the same point"),
        ("cameras: {c: {at: [0, 0, 1], fov_deg: 170}}", "expected at least 5 and at most 150 degrees, found 170"),
        ("outcomes: [{name: x, when: {fallen: crate}}]", "nothing is called 'crate'; there are: none"),
        ("outcomes: [{name: x, when: {falen: a}}]", "unknown key 'falen'"),
        ("outcomes: [{name: x, when: {after: 1, flag: a}}]", "found after, flag (join several with 'all')"),
        ("outcomes: [{name: x, when: {flag: a}}]", "no trigger sets 'a'; set are: none"),
        ("triggers: [{when: {after: 1}}]", "a trigger needs 'sets' (a flag) or 'event' (a word)"),
        ("keys: {w: {rex: {forward: 1}}}", "3:12: keys.w.rex: no actor is called 'rex'; known: none"),
        ("materials: {mud: {extends: siol}}", "no material is called 'siol'"),
        ("materials: {a: {extends: b}, b: {extends: a}}", "the materials a, b extend each other in a circle"),
        ("materials: {a: {texture: woood}}", "no texture is called 'woood'"),
        ("materials: {a: {density: 0}}", "expected at least 1 and at most 30000 kg/m³, found 0"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    found = refusals(tmp_path, text)
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1, 2", "broken YAML: while parsing a flow sequence"),
        ("a: 1\n\tb: 2", "broken YAML"),
        ("a: 1\na: 2", "2:1: the key 'a' was already given on line 1"),
        ("a: .nan", "1:4: '.nan' is not a finite number"),
        ("a: [1, -.inf]", "1:8: '-.inf' is not a finite number"),
        ("a: 1e999", "'1e999' is not a finite number"),
        ("a: " + "9" * 5000, "is not a number that can be used here"),
        ("a: !!python/object:os.system x", "is not allowed; scenes are plain maps, lists and words"),
        ("a: &x {b: 1}\nc: {<<: *x}", "the merge key '<<' is not supported"),
        ("? [1, 2]\n: 3", "a key must be a word"),
        ("[" * 60 + "]" * 60, "nested deeper than 40 levels"),
        ("[" * 6000 + "]" * 6000, "nested deeper than 40 levels"),
        ("", "the file is empty"),
        ("just words", "a scene file is a map of keys and values, found 'just words'"),
        ("a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(9)
        ), "more than 200000 values, aliases written out"),
        ("a: &a [*a]", "nested deeper than 40 levels"),
    ],
)  # fmt: skip
def test_broken_yaml_is_told(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(text)
    with pytest.raises(SceneError) as caught:
        load_scene(path)
    assert expected in str(caught.value)


def test_the_limit_counts_every_copy(tmp_path: Path) -> None:
    row = "{shape: sphere, radius: 0.1, repeat: {line: {count: 2500, step: [0.3, 0, 0]}}}"
    assert len(scene_of(tmp_path, f"objects: [{row}, {row}]").layout().bodies) == 5001  # with the ground
    assert "this makes 5001 objects" in refusals(tmp_path, f"objects: [{row}, {row}, {{prefab: can}}]")[0]


def test_bytes_that_are_no_text_and_files_too_large(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_bytes(b"format: 1\nname: \xff\xfe")
    with pytest.raises(SceneError, match=r"scene.yaml:2: this is not UTF-8 text \(save the file as UTF-8\)"):
        load_scene(path)
    path.write_bytes(b"#" * (2 << 20))
    with pytest.raises(SceneError, match=r"has 2\.0 MiB; at most 1 MiB"):
        load_scene(path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = refusals(
        tmp_path,
        "lok: {}\nobjects:\n  - {shape: bxo}\n  - {shape: sphere, radius: x}\n  - {shape: sphere, "
        "radius: 1, material: wod}\n"
        "  - {prefab: brrel}\nactors: {a: {kind: dgo}}\noutcomes:\n  - {name: x, when: {}}\n",
    )
    assert [problem.split(":")[0] for problem in found] == ["3", "5", "6", "7", "8", "9", "11"]


def test_unknown_scenes_are_told_with_a_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SceneError, match=r"no scene is called 'yrad'; did you mean 'yard'\?; shipped: "):
        load_scene("yrad")
    write(tmp_path, HEAD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SceneError, match=r"no scene file ./scne.yaml; did you mean 'scene.yaml'\?"):
        load_scene("./scne.yaml")
    with pytest.raises(SceneError, match="is a folder; expected a scene file"):
        load_scene(str(tmp_path))
    with pytest.raises(SceneError, match="no scene is called"):
        load_scene("a\0b")


def test_every_shipped_scene_loads_and_carries_the_editors_line() -> None:
    assert shipped_scenes()
    for name, path in shipped_scenes().items():
        scene = load_scene(name)
        assert scene.name == name, "a shipped scene is found by the name it gives itself"
        assert scene.cameras
        assert "# yaml-language-server: $schema=scene.schema.json" in path.read_text().splitlines()[:6], name
        assert find_scene(name).samefile(path)


def test_a_scene_is_frozen_and_its_defaults_are_the_designs() -> None:
    scene = Scene.model_validate({"format": 1, "name": "x"})
    assert (scene.rates.step_rate, scene.rates.control_rate, scene.rates.frame_rate) == (240, 60, 30)
    assert scene.gravity == (0.0, 0.0, -9.81)
    assert scene.layout(0).bodies[0].name == "ground"
    with pytest.raises(Exception, match="frozen"):
        scene.name = "y"


def test_a_scene_travels_in_a_bundle(tmp_path: Path) -> None:
    write(
        tmp_path,
        "format: 1\nobjects: [{shape: sphere, radius: '${r}', material: steel}]\nparams: {r: 0.2}",
        "prefabs/pea.yaml",
    )
    write(tmp_path, "objects: [{name: extra, shape: sphere, radius: 1, at: [5, 5]}]", "more.yaml")
    scene = scene_of(tmp_path, "include: [more.yaml]\nobjects: [{prefab: pea}, {prefab: barrel, at: [2, 2]}]")
    bundle, main = bundle_of(scene)
    assert sorted(bundle) == ["more.yaml", "prefabs/pea.yaml", "scene.yaml"]
    again = load_bundle(bundle, main)
    assert again.layout(3) == scene.layout(3)
    made = Scene.model_validate(
        {"format": 1, "name": "x", "objects": [{"shape": "sphere", "radius": 1, "class": "orb"}]}
    )
    assert load_bundle(*bundle_of(made)).layout(0) == made.layout(0)


def test_a_bundle_reads_nothing_else_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "ground: none", "more.yaml")
    write(tmp_path, "format: 1\nobjects: [{shape: sphere, radius: 1}]", "prefabs/pea.yaml")
    monkeypatch.chdir(tmp_path)
    for line in ("include: [more.yaml]", "objects: [{prefab: pea}]", "objects: [{shape: mesh, file: more.yaml}]"):
        with pytest.raises(SceneError, match=r"there is no (included file|mesh)|no prefab is called"):
            load_bundle({"scene.yaml": f"format: 1\nname: x\n{line}\n".encode()}, "scene.yaml")
    with pytest.raises(SceneError, match="is not among the files that came with the scene"):
        load_bundle({}, "scene.yaml")
