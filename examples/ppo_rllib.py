"""Train a dog to run to a flag with RLlib's PPO. Run: python examples/ppo_rllib.py.

Needs RLlib, `pip install "ray[rllib]"`, which brings the one version of Gymnasium that it works with; worked with
ray 2.60.0, gymnasium 1.2.2 and torch 2.13.0.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import ray
import torch
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.tune.registry import register_env


def make(config: dict[str, Any]) -> Any:
    """Return an env whose observations have mean 0 and deviation 1 by the config's, and are at most 10.

    It imports what registers the id, since workers have a registry of their own.
    """
    import gymnasium as gym
    import reach

    env = reach.gym.make("Reach-v0")
    mean, deviation = (np.array(config[name], np.float32) for name in ("mean", "deviation"))
    space = gym.spaces.Box(-10.0, 10.0, mean.shape, np.float32)
    return gym.wrappers.TransformObservation(env, lambda seen: np.clip((seen - mean) / deviation, -10, 10), space)


def look_around(steps: int) -> dict[str, Any]:
    """Return mean and deviation of what a random policy sees."""
    import reach

    env = reach.gym.make("Reach-v0")
    env.action_space.seed(0)
    seen, over = [], True
    for k in range(steps):
        new, *rest = env.reset(seed=k) if over else env.step(env.action_space.sample())
        over = not over and bool(rest[1] or rest[2])
        seen.append(new)
    env.close()
    return {"mean": np.mean(seen, 0).tolist(), "deviation": (np.std(seen, 0) + 1e-2).tolist()}


def evaluate(algorithm: Algorithm, scale: dict[str, Any], episodes: int) -> tuple[float, float]:
    """Return the share of flags reached and the mean return of the mean actions, on seeds never trained on."""
    env, module = make(scale), algorithm.get_module()
    reached, total = 0, 0.0
    for seed in range(10_000, 10_000 + episodes):
        (observation, info), over = env.reset(seed=seed), False
        while not over:
            with torch.no_grad():
                numbers = module.forward_inference({"obs": torch.as_tensor(observation)[None]})["action_dist_inputs"][0]
            mean = numbers.chunk(2)[0].clamp(-1, 1).numpy()
            observation, reward, terminated, truncated, info = env.step(mean)
            total, over = total + float(reward), terminated or truncated
        reached += info["is_success"]
    env.close()
    return reached / episodes, total / episodes


def main(
    steps: int = 15_360, rounds: int = 5, episodes: int = 20, envs: int = 8, batch: int = 512
) -> list[tuple[int, float, float]]:
    """Train and print a learning curve: (steps, share of flags reached, return)."""
    torch.set_num_threads(1)
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
    register_env("reach", make)
    scale = look_around(200)
    config = (
        PPOConfig()
        .environment("reach", env_config=scale)
        .env_runners(num_env_runners=0, num_envs_per_env_runner=envs)  # 0: in this process
        .training(
            train_batch_size_per_learner=batch, minibatch_size=batch // 4, num_epochs=8, lr=1e-3, gamma=0.95,
            lambda_=0.9, clip_param=0.2, vf_loss_coeff=0.5, grad_clip=0.5, use_kl_loss=False,
        )
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[64, 64], fcnet_activation="tanh"))
        .debugging(seed=0)
    )  # fmt: skip
    algorithm = config.build_algo()
    began, curve, done = time.perf_counter(), [], 0
    for k in range(rounds + 1):
        while done < k * steps // rounds:
            done = int(algorithm.train()["num_env_steps_sampled_lifetime"])
        curve.append((done, *evaluate(algorithm, scale, episodes)))
        print("{:7d} steps  {:4.0%} reached  return {:6.2f}".format(*curve[-1]), end="")
        print(f"  {time.perf_counter() - began:5.0f} s")
        sys.stdout.flush()
    algorithm.stop()
    ray.shutdown()
    return curve


if __name__ == "__main__":
    main()
