"""From a scene to a layout: places, masses, names, repeats, random numbers, prefabs, joints."""

from __future__ import annotations

import itertools
import math
import pickle
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import HEAD, refusals, scene_of, write
from worldsim.rotation import quat_rotate_xyzw
from worldsim.scene.bounds import bounds
from worldsim.scene.colour import parse_colour
from worldsim.scene.expression import ExpressionError, evaluate
from worldsim.scene.layout import Body, Layout
from worldsim.scene.library import shipped_prefabs
from worldsim.scene.load import load_scene
from worldsim.scene.material import TEXTURES, shipped_materials
from worldsim.scene.pose import Pose, from_rpy_deg


def only(layout: Layout) -> list[Body]:
    """Return the bodies without the ground."""
    return [body for body in layout.bodies if body.name != "ground"]


def test_two_numbers_stand_on_the_ground_and_three_are_the_centre(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "ground: {height: 0.5}\nobjects:\n  - {name: a, shape: box, size: [1, 1, 2], at: [3, 4]}\n"
        "  - {name: b, shape: box, size: [1, 1, 2], at: [3, 4, 7]}\n"
        "  - {name: c, shape: box, size: [1, 1, 2], at: [8, 4], rotation_deg: [90, 0, 0]}\n"
        "  - {name: d, shape: capsule, radius: 0.1, height: 1, at: [0, 9], rotation_deg: [0, 45, 0]}",
    )
    a, b, c, d = only(scene.layout())
    assert a.position == pytest.approx((3, 4, 1.5))
    assert b.position == (3, 4, 7)
    assert c.position == pytest.approx((8, 4, 1.0))
    assert d.position[2] == pytest.approx(0.5 + 0.4 * math.sqrt(0.5) + 0.1)


def test_masses_follow_from_volume_density_and_fill(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "objects:\n  - {shape: box, size: [1, 2, 3], material: wood}\n  - {shape: sphere, radius: 0.5, "
        "material: steel, at: [5, 0]}\n"
        "  - {shape: cone, radius: 1, height: 3, material: ice, at: [9, 0], fill: 0.5}\n"
        "  - {shape: cylinder, radius: 1, height: 2, mass: 7, at: [15, 0]}\n"
        "  - {at: [0, 9], material: wood, parts: [{shape: box, size: [1, 1, 1]}, {shape: box, size: [1, 1, "
        "1], material: steel, at: [0, 0, 1]}]}",
    )
    box, ball, cone, tube, both = only(scene.layout())
    assert box.mass == pytest.approx(550 * 6)
    assert ball.mass == pytest.approx(7850 * 4 / 3 * math.pi * 0.125)
    assert cone.mass == pytest.approx(917 * math.pi / 2)
    assert tube.mass == 7
    assert both.mass == pytest.approx(550 + 7850)
    assert [geom.material for geom in both.geoms] == ["wood", "steel"]


def test_degrees_become_a_rotation_about_fixed_axes() -> None:
    turned = quat_rotate_xyzw(from_rpy_deg((90.0, 0.0, 90.0)), [0, 1, 0])
    assert np.allclose(turned, [0, 0, 1])
    assert np.allclose(quat_rotate_xyzw(from_rpy_deg((0.0, 0.0, 30.0)), [1, 0, 0]), [math.cos(math.pi / 6), 0.5, 0])


def test_names_are_given_and_numbered(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "objects:\n  - {prefab: jump_barrier, at: [4, 0], repeat: {line: {count: 2, step: [2, 0, "
        "0]}}}\n  - {prefab: can, at: [0, 5]}\n"
        "  - {shape: sphere, radius: 1, at: [0, 20]}\n  - {shape: sphere, radius: 1, at: [0, "
        "30]}\n  - {name: sphere_1, shape: sphere, radius: 1, at: [0, 40]}",
    )
    names = [body.name for body in only(scene.layout())]
    assert names[:2] == ["jump_barrier.0/left", "jump_barrier.0/right"]
    assert "jump_barrier.1/pole" in names
    assert names[-4:] == ["can", "sphere_2", "sphere_3", "sphere_1"]
    classes = {body.name: body.class_name for body in only(scene.layout())}
    assert classes["jump_barrier.1/pole"] == "jump_barrier"
    assert classes["sphere_2"] == "sphere"


def spots(folder: Path, repeat: str, extra: str = "") -> np.ndarray:
    scene = scene_of(folder, f"objects: [{{shape: box, size: [1, 0.5, 0.25], at: [0, 0, 0], repeat: {repeat}{extra}}}]")
    return np.array([body.position for body in only(scene.layout())])


