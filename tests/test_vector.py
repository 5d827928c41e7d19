"""Envs side by side whose footage is made in one call of the network give what each gives alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from tests.test_diffusion_network import busy
from worldsim.errors import WorldsimError
from worldsim.render.diffusion import weights
from worldsim.vector import FootageVectorEnv, make_footage_envs

NAME = "worldsim/Scene-v0"
HOW: dict[str, Any] = {"scene": "robot_arm", "size": (48, 32)}


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy().save_pretrained(tmp_path / "small")
    monkeypatch.setattr(weights, "SHIPPED", tmp_path)


@pytest.mark.parametrize("obs", ["pixels", "both"])
def test_together_they_see_what_each_sees_alone(obs: str) -> None:
    together = make_footage_envs(NAME, 2, obs=obs, render_mode="rgb_array", **HOW)
    alone = [gym.make(NAME, obs=obs, renderer="diffusion", **HOW) for _ in range(2)]
    found, _ = together.reset(seed=5)
    expected = [env.reset(seed=5 + k)[0] for k, env in enumerate(alone)]
    for step in range(3):
        for k in range(2):
            one, other = (found["pixels"][k], expected[k]["pixels"]) if obs == "both" else (found[k], expected[k])
            assert int(np.abs(one.astype(int) - other).max()) <= 2, step
        actions = together.action_space.sample() * 0
        found = together.step(actions)[0]
        expected = [env.step(action)[0] for env, action in zip(alone, actions, strict=True)]
    assert np.array_equal(together.render()[1], found["pixels"][1] if obs == "both" else found[1])
    together.close()
    for env in alone:
        env.close()


def test_refusals() -> None:
    with pytest.raises(WorldsimError, match="has no pixels of the diffusion renderer: give it obs='pixels'"):
        make_footage_envs(NAME, 1, obs="state", **HOW)
    with pytest.raises(WorldsimError, match="leave autoreset_mode out"):
        FootageVectorEnv(
            [lambda: gym.make(NAME, obs="pixels", renderer="diffusion", **HOW)],
            autoreset_mode=AutoresetMode.SAME_STEP,
        )
