"""What a dog sees of the ground where it is about to step, and what its paws do about it."""

from __future__ import annotations

import math

import pytest

from tests.dogs import dog_of, dog_world, drive, torso
from worldsim.actor.dog.breed import BREEDS
from worldsim.actor.dog.footing import CAN, Footing
from worldsim.actor.dog.gait import OVER, Gait, Motion
from worldsim.actor.dog.skeleton import Skeleton
from worldsim.physics.world import World

STILL = Motion(0, 0, 0, 0, 0, 0, 0)


def footing(world: World) -> Footing:
    dog = dog_of(world)
    return Footing(world.client, dog.body, dog.gait.height, dog.breed.paw)


def block(ahead: float, height: float, wide: float = 2.0, **more: object) -> dict:
    at = [ahead, 0, height / 2]
    return {"name": "block", "shape": "box", "size": [0.1, wide, height], "at": at, "static": True, **more}


@pytest.mark.parametrize("height", [0.02, 0.05, 0.09])
def test_what_lies_in_the_way_is_seen_as_high_as_it_is(height: float) -> None:
    with dog_world(objects=[block(0.5, height)]) as world:
        assert footing(world).rise(0.3, 0.08, 0.6, 0.08) == pytest.approx(height, abs=1e-3)
        assert footing(world).rise(0.6, 0.08, 0.9, 0.08) == 0.0  # it lies behind
        assert footing(world).rise(-0.1, 0.08, 0.1, 0.08) == 0.0  # and farther off


def test_its_own_legs_are_not_in_its_way_nor_is_level_ground() -> None:
    with dog_world() as world:
        for side in (-0.08, 0.0, 0.08):
            assert footing(world).rise(-0.4, side, 0.4, side) == 0.0


def test_what_no_paw_steps_over_is_left_alone() -> None:
    with dog_world() as world:
        can = CAN * dog_of(world).gait.height
    for height, seen in ((can - 0.01, True), (can + 0.01, False)):
        with dog_world(objects=[block(0.5, height)]) as world:
            assert (footing(world).rise(0.3, 0.08, 0.6, 0.08) > 0) is seen


def test_a_slope_is_no_obstacle() -> None:
    board = {"name": "board", "shape": "box", "size": [20, 20, 1], "at": [0, 0, -0.5], "static": True}
    with dog_world(objects=[{**board, "rotation_deg": [0, -6, 0]}], ground=False) as world:
        assert footing(world).rise(0.2, 0.08, 0.6, 0.08) == 0.0
        assert footing(world).rise(0.6, 0.08, 0.2, 0.08) == 0.0


def test_it_looks_where_it_heads() -> None:
    aside = {"name": "block", "shape": "box", "size": [2.0, 0.1, 0.05], "at": [0, 0.5, 0.025], "static": True}
    with dog_world(objects=[aside]) as world:
        assert footing(world).rise(0.0, 0.3, 0.0, 0.6) == pytest.approx(0.05, abs=1e-3)  # a step to the left
        assert footing(world).rise(0.0, 0.1, 0.3, 0.1) == 0.0


@pytest.mark.parametrize("rise", [0.0, 0.03, 0.08])
def test_a_paw_swings_over_what_it_has_seen(rise: float) -> None:
    breed = BREEDS["beagle"]
    peaks = {}
    for name, look in (("blind", None), ("seeing", lambda *_: rise)):
        gait = Gait(breed, Skeleton.of(breed), 1 / 60)
        highest = -math.inf
        for _ in range(120):
            gait.update(0.6, 0.0, STILL._replace(forward=0.6), rise=look)
            highest = max(highest, *(gait.feet[a + 2] - gait.home[a + 2] for a in (0, 3, 6, 9)))
        peaks[name] = highest
    more = rise + OVER * gait.height if rise > 0 else 0.0
    assert peaks["seeing"] - peaks["blind"] == pytest.approx(more, abs=0.1 * more)


def test_it_looks_once_a_step_and_from_where_it_lifts_its_paw() -> None:
    breed = BREEDS["beagle"]
    gait = Gait(breed, Skeleton.of(breed), 1 / 60)
    looks: list[tuple[float, float, float, float]] = []

    def look(*way: float) -> float:
        looks.append(way)  # type: ignore[arg-type]
        return 0.0

    steps, before = 0, [False] * 4
    for _ in range(180):
        gait.update(0.8, 0.0, STILL._replace(forward=0.8), rise=look)
        steps += sum(now and not was for now, was in zip(gait.swinging, before, strict=True))
        before = list(gait.swinging)
    assert len(looks) == steps > 12
    assert all(x1 > x0 for x0, _, x1, _ in looks[8:])  # a walking dog steps forwards


def test_a_seen_obstacle_is_part_of_the_state() -> None:
    with dog_world(objects=[block(0.6, 0.05)]) as world:
        drive(world, (0.7, 0.0, 0.0), 1.2)
        dog = dog_of(world)
        saved = dog.gait.state()
        dog.gait.reset()
        dog.gait.set_state(saved)
        assert dog.gait.state() == saved
        assert len(dog.gait.rise) == 4


def test_a_dog_walks_over_a_kerb_that_it_would_trip_over_blindly() -> None:
    """Rails of 7 cm every 0.7 m: seen they are stepped over, unseen they hold it up or bring it down."""
    rails = [{**block(0.7 * k, 0.07), "name": f"rail{k}", "size": [0.04, 3.0, 0.07]} for k in range(1, 7)]
    gone = {}
    for name in ("seeing", "blind"):
        with dog_world(objects=rails) as world:
            if name == "blind":
                dog_of(world)._footing.rise = lambda *_: 0.0  # type: ignore[method-assign]
            drive(world, (0.7, 0.0, 0.0), 7.0)
            place, _, upright = torso(world)
            gone[name] = float(place[0]), upright
    assert gone["seeing"][1] > 0.9
    assert gone["seeing"][0] > 3.5
    assert gone["blind"][0] < gone["seeing"][0] - 0.5
