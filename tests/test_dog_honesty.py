from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from tests.dogs import dog_of, dog_world
from worldsim.actor.dog.honesty import Observer, point_speed, positive_work, watch
from worldsim.physics.skin import Skin
from worldsim.physics.world import World
from worldsim.scene.model import Scene

STILL = ((0.0, 0.0, 0.0),) * 3
UP = (0.0, 0.0, 1.0)


def test_a_point_slides_with_what_moves_and_turns_it() -> None:
    moving = ((0.0, 0.0, 0.3), (0.4, 0.0, -2.0), (0.0, 0.0, 0.0))
    assert point_speed((0, 0, 0), UP, (moving, STILL)) == pytest.approx(0.4)
    rolling = ((0.0, 0.0, 0.3), (0.6, 0.0, 0.0), (0.0, 2.0, 0.0))
    assert point_speed((0, 0, 0), UP, (rolling, STILL)) == pytest.approx(0.0, abs=1e-12)
    spun = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 5.0))
    assert point_speed((0.3, 0.4, 0), UP, (spun, STILL)) == pytest.approx(2.5)
    assert point_speed((0, 0, 0), UP, (moving, moving)) == pytest.approx(0.0, abs=1e-12)


def test_work_is_that_of_the_closed_form() -> None:
    dt, times = 1e-4, np.arange(0, 1, 1e-4)
    rates = np.sin(2 * math.pi * times)
    after = np.sin(2 * math.pi * (times + dt))
    torques = 3.0 * np.sin(2 * math.pi * (times + dt / 2) + 0.5)
    done = sum(positive_work([t], [a], [b], dt) for t, a, b in zip(torques, rates, after, strict=True))
    braked = sum(positive_work([-t], [a], [b], dt) for t, a, b in zip(torques, rates, after, strict=True))
    assert done - braked == pytest.approx(0.5 * 3.0 * math.cos(0.5), rel=1e-4)  # mean of sin·sin over a whole period


def test_a_dog_that_slides_over_ice_slips_as_far_as_it_goes() -> None:
    data = {"format": 1, "name": "ice", "ground": {"friction": 0.0}, "actors": {"rex": {"kind": "dog", "at": [0, 0]}}}
    with World(Scene.model_validate(data), detailed=False) as world:
        watch(world, "rex", (0, 0, 0), 0.5)
        world.client.resetBaseVelocity(dog_of(world).body, (0.5, 0.0, 0.0))
        observer = Observer(world, "rex")
        for _ in range(30):
            world.step()
            observer.look()
        seen = observer.result()
    assert seen.way == pytest.approx(0.5 * 30 / 240, rel=0.1)
    assert seen.slip == pytest.approx(1.0, abs=0.1)
    assert all(share == pytest.approx(1.0, abs=0.15) for share in seen.paw_slip)


def test_a_standing_dog_slips_nothing_and_does_not_sink() -> None:
    with dog_world() as world:
        watch(world, "rex", (0, 0, 0), 1.0)
        observer = Observer(world, "rex")
        watch(world, "rex", (0, 0, 0), 1.0, observer)
        seen = observer.result()
    assert seen.way < 0.02
    assert 0 < seen.paw_depth < 0.005
    assert seen.body_depth == 0
    assert 0 < seen.torque_share < 0.5
    assert seen.at_limit == 0


def test_depth_is_how_deep_a_body_was_put() -> None:
    with dog_world() as world:
        client, body = world.client, dog_of(world).body
        place, turn = client.getBasePositionAndOrientation(body)
        lowest = min(client.getAABB(body, link)[0][2] for link in (2, 5, 8, 11))
        client.performCollisionDetection()
        gap = min(p[8] for p in client.getClosestPoints(body, 0, 1.0) if p[3] in (2, 5, 8, 11))
        assert lowest <= gap
        client.resetBasePositionAndOrientation(body, (*place[:2], place[2] - gap - 0.004), turn)
        observer = Observer(world, "rex")
        world.step()
        observer.look()
    assert observer.result().paw_depth == pytest.approx(0.004, abs=2e-4)


def test_work_done_in_free_space_is_the_energy_of_motion() -> None:
    """No gravity and no ground: what the motors did, less what they braked, is in the bones' motion."""
    rex = {"kind": "dog", "at": [0, 0], "control": "joint"}
    data = {"format": 1, "name": "space", "ground": None, "gravity": [0, 0, 0], "actors": {"rex": rex}}
    with World(Scene.model_validate(data), detailed=False) as world:
        observer = Observer(world, "rex")
        watch(world, "rex", [0.2, 0.6, -0.9] * 2 + [0.2, 0.6, 1.4] * 2, 2 / 60, observer)
        seen, now = observer.result(), world.snapshot()
        skeleton = dog_of(world).skeleton
        energy = 0.0
        for part, bone in zip(world.parts, (skeleton.torso, *skeleton.bones), strict=True):
            turn = np.array(world.client.getMatrixFromQuaternion(now.orientation[part.index])).reshape(3, 3)
            spin = turn.T @ now.angular_velocity[part.index]
            energy += 0.5 * bone.mass * float(now.velocity[part.index] @ now.velocity[part.index])
            energy += 0.5 * float(np.array(bone.inertia) @ spin**2)
    assert energy > 0.5
    assert seen.work - seen.braked == pytest.approx(energy, abs=0.01 * seen.work)


def test_watching_changes_nothing() -> None:
    ends = []
    for watched in (True, False):
        with dog_world() as world:
            watch(world, "rex", (1.2, 0.3, 0), 1.0, Observer(world, "rex") if watched else None)
            ends.append(world.state_hash())
    assert ends[0] == ends[1]


def test_nobody_makes_a_skin_until_something_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    import gymnasium as gym

    from worldsim.actor.dog.dog import Dog

    made: list[str] = []
    original = Dog.skin

    def skin(self: Dog, parts: Sequence[int]) -> Skin:
        made.append(self.name)
        return original(self, parts)

    monkeypatch.setattr(Dog, "skin", skin)
    env = gym.make("worldsim/DogWalk-v0", terrain="flat", render_mode="rgb_array", size=(64, 48))
    try:
        env.reset(seed=0)
        for _ in range(5):
            env.step(env.action_space.sample())
        assert made == []
        env.render()
        assert made == ["rex"]
    finally:
        env.close()
