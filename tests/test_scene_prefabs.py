"""Shipped prefabs do what they are for: poles drop, cans fall, the see-saw tips, the weave pole swings back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.scenes import scene_of
from worldsim.physics.world import World


def run(folder: Path, text: str, seconds: float) -> tuple[World, list[np.ndarray]]:
    """Return the world after some seconds and the positions of every control period."""
    world = World(scene_of(folder, text))
    places = []
    for _ in range(round(seconds * world.control_rate)):
        world.advance()
        places.append(world.snapshot().position.copy())
    return world, places


def test_a_barriers_pole_lies_still_until_something_catches_it(tmp_path: Path) -> None:
    barrier = "objects:\n  - {prefab: jump_barrier, name: b, at: [0, 0]}\n"
    outcome = "outcomes: [{name: down, when: {fallen: b}}]\n"
    world, places = run(tmp_path, barrier + outcome, 3)
    row = world.part_index("b/pole")
    assert np.abs(places[-1][row] - places[0][row]).max() < 0.002
    assert not world.outcomes()["down"]
    ball = "  - {name: leg, shape: sphere, radius: 0.05, at: [-0.5, 0.1, 0.37], mass: 1, velocity: [2.5, 0, 1]}\n"
    world, _ = run(tmp_path, barrier + ball + outcome, 2)
    assert world.outcomes()["down"]


def test_a_weave_pole_gives_way_and_comes_back(tmp_path: Path) -> None:
    world, places = run(
        tmp_path,
        "objects:\n  - {prefab: weave_pole, name: w}\n"
        "  - {name: hit, shape: sphere, radius: 0.05, at: [0, -0.6, 0.5], mass: 1, velocity: [0, 3, 1]}\n",
        4,
    )
    row = world.part_index("w/pole")
    swing = np.abs(np.array([place[row, 1] for place in places]))
    assert swing.max() > 0.05
    assert swing[-1] < 0.04


def test_a_see_saw_rests_on_one_end_and_tips_under_a_weight(tmp_path: Path) -> None:
    saw = "objects:\n  - {prefab: see_saw, name: s}\n"
    world, _ = run(tmp_path, saw, 3)
    x_axis = world.snapshot().orientation[world.part_index("s/plank")]
    assert 2 * (x_axis[0] * x_axis[2] - x_axis[3] * x_axis[1]) > 0.1, "the end at +x is up"
    world, _ = run(tmp_path, saw + "  - {name: w, shape: box, size: [0.2, 0.2, 0.2], at: [1.2, 0, 1], mass: 13}\n", 2)
    x_axis = world.snapshot().orientation[world.part_index("s/plank")]
    assert 2 * (x_axis[0] * x_axis[2] - x_axis[3] * x_axis[1]) < -0.1, "the end at +x is down"


def test_cans_stand_until_they_are_hit(tmp_path: Path) -> None:
    cans = "objects:\n  - {prefab: can_stack, name: c}\n"
    outcome = "outcomes: [{name: some, when: {fallen: {body: 'c/can.*', at_least: 3}}}]\n"
    world, _ = run(tmp_path, cans + outcome, 3)
    assert not world.outcomes()["some"]
    ball = "  - {name: b, shape: sphere, radius: 0.04, at: [0, -1, 0.4], mass: 0.4, velocity: [0, 5, 1]}\n"
    world, _ = run(tmp_path, cans + ball + outcome, 2)
    assert world.outcomes()["some"]


def test_a_marble_runs_down_a_track_and_round_a_bend(tmp_path: Path) -> None:
    world, _ = run(
        tmp_path,
        "objects:\n  - {prefab: marble_straight, at: [0, 0, 1]}\n  - {prefab: marble_curve, at: [0.6, 0, 0.938]}\n"
        "  - {name: m, shape: sphere, radius: 0.014, at: [0.05, 0, 1.012], material: glass}\n",
        2.5,
    )
    x, y, z = world.snapshot().position[world.part_index("m")]
    assert x > 0.6
    assert y > 0.2
    assert z < 0.95


def test_a_swing_swings_and_a_domino_row_falls(tmp_path: Path) -> None:
    world, places = run(
        tmp_path,
        "objects:\n  - {prefab: swing, name: s}\n"
        "  - {name: shove, shape: sphere, radius: 0.1, at: [-0.5, 0, 0.55], mass: 6, velocity: [4, 0, 0.5]}\n",
        2,
    )
    assert np.ptp([place[world.part_index("s/seat"), 0] for place in places]) > 0.3
    world, _ = run(
        tmp_path,
        "objects:\n  - {name: d, prefab: domino, repeat: {line: {count: 12, step: [0.06, 0, 0]}}}\n"
        "  - {name: b, shape: sphere, radius: 0.03, at: [-0.2, 0, 0.1], mass: 0.2, velocity: [1.2, 0, 0.5]}\n"
        "triggers: [{when: {fallen: d.6}, sets: half}]\n"
        "outcomes: [{name: all, when: {all: [{flag: half}, {fallen: {body: 'd.*', at_least: all}}]}}]\n",
        2,
    )
    assert world.outcomes()["all"]
