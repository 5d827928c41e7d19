"""Outcomes and triggers: what counts as fallen, inside, beyond, near, moved, still, touched."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import scene_of
from worldsim.physics.outcome import OutcomeJudge, round_axis
from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.scene.layout import Geom, Shape
from worldsim.scene.pose import from_rpy_deg


class Pairs:
    """Contacts of which only the pairs matter."""

    def __init__(self, *pairs: tuple[int, int]) -> None:
        self._pairs = set(pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def pairs(self) -> set[tuple[int, int]]:
        return self._pairs


OBJECTS = """objects:
  - {name: box, shape: box, size: [0.2, 0.2, 0.4], at: [0, 0], tags: [loose]}
  - {name: can, shape: cylinder, radius: 0.1, height: 0.4, at: [2, 0], tags: [loose]}
  - {name: pole, shape: cylinder, radius: 0.02, height: 1, at: [4, 0, 1], rotation_deg: [90, 0, 0]}
  - {name: ball, shape: sphere, radius: 0.1, at: [6, 0]}
"""


def judged(folder: Path, when: str, extra: str = "") -> tuple[OutcomeJudge, Snapshot]:
    """Return the judge of one outcome "it" over four objects, and their snapshot at the start."""
    scene = scene_of(folder, f"{OBJECTS}outcomes: [{{name: it, when: {when}}}]\n{extra}")
    layout = scene.layout()
    parts = [
        Part(i, b.name, b.name, i + 1, b.class_name, None, b.material, b.geoms, b.mass == 0, b.mass)
        for i, b in enumerate(layout.bodies)
    ]
    zeros = np.zeros((len(parts), 3))
    start = Snapshot(
        0,
        0.0,
        np.array([b.position for b in layout.bodies]),
        np.array([b.orientation for b in layout.bodies]),
        zeros,
        zeros,
        np.zeros(0),
        np.zeros(0),
    )
    return OutcomeJudge(scene, layout, parts, start), start


def moved(
    start: Snapshot,
    row: int,
    by: tuple[float, float, float] = (0, 0, 0),
    turn: tuple[float, float, float] | None = None,
) -> Snapshot:
    """Return the snapshot with one part (1 box, 2 can, 3 pole, 4 ball) elsewhere."""
    position, orientation = start.position.copy(), start.orientation.copy()
    position[row] += by
    if turn is not None:
        orientation[row] = from_rpy_deg(turn)
    return replace(start, position=position, orientation=orientation)


@pytest.mark.parametrize(
    ("name", "row", "by", "turn", "expected"),
    [
        ("box", 1, (0, 0, 0), (44, 0, 0), False),
        ("box", 1, (0, 0, 0), (46, 0, 0), True),
        ("box", 1, (5, 5, 0), (0, 0, 180), False),  # moved and turned on the spot is not fallen
        ("box", 1, (0, 0, -0.19), None, False),
        ("box", 1, (0, 0, -0.21), None, True),
        ("can", 2, (0, 0, 0), (0, 0, 90), False),
        ("can", 2, (0, 0, 0), (0, 90, 0), True),
        ("pole", 3, (0, 0, -0.02), (90, 0, 0), False),
        ("pole", 3, (0, 0, 0), (90, 170, 0), False),  # rolled about its own axis in its cups
        ("pole", 3, (0, 0, -0.05), (90, 0, 0), True),
        ("pole", 3, (0, 0, 0), (40, 0, 0), True),
        ("ball", 4, (3, 0, 0), (100, 50, 0), False),  # a ball that rolls has not fallen
        ("ball", 4, (0, 0, -0.11), None, True),
    ],
)
def test_fallen(
    tmp_path: Path,
    name: str,
    row: int,
    by: tuple[float, float, float],
    turn: tuple[float, float, float] | None,
    expected: bool,
) -> None:
    judge, start = judged(tmp_path, f"{{fallen: {name}}}")
    assert judge.judge(start) == {"it": False}
    assert judge.judge(moved(start, row, by, turn)) == {"it": expected}


@pytest.mark.parametrize(
    ("when", "row", "by", "expected"),
    [
        ("{inside: {body: box, box: {low: [1, -1, 0], high: [2, 1, 1]}}}", 1, (1.5, 0, 0), True),
        ("{inside: {body: box, box: {low: [1, -1, 0], high: [2, 1, 1]}}}", 1, (2.5, 0, 0), False),
        ("{inside: {body: box, sphere: {centre: [1, 0, 0.2], radius: 0.5}}}", 1, (0.6, 0, 0), True),
        ("{beyond: {body: ball, point: [7, 0, 0], direction: [1, 0, 0]}}", 4, (0.9, 0, 0), False),
        ("{beyond: {body: ball, point: [7, 0, 0], direction: [1, 0, 0]}}", 4, (1.1, 0, 0), True),
        ("{near: {body: box, to: can, within: 0.5}}", 1, (1.6, 0, 0), True),
        ("{near: {body: box, to: can, within: 0.5}}", 1, (1.4, 0, 0), False),
        ("{near: {body: box, to: [0, 5, 0.2], within: 0.5}}", 1, (0, 5.3, 0), True),
        ("{moved: {body: box, distance: 1}}", 1, (0, 1.1, 0), True),
        ("{moved: {body: box, distance: 1}}", 1, (0, 0.9, 0), False),
        ("{moved: {body: 'tag:loose', distance: 1, at_least: all}}", 1, (0, 2, 0), False),
        ("{moved: {body: 'tag:loose', distance: 1, at_least: 1}}", 2, (0, 2, 0), True),
        ("{moved: {body: 'b*', distance: 1, at_least: 2}}", 4, (0, 2, 0), False),
        ("{all: [{moved: box}, {not: {moved: can}}]}", 1, (0, 2, 0), True),
        ("{any: [{moved: box}, {moved: can}]}", 2, (0, 2, 0), True),
        ("{any: [{moved: box}, {moved: can}]}", 3, (0, 2, 0), False),
    ],
)
def test_places(tmp_path: Path, when: str, row: int, by: tuple[float, float, float], expected: bool) -> None:
    judge, start = judged(tmp_path, when)
    assert judge.judge(moved(start, row, by)) == {"it": expected}


def test_still_and_after(tmp_path: Path) -> None:
    judge, start = judged(tmp_path, "{all: [{after: 2}, {still: {body: ball}}]}")
    assert not judge.judge(replace(start, time=1.99))["it"]
    assert judge.judge(replace(start, time=2.0))["it"]
    fast = start.velocity.copy()
    fast[4] = (0, 0.03, 0)
    assert not judge.judge(replace(start, time=3.0, velocity=fast))["it"]


def test_touches_are_remembered_and_forgotten(tmp_path: Path) -> None:
    judge, start = judged(tmp_path, "{touched: {body: box, by: ball}}")
    judge.observe(Pairs((0, 1), (1, 2)))
    assert not judge.judge(start)["it"]
    judge.observe(Pairs((1, 4)))
    assert judge.judge(start)["it"]
    kept = judge.state()
    judge.observe(Pairs())
    assert judge.judge(start)["it"]
    judge.reset()
    assert not judge.judge(start)["it"]
    judge.set_state(kept)
    assert judge.judge(start)["it"]


def test_the_ground_is_not_anything(tmp_path: Path) -> None:
    judge, start = judged(tmp_path, "{touched: box}")
    judge.observe(Pairs((0, 1)))
    assert not judge.judge(start)["it"]
    judge.observe(Pairs((1, 3)))
    assert judge.judge(start)["it"]
    judge, start = judged(tmp_path, "{touched: {body: box, by: ground}}")
    judge.observe(Pairs((0, 1)))
    assert judge.judge(start)["it"]


def test_triggers_set_flags_once_or_again(tmp_path: Path) -> None:
    extra = (
        "triggers: [{when: {moved: box}, sets: gone, event: creak}, {when: {moved: can}, event: clink, once: false}]"
    )
    judge, start = judged(tmp_path, "{flag: gone}", extra)
    assert judge.observe(Pairs(), lambda: start) == ()
    assert not judge.judge(start)["it"]
    away = moved(start, 1, (1, 0, 0))
    assert judge.observe(Pairs(), lambda: away) == ("creak",)
    assert judge.observe(Pairs(), lambda: away) == ()
    assert judge.judge(start)["it"], "a flag stays set"
    assert judge.observe(Pairs(), lambda: start) == ()
    assert judge.observe(Pairs(), lambda: away) == ()
    other = moved(start, 2, (1, 0, 0))
    for snapshot, expected in ((other, ("clink",)), (other, ()), (start, ()), (other, ("clink",))):
        assert judge.observe(Pairs(), functools.partial(_same, snapshot)) == expected


def _same(snapshot: Snapshot) -> Snapshot:
    return snapshot


def test_round_axes() -> None:
    ball, can = Geom(Shape("sphere", (1.0,))), Geom(Shape("cylinder", (1.0, 2.0)))
    assert round_axis((ball,)) == "all"
    assert round_axis((can,)) == (0, 0, 1)
    assert round_axis((can, replace(ball, position=(0, 0, 2.0)))) == (0, 0, 1)
    assert round_axis((can, replace(ball, position=(1.0, 0, 0)))) is None
    assert round_axis((can, replace(can, orientation=from_rpy_deg((90, 0, 0))))) is None
    assert round_axis((Geom(Shape("box", (1, 1, 1))),)) is None


def test_a_world_knows_its_outcomes(tmp_path: Path) -> None:
    scene = scene_of(
        tmp_path,
        "objects:\n  - {name: pin, shape: box, size: [0.1, 0.1, 0.5], at: [0, 0], mass: 0.5}\n"
        "  - {name: ball, shape: sphere, radius: 0.1, at: [-0.5, 0, 0.4], mass: 3, velocity: [4, 0, 0]}\n"
        "outcomes:\n  - {name: hit, when: {touched: {body: pin, by: ball}}}\n  - {name: down, when: {fallen: pin}}",
    )
    with World(scene) as world:
        assert world.outcomes() == {"hit": False, "down": False}
        for _ in range(60):
            world.advance()
        assert world.outcomes() == {"hit": True, "down": True}
        assert world.outcome() == "hit"
        world.reset()
        assert world.outcome() is None
