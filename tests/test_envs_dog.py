"""DogWalk, DogRecover and DogFetch: their contracts, and how good the rules are."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from worldsim.errors import SceneError, UnknownNameError
from worldsim.policy import load_policy
from worldsim.take import Take


def episode(env_id: str, name: str, seed: int, **options: Any) -> tuple[dict[str, Any], int]:
    env: Any = gym.make(env_id, disable_env_checker=True, **options)
    observation, info = env.reset(seed=seed)
    policy = load_policy(name)
    policy.reset(env.unwrapped.task, seed)
    over, length = False, 0
    while not over:
        observation, _, terminated, truncated, info = env.step(policy.act(observation))
        assert env.observation_space.contains(observation)
        over, length = terminated or truncated, length + 1
    env.close()
    return info, length


@pytest.mark.parametrize("policy", ["dog_walk", "dog_walk_net"])
def test_the_walking_rule_and_its_pupil_keep_to_their_orders(policy: str) -> None:
    info, length = episode("worldsim/DogWalk-v0", policy, 1, terrain="flat")
    assert (info["outcome"], info["is_success"], length) == ("walked", True, 600)
    assert info["measures"]["speed_error"] < 0.15
    assert info["measures"]["heading_error"] < 0.1
    assert 0.05 < info["measures"]["cost_of_transport"] < 1.0


def test_the_walking_rule_orders_no_more_than_paws_hold() -> None:
    env: Any = gym.make("worldsim/DogWalk-v0", disable_env_checker=True, terrain="flat")
    observation, _ = env.reset(seed=0)
    task = env.unwrapped.task
    names = [channel.name for channel in task.channels]

    def orders(**felt: float) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        policy, seen, found = load_policy("dog_walk"), np.array(observation), []
        policy.reset(task, 0)
        for name, value in felt.items():
            seen[names.index(name)] = value
        for _ in range(240):
            action = policy.act(seen)
            found.append(task.command(action)[:2])
            env.step(action)
        speed, turn = np.array(found).T
        return speed, turn

    speed, turn = orders(target_speed=1.5, heading_error=1.0, velocity_x=1.5)  # it does not follow: its paws slip
    assert np.diff(speed).max() == pytest.approx(0.4 * 1.5 / 60, rel=0.01)  # in a curve
    assert turn.max() == pytest.approx(0.8, abs=0.01)
    _, turn = orders(target_speed=1.5, heading_error=1.0, velocity_x=1.5, angular_velocity_z=-3.0)  # tripped
    assert turn[-1] == pytest.approx(0.8, abs=0.01)
    _, turn = orders(target_speed=1.0, heading_error=1.0, velocity_x=1.0, angular_velocity_z=1.2)
    assert turn.max() == pytest.approx(1.3, abs=0.01)
    speed, turn = orders(target_speed=2.4, heading_error=-1.0, velocity_x=2.6, angular_velocity_z=-1.2)
    assert turn.min() == pytest.approx(-1.0, abs=0.01)
    assert speed.max() == pytest.approx(0.85 * 2.4, abs=0.01)
    speed, _ = orders(target_speed=2.4)
    assert np.diff(speed).max() == pytest.approx(1.5 / 60, rel=0.01)  # straight on
    assert speed.max() == pytest.approx(2.4, abs=0.01)
    env.close()


@pytest.mark.parametrize("terrain", ["flat", "rough", "cluttered", "sloped", "slippery", "mixed"])
def test_every_terrain_can_be_walked_on(terrain: str) -> None:
    env: Any = gym.make("worldsim/DogWalk-v0", disable_env_checker=True, terrain=terrain)
    policy = load_policy("dog_walk")
    observation, _ = env.reset(seed=5)
    policy.reset(env.unwrapped.task, 5)
    for _ in range(60):
        observation, *_ = env.step(policy.act(observation))
    assert -observation[2] > 0.9
    tags = {tag for body in env.unwrapped.world.layout.bodies for tag in body.tags}
    assert tags == {"mixed": {"rough", "cluttered"}, "rough": {"rough"}, "cluttered": {"cluttered"}}.get(terrain, set())
    env.close()


def test_orders_are_the_seeds_and_lead_back() -> None:
    def orders(seed: int) -> list[tuple[float, float]]:
        env: Any = gym.make("worldsim/DogWalk-v0", disable_env_checker=True, terrain="flat", speed=(1.0, 1.5))
        env.reset(seed=seed)
        task, found = env.unwrapped.task, []
        for _ in range(20):
            task._order(np.array([30.0, 0.0]))
            found.append((task.speed, task._goal))
        env.close()
        return found

    assert orders(1) == orders(1) != orders(2)
    assert all(abs(abs(goal) - np.pi) < 1e-6 for _, goal in orders(3))


def test_pushes_and_control_modes_are_arguments() -> None:
    env: Any = gym.make("worldsim/DogWalk-v0", disable_env_checker=True, terrain="flat", pushes=1.0, control="joint")
    assert env.action_space.shape == (12,)
    options = env.unwrapped.task.actor.placement.options
    assert options.randomise.push_speed == (1.0, 1.0)
    env.close()
    with pytest.raises(UnknownNameError, match="did you mean 'rough'"):
        gym.make("worldsim/DogWalk-v0", terrain="rouhg")
    with pytest.raises(SceneError, match="expected 'command'"):
        gym.make("worldsim/DogWalk-v0", control="joints")


def test_a_knock_is_judged_by_two_seconds_upright_or_a_fall() -> None:
    upright, _ = episode("worldsim/DogWalk-v0", "dog_walk", 2, terrain="flat", pushes=0.3)
    assert upright["outcome"] == "walked"
    assert upright["measures"]["knocks"] == upright["measures"]["recovered"] >= 2
    felled, length = episode("worldsim/DogWalk-v0", "dog_walk", 2, terrain="flat", pushes=6.0)
    assert felled["outcome"] == "fell"
    assert length < 360
    assert (felled["measures"]["knocks"], felled["measures"]["recovered"]) == (1.0, 0.0)
    calm, _ = episode("worldsim/DogWalk-v0", "dog_walk", 2, terrain="flat", seconds=1.0)
    assert "knocks" not in calm["measures"]


def test_a_fallen_dog_gets_up_and_every_seed_falls_another_way() -> None:
    env: Any = gym.make("worldsim/DogRecover-v0", disable_env_checker=True)
    ups = []
    for seed in range(6):
        observation, _ = env.reset(seed=seed)
        ups.append(round(float(-observation[2]), 6))
    env.close()
    assert len(set(ups)) == 6
    assert min(ups) < 0.3
    for seed in range(3):
        info, _ = episode("worldsim/DogRecover-v0", "dog_recover", seed)
        assert info["outcome"] == "up"
        assert 0.0 < info["measures"]["seconds_to_stand"] <= 3.0


@pytest.mark.parametrize("name", ["dog_recover_joints", "dog_recover_net"])
def test_joint_angles_get_it_up_from_most_falls_and_it_stays_up(name: str) -> None:
    env: Any = gym.make("worldsim/DogRecover-v0", disable_env_checker=True, control="joint")
    policy, up, stays = load_policy(name), 0, 0
    for seed in range(8):
        observation, info = env.reset(seed=seed)
        policy.reset(env.unwrapped.task, seed)
        over = False
        while not over:
            observation, _, over, _, info = env.step(policy.act(observation))
        up += info["outcome"] == "up"
        for _ in range(90):  # s / 60
            observation, *_ = env.step(policy.act(observation))
        stays += -observation[2] > 0.9  # gravity_z
    env.close()
    assert up >= 7
    assert stays >= 6


def test_a_limp_dog_stays_down() -> None:
    info, length = episode("worldsim/DogRecover-v0", "idle", 0, control="torque")
    assert (info["outcome"], length) == ("down", 195)


@pytest.mark.parametrize("policy", ["dog_fetch", "dog_fetch_net"])
def test_the_ball_is_fetched_in_the_mouth(policy: str) -> None:
    info, _ = episode("worldsim/DogFetch-v0", policy, 0)
    assert info["outcome"] == "fetched"


def test_a_held_ball_is_still_held_after_a_restore() -> None:
    env: Any = gym.make("worldsim/DogFetch-v0", disable_env_checker=True)
    observation, _ = env.reset(seed=0)
    bare = env.unwrapped
    policy = load_policy("dog_fetch")
    policy.reset(bare.task, 0)
    while bare.task.mouth.held is None:
        observation, *_ = env.step(policy.act(observation))
    order = {"rex": np.array([0.8, 0.3, 0.0, 0.0, 1.0])}

    def go() -> list[bytes]:
        return [bytes(bare.world.advance(order) is not None) + bare.world.observe("rex").tobytes() for _ in range(30)]

    with bare.world.checkpoint() as state:
        after = go()
        bare.world.advance({"rex": np.zeros(5)})
        assert bare.task.mouth.held is None
        bare.world.restore(state)
        assert bare.task.mouth.held is not None
        assert go() == after
    env.close()


def test_a_mouth_lets_go_and_does_not_lift_what_is_heavy() -> None:
    env: Any = gym.make("worldsim/DogFetch-v0", disable_env_checker=True)
    env.reset(seed=0)
    mouth, world = env.unwrapped.task.mouth, env.unwrapped.world
    bodies = [world.client.getBodyUniqueId(k) for k in range(world.client.getNumBodies())]
    body = next(b for b in bodies if world.client.getDynamicsInfo(b, -1)[0] == pytest.approx(0.09))
    world.client.resetBasePositionAndOrientation(body, mouth.tip(), (0, 0, 0, 1))
    mouth.command(True)
    assert mouth.held is not None
    mouth.command(False)
    assert mouth.held is None
    world.client.changeDynamics(body, -1, mass=3.0)
    mouth.command(True)
    assert mouth.held is None
    env.close()


def test_an_evaluation_keeps_takes_that_replay(tmp_path: Any) -> None:
    from worldsim.cli.keep import chosen, keep_takes

    assert chosen([3.0, 1.0, 2.0]) == {"best": 0, "median": 2, "worst": 1}
    env: Any = gym.make("worldsim/DogWalk-v0", max_episode_steps=30, terrain="sloped", control="gait+residual")
    document = {"seed": 3, "returns": [1.0]}
    kept = keep_takes(env, "dog_walk", document, tmp_path / "kept", videos=False)
    env.close()
    assert set(kept) == {"best", "median", "worst"}
    with Take.open(kept["best"]["take"]) as take:
        assert len(take) == 30
        scene = take.scene
        assert scene.actors["rex"].options["control"] == "gait+residual"
        assert "board" in str(take.header.parts)


def test_a_random_course_is_another_for_every_seed_and_weaves() -> None:
    env: Any = gym.make("worldsim/DogAgility-v0", disable_env_checker=True, scene="agility_random")
    found = []
    for seed in (0, 1):
        env.reset(seed=seed)
        task = env.unwrapped.task
        found.append([tuple(gate.centre.round(6)) for gate in task.gates])
        names = [gate.name for gate in task.gates]
        sides = [gate.centre[1] for gate in task.gates if gate.name.startswith("weave")]
        assert names[:2] == ["jump1", "jump2"]
        assert names[-1] == "finish"
        assert [side > 0 for side in sides] == [True, False, True, False, True]
    assert found[0] != found[1]
    env.close()
