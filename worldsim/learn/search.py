"""A search for gains, from its start or from where it was left: candidates, episodes, the best policy kept.

A run's folder has config.json, policy.safetensors (the best so far by evaluation), progress.jsonl (a line for each
evaluation) and resume.json. All candidates of a generation do the same episodes; the next generation does others. Each
evaluation is of the middle of the cloud, on episodes that no candidate did; evaluation 0 is the base alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.learn.evolve import Cloud, EvolveConfig, cloud, draw, moved
from worldsim.learn.judge import HELD_OUT, evaluate, keep, open_run
from worldsim.learn.trained import Network, Passport, Trained
from worldsim.policy import load_policy

Floats = NDArray[np.float64]
CONSTANT = "1"
LOOK = 4
"""Episodes of the base alone that say how much each channel varies."""


class Search:
    """One search."""

    def __init__(self, config: EvolveConfig, folder: Path, resume: bool = False) -> None:
        """See how the base does, or read where the search stood.

        Raises:
            UnknownNameError: the task has no such channel. TrainingError: the folder can't be written, or has another
                run in it.
        """
        import worldsim  # noqa: F401  registers the ids

        self.config, self.folder = config, folder
        open_run(folder, resume)
        env: Any = gym.make(config.env, disable_env_checker=True, **{**config.arguments, **config.lesson})
        self._env, task = env, env.unwrapped.task
        self._sees = [channel.name for channel in task.channels]
        self._sets = [channel.name for channel in task.actor.command_channels]
        self._passport = Passport(
            config.env, f"{type(task).__module__}:{type(task).__name__}", tuple(self._sees), tuple(self._sets),
            config.arguments, config.base, config.scale,
        )  # fmt: skip
        self._pairs = [
            (self._group(group), self._index("channel", of, [*self._sees, CONSTANT]))
            for group, names in config.gains.items()
            for of in names
        ]
        self.steps, self.best = 0, -np.inf
        self._found: dict[str, Any] = {}
        self._wall, self._cpu = -time.perf_counter(), -time.process_time()
        self.at = cloud(len(self._pairs), config.sigma)
        if resume:
            self._restore()
        else:
            self._mean, self._deviation = self._look()
        config.save(folder / "config.json")

    def _group(self, text: str) -> NDArray[np.float32]:
        """Return what "a + b - c" means: 1, 1 and −1 for these channels of the command, 0 for the others."""
        signs, sign = np.zeros(len(self._sets), np.float32), 1.0
        for word in text.split():
            if word in "+-":
                sign = 1.0 if word == "+" else -1.0
            else:
                signs[self._index("command channel", word, self._sets)] = sign
        return signs

    @staticmethod
    def _index(what: str, name: str, known: list[str]) -> int:
        if name not in known:
            raise UnknownNameError(what, name, known)
        return known.index(name)

    def policy(self, gains: Floats) -> Trained:
        """Return the base with gains on top."""
        weight = np.zeros((len(self._sets), len(self._sees)), np.float32)
        bias = np.zeros(len(self._sets), np.float32)
        for (signs, of), gain in zip(self._pairs, gains.tolist(), strict=True):
            if of == len(self._sees):
                bias += gain * signs
            else:
                weight[:, of] += gain * signs
        return Trained(Network(self._mean, self._deviation, ((weight, bias),)), self._passport)

    def _look(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the mean and the deviation of what the base sees."""
        seen: list[Any] = []
        base = load_policy(self.config.base)
        for episode in range(LOOK):
            self._episode(base, self.config.seed + episode, seen)
        return np.mean(seen, 0).astype(np.float32), (np.std(seen, 0) + 1e-3).astype(np.float32)

    def _episode(self, policy: Any, seed: int, seen: list[Any] | None = None) -> float:
        """Return what an episode was worth; what was seen is added to `seen`."""
        env, weights = self._env, self.config.weights
        observation, _ = env.reset(seed=seed)
        policy.reset(env.unwrapped.task, seed)
        total, over = 0.0, False
        while not over:
            if seen is not None:
                seen.append(observation)
            observation, _, terminated, truncated, info = env.step(policy.act(observation))
            total += sum(weights.get(name, 1.0) * value for name, value in info["reward_terms"].items())
            over = terminated or truncated
            self.steps += 1
        return total

    def train(self, report: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        """Search to the end; Ctrl-C leaves the best and a run to go on with. Return the best evaluation."""
        config = self.config
        try:
            if self.best == -np.inf:
                self._judge(report)
            while self.at.age < config.generations:
                rng = np.random.default_rng((config.seed, self.at.age))
                candidates = draw(self.at, config.population, rng)
                first = (config.seed * 1000 + self.at.age) * config.episodes
                scores = [
                    np.mean([self._episode(policy, first + k) for k in range(config.episodes)])
                    for policy in map(self.policy, candidates)
                ]
                self.at = moved(self.at, candidates, np.array(scores))
                self._save()
                if self.at.age % config.check_every == 0 or self.at.age == config.generations:
                    self._judge(report)
        finally:
            self._env.close()
        return self._found

    def _judge(self, report: Callable[[dict[str, Any]], None] | None) -> None:
        """Evaluate the middle of the cloud, keep it where it is the best, and tell."""
        config, policy = self.config, self.policy(self.at.mean)
        found = evaluate(policy, config.env, {**config.arguments, **config.lesson}, config.checks, HELD_OUT)
        found |= {"steps": self.steps, "stage": 0, "best": found["return"] > self.best, "sigma": self.at.sigma,
                  "wall_s": round(self._wall + time.perf_counter(), 1),
                  "cpu_s": round(self._cpu + time.process_time(), 1)}  # fmt: skip
        if found["best"]:
            self.best, self._found = found["return"], found
        keep(self.folder, policy, found)
        self._save()
        if report is not None:
            report(found)

    def _save(self) -> None:
        state = {"steps": self.steps, "best": self.best, "found": self._found, "mean": self._mean.tolist(),
                 "deviation": self._deviation.tolist(), "wall_s": self._wall + time.perf_counter(),
                 "cpu_s": self._cpu + time.process_time(),
                 "at": [part.tolist() if isinstance(part, np.ndarray) else part for part in self.at]}  # fmt: skip
        part = self.folder / "resume.part"
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(self.folder / "resume.json")

    def _restore(self) -> None:
        state = json.loads((self.folder / "resume.json").read_text(encoding="utf-8"))
        mean, sigma, shape, path, path_sigma, age = state["at"]
        self.at = Cloud(np.array(mean), sigma, np.array(shape), np.array(path), np.array(path_sigma), age)
        self.steps, self.best, self._found = state["steps"], state["best"], state["found"]
        self._mean, self._deviation = (np.array(state[name], np.float32) for name in ("mean", "deviation"))
        self._wall += state["wall_s"]
        self._cpu += state["cpu_s"]
