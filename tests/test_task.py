"""The tasks of the shipped envs, judged by moving things by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.tasks import box, put, walk, world_of
from worldsim.envs.dog_agility import AgilityTask
from worldsim.envs.scene import SceneTask
from worldsim.errors import SceneError, UnknownNameError
from worldsim.physics.world import World
from worldsim.scene.model import Scene

# ---- agility


TWO = {"line": {"count": 2, "step": [2, 0, 0]}}
COURSE: list[dict[str, Any]] = [
    {"prefab": "jump_barrier", "name": "one", "at": [2, 0], "tags": ["gate"], "params": {"height": 0.2}},
    {"prefab": "jump_barrier", "name": "two", "at": [5, 3], "rotation_deg": [0, 0, 90], "tags": ["gate"]},
    {"prefab": "cone", "name": "line", "at": [5, 6], "tags": ["finish"], "repeat": TWO},
]


@pytest.fixture(scope="module")
def course() -> Iterator[AgilityTask]:
    world = world_of(COURSE)
    yield AgilityTask(world)
    world.close()


@pytest.fixture
def agility(course: AgilityTask) -> AgilityTask:
    course.world.reset()
    course.begin()
    return course


def test_the_course_is_what_is_tagged_in_the_order_of_the_file(agility: AgilityTask) -> None:
    assert [gate.name for gate in agility.gates] == ["one", "two", "finish"]
    one, two, finish = agility.gates
    assert one.forward == pytest.approx([1, 0], abs=1e-9)
    assert two.forward == pytest.approx([0, 1], abs=1e-9)  # its own x axis, on the side the dog comes from
    assert finish.centre == pytest.approx([6, 6], abs=1e-6)
    assert one.height == pytest.approx(0.2)
    assert [len(gate.poles) for gate in agility.gates] == [1, 1, 0]
    assert one.half_width == pytest.approx(0.635, abs=0.01)  # half of 1.2 m between the posts, and half a post's foot


def test_gates_passed_in_order_end_in_success(agility: AgilityTask) -> None:
    gained = walk(agility, (1.9, 0), (2.1, 0), (5, 2.9), (5, 3.1), (6, 5.9), (6, 6.1))
    assert gained["gate"] == 3
    assert gained["miss"] == gained["pole"] == 0
    assert gained["finish"] == 5
    assert gained["time"] == pytest.approx(-0.005 * 6)
    verdict = agility.verdict()
    assert (verdict.outcome, verdict.terminated, verdict.success) == ("finished", True, True)
    assert agility.faults == 0


def test_a_gate_passed_beside_its_posts_is_missed(agility: AgilityTask) -> None:
    gained = walk(agility, (1.9, 1.5), (2.1, 1.5), (5, 2.9), (5, 3.1), (6, 5.9), (6, 6.1))
    assert (gained["gate"], gained["miss"]) == (2, -1)
    assert agility.verdict().outcome == "missed_gates"
    assert not agility.verdict().success
    assert agility.faults == 1


def test_a_gate_counts_once_and_in_its_turn(agility: AgilityTask) -> None:
    assert walk(agility, (1.9, 0), (2.1, 0))["gate"] == 1
    assert walk(agility, (1.9, 0), (2.1, 0))["gate"] == 0
    assert agility.passed == 1


def test_a_pole_on_the_ground_costs_once(agility: AgilityTask) -> None:
    walk(agility, (1, 0))
    put(agility, "one/pole", (2, 0, 0.02))
    assert agility.rewards()["pole"] == -0.5
    assert walk(agility, (1.5, 0))["pole"] == 0
    assert agility.faults == 1


def test_the_progress_adds_up_to_the_metres_gained(agility: AgilityTask) -> None:
    assert walk(agility, (0.5, 0.2), (1, -0.3), (1.5, 0))["progress"] == pytest.approx(1.5, abs=0.02)
    agility.world.reset()
    agility.begin()
    assert walk(agility, (-1, 0), (0, 0))["progress"] == pytest.approx(0, abs=0.02)


def test_leaving_the_course_ends_it(agility: AgilityTask) -> None:
    walk(agility, (0, 5.9))
    assert agility.verdict().outcome is None
    walk(agility, (0, 6.1))
    assert agility.verdict().outcome == "left_course"
    assert agility.verdict().terminated
    assert walk(agility, (0, 0)) == {}  # over is over


def test_one_that_takes_over_midway_heads_for_the_gate_ahead(agility: AgilityTask) -> None:
    agility.world.advance()
    walk(agility, (4, 2))
    agility.begin()
    assert agility.passed == 1
    agility.world.reset()
    agility.begin()
    assert agility.passed == 0


def test_the_next_gates_are_seen_from_the_dog(agility: AgilityTask) -> None:
    names = [channel.name for channel in agility.own_channels]
    put(agility, "rex", (1, 0, 0.28), (0, 0, math.pi / 2))
    seen = dict(zip(names, agility.own_observation().tolist(), strict=True))
    assert (seen["next_ahead"], seen["next_left"]) == pytest.approx((0, -1), abs=1e-6)
    assert (seen["second_ahead"], seen["second_left"]) == pytest.approx((3, -4), abs=1e-6)
    assert (seen["next_way_cos"], seen["next_way_sin"]) == pytest.approx((0, -1), abs=1e-6)
    assert (seen["next_before"], seen["next_aside"]) == pytest.approx((1, 0), abs=1e-6)
    put(agility, "rex", (0.5, 0.3, 0.28), (0, 0, math.pi / 2))
    seen = dict(zip(names, agility.own_observation().tolist(), strict=True))
    assert (seen["next_before"], seen["next_aside"]) == pytest.approx((1.5, 0.3), abs=1e-6)
    assert seen["next_pole_height"] == pytest.approx(0.2)
    assert seen["next_half_width"] == pytest.approx(agility.gates[0].half_width)
    assert seen["course_done"] == 0


def test_how_long_ago_a_jump_began_is_seen(agility: AgilityTask) -> None:
    world, place = agility.world, [channel.name for channel in agility.own_channels].index("since_jump")
    dt = 1 / world.control_rate

    def live(periods: int, jump: float) -> float:
        for _ in range(periods):
            agility.update(world.advance({"rex": np.array([0.0, 0.0, jump])}))
        return float(agility.own_observation()[place])

    assert live(20, 0.0) == 2.0
    assert live(1, 1.0) == pytest.approx(dt)
    assert live(9, 0.0) == pytest.approx(10 * dt)
    assert live(5, 1.0) == pytest.approx(15 * dt)  # an order in mid-air is none
    assert live(150, 0.0) == 2.0


def test_an_evaluation_hears_of_faults_and_time(agility: AgilityTask) -> None:
    walk(agility, (1.9, 1.5), (2.1, 1.5))
    put(agility, "two/pole", (5, 3, 0.02))
    told = agility.measures()
    assert (told["faults"], told["gates_missed"], told["poles_down"]) == (2, 1, 1)
    assert told["course_done"] == pytest.approx(1 / 3)
    assert told["seconds"] == pytest.approx(3 / agility.world.control_rate)


def test_what_is_in_the_way_is_seen() -> None:
    wall = {
        "name": "wall",
        "shape": "box",
        "size": [0.1, 2, 0.5],
        "at": [2, 0, 0.25],
        "material": "brick",
        "static": True,
    }
    world = world_of([{**wall, "tags": ["gate"]}])
    task = AgilityTask(world)
    clear = [channel.name for channel in task.own_channels].index("clear_ahead")
    assert task.own_observation()[clear] == pytest.approx(1.95 - 0.45, abs=0.01)
    put(task, "rex", (0, 0, 0.28), (0, 0, math.pi))
    assert task.own_observation()[clear] == 3.0
    world.close()


def test_a_scene_without_a_course_is_refused() -> None:
    world = world_of([])
    with pytest.raises(SceneError, match=r"'test' has no course: tag the obstacles with `tags: \[gate\]`"):
        AgilityTask(world)
    world.close()


# ---- any scene


def test_outcomes_are_rewarded_once_and_the_first_that_ends_decides() -> None:
    outcomes = [
        {"name": "seen", "when": {"near": {"body": "rex", "to": [2, 0, 0.3], "within": 1}}, "reward": 1, "ends": False},
        {"name": "there", "when": {"beyond": {"body": "rex", "point": [3, 0, 0], "direction": [1, 0, 0]}}, "reward": 5,
         "success": True},
    ]  # fmt: skip
    world = world_of([], outcomes=outcomes)
    task = SceneTask(world)
    assert walk(task, (1.5, 0)) == {"seen": 1}
    assert walk(task, (0, 0), (1.5, 0)) == {}
    assert not task.verdict().terminated
    assert walk(task, (3.1, 0)) == {"there": 5}
    assert (task.verdict().outcome, task.verdict().success) == ("there", True)
    task.begin()
    assert task.verdict().outcome is None
    world.close()


def test_a_scene_is_seen_from_the_actor() -> None:
    world = world_of([box("near", 2, 0), box("far", 0, 4)])
    task = SceneTask(world)
    put(task, "rex", (1, 0, 0.3), (0, 0, math.pi / 2))
    assert task.own_observation()[:4] == pytest.approx([0, 1, 0, 1], abs=1e-6)
    assert task.own_observation()[4:10] == pytest.approx([0, -1, 0, 4, 1, 0], abs=1e-3)
    assert task.own_observation()[10:] == pytest.approx([30, 0, 0] * 6)
    assert len(task.own_observation()) == len(task.own_channels)
    world.close()


def test_a_task_asks_for_an_actor_that_is_there() -> None:
    world = World(Scene.model_validate({"format": 1, "name": "empty"}), 0)
    with pytest.raises(SceneError, match="'empty' has no actor: add one under 'actors'"):
        SceneTask(world)
    world.close()
    world = world_of([])
    with pytest.raises(UnknownNameError, match="no actor is called 'max'; known: rex"):
        SceneTask(world, "max")
    world.close()


def test_seeing_turns_and_shifts() -> None:
    world = world_of([])
    task = SceneTask(world)
    seen = task.seen_from(np.array([1.0, 2.0, 0.3]), math.pi / 2, np.array([[1.0, 5.0], [0.0, 2.0]]))
    assert seen == pytest.approx(np.array([[3.0, 0.0], [0.0, 1.0]]), abs=1e-12)
    world.close()
