"""Every registered env keeps the contract: Gymnasium's checker, stable-baselines3's, and our own promises."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import worldsim
from worldsim.errors import ActionError, SceneError, UnknownNameError, WorldsimError

IDS = sorted(name for name in gym.registry if name.startswith("worldsim/"))
LIGHT = "worldsim/Scene-v0"
ROOT = Path(worldsim.__file__).parents[1]


def make(name: str = LIGHT, **options: Any) -> Any:
    """Return an env without the checker's wrapper."""
    return gym.make(name, disable_env_checker=True, **options)


def test_six_are_registered() -> None:
    dogs = [f"worldsim/Dog{task}-v0" for task in ("Agility", "Fetch", "Rampage", "Recover", "Walk")]
    assert [*dogs, "worldsim/Scene-v0"] == IDS


@pytest.mark.parametrize("name", IDS)
def test_gymnasiums_checker_finds_nothing(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make(name, size=(64, 48))
        try:
            check_env(env.unwrapped)
        finally:
            env.close()


@pytest.mark.parametrize("name", IDS)
def test_stable_baselines3s_checker_finds_nothing(name: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker", reason="needs the extra rl")
    env = make(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            checker.check_env(env.unwrapped, warn=True, skip_render_check=True)
    finally:
        env.close()


@pytest.mark.parametrize("obs", ["state", "pixels", "both"])
def test_observations_lie_in_their_space(obs: str) -> None:
    env = make(obs=obs, size=(48, 32))
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    for _ in range(5):
        observation, reward, *_, info = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert np.isfinite(reward)
    assert {"outcome", "is_success", "contacts", "reward_terms"} <= set(info)
    env.close()
    env.close()


@pytest.mark.parametrize("name", IDS)
def test_the_same_seed_gives_the_same_episodes_to_the_byte(name: str) -> None:
    def rollout() -> list[bytes]:
        env = make(name)
        out = []
        for seed in (7, None):
            observation, _ = env.reset(seed=seed)
            out.append(observation.tobytes())
            actions = np.random.default_rng(0).uniform(-1, 1, (40, *env.action_space.shape)).astype(np.float32)
            for action in actions:
                observation, reward, *_ = env.step(action)
                out.append(observation.tobytes() + np.float64(reward).tobytes())
        env.close()
        return out

    assert rollout() == rollout()


def test_bad_actions_are_refused_and_nothing_happens() -> None:
    env = make()
    env.reset(seed=0)
    before = env.unwrapped.world.state_hash()
    size = env.action_space.shape[0]
    with pytest.raises(ActionError, match="shape"):
        env.step(np.zeros(size + 1, np.float32))
    with pytest.raises(ActionError, match="NaN"):
        env.step(np.full(size, np.nan, np.float32))
    assert env.unwrapped.world.state_hash() == before
    env.close()


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'state'"):
        make(obs="stat")
    with pytest.raises(UnknownNameError, match="camera"):
        make(camera="nowhere")
    with pytest.raises(WorldsimError, match="size"):
        make(size=(3, 3))
    with pytest.raises(SceneError, match="has no actor"):
        make(scene="dominoes")
    with pytest.raises(SceneError, match=r"tags: \[gate\]"):
        make("worldsim/DogAgility-v0", scene="dog_rampage")


@pytest.mark.parametrize(
    "code",
    [
        "import gymnasium as gym, worldsim; gym.make('worldsim/Scene-v0').close()",
        "import gymnasium as gym; gym.make('worldsim:worldsim/Scene-v0').close()",
        "import gymnasium as gym, worldsim; gym.register_envs(worldsim); gym.make('worldsim/Scene-v0').close()",
    ],
)
def test_every_spelling_of_make_works_in_a_fresh_process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_vector_envs_step_together() -> None:
    venv = gym.make_vec(LIGHT, num_envs=2, vectorization_mode="sync")
    first, _ = venv.reset(seed=3)
    observation, reward, *_ = venv.step(np.zeros(venv.action_space.shape, np.float32))
    assert first.shape == observation.shape == venv.observation_space.shape
    assert reward.shape == (2,)
    venv.close()


@pytest.mark.slow
@pytest.mark.parametrize("context", ["fork", "spawn", "forkserver"])
def test_async_vector_envs_step_in_processes_of_their_own(context: str) -> None:
    venv = gym.make_vec(LIGHT, num_envs=2, vectorization_mode="async", vector_kwargs={"context": context})
    a, _ = venv.reset(seed=3)
    sync = gym.make_vec(LIGHT, num_envs=2, vectorization_mode="sync")
    b, _ = sync.reset(seed=3)
    assert np.array_equal(a, b)
    zeros = np.zeros(venv.action_space.shape or (), np.float32)
    for _ in range(5):
        assert np.array_equal(venv.step(zeros)[0], sync.step(zeros)[0])
    venv.close()
    sync.close()


def test_keys_to_action_are_actions() -> None:
    env = make()
    table = env.unwrapped.get_keys_to_action()
    assert table[("w",)][0] > 0
    assert table[("a",)][1] > 0 > table[("d",)][1]
    assert all(env.action_space.contains(action) for action in table.values())
    env.close()


def test_an_episode_is_cut_by_the_time_limit_not_by_the_task() -> None:
    env = make(max_episode_steps=5)
    env.reset(seed=0)
    flags = [env.step(np.zeros(env.action_space.shape, np.float32))[2:4] for _ in range(5)]
    assert flags == [(False, False)] * 4 + [(False, True)]
    env.close()


@pytest.mark.slow
def test_ten_thousand_resets_and_a_thousand_envs_keep_memory_flat() -> None:
    psutil = pytest.importorskip("psutil", reason="needs the extra dev")
    process = psutil.Process()
    env = make()
    action = np.zeros(env.action_space.shape, np.float32)

    def resets(n: int) -> int:
        for _ in range(n):
            env.reset()
            env.step(action)
        return int(process.memory_info().rss)

    def remakes(n: int) -> int:
        for _ in range(n):
            other = make()
            other.reset(seed=0)
            other.close()
        return int(process.memory_info().rss)

    start = resets(1000)
    assert resets(9000) < 1.05 * start
    start = remakes(100)
    assert remakes(900) < 1.05 * start
    env.close()
