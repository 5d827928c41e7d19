"""The rampage, judged by moving things by hand: what counts as fallen, and what the dog sees of it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from tests.tasks import box, put, walk, world_of
from worldsim.envs.dog_rampage import RampageTask
from worldsim.errors import SceneError


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
