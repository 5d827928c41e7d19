"""A training by a teacher, from its start or from where it was left: episodes, rounds, the best student kept.

A run's folder has config.json, policy.safetensors (the best so far by evaluation), progress.jsonl (a line for each
evaluation), round_NN.safetensors (what was seen and told before each round) and resume.safetensors (the student and
where the run stood). Episodes of evaluations are never trained on.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from worldsim.errors import UnknownNameError
from worldsim.learn.drive import Episode, drive
from worldsim.learn.imitate import ImitateConfig
from worldsim.learn.judge import HELD_OUT, evaluate, keep, open_run
from worldsim.learn.spread import spread
from worldsim.learn.student import Student, fit
from worldsim.learn.trained import Passport, Trained
from worldsim.policy import check_fit, load_policy


class Dagger:
    """One training."""

    def __init__(self, config: ImitateConfig, folder: Path, resume: bool = False) -> None:
        """Open the env and the folder.

        Raises:
            UnknownNameError: no such teacher, or no such channel of the command.
            PolicyError: the teacher was made for another task.
            TrainingError: the folder can't be written, or has another run in it.
        """
        import worldsim  # noqa: F401  registers the ids

        self.config, self.folder = config, folder
        teacher = load_policy(config.teacher)
        open_run(folder, resume)
        env: Any = gym.make(config.env, disable_env_checker=True, **{**config.arguments, **config.lesson})
        task = env.unwrapped.task
        check_fit(teacher, task)
        sees, sets = ([channel.name for channel in of] for of in (task.channels, task.actor.command_channels))
        for event in config.events:
            if event not in sets:
                raise UnknownNameError("command channel", event, sets)
        self._weights = np.array([config.weight if name in config.events else 1.0 for name in sets], np.float32)
        self._passport = Passport(
            config.env, f"{type(task).__module__}:{type(task).__name__}", tuple(sees), tuple(sets), config.arguments
        )
        env.close()
        self.round = self.steps = 0
        self.best = -np.inf
        self._found: dict[str, Any] = {}
        self._episodes: list[Episode] = []
        self._wall, self._cpu = -time.perf_counter(), -_cpu_seconds()
        self._student: Student | None = None
        if resume:
            self._restore()
        config.save(folder / "config.json")

    def train(self, report: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:
        """Learn to the end; Ctrl-C leaves the best and a run to go on with. Return the best evaluation."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            while self.round < self.config.rounds:
                self._episodes += self._gather()
                loss = self._learn()
                self.round += 1
                self._judge(loss, report)
                self._save()
        finally:
            torch.set_num_threads(threads)
        return self._found

    def _gather(self) -> list[Episode]:
        """Return the episodes before a round; they are kept in the folder."""
        config, file = self.config, self.folder / f"round_{self.round:02}.safetensors"
        count = config.demonstrations if self.round == 0 else config.episodes
        first = config.seed * 100_000 + (self.round > 0) * config.demonstrations + max(0, self.round - 1) * count
        work = partial(drive, config, self.round, self.policy() if self.round else None)
        found = spread(work, range(first, first + count), config.processes)
        self.steps += sum(len(episode.seen) for episode in found)
        arrays = {f"{k:03}_{name}": array for k, pair in enumerate(found) for name, array in pair._asdict().items()}
        part = file.with_suffix(".part")
        save_file(arrays, part, {"steps": str(self.steps)})
        part.replace(file)
        return found

    def _learn(self) -> float:
        """Learn from all there is; return the loss."""
        config = self.config
        if self._student is None:
            seen = np.concatenate([episode.seen for episode in self._episodes])
            self._start(seen.mean(0), seen.std(0) + np.float32(1e-3))
        assert self._student is not None
        steps = config.finish if self.round == config.rounds - 1 else config.updates
        return fit(
            self._student, self._episodes, steps=steps, window=config.window, batch=config.batch, rate=config.rate,
            weights=self._weights, rng=np.random.default_rng((config.seed, self.round)),
        )  # fmt: skip

    def _start(self, mean: Any, deviation: Any) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            shown = np.array([not name.startswith(self.config.blind) for name in self._passport.sees])
            self._student = Student(
                mean, deviation, shown, len(self._passport.sets), self.config.hidden, self.config.values
            )

    def policy(self) -> Trained:
        """Return the student as it is now."""
        assert self._student is not None
        return Trained(self._student.exported(), self._passport)

    def _judge(self, loss: float, report: Callable[[dict[str, Any]], None] | None) -> None:
        """Evaluate the student, keep it where it is the best, and tell."""
        config, policy = self.config, self.policy()
        found = evaluate(policy, config.env, {**config.arguments, **config.lesson}, config.checks, HELD_OUT,
                         config.processes)  # fmt: skip
        found |= {"steps": self.steps, "stage": 0, "best": found["return"] > self.best, "loss": loss,
                  "wall_s": round(self._wall + time.perf_counter(), 1),
                  "cpu_s": round(self._cpu + _cpu_seconds(), 1)}  # fmt: skip
        if found["best"]:
            self.best, self._found = found["return"], found
        keep(self.folder, policy, found)
        if report is not None:
            report(found)

    def _save(self) -> None:
        assert self._student is not None
        state = {"round": self.round, "steps": self.steps, "best": self.best, "found": self._found,
                 "wall_s": self._wall + time.perf_counter(), "cpu_s": self._cpu + _cpu_seconds()}  # fmt: skip
        tensors = {name: tensor.numpy() for name, tensor in self._student.state_dict().items()}
        part = self.folder / "resume.part"
        save_file(tensors, part, {"about": json.dumps(state)})
        part.replace(self.folder / "resume.safetensors")

    def _restore(self) -> None:
        with safe_open(self.folder / "resume.safetensors", "pt") as opened:
            state = json.loads(opened.metadata()["about"])
            weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dict
        for number in range(state["round"]):
            arrays = load_file(self.folder / f"round_{number:02}.safetensors")
            pairs = len(arrays) // 2
            self._episodes += [Episode(arrays[f"{k:03}_seen"], arrays[f"{k:03}_told"]) for k in range(pairs)]
        self._start(weights["mean"].numpy(), weights["deviation"].numpy())
        assert self._student is not None
        self._student.load_state_dict(weights)
        self.round, self.steps, self.best, self._found = (state[key] for key in ("round", "steps", "best", "found"))
        self._wall += state["wall_s"]
        self._cpu += state["cpu_s"]


def _cpu_seconds() -> float:
    """Return what this process and those that it has waited for have used."""
    return sum(os.times()[:4])