def test_lines_grids_and_rings(tmp_path: Path) -> None:
    assert spots(tmp_path, "{line: {count: 3, step: [1, 2, 3]}}").tolist() == [[0, 0, 0], [1, 2, 3], [2, 4, 6]]
    grid = spots(tmp_path, "{grid: {count: [2, 2, 2], step: [1, 10, 100]}}")
    assert grid.tolist() == [[x, y, z] for z in (0, 100) for y in (0, 10) for x in (0, 1)]
    ring = spots(tmp_path, "{ring: {count: 4, radius: 2}}")
    assert np.allclose(ring[:, :2], [[2, 0], [0, 2], [-2, 0], [0, -2]])
    arc = spots(tmp_path, "{ring: {count: 3, radius: 2, arc_deg: 90, rise: 1}}")
    assert np.allclose(arc[-1], [0, 2, 1])


def test_ring_copies_face_outward(tmp_path: Path) -> None:
    scene = scene_of(tmp_path, "objects: [{shape: box, size: [1, 1, 1], repeat: {ring: {count: 5, radius: 3}}}]")
    for body in only(scene.layout()):
        outward = quat_rotate_xyzw(body.orientation, [1, 0, 0])
        assert np.allclose(outward, np.array([*body.position[:2], 0]) / 3)


def test_stacks_touch_and_do_not_overlap(tmp_path: Path) -> None:
    tower = spots(tmp_path, "{stack: {rows: 3}}")
    assert np.allclose(tower[:, 2], [0, 0.25, 0.5])
    wall = spots(tmp_path, "{stack: {kind: wall, rows: 2, columns: 3}}")
    assert np.allclose(wall[:, 0], [-1, 0, 1, -0.5, 0.5])
    pyramid = spots(tmp_path, "{stack: {kind: pyramid, columns: 3, gap: 0.5}}")
    assert np.allclose(pyramid[:, 0], [-1.5, 0, 1.5, -0.75, 0.75, 0])
    assert len(spots(tmp_path, "{stack: {kind: square_pyramid, columns: 4}}")) == 16 + 9 + 4 + 1


def test_a_path_keeps_its_spacing_and_turns_along_the_curve(tmp_path: Path) -> None:
    straight = spots(tmp_path, "{path: {points: [[0, 0], [1, 0], [2, 0]], spacing: 0.25}}")
    assert np.allclose(straight[:, 0], np.arange(9) * 0.25, atol=1e-6)
    bend = "{path: {points: [[0, 0], [1, 0], [1, 1], [0, 1]], closed: true, count: 40}}"
    scene = scene_of(tmp_path, f"objects: [{{shape: box, size: [0.1, 0.1, 0.1], repeat: {bend}}}]")
    bodies = only(scene.layout())
    places = np.array([body.position for body in bodies])
    steps = np.linalg.norm(np.roll(places, -1, axis=0) - places, axis=1)
    assert steps.max() / steps.min() < 1.03
    for here, there in itertools.pairwise(bodies):
        along = np.subtract(there.position, here.position)
        assert quat_rotate_xyzw(here.orientation, [1, 0, 0]) @ along / np.linalg.norm(along) > 0.95


@pytest.mark.parametrize("seed", range(5))
def test_scattered_things_overlap_nothing(tmp_path: Path, seed: int) -> None:
    scene = scene_of(
        tmp_path,
        "objects:\n  - {name: wall, shape: box, size: [4, 0.2, 1], static: true}\n"
        "  - {name: box, shape: box, size: [0.5, 0.3, 0.2], repeat: {scatter: {count: 30, min_gap: 0.1, "
        "region: {low: [-3, -3], high: [3, 3]}}}}\n"
        "actors: {rex: {kind: dog, at: [1, 1]}}",
    )
    assert scene.is_random
    layout = scene.layout(seed)
    boxes = [bounds(b.geoms, Pose(b.position, b.orientation)) for b in only(layout)]
    assert len(boxes) == 31
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a is not None
            assert b is not None
            assert any(a[0][k] > b[1][k] + 0.0999 or b[0][k] > a[1][k] + 0.0999 for k in range(2))
    for low, high in boxes[1:]:  # type: ignore[misc]
        assert not (low[0] < 1.5 and high[0] > 0.5 and low[1] < 1.5 and high[1] > 0.5)


def test_too_many_to_scatter_is_told(tmp_path: Path) -> None:
    found = refusals(
        tmp_path,
        "objects: [{name: big, shape: box, size: [1, 1, 1], repeat: {scatter: {count: 9, "
        "region: {centre: [0, 0], radius: 1}}}}]",
    )
    assert "of 9 'big' fit without overlap (make the region larger, or count or min_gap smaller)" in found[0]


