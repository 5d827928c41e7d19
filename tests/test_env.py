"""WorldEnv beyond Gymnasium's checker: copies, redrawn scenes, repeats, pictures, windows, processes."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import worldsim
from worldsim.env import WorldEnv
from worldsim.envs.scene import SceneEnv
from worldsim.errors import ActionError, UnknownNameError, WorldsimError
from worldsim.scene.model import Scene

ROOT = Path(worldsim.__file__).parents[1]
DOG = {"rex": {"kind": "dog"}}
LAWN = Scene.model_validate({"format": 1, "name": "lawn", "actors": DOG})
LOTTERY = Scene.model_validate(
    {
        "format": 1,
        "name": "lottery",
        "actors": DOG,
        "objects": [
            {"name": "box", "shape": "box", "size": [0.2, 0.2, 0.2], "at": [spread, spread, 0.1], "material": "wood"}
            for spread in ({"random": "uniform", "low": 1, "high": 4},)
        ],
        "outcomes": [
            {"name": "early", "when": {"after": 0.1}, "reward": 0.5, "ends": False},
            {"name": "late", "when": {"after": 0.2}, "reward": 2, "success": True},
        ],
    }
)


def make(scene: Any = LAWN, **options: Any) -> Any:
    return gym.make("worldsim/Scene-v0", disable_env_checker=True, scene=scene, **options).unwrapped


@pytest.fixture
def env() -> Iterator[WorldEnv]:
    made = make()
    made.reset(seed=0)
    yield made
    made.close()


def rollout(env: Any, seed: int, steps: int = 20) -> bytes:
    observation, _ = env.reset(seed=seed)
    actions = np.random.default_rng(seed).uniform(-1, 1, (steps, *env.action_space.shape)).astype(np.float32)
    return b"".join([observation.tobytes(), *(env.step(action)[0].tobytes() for action in actions)])


# ---- actions


def test_actions_reach_from_bound_to_bound_with_neutral_at_zero(env: WorldEnv) -> None:
    task = env.task
    channels = task.actor.command_channels
    for action, which in ((1.0, "high"), (-1.0, "low"), (0.0, "neutral")):
        command = task.command(np.full(len(channels), action))
        wanted = [getattr(c, which) if which != "low" else min(c.low, c.neutral) for c in channels]
        assert command == pytest.approx(wanted)
        assert task.action(command) == pytest.approx(
            [action if getattr(c, "high" if action > 0 else "low") != c.neutral else 0.0 for c in channels]
        )


def test_an_action_outside_its_box_counts_as_its_bound(env: WorldEnv) -> None:
    ones = np.ones(3)
    assert env.task.command(7 * ones).tolist() == env.task.command(ones).tolist()


@pytest.mark.parametrize("action", ["fast", None, [1, 2], [[0, 0, 0]], [0, 0, np.inf], [np.nan, 0, 0], ["a", 0, 0]])
def test_what_is_no_action_is_refused(env: WorldEnv, action: Any) -> None:
    with pytest.raises(ActionError, match="an action"):
        env.step(action)


# ---- seeds and redrawn scenes


def test_another_seed_draws_the_scene_anew_and_the_env_follows() -> None:
    env = make(LOTTERY)
    env.reset(seed=1)
    first = env.world.motion().position[env.world.part_index("box")].copy()
    task = env.task
    rollout(env, 2)
    second = env.world.motion().position[env.world.part_index("box")].copy()
    assert np.abs(first - second).max() > 0.01
    assert env.task is not task
    assert env.task.actor is env.world.actors["rex"]
    env.close()


def test_redrawn_scenes_are_the_same_for_the_same_seed() -> None:
    a, b = make(LOTTERY), make(LOTTERY)
    rollout(b, 9)
    assert rollout(a, 4) == rollout(b, 4)
    assert rollout(a, 4) != rollout(a, 5)
    a.close()
    b.close()


def test_a_reset_builds_nothing(env: WorldEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a reset restores; it builds nothing")

    for name in ("createMultiBody", "createCollisionShape", "loadURDF", "resetSimulation"):
        monkeypatch.setattr(env.world.client, name, refuse, raising=False)
    env.reset(seed=5)
    env.reset()


# ---- copies


def test_a_pickled_env_is_built_again_by_its_arguments() -> None:
    env = make(LOTTERY, repeat=3)
    for twin in (pickle.loads(pickle.dumps(env)), copy.deepcopy(env)):
        assert twin.repeat == 3
        assert twin.observation_space == env.observation_space
        assert twin.spec.id == "worldsim/Scene-v0"
        a, b = env.reset(seed=3)[0], twin.reset(seed=3)[0]
        assert np.array_equal(a, b)
        twin.close()
    env.close()


def test_a_wrapped_env_pickles_too() -> None:
    env = gym.make("worldsim/Scene-v0", scene=LAWN)
    twin = pickle.loads(pickle.dumps(env))
    assert rollout(env, 3) == rollout(twin, 3)
    env.close()
    twin.close()


# ---- repeat, rewards, info


def test_an_action_lasts_as_many_periods_as_repeat_says() -> None:
    env = make(repeat=6)
    env.reset(seed=0)
    env.step(np.zeros(3, np.float32))
    assert env.world.time == pytest.approx(6 / 60)
    assert env.metadata["render_fps"] == 10
    assert type(env).metadata["render_fps"] == 60
    env.close()


def test_the_reward_is_the_sum_of_named_terms_and_an_outcome_ends_the_action_early() -> None:
    env = make(LOTTERY, repeat=60)
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(np.zeros(3, np.float32))
    assert info["reward_terms"] == {"early": 0.5, "late": 2.0}
    assert reward == 2.5
    assert (terminated, truncated) == (True, False)
    assert (info["outcome"], info["is_success"]) == ("late", True)
    assert env.world.time == pytest.approx(0.2)
    env.close()


def test_info_counts_contacts_and_holds_only_plain_repeatable_data(env: WorldEnv) -> None:
    def infos() -> list[Any]:
        return [env.reset(seed=1)[1], *(env.step(np.array([1, 0, 0], np.float32))[4] for _ in range(10))]

    first, again = infos(), infos()
    assert first == again
    assert any(info["contacts"]["actor"] > 0 for info in first)
    assert all(info["contacts"]["things"] == 0 for info in first)  # there is only the ground


def test_contacts_with_things_are_counted_apart() -> None:
    crate = {"name": "crate", "shape": "box", "size": [0.4, 2, 0.6], "at": [0.9, 0, 0.3], "material": "wood"}
    env = make(Scene.model_validate({"format": 1, "name": "wall", "actors": DOG, "objects": [crate]}))
    env.reset(seed=0)
    touched = [env.step(np.array([0.8, 0, 0], np.float32))[4]["contacts"] for _ in range(90)]
    assert max(count["things"] for count in touched) > 0
    assert all(count["things"] <= count["actor"] for count in touched)
    env.close()


# ---- arguments


def test_an_unknown_argument_is_refused_with_a_guess() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'renderer'"):
        make(rendrer="raster")
    with pytest.raises(UnknownNameError, match="no actor is called 'max'; known: rex"):
        make(actor="max")
    with pytest.raises(WorldsimError, match="at least 1; found 0"):
        make(repeat=0)
    with pytest.raises(UnknownNameError, match="render mode"):
        SceneEnv(scene=LAWN, render_mode="gui")


def test_a_refused_env_leaves_no_world_behind() -> None:
    from worldsim.physics.client import bullet

    def connected() -> int:
        return sum(bullet().getConnectionInfo(physicsClientId=k)["isConnected"] for k in range(64))

    before = connected()
    for _ in range(3):
        with pytest.raises(UnknownNameError):
            make(actor="nobody")
    assert connected() == before


# ---- pictures and windows


def test_pictures_are_frames_and_the_same_for_the_same_seed() -> None:
    env = make("yard", render_mode="rgb_array", obs="pixels", size=(48, 32))
    frames = []
    for _ in range(2):
        observation, _ = env.reset(seed=0)
        env.step(np.array([1, 0, 0], np.float32))
        frame = env.render()
        assert frame.shape == observation.shape == (32, 48, 3)
        assert frame.dtype == np.uint8
        assert frame.std() > 5
        frames.append(frame)
    assert np.array_equal(frames[0], frames[1])
    frames[0][:] = 0
    assert env.render().std() > 5
    env.close()


def test_a_redrawn_scene_is_drawn_anew_in_pictures() -> None:
    env = make(LOTTERY, render_mode="rgb_array", size=(96, 64))
    frames = [(env.reset(seed=seed), env.render())[1] for seed in (1, 2)]
    assert not np.array_equal(frames[0], frames[1])
    env.close()


@pytest.mark.parametrize("spread", ["places", "sizes"])
def test_a_redrawn_scene_looks_as_in_an_env_that_never_drew_another(spread: str) -> None:
    places = {"random": "uniform", "low": -1, "high": 1}
    thing = {"shape": "cylinder", "radius": 0.2, "height": 0.4, "at": [places, places], "colour": "red"}
    more: dict[str, Any] = {} if spread == "places" else {"radius": {"random": "uniform", "low": 0.1, "high": 0.6}}
    garden = Scene.model_validate(
        {
            "format": 1,
            "name": "garden",
            "objects": [{"name": "moving", **thing, **more}, {"name": "post", "static": True, **thing}],
            "actors": {"arm": {"kind": "robot", "urdf": "pybullet_data:sphere2.urdf", "at": [3, 0]}},
            "cameras": {"top": {"at": [0, -4, 3], "look_at": [0, 0, 0]}},
        }
    )
    env, fresh = (make(garden, render_mode="rgb_array", size=(96, 64)) for _ in range(2))
    env.reset(seed=1)
    env.render()
    drawer = env._renderer
    env.reset(seed=2)
    fresh.reset(seed=2)
    assert np.array_equal(env.render(), fresh.render())
    assert (env._renderer is drawer) == (spread == "places")  # what only stands elsewhere needs no other renderer
    env.close()
    fresh.close()


def test_a_window_without_a_display_draws_to_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    env = make(render_mode="human", size=(48, 32))
    env.reset(seed=0)
    env.step(np.zeros(3, np.float32))
    assert env.render() is None
    assert "SDL_VIDEODRIVER" not in os.environ
    env.close()
    env.close()


def test_importing_and_stepping_states_loads_no_pictures_and_no_torch() -> None:
    code = (
        "import sys, gymnasium as gym, worldsim\n"
        "env = gym.make('worldsim/Scene-v0'); env.reset(seed=0); env.step(env.action_space.sample()); env.close()\n"
        "print([name for name in ('torch', 'diffusers', 'pygame', 'moderngl', 'av') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# ---- processes


def test_a_forked_child_that_ends_leaves_the_parents_world_alone(env: WorldEnv) -> None:
    child = os.fork()
    if child == 0:
        env.close()
        os._exit(0)
    os.waitpid(child, 0)
    env.step(np.zeros(3, np.float32))


WORKERS = """
import gymnasium as gym, worldsim
if __name__ == "__main__":
    how = {"vectorization_mode": "async", "vector_kwargs": {"context": "CONTEXT"}}
    venv = gym.make_vec("worldsim/Scene-v0", num_envs=2, **how)
    venv.reset(seed=0)
    print(*[process.pid for process in venv.processes], flush=True)
    while True:
        venv.step(venv.action_space.sample())
