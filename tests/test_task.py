"""The tasks of the shipped envs, judged by moving things by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from worldsim.envs.dog_agility import AgilityTask
from worldsim.envs.dog_rampage import RampageTask
from worldsim.envs.scene import SceneTask
from worldsim.errors import SceneError, UnknownNameError
from worldsim.physics.world import World
from worldsim.scene.model import Scene
from worldsim.task import Task

DOG = {"rex": {"kind": "dog", "at": [0, 0]}}


def world_of(objects: Sequence[Mapping[str, Any]], **more: Any) -> World:
    data = {"format": 1, "name": "test", "actors": DOG, "objects": list(objects), **more}
    return World(Scene.model_validate(data), 0, detailed=False)


def put(task: Task, name: str, at: Sequence[float], rpy: Sequence[float] = (0, 0, 0)) -> None:
    """Move a body and let the task see it."""
    world = task.world
    body = world._assembly.body_of[world.part_index(name)]
    world.client.resetBasePositionAndOrientation(body, at, world.client.getQuaternionFromEuler(rpy))
    world._motion = None
    task.update(world.contacts)


def walk(task: Task, *places: tuple[float, float]) -> dict[str, float]:
    """Put the dog at places one after another; return the sums of the reward's terms."""
    total: dict[str, float] = {}
    for x, y in places:
        put(task, "rex", (x, y, 0.28))
        for name, value in task.rewards().items():
            total[name] = total.get(name, 0.0) + value
    return total


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


# ---- rampage