def test_random_numbers_follow_the_seed_and_their_bounds(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "gravity: [0, 0, {random: choice, values: [-9.81, -1.62]}]\nobjects:\n"
        "  - {shape: sphere, radius: {random: uniform, low: 0.1, high: 0.2}, mass: {random: loguniform, "
        "low: 0.1, high: 10}, at: [{random: normal, mean: 0, deviation: 1}, 0],\n"
        "     colour: {random: choice, values: [red, blue]}, repeat: {line: {count: {random: integer, "
        "low: 2, high: 4}, step: [2, 0, 0]}}}",
    )
    assert scene.is_random
    assert scene.layout(7) == scene.layout(7)
    assert len({scene.layout(seed) is None or str(scene.layout(seed).bodies) for seed in range(20)}) > 15
    counts, colours = set(), set()
    for seed in range(40):
        balls = only(scene.layout(seed))
        counts.add(len(balls))
        for ball in balls:
            colours.add(ball.geoms[0].colour)
            assert 0.1 <= ball.geoms[0].shape.size[0] <= 0.2
            assert 0.1 <= ball.mass <= 10
            assert ball.position[2] == pytest.approx(ball.geoms[0].shape.size[0])
    assert counts == {2, 3, 4}
    assert colours == {parse_colour("red"), parse_colour("blue")}
    assert {scene.layout(seed).gravity[2] for seed in range(20)} == {-9.81, -1.62}


def test_a_scene_without_random_numbers_is_the_same_for_every_seed() -> None:
    scene = load_scene("yard")
    assert not scene.is_random
    assert scene.layout(0) is scene.layout(5)
    assert pickle.loads(pickle.dumps(scene)).layout(0) == scene.layout(0)


PREFAB = """format: 1
params: {height: 2, colour: red}
let: {half: "${height / 2}"}
objects:
  - {name: post, shape: cylinder, radius: 0.1, height: "${height}", at: [0, 0, "${half}"], static: true}
  - {name: arm, shape: box, size: [1, 0.1, 0.1], at: [0.5, 0, "${height}"], colour: "${colour}", velocity: [0, 1, 0]}
joints:
  - {kind: hinge, parent: post, child: arm, anchor: [0, 0, "${height}"], axis: [1, 0, 0], limits_deg: [-90, 90]}
"""


def test_a_prefab_is_placed_named_and_joined(tmp_path: Path) -> None:
    write(tmp_path, PREFAB, "prefabs/gate.yaml")
    scene = scene_of(
        tmp_path,
        "objects: [{prefab: gate, name: g, at: [5, 0], rotation_deg: [0, 0, 90], params: {height: 3}, tags: [x]}]",
    )
    layout = scene.layout()
    post, arm = only(layout)
    assert (post.name, arm.name) == ("g/post", "g/arm")
    assert post.position == pytest.approx((5, 0, 1.5))
    assert arm.position == pytest.approx((5, 0.5, 3))
    assert arm.velocity == pytest.approx((-1, 0, 0))
    assert arm.tags == ("x",)
    joint = layout.joints[0]
    assert (joint.parent, joint.child) == ("g/post", "g/arm")
    assert joint.anchor == pytest.approx((5, 0, 3))
    assert joint.axis == pytest.approx((0, 1, 0))
    assert joint.upper == pytest.approx(math.pi / 2)
    assert scene.mark_of("g/arm").line == 3


def test_prefabs_nest_and_circles_are_told(tmp_path: Path) -> None:
    write(tmp_path, PREFAB, "prefabs/gate.yaml")
    write(
        tmp_path,
        "format: 1\nobjects: [{name: a, prefab: gate, at: [1, 0]}, {name: b, prefab: gate, at: [3, 0]}]",
        "prefabs/pair.yaml",
    )
    scene = scene_of(tmp_path, "objects: [{name: p, prefab: pair, at: [10, 0]}]")
    assert [body.name for body in only(scene.layout())] == ["p/a/post", "p/a/arm", "p/b/post", "p/b/arm"]
    assert scene.layout().joints[1].child == "p/b/arm"
    write(tmp_path, "format: 1\nobjects: [{prefab: loop}]", "prefabs/loop.yaml")
    found = refusals(tmp_path, "objects: [{prefab: loop}]")
    assert "prefabs/loop.yaml:2:20: prefabs contain each other in a circle: loop → loop" in found[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("objects: []", "2:10: objects: expected at least 1 value, found 0"),
        (
            "objects: [{shape: box, size: [1, 1, '${hight}']}]\nparams: {height: 1}",
            "2:37: ${hight}: no parameter 'hight'",
        ),
        ("objects: [{shape: box, size: [1, 1, '${1 / 0}']}]", "2:37: ${1 / 0} divides by zero"),
        ("objects: [{shape: box, size: [1, 1, '${1 - 2}']}]", "2:37: objects[0].size[2]: expected at least 0.0001"),
        ("objects: [{shape: box, sze: 1}]", "2:24: objects[0].sze: unknown key 'sze'"),
        ("objcts: [{shape: box, sze: 1}]", "2:1: objcts: unknown key 'objcts'"),
        ("- 1", "a prefab file is a map, found a list"),
    ],
)
def test_mistakes_in_a_prefab_point_into_its_file(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, f"format: 1\n{text}" if text != "- 1" else text, "prefabs/thing.yaml")
    found = refusals(tmp_path, "objects: [{prefab: thing}]")
    assert any(f"prefabs/thing.yaml:{expected}" in p or (expected in p and "thing.yaml" in p) for p in found), found


