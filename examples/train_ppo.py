"""Train a dog to run to a flag with stable-baselines3's PPO. Run: python examples/train_ppo.py.

Twenty flags, on a machine that other work shared:

          0 steps    0% reached  return  -3.03
       2560 steps    0% reached  return  -1.71
       5120 steps   15% reached  return  -1.05
       7680 steps    5% reached  return  -2.02
      10240 steps   40% reached  return   0.26
      12800 steps   60% reached  return   1.37
      15360 steps  100% reached  return   3.61
"""

from __future__ import annotations

import sys
import time

import reach  # registers Reach-v0
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize


def evaluate(model: PPO, normal: VecNormalize, episodes: int) -> tuple[float, float]:
    """Return the share of flags reached and the mean return of the policy's mean actions."""
    env = reach.gym.make("Reach-v0")
    reached, total = 0, 0.0
    for seed in range(10_000, 10_000 + episodes):
        observation, info = env.reset(seed=seed)
        over = False
        while not over:
            action, _ = model.predict(normal.normalize_obs(observation), deterministic=True)
            observation, reward, terminated, truncated, info = env.step(action)
            total += float(reward)
            over = terminated or truncated
        reached += info["is_success"]
    env.close()
    return reached / episodes, total / episodes


def main(steps: int = 15_360, rounds: int = 6, episodes: int = 20) -> list[tuple[int, float, float]]:
    """Train and print a learning curve: (steps, share of flags reached, return)."""
    torch.set_num_threads(1)
    venv = VecNormalize(make_vec_env("Reach-v0", n_envs=8, seed=0), norm_reward=False)
    model = PPO(
        "MlpPolicy",
        venv,
        n_steps=64,
        batch_size=128,
        n_epochs=8,
        gamma=0.95,
        gae_lambda=0.9,
        learning_rate=1e-3,
        policy_kwargs={"net_arch": [64, 64], "log_std_init": -0.5},
        seed=0,
    )
    curve, began = [], time.perf_counter()
    for k in range(rounds + 1):
        if k:
            model.learn(steps // rounds, reset_num_timesteps=False)
        share, value = evaluate(model, venv, episodes)
        curve.append((int(model.num_timesteps), share, value))
        print(
            f"{curve[-1][0]:7d} steps  {share:4.0%} reached  return {value:6.2f}  {time.perf_counter() - began:5.0f} s"
        )
        sys.stdout.flush()
    venv.close()
    return curve


if __name__ == "__main__":
    main()