"""


@pytest.mark.slow
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_a_parent_told_to_end_leaves_no_orphans(context: str, tmp_path: Path) -> None:
    script = tmp_path / "workers.py"
    script.write_text(WORKERS.replace("CONTEXT", context))
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.send_signal(signal.SIGTERM)
    parent.wait(20)
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in workers)


def alive(pid: int) -> bool:
    """Whether a process runs: not gone, and not waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_stable_baselines3s_vector_envs_agree() -> None:
    util = pytest.importorskip("stable_baselines3.common.env_util", reason="needs the extra rl")
    vec = pytest.importorskip("stable_baselines3.common.vec_env")
    seen = []
    # Workers that are not forked know no id without the module's name in front; forkserver is the default there.
    for kind, how in ((vec.DummyVecEnv, {}), (vec.SubprocVecEnv, {}), (vec.SubprocVecEnv, {"start_method": "fork"})):
        venv = util.make_vec_env("worldsim:worldsim/Scene-v0", n_envs=2, seed=1, vec_env_cls=kind, vec_env_kwargs=how)
        seen.append([venv.reset(), *(venv.step(np.full((2, 3), 0.5, np.float32))[0] for _ in range(5))])
        venv.close()
    assert np.array_equal(seen[0], seen[1])
    assert np.array_equal(seen[0], seen[2])
