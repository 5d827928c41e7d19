"""The examples run, and the one that trains learns."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(code: str) -> str:
    """Run code in the examples' folder and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=EXAMPLES, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_task_of_ones_own_keeps_the_contract() -> None:
    run(
        "import reach; from gymnasium.utils.env_checker import check_env;"
        "env = reach.gym.make('Reach-v0'); check_env(env.unwrapped, skip_render_check=True); env.close()"
    )


@pytest.mark.slow
def test_the_vector_env_example_steps() -> None:
    assert int(run("import vector_env; print(vector_env.main(steps=3))")) == 0


@pytest.mark.slow
def test_the_ppo_example_learns() -> None:
    pytest.importorskip("stable_baselines3", reason="needs the extra rl")
    code = "import json, train_ppo; curve = train_ppo.main(steps=15360, rounds=1); print(json.dumps(curve))"
    (_, before, _), (_, after, _) = json.loads(run(code).splitlines()[-1])
    assert before <= 0.2
    assert after >= 0.3


SHORT = "main(steps=64, rounds=1, episodes=1, envs=2, horizon=32)"


@pytest.mark.parametrize("word", ["ppo_single_file", "ppo_torchrl"])
def test_the_recipes_train_for_a_moment(word: str) -> None:
    if word == "ppo_torchrl":
        pytest.importorskip("torchrl", reason="needs TorchRL: pip install torchrl")
    curve = json.loads(run(f"import json, {word}; print(json.dumps({word}.{SHORT}))").splitlines()[-1])
    assert [steps for steps, _, _ in curve] == [0, 64]


def test_the_rllib_recipe_trains_for_a_moment() -> None:
    pytest.importorskip("ray.rllib", reason='needs RLlib: pip install "ray[rllib]"')
    code = "import json, ppo_rllib; print(json.dumps(ppo_rllib.main(steps=64, rounds=1, episodes=1, envs=2, batch=64)))"
    curve = json.loads(run(code).splitlines()[-1])
    assert [steps for steps, _, _ in curve] == [0, 64]


def test_advantages_are_sums_of_what_came_as_long_as_the_episode_lasted() -> None:
    code = """
import torch, ppo_single_file as p
torch.manual_seed(0)
reward, value, after = torch.rand(3, 6, 2)
ended = torch.zeros(6, 2); ended[2, 0] = 1
cut = ended.clone(); cut[3, 1] = 1
gains = p.advantages(reward, value, ended, cut, after)
for n in range(2):
    for t in range(6):
        total, weight = 0.0, 1.0
        for k in range(t, 6):
            total += weight * (reward[k, n] + p.GAMMA * (1 - ended[k, n]) * after[k, n] - value[k, n])
            weight *= p.GAMMA * p.DECAY
            if cut[k, n]:
                break
        assert abs(total - gains[t, n]) < 1e-5, (t, n)
"""
    run(code)
