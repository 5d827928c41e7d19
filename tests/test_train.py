"""Training: configs, the residual on a base, trained policies without pickle, a run that is gone on with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from pydantic import ValidationError

from worldsim.cli import run
from worldsim.cli.arguments import Argument, arguments_for
from worldsim.errors import PolicyError, TrainingError
from worldsim.learn.config import Stage, TrainConfig, default_config
from worldsim.learn.residual import OnTopOf, combined
from worldsim.learn.trained import FILE, Network, Passport, Trained, load_trained
from worldsim.policy import Policy, load_policy

WALK = "worldsim/DogWalk-v0"


def walk(**options: Any) -> Any:
    return gym.make(WALK, disable_env_checker=True, terrain="flat", **options)


def trained(env: Any, base: str = "dog_walk", **changes: Any) -> Trained:
    task = env.unwrapped.task
    sees = tuple(channel.name for channel in task.channels)
    sets = tuple(channel.name for channel in task.actor.command_channels)
    rng = np.random.default_rng(0)
    shapes = [(8, len(sees)), (len(sets), 8)]
    layers = tuple((rng.normal(0, 0.1, s).astype(np.float32), np.zeros(s[0], np.float32)) for s in shapes)
    network = Network(np.zeros(len(sees), np.float32), np.ones(len(sees), np.float32), layers)
    about: dict[str, Any] = {"env": WALK, "task": "worldsim.envs.dog_walk:WalkTask", "sees": sees, "sets": sets,
             "arguments": {"control": "gait+residual"}, "base": base, "scale": 0.5}  # fmt: skip
    return Trained(network, Passport(**(about | changes)))


def test_stages_follow_each_other() -> None:
    config = TrainConfig(env=WALK, arguments={"terrain": "flat"}, curriculum=(
        Stage(steps=10, arguments={"pushes": 0.5}), Stage(steps=20, arguments={"terrain": "rough"})))  # fmt: skip
    assert [config.stage_at(steps) for steps in (0, 9, 10, 29, 99)] == [0, 0, 1, 1, 1]
    assert config.env_arguments(0) == {"terrain": "flat", "pushes": 0.5}
    assert config.env_arguments(1) == {"terrain": "rough"}


def test_a_config_comes_back_from_its_file_and_refuses_nonsense(tmp_path: Path) -> None:
    config = default_config(WALK)
    config.save(tmp_path / "config.json")
    assert TrainConfig.load(tmp_path / "config.json") == config
    with pytest.raises(ValidationError, match="gamma"):
        TrainConfig(env=WALK, gamma=1.5)
    with pytest.raises(ValidationError, match="stepz"):
        TrainConfig.model_validate({"env": WALK, "stepz": 1})


def test_a_mistake_in_a_config_is_told_with_a_guess(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    for text, words in (
        ('{"env": "a", "stepz": 1}', r"no key is called 'stepz'; did you mean 'steps'\?"),
        ('{"env": "a", "qqqq": 1}', r"no key is called 'qqqq'; known: env, arguments"),
        ('{"env": "a", "gamma": 1.5, "envs": 0}', r"envs: .*equal to 1, found 0; gamma: .*less than 1, found 1.5"),
        ('{"env": "a", "curriculum": [{"step": 1}]}', r"curriculum.0.steps: Field required; .* did you mean 'steps'"),
        ("{", "the file: Invalid JSON"),
    ):
        file.write_text(text)
        with pytest.raises(TrainingError, match=words):
            TrainConfig.load(file)
    with pytest.raises(TrainingError, match=r"none.json can't be read"):
        TrainConfig.load(tmp_path / "none.json")
    with pytest.raises(TrainingError, match=r"steps: .*found 0"):
        TrainConfig(env=WALK).changed(steps=0)


def test_the_command_line_tells_what_can_not_be_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stable_baselines3", reason="needs the extra rl")
    (tmp_path / "file").write_text("")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "progress.jsonl").write_text("")
    TrainConfig(env=WALK).save(tmp_path / "run" / "config.json")
    for words, told in (
        (["DogWlk", "-o", str(tmp_path / "a")], "did you mean 'DogWalk'?"),
        (["DogWalk", "-o", str(tmp_path / "file" / "a")], "can't be written: Not a directory"),
        (["DogWalk", "-o", str(tmp_path / "run")], "holds a run already: go on with it by --resume"),
        (["DogWalk", "--resume", "-o", str(tmp_path / "run")], "holds no run to go on with"),
        (["DogWalk", "--base", "dog_wlk", "-o", str(tmp_path / "b")], "did you mean 'dog_walk'?"),
        (["DogWalk", "-a", "terain=flat", "-o", str(tmp_path / "c")], "did you mean 'terrain'?"),
    ):
        assert run(["train", *words]) == 2
        assert told in capsys.readouterr().err
    (tmp_path / "run" / "resume.safetensors").write_bytes(b"")
    for words, told in (
        (["DogRecover"], "holds a run of worldsim/DogWalk-v0, not of worldsim/DogRecover-v0"),
        (["DogWalk", "--seed", "1"], "only --steps and --processes"),
    ):
        assert run(["train", *words, "--resume", "-o", str(tmp_path / "run")]) == 2
        assert told in capsys.readouterr().err


def test_zero_on_top_of_a_base_is_the_base() -> None:
    base = np.array([0.3, -0.9], np.float32)
    assert np.array_equal(combined(base, np.zeros(2), 0.5), base)
    assert combined(base, np.array([9.0, -9.0]), 0.5).tolist() == pytest.approx([0.8, -1.0])
    plain, topped = walk(), OnTopOf(walk(), "dog_walk", 0.5)
    policy = load_policy("dog_walk")
    seen, _ = plain.reset(seed=4)
    policy.reset(plain.unwrapped.task, plain.unwrapped.world.seed)
    topped.reset(seed=4)
    for _ in range(30):
        seen, *_ = plain.step(policy.act(seen))
        other, *_ = topped.step(np.zeros(3))
    assert np.array_equal(seen, other)
    plain.close()
    topped.close()


def test_a_trained_policy_comes_back_from_its_file(tmp_path: Path) -> None:
    env = walk(control="gait+residual")
    policy = trained(env)
    policy.save(tmp_path)
    again = load_policy(str(tmp_path))
    assert isinstance(again, Policy)
    observation, _ = env.reset(seed=0)
    for each in (policy, again):
        each.reset(env.unwrapped.task, 0)
    assert np.array_equal(policy.act(observation), again.act(observation))
    assert arguments_for(str(tmp_path), {"pushes": 1.0}) == {"control": "gait+residual", "pushes": 1.0}
    env.close()


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    env, other = walk(control="gait+residual"), walk()
    policy = trained(env)
    with pytest.raises(PolicyError, match=r"sees \d+ channels.*control mode"):
        policy.reset(other.unwrapped.task, 0)
    env.close()
    other.close()
    with pytest.raises(PolicyError, match="can't be read"):
        load_trained(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"\x00" * 64)
    with pytest.raises(PolicyError, match="can't be read"):
        load_trained(tmp_path)
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(1)}, tmp_path / FILE)
    with pytest.raises(PolicyError, match="no trained policy of this version"):
        load_trained(tmp_path)


def test_acting_needs_neither_torch_nor_stable_baselines3(tmp_path: Path) -> None:
    env = walk(control="gait+residual")
    trained(env).save(tmp_path)
    env.close()
    code = (
        "import sys, gymnasium as gym, worldsim; from worldsim.policy import load_policy;"
        f"env = gym.make('{WALK}', terrain='flat', control='gait+residual'); policy = load_policy({str(tmp_path)!r});"
        "seen, _ = env.reset(seed=0); policy.reset(env.unwrapped.task, 0); env.step(policy.act(seen)); env.close();"
        "assert not {'torch', 'stable_baselines3', 'pickle5', 'cloudpickle'} & set(sys.modules) - {'cloudpickle'}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_arguments_are_json_or_words() -> None:
    read = Argument()
    assert read.convert("terrain=rough", None, None) == ("terrain", "rough")
    assert read.convert("speed=[0, 1.5]", None, None) == ("speed", [0, 1.5])
    assert run(["eval", "DogWalk", "--policy", "dog_walk", "-a", "terrain"]) == 2


def test_a_short_run_learns_is_kept_and_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stable_baselines3", reason="needs the extra rl")
    config = TrainConfig(
        env=WALK, arguments={"terrain": "flat", "control": "gait+residual"}, base="dog_walk", scale=0.3, steps=128,
        envs=2, horizon=64, batch=64, epochs=1, evaluate_every=128, episodes=1, hidden=(8,),
    )  # fmt: skip
    config.save(tmp_path / "given.json")
    out = tmp_path / "run"
    assert run(["train", "DogWalk", "--config", str(tmp_path / "given.json"), "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["return"] > 5
    assert {"config.json", "policy.safetensors", "progress.jsonl", "resume.safetensors"} <= {
        path.name for path in out.iterdir()
    }
    assert run(["train", "DogWalk", "--resume", "-o", str(out), "--steps", "256"]) == 0
    lines = [json.loads(line) for line in (out / "progress.jsonl").read_text().splitlines()]
    assert [line["steps"] for line in lines] == [0, 128, 256]
    assert set(lines[0]["terms"]) >= {"speed", "heading", "fall"}
    assert lines[0]["wall_s"] < lines[1]["wall_s"] < lines[2]["wall_s"]
    assert json.loads((out / "config.json").read_text())["steps"] == 256
    assert run(["train", "DogWalk", "-o", str(out)]) == 2
    assert run(["train", "DogWalk", "--resume", "-o", str(tmp_path / "none")]) == 2
    assert "holds no run" in capsys.readouterr().err


def test_ctrl_c_keeps_the_best_and_a_run_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stable_baselines3", reason="needs the extra rl")
    from stable_baselines3 import PPO

    from worldsim.learn.ppo import Run

    config = TrainConfig(
        env=WALK, arguments={"terrain": "flat", "repeat": 6, "max_episode_steps": 3}, base="dog_walk", steps=64, envs=1,
        horizon=16, batch=16, epochs=1, evaluate_every=32, episodes=1, hidden=(8,),
    )  # fmt: skip
    learn = PPO.learn

    def interrupted(self: Any, *args: Any, **options: Any) -> Any:
        learn(self, 16, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(PPO, "learn", interrupted)
    begun = Run(config, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        begun.train()
    assert begun.steps == 16
    assert load_trained(tmp_path).arguments == {"repeat": 6, "max_episode_steps": 3}
    monkeypatch.undo()
    again = Run(config, tmp_path, resume=True)
    assert again.steps == 16
    assert again.train()["steps"] <= 64
    assert again.steps >= 64


def test_the_shipped_trot_stays_up_where_what_it_is_added_to_falls() -> None:
    lasted = {}
    for name in ("dog_rhythm", "dog_trot"):
        policy = load_policy(name)
        lengths = []
        for seed in (31, 32, 33):
            env = walk(control="cpg", speed=(0.3, 1.2), max_episode_steps=240)
            observation, _ = env.reset(seed=seed)
            policy.reset(env.unwrapped.task, seed)
            length, over = 0, False
            while not over:
                observation, _, terminated, truncated, _ = env.step(policy.act(observation))
                length, over = length + 1, terminated or truncated
            lengths.append(length)
            env.close()
        lasted[name] = lengths
    assert sum(lasted["dog_trot"]) > 1.6 * sum(lasted["dog_rhythm"])
    assert sorted(lasted["dog_trot"])[1] == 240
