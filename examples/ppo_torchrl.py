"""Train a dog to run to a flag with TorchRL's PPO. Run: python examples/ppo_torchrl.py.

Needs TorchRL, `pip install torchrl`; worked with torchrl 0.14.1, tensordict 0.14.3 and torch 2.13.0.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import reach  # registers Reach-v0
import torch
from tensordict.nn import NormalParamExtractor, TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.envs import GymWrapper, SerialEnv
from torchrl.modules import ProbabilisticActor, TanhNormal, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE


class Scale(nn.Module):
    """Observations of mean 0 and deviation 1, by what a random policy saw."""

    def __init__(self, steps: int) -> None:
        """Look around for so many steps."""
        super().__init__()
        env = reach.gym.make("Reach-v0")
        env.action_space.seed(0)
        seen, over = [], True
        for k in range(steps):
            new, *rest = env.reset(seed=k) if over else env.step(env.action_space.sample())
            over = not over and bool(rest[1] or rest[2])
            seen.append(new)
        env.close()
        self.register_buffer("mean", torch.as_tensor(np.mean(seen, 0)))
        self.register_buffer("deviation", torch.as_tensor(np.std(seen, 0) + 1e-2))

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        """Return them, at most 10."""
        return ((observation - self.mean) / self.deviation).clamp(-10, 10)


def mlp(scale: Scale, inputs: int, outputs: int, *more: nn.Module) -> nn.Sequential:
    """Return two layers of 64 tanh and a linear one that starts small."""
    last = nn.Linear(64, outputs)
    with torch.no_grad():
        last.weight.mul_(0.05)
    return nn.Sequential(scale, nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last, *more)


def evaluate(mean_action: TensorDictModule, episodes: int) -> tuple[float, float]:
    """Return the share of flags reached and the mean return of the mean actions, on seeds never trained on."""
    env = reach.gym.make("Reach-v0")
    reached, total = 0, 0.0
    for seed in range(10_000, 10_000 + episodes):
        (observation, info), over = env.reset(seed=seed), False
        while not over:
            with torch.no_grad():
                loc, _ = mean_action(torch.as_tensor(observation))
            observation, reward, terminated, truncated, info = env.step(torch.tanh(loc).numpy())
            total, over = total + float(reward), terminated or truncated
        reached += info["is_success"]
    env.close()
    return reached / episodes, total / episodes


def main(
    steps: int = 15_360, rounds: int = 5, episodes: int = 20, envs: int = 8, horizon: int = 64
) -> list[tuple[int, float, float]]:
    """Train and print a learning curve: (steps, share of flags reached, return)."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    venv = SerialEnv(envs, lambda: GymWrapper(reach.gym.make("Reach-v0")))
    venv.set_seed(0)
    sees, does = venv.observation_spec["observation"].shape[-1], venv.action_spec.shape[-1]
    scale = Scale(200)
    net = mlp(scale, sees, 2 * does, NormalParamExtractor("biased_softplus_0.6"))
    mean_action = TensorDictModule(net, in_keys=["observation"], out_keys=["loc", "scale"])
    actor = ProbabilisticActor(
        mean_action, in_keys=["loc", "scale"], distribution_class=TanhNormal, return_log_prob=True
    )
    critic = ValueOperator(mlp(scale, sees, 1), in_keys=["observation"])
    gae = GAE(gamma=0.95, lmbda=0.9, value_network=critic)
    objective = ClipPPOLoss(
        actor, critic, clip_epsilon=0.2, entropy_bonus=False, critic_coeff=0.5, normalize_advantage=True
    )
    adam = torch.optim.Adam(objective.parameters(), 1e-3)
    amount = horizon * envs
    collector = Collector(
        venv,
        actor,
        frames_per_batch=amount,
        total_frames=-(-steps // amount) * amount,
        auto_register_policy_transforms=False,
    )
    began, curve, done, data = time.perf_counter(), [], 0, iter(collector)
    for k in range(rounds + 1):
        while done < k * steps // rounds:
            batch = next(data)
            done += batch.numel()
            with torch.no_grad():
                gae(batch)
            batch = batch.reshape(-1)
            for _ in range(8):
                for part in torch.randperm(amount).chunk(4):
                    losses = objective(batch[part])
                    adam.zero_grad()
                    (losses["loss_objective"] + losses["loss_critic"]).backward()
                    nn.utils.clip_grad_norm_(objective.parameters(), 0.5)
                    adam.step()
        curve.append((done, *evaluate(mean_action, episodes)))
        print("{:7d} steps  {:4.0%} reached  return {:6.2f}".format(*curve[-1]), end="")
        print(f"  {time.perf_counter() - began:5.0f} s")
        sys.stdout.flush()
    collector.shutdown()
    return curve


if __name__ == "__main__":
    main()
