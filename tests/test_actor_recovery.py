"""Getting up as a function of how the torso lies: what the legs do, and when they get restless."""

from __future__ import annotations

import math

import pytest

from worldsim.actor.dog.recovery import HEIGHT, PLAN, Recovery

DT = 1 / 60
ON_ITS_SIDE = (0.0, math.sin(1.9), math.cos(1.9))


def swings(recovery: Recovery, seconds: float) -> list[float]:
    """Return the swing forwards of the left front leg, rad, control period by control period."""
    return [recovery.update(ON_ITS_SIDE)[0][0][2] for _ in range(round(seconds / DT))]


def test_its_legs_keep_their_pose_at_first_and_swing_more_and_more_where_it_lies_on() -> None:
    recovery = Recovery(DT, HEIGHT)
    calm = swings(recovery, 0.75)
    assert max(calm) - min(calm) == 0.0
    restless = swings(recovery, 0.6)  # 1.35 s of turning
    off = [abs(swing - calm[0]) for swing in restless]
    far, often = PLAN.wriggle
    late, growth = PLAN.restless
    time = 1.35
    expected = 2 * far * (time - late) / growth * math.sin(2 * math.pi * often * time)
    assert off[-1] == pytest.approx(abs(expected), rel=1e-6)
    assert max(off) > 0.5
    assert off[: round(0.05 / DT)] == pytest.approx([0.0] * round(0.05 / DT), abs=0.1)


def test_it_swings_by_three_failed_turns_at_most() -> None:
    recovery = Recovery(DT, HEIGHT)
    most = 2 * 3 * PLAN.wriggle[0]
    calm = swings(recovery, 0.5)[0]
    found = []
    for _ in range(round(30 / DT)):
        legs, _ = recovery.update(ON_ITS_SIDE)
        if recovery.rising == 0 and recovery.side > 0:  # the left front leg is above
            found.append(abs(legs[0][2] - calm))
    assert 0.9 * most < max(found) <= most + 1e-9


def test_it_goes_on_from_a_state_as_it_would_have() -> None:
    one, other = Recovery(DT, HEIGHT), Recovery(DT, HEIGHT)
    swings(one, 1.2)
    other.set_state(one.state())
    assert swings(one, 2.0) == swings(other, 2.0)
