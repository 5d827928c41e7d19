"""The rules that run courses and knock things over: what they do where it matters, in short worlds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import worldsim  # noqa: F401  registers the envs
from worldsim.policy import load_policy

COURSE = """
format: 1
name: short_course
actors:
  rex: {kind: dog, breed: beagle, at: [%s, %s], heading_deg: %s}
objects:
%s
  - {prefab: cone, name: finish_cone, at: [%s, 1.3], tags: [finish], repeat: {line: {count: 2, step: [0, -2.6, 0]}}}
"""
JUMP = "  - {prefab: jump_barrier, name: jump, at: [3, 0], tags: [gate], params: {height: 0.17}}"
SEE_SAW = "  - {prefab: see_saw, name: see_saw, at: [3.4, 0.2], tags: [gate], params: {height: 0.3, width: 0.5}}"


def run(scene: Path, seconds: float) -> tuple[dict[str, Any], float]:
    """Let the agility rule run a course; return the last info and the lowest speed it asked for, m/s."""
    env: Any = gym.make("worldsim/DogAgility-v0", scene=str(scene), disable_env_checker=True)
    policy = load_policy("dog_agility")
    observation, info = env.reset(seed=0)
    task = env.unwrapped.task
    policy.reset(task, 0)
    backed = 0.0
    for _ in range(round(60 * seconds)):
        action = policy.act(observation)
        backed = min(backed, float(task.command(action)[0]))
        observation, _, terminated, _, info = env.step(action)
        if terminated:
            break
    env.close()
    return info, backed


@pytest.mark.parametrize(
    ("start", "gate", "finish", "backs"),
    [((0, 0.2, 0), JUMP, 5.5, False), ((2.3, 0, 0), JUMP, 5.5, True), ((0, 0, 0), SEE_SAW, 6.5, False)],
    ids=["a jump", "a jump from too near", "a see-saw"],
)
def test_the_agility_rule_takes_a_gate(
    tmp_path: Path, start: tuple[float, float, float], gate: str, finish: float, backs: bool
) -> None:
    scene = tmp_path / "short_course.yaml"
    scene.write_text(COURSE % (*start, gate, finish), encoding="utf-8")
    info, backed = run(scene, 20)
    assert info["outcome"] == "finished"
    assert info["measures"]["faults"] == 0
    assert (backed < 0) == backs


YARD = """
format: 1
name: short_yard
actors:
  rex: {kind: dog, breed: shepherd, at: [0, 0], heading_deg: 0}
objects:
  - {prefab: plank_row, name: row, at: [3, 1.5], tags: [knockable], params: {count: 12}}
"""


def test_the_agility_rule_lands_straight_after_a_jump_that_it_did_not_order(tmp_path: Path) -> None:
    scene = tmp_path / "short_course.yaml"
    scene.write_text(COURSE % (0, 0.5, 30, JUMP, 5.5), encoding="utf-8")  # it has to turn
    env: Any = gym.make("worldsim/DogAgility-v0", scene=str(scene), disable_env_checker=True)
    observation, _ = env.reset(seed=0)
    task = env.unwrapped.task
    since_jump = [channel.name for channel in task.channels].index("since_jump")
    turns = {}
    for since in (0.02, 0.6, 1.05, 1.15, 2.0):
        observation[since_jump] = since
        policy = load_policy("dog_agility")
        policy.reset(task, 0)
        turns[since] = [float(task.command(policy.act(observation))[1]) for _ in range(60)][-1]
    env.close()
    assert turns[0.02] == turns[0.6] == turns[1.05] == 0.0
    assert turns[1.15] == turns[2.0] < -0.2


def test_the_agility_rule_does_not_back_off_a_plank_that_it_was_led_onto() -> None:
    env: Any = gym.make("worldsim/DogAgility-v0", disable_env_checker=True)
    env.reset(seed=0)
    task = env.unwrapped.task
    names = [channel.name for channel in task.channels]
    env.close()

    def before(ahead: float) -> np.ndarray:
        seen = {"gravity_z": -1.0, "velocity_x": 0.5, "next_ahead": ahead, "next_left": 0.3, "next_way_cos": 1.0,
                "next_half_width": 0.35, "second_ahead": 9.0, "clear_ahead": 5.0, "since_jump": 2.0}  # fmt: skip
        return np.array([seen.get(name, 0.0) for name in names], np.float32)

    policy = load_policy("dog_agility")
    policy.reset(task, 0)
    speeds = [float(task.command(policy.act(before(ahead)))[0]) for ahead in (1.5, 1.4, 1.3, 1.2, 1.1)]
    assert max(speeds[:3]) < 0 < min(speeds[3:])  # 0.3 m beside the plank's axis: too much before it, too late on it


def test_the_rampage_rule_fells_a_row_by_its_end(tmp_path: Path) -> None:
    scene = tmp_path / "short_yard.yaml"
    scene.write_text(YARD, encoding="utf-8")
    env: Any = gym.make("worldsim/DogRampage-v0", scene=str(scene), disable_env_checker=True)
    policy = load_policy("dog_rampage")
    observation, _ = env.reset(seed=0)
    task = env.unwrapped.task
    policy.reset(task, 0)
    x = 0.0
    for _ in range(60 * 12):
        observation, _, terminated, _, _ = env.step(policy.act(observation))
        x = max(x, float(task.place()[0][0]))
        if terminated:
            break
    assert task.down.all()
    assert x < 5.0  # the row is 3.3 m long: the last of it fell without the dog
    env.close()


@pytest.mark.parametrize(("speed", "expected"), [(0.3, 1.3), (0.9, 1.3), (2.0, 0.65)])
def test_the_rampage_rule_turns_no_sharper_than_a_shepherd_can(speed: float, expected: float) -> None:
    env: Any = gym.make("worldsim/DogRampage-v0", disable_env_checker=True)
    env.reset(seed=0)
    task = env.unwrapped.task
    seen = {"gravity_z": -1.0, "velocity_x": speed, "aim_distance": 5.0, "aim_bearing": 2.0}
    observation = np.array([seen.get(channel.name, 0.0) for channel in task.channels], np.float32)
    policy = load_policy("dog_rampage")
    policy.reset(task, 0)
    turns = [float(task.command(policy.act(observation))[1]) for _ in range(40)]  # 0.7 s: it is not stuck yet
    env.close()
    assert turns[-1] == pytest.approx(expected, rel=0.05)  # rad/s; at 2 m/s 1.3 m/s² to the side
    assert np.diff(turns).min() > 0
    assert turns[11] == pytest.approx(expected * (1 - math.exp(-1)), rel=0.06)  # a time constant of 0.2 s


def test_the_rampage_baseline_walks_at_the_nearest_thing() -> None:
    env: Any = gym.make("worldsim/DogRampage-v0", disable_env_checker=True)
    observation, _ = env.reset(seed=0)
    task = env.unwrapped.task
    policy = load_policy("rampage_baseline")
    policy.reset(task, 0)
    names = [channel.name for channel in task.channels]
    seen = np.array(observation)
    for left, sign in ((1.0, 1), (-1.0, -1), (0.0, 0)):
        seen[names.index("thing0_ahead")], seen[names.index("thing0_left")] = 2.0, left
        speed, turn, jump = task.command(policy.act(seen))
        assert speed == pytest.approx(1.0, abs=0.01)
        assert (np.sign(round(turn, 6)), jump) == (sign, 0)
    env.close()
