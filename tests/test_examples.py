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
    code = "import json, train_ppo; curve = train_ppo.main(steps=10240, rounds=1); print(json.dumps(curve))"
    (_, before, _), (_, after, _) = json.loads(run(code).splitlines()[-1])
    assert before <= 0.2
    assert after >= 0.6
