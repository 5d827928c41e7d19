"""Training with stable-baselines3's PPO: stages, evaluations, the best policy kept, resumable. Needs the extra "rl".

A run's folder has config.json, policy.safetensors (the best so far), progress.jsonl (a line for each evaluation) and
resume.safetensors (everything to go on from, without pickle). Evaluations act with the exported policy itself, so what
is measured is what is shipped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from worldsim.errors import MissingExtraError
from worldsim.learn.config import TrainConfig
from worldsim.learn.judge import evaluate, keep, open_run
from worldsim.learn.residual import OnTopOf
from worldsim.learn.trained import Network, Passport, Trained

NEEDED = ("control", "actor_options", "repeat", "obs", "max_episode_steps")
"""Arguments of an env that belong to the policy rather than to the lesson."""

Report = Callable[[dict[str, Any]], None]


def make_env(config: TrainConfig, stage: int) -> Any:
    """Return an env of a stage, its actions on top of the base policy's."""
    import gymnasium as gym

    import worldsim  # noqa: F401  registers the ids, in a worker too

    env = gym.make(config.env, disable_env_checker=True, **config.env_arguments(stage))
    return OnTopOf(env, config.base, config.scale)


class Run:
    """One training, from its start or from where it was left."""

    def __init__(self, config: TrainConfig, folder: Path, resume: bool = False) -> None:
        """Build the envs and the learner.

        Raises:
            MissingExtraError: stable-baselines3 is not installed. TrainingError: the folder can't be written, or has
                another run in it.
        """
        try:
            import torch
            from stable_baselines3 import PPO
        except ImportError:
            raise MissingExtraError("training", "rl") from None
        torch.set_num_threads(1)
        self.config, self.folder = config, folder
        open_run(folder, resume)
        self._wall, self._cpu = -time.perf_counter(), -time.process_time()
        self.steps = self.evaluations = self.since_best = 0
        self.best = -float("inf")
        self._best: dict[str, Any] = {}
        self._stage = 0
        self._venv = self._make_venv(0)
        self.model = PPO(
            "MlpPolicy", self._venv, n_steps=config.horizon, batch_size=config.batch, n_epochs=config.epochs,
            gamma=config.gamma, gae_lambda=config.gae_lambda, learning_rate=config.learning_rate,
            clip_range=config.clip, ent_coef=config.entropy, seed=config.seed, device="cpu",
            tensorboard_log=str(folder / "tensorboard") if _has_tensorboard() else None,
            policy_kwargs={"net_arch": list(config.hidden), "log_std_init": config.spread},
        )  # fmt: skip
        if config.base is not None:  # it begins as good as its base
            head: Any = self.model.policy.action_net
            with torch.no_grad():
                head.weight.mul_(0.01)
                head.bias.zero_()
        if resume:
            self._restore()
        config.save(folder / "config.json")

    def _make_venv(self, stage: int) -> Any:
        from stable_baselines3.common.monitor import Monitor
        from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecNormalize

        config = self.config
        makers: list[Callable[[], Any]] = [lambda: Monitor(make_env(config, stage))] * config.envs
        venv: Any = SubprocVecEnv(makers, "forkserver") if config.processes else DummyVecEnv(makers)
        venv.seed(config.seed)
        return VecNormalize(venv, gamma=config.gamma, clip_obs=10.0)

    def train(self, report: Report | None = None) -> dict[str, Any]:
        """Train to the end; Ctrl-C leaves the best policy and a run that can be resumed. Return the best evaluation."""
        try:
            self._train(report)
        except KeyboardInterrupt:
            self.steps = int(self.model.num_timesteps)
            if self.evaluations:
                self._save()
            raise
        finally:
            self._venv.close()
        return self._best

    def _train(self, report: Report | None) -> None:
        config = self.config
        if self.evaluations == 0:
            self._judge(report)
            self._save()
        while self.steps < config.steps and not self._stale():
            stage = config.stage_at(self.steps)
            if stage != self._stage:
                self._change(stage)
            amount = min(config.evaluate_every, config.steps - self.steps)
            self.model.learn(amount, reset_num_timesteps=False, tb_log_name="ppo")
            self.steps = int(self.model.num_timesteps)
            self._judge(report)
            self._save()

    def _stale(self) -> bool:
        return 0 < self.config.patience <= self.since_best

    def _change(self, stage: int) -> None:
        """Go on with the envs of another stage and what is known of observations so far."""
        old, self._stage = self._venv, stage
        self._venv = self._make_venv(stage)
        self._venv.obs_rms, self._venv.ret_rms = old.obs_rms, old.ret_rms
        old.close()
        self.model.set_env(self._venv)

    def policy(self) -> Trained:
        """Return the policy as it is now."""
        rms = self._venv.obs_rms
        net: Any = self.model.policy
        linear = [module for module in net.mlp_extractor.policy_net if hasattr(module, "weight")] + [net.action_net]
        layers = tuple((m.weight.detach().numpy().copy(), m.bias.detach().numpy().copy()) for m in linear)
        deviation = np.sqrt(rms.var + self._venv.epsilon).astype(np.float32)
        network = Network(rms.mean.astype(np.float32), deviation, layers)
        env = make_env(self.config, self._stage)
        task = env.unwrapped.task
        config = self.config
        passport = Passport(
            config.env,
            f"{type(task).__module__}:{type(task).__name__}",
            tuple(channel.name for channel in task.channels),
            tuple(channel.name for channel in task.actor.command_channels),
            {key: value for key, value in config.arguments.items() if key in NEEDED},
            config.base or "",
            config.scale,
        )
        env.close()
        return Trained(network, passport)

    def _judge(self, report: Report | None) -> None:
        """Evaluate, keep the policy where it is the best, and tell."""
        policy = self.policy()
        last = len(self.config.curriculum) - 1 if self.config.curriculum else 0
        config = self.config
        found = evaluate(policy, config.env, config.env_arguments(last), config.episodes)
        self.evaluations += 1
        self.since_best += 1
        found |= {"steps": self.steps, "stage": self._stage, "best": found["return"] > self.best}
        found |= {"wall_s": round(self._wall + time.perf_counter(), 1)}
        found |= {"cpu_s": round(self._cpu + time.process_time(), 1)}
        if found["best"]:
            self.best, self.since_best, self._best = found["return"], 0, found
        keep(self.folder, policy, found)
        if report is not None:
            report(found)

    # ---- to be gone on with

    def _save(self) -> None:
        from safetensors.torch import save_file

        tensors = {f"policy.{name}": value.contiguous() for name, value in self.model.policy.state_dict().items()}
        for index, state in self.model.policy.optimizer.state_dict()["state"].items():
            tensors |= {f"adam.{index}.{name}": value.contiguous() for name, value in state.items()}
        import torch

        for name, rms in (("obs", self._venv.obs_rms), ("ret", self._venv.ret_rms)):
            tensors |= {
                f"{name}.{what}": torch.tensor(np.asarray(getattr(rms, what))) for what in ("mean", "var", "count")
            }
        about = {"steps": self.steps, "evaluations": self.evaluations, "since_best": self.since_best,
                 "best": self.best, "found": self._best, "wall_s": self._wall + time.perf_counter(),
                 "cpu_s": self._cpu + time.process_time()}  # fmt: skip
        part = self.folder / "resume.part"
        save_file(tensors, part, {"about": json.dumps(about)})
        part.replace(self.folder / "resume.safetensors")

    def _restore(self) -> None:
        from safetensors import safe_open

        with safe_open(self.folder / "resume.safetensors", "pt") as opened:
            about = json.loads(opened.metadata()["about"])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dict
        self.steps, self.evaluations, self.since_best = (about[k] for k in ("steps", "evaluations", "since_best"))
        self.best, self._best = about["best"], about["found"]
        self._wall += about.get("wall_s", 0.0)
        self._cpu += about.get("cpu_s", 0.0)
        self.model.num_timesteps = self.steps
        self.model.policy.load_state_dict({n[7:]: v for n, v in tensors.items() if n.startswith("policy.")})
        adam = self.model.policy.optimizer.state_dict()
        for name, value in tensors.items():
            if name.startswith("adam."):
                _, index, what = name.split(".")
                adam["state"].setdefault(int(index), {})[what] = value
        self.model.policy.optimizer.load_state_dict(adam)
        for kind, rms in (("obs", self._venv.obs_rms), ("ret", self._venv.ret_rms)):
            rms.mean, rms.var, rms.count = (tensors[f"{kind}.{w}"].numpy() for w in ("mean", "var", "count"))
            rms.count = float(rms.count)


def _has_tensorboard() -> bool:
    import importlib.util

    return importlib.util.find_spec("tensorboard") is not None
