"""Policies: found by name, at work in envs and bare worlds, restarted where time does not just go on."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import worldsim
from worldsim.envs.scene import SceneTask
from worldsim.errors import PolicyError, SceneError, UnknownNameError
from worldsim.physics.world import World
from worldsim.policy import Policy, check_fit, fitted, load_policy, pilot_for, policies, task_of
from worldsim.scene.model import Scene

LAWN = Scene.model_validate({"format": 1, "name": "lawn", "actors": {"rex": {"kind": "dog"}}})
COURSE = Scene.model_validate(
    {
        "format": 1,
        "name": "course",
        "actors": {"rex": {"kind": "dog"}},
        "objects": [
            {"prefab": "jump_barrier", "name": "one", "at": [2.8, 0], "tags": ["gate"], "params": {"height": 0.2}},
            {"name": "line", "shape": "box", "size": [0.1, 2, 0.01], "at": [4.5, 0, 0], "static": True,
             "material": "wood", "tags": ["finish"]},
        ],
    }
)  # fmt: skip


def scene_for(name: str) -> Scene:
    own = {"dog_rhythm": "dog_walk", "dog_trot": "dog_walk", "rampage_baseline": "dog_rampage"}.get(name, name)
    own = own.removesuffix("_net").removesuffix("_joints")
    return fitted(worldsim.load_scene(own if own.startswith("dog_") else "yard"), name)


def test_the_shipped_ones_are_listed_with_what_they_do() -> None:
    assert {"dog_agility", "dog_rampage", "idle", "random_actions", "wander"} <= set(policies())
    assert all(about.endswith(".") for about in policies().values())


def test_an_unknown_name_gets_a_guess() -> None:
    with pytest.raises(UnknownNameError, match="no policy is called 'dog_agilty'; did you mean 'dog_agility'"):
        load_policy("dog_agilty")


@pytest.mark.parametrize("name", sorted(policies()))
def test_each_acts_within_the_action_space_and_again_the_same(name: str) -> None:
    policy = load_policy(name)
    assert isinstance(policy, Policy)
    world = World(scene_for(name), 0, detailed=False)
    task = task_of(policy, world)
    size = len(task.actor.command_channels)

    def run() -> list[list[float]]:
        world.reset(0)
        task.begin()
        policy.reset(task, 3)
        out = []
        for _ in range(20):
            action = policy.act(task.observe().astype(np.float32))
            assert action.shape == (size,)
            assert action.dtype == np.float32
            assert np.abs(action).max() <= 1
            out.append(action.tolist())
            task.update(world.advance({task.actor_name: task.command(action)}))
        return out

    assert run() == run()
    world.close()


def test_random_ones_follow_their_seed() -> None:
    world = World(LAWN)
    task = SceneTask(world)
    for name in ("random_actions", "wander"):
        policy = load_policy(name)
        acts = []
        for seed in (1, 2, 1):
            policy.reset(task, seed)
            acts.append([policy.act(task.observe()).tolist() for _ in range(5)])
        assert acts[0] == acts[2] != acts[1]
    world.close()


def test_random_ones_drive_robots_too() -> None:
    scene = worldsim.load_scene("robot_arm")
    world = World(scene)
    for name in ("random_actions", "wander", "idle"):
        pilot = pilot_for(world, name)
        world.advance(pilot(world))
    world.close()


def test_a_policy_for_another_task_is_refused() -> None:
    world = World(LAWN)
    with pytest.raises(PolicyError, match="made for AgilityTask, not for SceneTask"):
        check_fit(load_policy("dog_agility"), SceneTask(world))
    check_fit(load_policy("wander"), SceneTask(world))
    with pytest.raises(SceneError, match="has no course"):
        pilot_for(world, "dog_agility")
    with pytest.raises(UnknownNameError, match="policy"):
        pilot_for(world, "nobody")
    world.close()


def test_no_policy_means_neutral_commands() -> None:
    with World(worldsim.load_scene("dominoes")) as world:
        assert pilot_for(world, None)(world) == {}


# ---- a pilot at work


class Counting:
    """Counts what is asked of it."""

    task = ""

    def __init__(self) -> None:
        self.resets = self.acts = 0

    def reset(self, task: Any, seed: int) -> None:
        self.resets += 1
        self.size = len(task.actor.command_channels)

    def act(self, observation: Any) -> Any:
        self.acts += 1
        return np.full(self.size, 0.2, np.float32)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    policy = Counting()
    monkeypatch.setattr("worldsim.policy.load_policy", lambda name: policy)
    return policy


def test_a_pilot_begins_anew_only_where_time_did_not_just_go_on(counting: Counting) -> None:
    with World(LAWN) as world:
        pilot = pilot_for(world, "counting")

        def drive(periods: int) -> None:
            for _ in range(periods):
                world.advance(pilot(world))

        drive(3)
        assert (counting.resets, counting.acts) == (1, 3)
        world.advance()  # a person takes over for a moment
        drive(2)
        assert counting.resets == 2
        world.reset()
        drive(2)
        assert counting.resets == 3
        with world.checkpoint() as state:
            drive(2)
            world.restore(state)
            drive(1)
        assert counting.resets == 4


def test_a_policy_that_decides_more_seldom_has_its_action_held(counting: Counting) -> None:
    counting.arguments = {"repeat": 3}  # type: ignore[attr-defined]
    with World(LAWN) as world:
        pilot = pilot_for(world, "counting")
        for _ in range(7):
            world.advance(pilot(world))
        assert (counting.resets, counting.acts) == (1, 3)
        world.reset()  # in the middle of an action: the next episode begins with one of its own
        world.advance(pilot(world))
        assert (counting.resets, counting.acts) == (2, 4)


def test_a_pilot_follows_a_redrawn_scene(counting: Counting) -> None:
    box = {"name": "box", "shape": "box", "size": [0.2, 0.2, 0.2], "material": "wood",
           "at": [{"random": "uniform", "low": 1, "high": 4}, 0, 0.1]}  # fmt: skip
    actors = {"rex": {"kind": "dog"}}
    with World(Scene.model_validate({"format": 1, "name": "r", "actors": actors, "objects": [box]})) as world:
        pilot = pilot_for(world, "counting")
        world.advance(pilot(world))
        world.reset(1)
        world.advance(pilot(world))
        assert counting.resets == 2


def test_a_pilot_and_an_env_drive_the_same_way() -> None:
    env = gym.make("worldsim/DogAgility-v0", scene=COURSE, disable_env_checker=True).unwrapped
    observation, _ = env.reset(seed=0)
    policy = load_policy("dog_agility")
    policy.reset(env.task, 0)  # type: ignore[attr-defined]
    world = World(COURSE, env.world.seed)  # type: ignore[attr-defined]
    pilot = pilot_for(world, "dog_agility")
    for _ in range(60):
        observation, *_ = env.step(policy.act(observation))
        world.advance(pilot(world))
    ours, theirs = env.world.snapshot(), world.snapshot()  # type: ignore[attr-defined]
    assert ours.position.tobytes() == theirs.position.tobytes()
    env.close()
    world.close()


# ---- how good the rules are


def run(env_id: str, name: str, seed: int, **options: Any) -> Any:
    env: Any = gym.make(env_id, disable_env_checker=True, **options)
    observation, _ = env.reset(seed=seed)
    task = env.unwrapped.task
    policy = load_policy(name)
    policy.reset(task, seed)
    over = False
    while not over:
        observation, _, terminated, truncated, _ = env.step(policy.act(observation))
        over = terminated or truncated
    env.close()
    return task


def test_the_agility_rule_jumps_a_barrier_clean_and_finishes() -> None:
    task = run("worldsim/DogAgility-v0", "dog_agility", 0, scene=COURSE, max_episode_steps=900)
    assert task.verdict().outcome == "finished"
    assert task.faults == 0


@pytest.mark.slow
def test_the_agility_rule_runs_the_shipped_course() -> None:
    tasks = [run("worldsim/DogAgility-v0", "dog_agility", seed) for seed in range(3)]
    assert sum(task.verdict().outcome == "finished" for task in tasks) >= 2
    assert sum(task.faults for task in tasks) <= 3


@pytest.mark.slow
def test_the_network_that_the_agility_rule_taught_runs_courses_that_it_never_saw() -> None:
    seeds = range(800_000, 800_003)
    tasks = [run("worldsim/DogAgility-v0", "dog_agility_net", seed, scene="agility_random") for seed in seeds]
    assert sum(task.verdict().outcome == "finished" for task in tasks) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["dog_rampage", "dog_rampage_net"])
def test_who_goes_on_a_rampage_knocks_down_far_more_than_wandering(policy: str) -> None:
    charging = [run("worldsim/DogRampage-v0", policy, seed).down.sum() for seed in range(2)]
    wandering = [run("worldsim/DogRampage-v0", "wander", seed).down.sum() for seed in range(2)]
    assert sum(charging) > 1.5 * sum(wandering)
    assert min(charging) >= 12
