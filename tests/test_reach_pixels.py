"""The visual task of the examples can be done by who knows the state, not blindly; an agent trains on its pixels."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

Act = Callable[[Any], np.ndarray]


@pytest.fixture(scope="module", autouse=True)
def examples() -> Iterator[None]:
    """Make `import reach_pixels` work, as it does beside the examples; it registers ReachPixels-v0."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
    import reach_pixels  # noqa: F401

    yield
    sys.path.pop(0)
    gym.registry.pop("ReachPixels-v0")


def bold(env: Any) -> np.ndarray:
    """Head straight for the pillar, whatever stands in between."""
    task = env.unwrapped.task
    ahead, left = task.seen_from(*task.place(), task.pillar[None])[0]
    course = np.arctan2(left, ahead)
    return np.array([0.7 if abs(course) < 0.4 else 0.0, np.clip(1.5 * course, -1, 1)], np.float32)


def expert(env: Any) -> np.ndarray:
    """Head for the pillar, along the nearest course that keeps the cart's corners clear of every obstacle."""
    task, world = env.unwrapped.task, env.unwrapped.world
    at, heading = task.place()
    parts = [part for part in world.parts if part.name.startswith(("crate", "post"))]
    clear = np.array([0.42 if part.name.startswith("crate") else 0.22 for part in parts]) + 0.36
    ahead, left = task.seen_from(at, heading, task.pillar[None])[0]
    seen = task.seen_from(at, heading, np.array([world.pose(part.index)[0][:2] for part in parts]))
    best, cost = 0.0, np.inf
    for course in np.linspace(-2.2, 2.2, 45):
        along = np.array([np.cos(course), np.sin(course)])
        reach = np.clip(seen @ along, 0, min(2.0, np.hypot(ahead, left)))
        short = (clear - np.linalg.norm(seen - reach[:, None] * along, axis=1)).max()
        worth = abs(course - np.arctan2(left, ahead)) + 0.3 * abs(course) + 12 * max(0.0, short)
        if worth < cost:
            best, cost = float(course), worth
    return np.array([0.7 if abs(best) < 0.4 else 0.0, np.clip(1.5 * best, -1, 1)], np.float32)


def success(act: Act, episodes: int = 30, first: int = 0) -> float:
    """Return the share of episodes in which the pillar was reached; nothing is drawn."""
    env = gym.make("ReachPixels-v0", obs="state")
    reached = 0
    for seed in range(first, first + episodes):
        env.reset(seed=seed)
        over = False
        while not over:
            _, _, ended, late, info = env.step(act(env))
            over = ended or late
        reached += info["is_success"]
    env.close()
    return reached / episodes


def test_who_knows_the_state_reaches_the_pillar() -> None:
    assert success(expert) >= 0.9


def test_blind_and_random_drivers_do_not() -> None:
    rng = np.random.default_rng(0)
    assert success(lambda _: np.array([1, 0], np.float32)) <= 0.2
    assert success(lambda _: rng.uniform(-1, 1, 2).astype(np.float32)) <= 0.2


def test_who_sees_the_pillar_but_not_the_obstacles_does_not_either() -> None:
    assert success(bold) <= 0.25


def test_the_env_keeps_the_contract() -> None:
    env = gym.make("ReachPixels-v0")
    check_env(env.unwrapped, skip_render_check=True)
    env.close()


@pytest.mark.parametrize("renderer", ["raster", "diffusion"])
def test_the_same_seed_gives_the_same_pixels_and_another_seed_others(renderer: str) -> None:
    env = gym.make("ReachPixels-v0", renderer=renderer)
    films = []
    for seed in (1, 2, 1):
        film = [env.reset(seed=seed)[0]]
        film += [env.step(np.array([1, 0.3], np.float32))[0] for _ in range(3)]
        films.append(np.array(film))
    assert films[0].shape == (4, 48, 64, 3)
    assert np.array_equal(films[0], films[2])
    assert not np.array_equal(films[0], films[1])
    env.close()


def test_a_cart_goes_where_it_is_told_and_comes_back_from_a_checkpoint() -> None:
    env = gym.make("ReachPixels-v0", obs="state").unwrapped
    env.reset(seed=0)
    world = env.world  # type: ignore[attr-defined]
    world.advance({"cart": np.array([1.0, 1.0])})
    point = world.checkpoint()
    ends = []
    for _ in range(2):
        world.restore(point)
        for _ in range(20):
            world.advance({"cart": np.array([0.6, -0.8])})
        ends.append(world.state_hash())
    assert ends[0] == ends[1]
    velocity = world.motion().velocity[world.part_index("cart")]
    assert np.linalg.norm(velocity) == pytest.approx(0.6, abs=0.1)
    assert world.motion().angular_velocity[world.part_index("cart")][2] == pytest.approx(-0.8, abs=0.15)
    env.close()


@pytest.mark.parametrize("renderer", ["raster", "diffusion"])
def test_an_agent_trains_on_pixels_for_a_moment(renderer: str, tmp_path: Path) -> None:
    import ppo_pixels
    import torch
    from safetensors.torch import load_file

    log = tmp_path / "run.jsonl"
    how: dict[str, Any] = {"steps": 32, "rounds": 1, "episodes": 2, "count": 2, "horizon": 16}
    curve = ppo_pixels.main(renderer, final=2, log=log, **how)
    assert [json.loads(line) for line in log.read_text("utf-8").splitlines()] == curve
    other = {"raster": "diffusion", "diffusion": "raster"}[renderer]
    assert [(line["steps"], line["seen_by"]) for line in curve] == [
        (0, renderer), (32, renderer), (32, renderer), (32, other)
    ]  # fmt: skip
    assert all(line["there"] + line["bump"] + line["late"] == 2 for line in curve)
    torch.manual_seed(0)
    before = ppo_pixels.Agent().state_dict()
    after = load_file(log.with_suffix(".safetensors"))
    assert all(bool((after[name] != before[name]).any()) for name in before)
    ppo_pixels.main(renderer, final=0, log=tmp_path / "again.jsonl", **how)
    again = load_file(tmp_path / "again.safetensors")
    assert all(bool((after[name] == again[name]).all()) for name in after)


def test_advantages_are_sums_of_what_came_as_long_as_the_episode_lasted() -> None:
    import ppo_pixels as p
    import torch

    draw = torch.Generator().manual_seed(0)
    reward, value = torch.rand(6, 2, generator=draw), torch.rand(6, 2, generator=draw)
    last = torch.rand(2, generator=draw)
    after = torch.cat([value[1:], last[None]])
    ended = torch.zeros(6, 2)
    ended[2, 0] = 1
    cut = ended.clone()
    cut[3, 1] = 1
    gains = p.advantages(reward, value, ended, cut, last)
    for n in range(2):
        for t in range(6):
            total, weight = 0.0, 1.0
            for k in range(t, 6):
                total += weight * float(reward[k, n] + p.GAMMA * (1 - ended[k, n]) * after[k, n] - value[k, n])
                weight *= p.GAMMA * p.DECAY
                if cut[k, n]:
                    break
            assert total == pytest.approx(float(gains[t, n]), abs=1e-5), (t, n)