def test_arithmetic_is_arithmetic_and_nothing_else() -> None:
    names = {"a": 2, "b": 0.5, "word": "red"}
    assert evaluate("a * (b + 1) / -2", names) == -1.5
    assert evaluate("min(a, 1) + max(a, b, 3) - abs(-a)", names) == 2
    assert evaluate("atan_deg(1) + sqrt(a + 2)", names) == pytest.approx(47)
    assert evaluate("word", names) == "red"
    refused = ["a ** 9", "__import__('os')", "a.b", "[a for a in b]", "'x'", "a if b else 1", "lambda: 1", "a[0]"]
    refused += ["min()", "word + 1", "sqrt(-1)", "c", "(" * 90 + "a", "1e308 * 10", "a(1)", "min(a, key=b)", "True"]
    for text in refused:
        with pytest.raises(ExpressionError):
            evaluate(text, names)


def test_a_chain_joins_neighbours_half_way(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "objects:\n  - {name: hook, shape: box, size: [0.1, 0.1, 0.1], at: [0, 0, 3], static: true}\n"
        "  - {name: link, shape: sphere, radius: 0.05, at: [0, 0, 2.8], repeat: {line: {count: 4, step: [0, "
        "0, -0.2]}}}\n"
        "joints: [{kind: ball, parent: hook, chain: 'link.*', damping: 0.1}]",
    )
    joints = scene.layout().joints
    assert [(j.parent, j.child) for j in joints] == [
        ("hook", "link.0"),
        ("link.0", "link.1"),
        ("link.1", "link.2"),
        ("link.2", "link.3"),
    ]
    assert joints[0].anchor == (0, 0, 3)
    assert joints[2].anchor == pytest.approx((0, 0, 2.5))


def test_every_shipped_prefab_is_drawn_by_itself(tmp_path: Path) -> None:
    assert len(shipped_prefabs()) >= 20
    for name in shipped_prefabs():
        layout = scene_of(tmp_path, f"objects: [{{prefab: {name}, at: [0, 0, 2]}}]").layout()
        low = min(bounds(b.geoms, Pose(b.position, b.orientation))[0][2] for b in only(layout))  # type: ignore[index]
        if not name.startswith("marble"):
            assert 1.7 < low < 2.02, f"{name}: `at` is its point on the ground, leaves may sink in"


def test_a_pins_centre_of_mass_is_where_the_manual_wants_it(tmp_path: Path) -> None:
    pin = only(scene_of(tmp_path, "objects: [{prefab: bowling_pin}]").layout())[0]
    from worldsim.scene.bounds import volume

    solids = [(volume(g.shape), g.position[2]) for g in pin.geoms if g.collides]
    centre = sum(v * z for v, z in solids) / sum(v for v, _ in solids)
    assert 0.137 < centre < 0.152
    assert pin.mass == 1.5


def test_shipped_materials_are_complete_and_sane() -> None:
    table = shipped_materials()
    wanted = (
        "wood hardwood steel aluminium glass ceramic stone concrete brick asphalt ice rubber plastic cardboard fabric"
    )
    assert set(f"{wanted} leather grass soil sand".split()) <= set(table)
    for material in table.values():
        assert 0 < material.friction**2 <= 1.2
        assert 0 <= material.restitution < 1
        assert material.texture in TEXTURES
        assert all(0 <= c <= 1 for c in material.colour)


def test_every_texture_has_a_recipe() -> None:
    from worldsim.render.raster.tiles import recipe

    for word in TEXTURES:
        recipe(word)


def test_own_materials_extend_others(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "materials: {b: {extends: a, friction: 0.1}, a: {extends: steel, "
        "colour: '#ff0000'}}\nobjects: [{shape: sphere, radius: 1, material: b, restitution: 0.25}]",
    )
    material = scene.layout().materials["b"]
    assert (material.density, material.friction, material.colour) == (7850, 0.1, (1.0, 0.0, 0.0))
    ball = only(scene.layout())[0]
    assert (ball.friction, ball.restitution) == (0.1, 0.25)


def test_a_scene_with_an_actor_and_ten_objects_is_short() -> None:
    from worldsim.scene.new import new_scene_text

    lines = [line for line in new_scene_text("x").splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) <= 25


def test_no_ground_is_no_ground(tmp_path: Path) -> None:
    assert scene_of(tmp_path, HEAD + "ground: none").layout().bodies == ()