def box(name: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    size = [0.2, 0.2, 0.6]
    return {
        "name": name,
        "shape": "box",
        "size": size,
        "at": [x, y, 0.3],
        "material": "wood",
        "tags": ["knockable"],
        **more,
    }


@pytest.fixture
def rampage() -> Iterator[RampageTask]:
    ball = {
        "name": "ball",
        "shape": "sphere",
        "radius": 0.2,
        "at": [0, 3, 0.2],
        "material": "rubber",
        "tags": ["knockable"],
    }
    world = world_of(
        [box("near", 2, 0), box("far", 4, 1, rotation_deg=[0, 0, 30]), ball, box("post", 3, 3, static=True)]
    )
    yield RampageTask(world)
    world.close()


def test_what_tilts_or_is_shoved_has_fallen_and_counts_once(rampage: RampageTask) -> None:
    assert len(rampage.rows) == 3  # the post is static
    put(rampage, "near", (2, 0, 0.3), (math.radians(44), 0, 0))
    assert rampage.rewards()["fallen"] == 0
    put(rampage, "near", (2, 0, 0.3), (math.radians(46), 0, 0))
    assert rampage.rewards()["fallen"] == 1
    put(rampage, "near", (2, 0, 0.3))
    put(rampage, "near", (2, 0, 0.1), (math.pi / 2, 0, 0))
    assert rampage.rewards()["fallen"] == 0
    put(rampage, "far", (4, 1.34, 0.3))
    assert rampage.rewards()["fallen"] == 0
    put(rampage, "far", (4, 1.36, 0.3))
    assert rampage.rewards()["fallen"] == 1


def test_a_ball_that_turns_has_not_fallen(rampage: RampageTask) -> None:
    put(rampage, "ball", (0, 3, 0.2), (2.0, 0.5, 0))
    assert rampage.rewards()["fallen"] == 0


def test_all_down_is_success(rampage: RampageTask) -> None:
    for name, at in (("near", (5, 0, 0.3)), ("far", (7, 0, 0.3)), ("ball", (0, 5, 0.2))):
        put(rampage, name, at)
    assert rampage.rewards()["all_down"] == 10
    verdict = rampage.verdict()
    assert (verdict.outcome, verdict.terminated, verdict.success) == ("all_down", True, True)
    assert rampage.own_observation()[-1] == 1
    assert rampage.own_observation()[:12].tolist() == [30, 0] * 6


def test_the_nearest_that_stand_are_seen_first(rampage: RampageTask) -> None:
    assert rampage.own_observation()[:6] == pytest.approx([2, 0, 0, 3, 4, 1], abs=1e-3)
    put(rampage, "near", (5, 0, 0.3))
    assert rampage.own_observation()[:4] == pytest.approx([0, 3, 4, 1], abs=1e-3)
    assert rampage.own_observation()[-1] == pytest.approx(1 / 3)


@pytest.fixture
def rows() -> Iterator[RampageTask]:
    """Seven boxes in a row along y at x = 3, five along x at y = −4, and one alone."""
    long = [box(f"long{k}", 3, 0.4 * k) for k in range(7)]
    short = [box(f"short{k}", 1 + 0.4 * k, -4) for k in range(5)]
    world = world_of([*long, *short, box("alone", -3, 3)])
    yield RampageTask(world)
    world.close()


def group(task: RampageTask, k: int) -> list[float]:
    """Return what is seen of group k: ahead, left, cosine and sine of the way, count."""
    seen = dict(zip((channel.name for channel in task.own_channels), task.own_observation().tolist(), strict=True))
    return [seen[f"group{k}_{part}"] for part in ("ahead", "left", "way_cos", "way_sin", "count")]


def test_rows_are_seen_by_their_nearer_end_the_longest_first(rows: RampageTask) -> None:
    assert group(rows, 0) == pytest.approx([3, 0, 0, 1, 7], abs=1e-3)
    assert group(rows, 1) == pytest.approx([1, -4, 1, 0, 5], abs=1e-3)
    assert group(rows, 2) == [30, 0, 1, 0, 0]
    put(rows, "rex", (3, 4, 0.28), (0, 0, math.pi / 2))  # now the other end is nearer, and behind
    assert group(rows, 0) == pytest.approx([-1.6, 0, -1, 0, 7], abs=1e-3)


def test_what_lies_is_seen_apart_from_what_stands(rows: RampageTask) -> None:
    names = [channel.name for channel in rows.own_channels]
    assert rows.own_observation()[names.index("lying0_ahead")] == 30
    put(rows, "alone", (-1, 2, 0.1), (math.pi / 2, 0, 0))
    seen = dict(zip(names, rows.own_observation().tolist(), strict=True))
    assert (seen["lying0_ahead"], seen["lying0_left"]) == pytest.approx((-1, 2), abs=1e-3)
    assert seen["lying1_ahead"] == 30


def test_a_row_that_is_falling_is_no_aim_and_what_is_left_of_it_is_one_later(rows: RampageTask) -> None:
    put(rows, "long0", (3, 0, 0.1), (math.pi / 2, 0, 0))
    assert group(rows, 0)[4] == 5
    for _ in range(round(1.1 * rows.world.control_rate)):
        rows.update(rows.world.contacts)
    assert group(rows, 0) == pytest.approx([3, 0.4, 0, 1, 6], abs=1e-3)


def seen(task: RampageTask, *names: str) -> list[float]:
    """Return channels by their names."""
    all_of_it = dict(zip((channel.name for channel in task.own_channels), task.own_observation().tolist(), strict=True))
    return [all_of_it[name] for name in names]


def test_the_row_that_fells_most_for_the_time_is_told_by_where_the_dog_is_on_its_line(rows: RampageTask) -> None:
    # 7 things in 0.8 + (3.4 + 1.6 + 0.8 · 0.49) / 2.3 s beat 5 in 0.8 + (4.04 + 1.6 + 0.8 · 1.72) / 2.3 s
    assert seen(rows, "row_ahead", "row_left", "row_way_cos", "row_way_sin", "row_count") == pytest.approx(
        [3, 0, 0, 1, 7], abs=1e-3
    )
    assert seen(rows, "row_before", "row_aside", "row_bearing") == pytest.approx([0, 3, 0], abs=1e-3)
    assert seen(rows, "run_up_distance", "run_up_bearing") == pytest.approx(
        [math.hypot(3, 1.6), -math.atan2(1.6, 3)], abs=1e-3
    )
    put(rows, "rex", (-1.5, -3.8, 0.28))  # 0.9 m from the short one's run-up
    assert seen(rows, "row_count", "row_before", "row_aside") == pytest.approx([5, 2.5, 0.2], abs=1e-3)
    assert seen(rows, "run_up_distance", "row_bearing") == pytest.approx(
        [math.hypot(0.9, 0.2), -math.atan2(0.2, 2.5)], abs=1e-3
    )


def test_no_row_is_far_ahead(rampage: RampageTask) -> None:
    assert seen(rampage, "row_ahead", "row_before", "row_aside", "row_count") == [30, 30, 0, 0]
    assert seen(rampage, "run_up_distance", "run_up_bearing", "row_bearing") == [30, 0, 0]


def test_the_aim_is_what_is_reached_soonest_turning_included(rampage: RampageTask) -> None:
    assert seen(rampage, "aim_distance", "aim_bearing") == pytest.approx([2, 0], abs=1e-3)
    put(rampage, "rex", (0, 0, 0.28), (0, 0, math.pi))  # it is nearer than the ball, and behind: a rad counts as 0.8 m
    assert seen(rampage, "aim_distance", "aim_bearing") == pytest.approx([3, -math.pi / 2], abs=1e-3)


def test_what_stands_or_lies_in_the_way_is_seen_up_to_1_4_m_ahead(rampage: RampageTask) -> None:
    assert seen(rampage, "block_ahead", "block_left") == [1.4, 0]
    for at, blocks in ((1.0, 0.3), True), ((1.0, -0.5), False), ((0.1, 0.1), False), ((1.3, -0.4), True):
        put(rampage, "rex", (2 - at[0], -at[1], 0.28))
        expected = at if blocks else (1.4, 0)
        assert seen(rampage, "block_ahead", "block_left") == pytest.approx(expected, abs=1e-3)
    put(rampage, "near", (2, 0, 0.1), (math.pi / 2, 0, 0))
    assert seen(rampage, "lying0_ahead", "block_ahead", "block_left") == pytest.approx((1.3, 1.3, -0.4), abs=1e-3)


def test_coming_nearer_is_rewarded_and_running_away_ends_it(rampage: RampageTask) -> None:
    assert walk(rampage, (1, 0))["approach"] == pytest.approx(0.2, abs=0.01)
    walk(rampage, (-16, 0))
    assert rampage.verdict().outcome is None
    walk(rampage, (-17, 0))
    assert rampage.verdict().outcome == "ran_away"


def test_what_lies_already_when_it_begins_is_no_merit(rampage: RampageTask) -> None:
    put(rampage, "near", (2, 0, 0.1), (math.pi / 2, 0, 0))
    rampage.begin()
    walk(rampage, (0, 0))
    assert rampage.rewards()["fallen"] == 0


def test_a_scene_with_nothing_to_knock_over_is_refused() -> None:
    world = world_of([box("post", 3, 3, static=True)])
    with pytest.raises(SceneError, match=r"nothing to knock over: tag things with `tags: \[knockable\]`"):
        RampageTask(world)
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
