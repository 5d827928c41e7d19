"""PPO in one file, torch and nothing else: a dog learns to run to a flag. Run: python examples/ppo_single_file.py.

Proximal policy optimisation (Schulman et al., 2017) with generalised advantage estimation. Everything there is to see
is in `main`; change it as you like.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import reach  # registers Reach-v0
import torch
from gymnasium.vector import AutoresetMode
from torch import nn

GAMMA, DECAY, CLIP = 0.95, 0.9, 0.2
"""Discount, GAE's lambda, and how far an update may go."""


def mlp(inputs: int, outputs: int, last: float) -> nn.Sequential:
    """Return two layers of 64 tanh and a linear one whose weights start orthogonal, scaled by `last`."""
    layers = [nn.Linear(inputs, 64), nn.Linear(64, 64), nn.Linear(64, outputs)]
    for layer, scale in zip(layers, (2**0.5, 2**0.5, last), strict=True):
        nn.init.orthogonal_(layer.weight, scale)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])


class Agent(nn.Module):
    """Means of the actions, their spread, the value, and what is known of observations."""

    def __init__(self, sees: int, does: int) -> None:
        """Take the widths of an observation and of an action."""
        super().__init__()
        self.actor, self.critic = mlp(sees, does, 0.01), mlp(sees, 1, 1.0)
        self.spread = nn.Parameter(torch.full((does,), -0.5))
        self.register_buffer("mean", torch.zeros(sees))
        self.register_buffer("square", torch.ones(sees))
        self.seen = 0

    def learn_scale(self, observations: torch.Tensor) -> None:
        """Take (N, sees) observations into the running mean and variance."""
        self.seen += len(observations)
        share = len(observations) / self.seen
        self.mean += share * (observations.mean(0) - self.mean)
        self.square += share * ((observations - self.mean).square().mean(0) - self.square)

    def scaled(self, observations: torch.Tensor) -> torch.Tensor:
        """Return observations of mean 0 and deviation 1, at most 10."""
        return ((observations - self.mean) / (self.square + 1e-6).sqrt()).clamp(-10, 10)

    def forward(self, x: torch.Tensor) -> tuple[torch.distributions.Normal, torch.Tensor]:
        """Return the distribution of actions and the values for scaled observations."""
        return torch.distributions.Normal(self.actor(x), self.spread.exp()), self.critic(x)[..., 0]


def advantages(
    reward: torch.Tensor, value: torch.Tensor, ended: torch.Tensor, cut: torch.Tensor, after: torch.Tensor
) -> torch.Tensor:
    """Return (T, N) generalised advantages of T steps of N envs, all arguments (T, N).

    `ended` is 1 where the task ended, so that nothing comes after; `cut` where an episode ended for whatever reason, so
    that no sum reaches across; `after` is the value of what came next.
    """
    gains, ahead = torch.zeros_like(reward), torch.zeros_like(reward[0])
    for t in reversed(range(len(reward))):
        error = reward[t] + GAMMA * (1 - ended[t]) * after[t] - value[t]
        ahead = error + GAMMA * DECAY * (1 - cut[t]) * ahead
        gains[t] = ahead
    return gains


def evaluate(agent: Agent, episodes: int) -> tuple[float, float]:
    """Return the share of flags reached and the mean return of the mean actions, on seeds never trained on."""
    env = reach.gym.make("Reach-v0")
    reached, total = 0, 0.0
    for seed in range(10_000, 10_000 + episodes):
        (observation, info), over = env.reset(seed=seed), False
        while not over:
            with torch.no_grad():
                action = agent.actor(agent.scaled(torch.as_tensor(observation))).clamp(-1, 1).numpy()
            observation, reward, terminated, truncated, info = env.step(action)
            total, over = total + float(reward), terminated or truncated
        reached += info["is_success"]
    env.close()
    return reached / episodes, total / episodes


def main(
    steps: int = 15_360, rounds: int = 5, episodes: int = 20, seed: int = 0, envs: int = 8, horizon: int = 64
) -> list[tuple[int, float, float]]:
    """Train and print a learning curve: (steps, share of flags reached, return)."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    shuffle = np.random.default_rng(seed)
    venv = reach.gym.make_vec(
        "Reach-v0", envs, vectorization_mode="sync", vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}
    )
    agent = Agent(venv.single_observation_space.shape[0], venv.single_action_space.shape[0])
    adam = torch.optim.Adam(agent.parameters(), 1e-3, eps=1e-5)
    done, began, curve = 0, time.perf_counter(), []
    seen = torch.as_tensor(venv.reset(seed=seed)[0])
    agent.learn_scale(seen)
    for k in range(rounds + 1):
        while done < k * steps // rounds:
            rows: list[tuple[torch.Tensor, ...]] = []
            for _ in range(horizon):
                x = agent.scaled(seen)
                with torch.no_grad():
                    chosen, value = agent(x)
                action = chosen.sample()
                new, reward, ended, late, info = venv.step(action.clamp(-1, 1).numpy())
                came = np.array(new)  # what came of the action, before another episode began
                for i in np.flatnonzero(ended | late):
                    came[i] = info["final_obs"][i]
                with torch.no_grad():
                    after = agent(agent.scaled(torch.as_tensor(came)))[1]
                numbers = (torch.as_tensor(np.asarray(v, np.float32)) for v in (reward, ended, ended | late))
                rows.append((x, action, chosen.log_prob(action).sum(-1), value, *numbers, after))
                seen = torch.as_tensor(new)
                agent.learn_scale(seen)
            x, action, before, value, reward, ends, cut, after = map(torch.stack, zip(*rows, strict=True))
            gain = advantages(reward, value, ends, cut, after)
            batch = [part.flatten(0, 1) for part in (x, action, before, gain, gain + value)]
            done += horizon * envs
            for _ in range(8):
                for part in np.array_split(shuffle.permutation(horizon * envs), 4):
                    x, action, before, gain, target = (each[part] for each in batch)
                    chosen, value = agent(x)
                    ratio = (chosen.log_prob(action).sum(-1) - before).exp()
                    gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                    bound = ratio.clamp(1 - CLIP, 1 + CLIP)
                    loss = -torch.min(ratio * gain, bound * gain).mean() + 0.25 * (value - target).square().mean()
                    adam.zero_grad()
                    loss.backward()
                    nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                    adam.step()
        share, mean = evaluate(agent, episodes)
        curve.append((done, share, mean))
        print(f"{done:7d} steps  {share:4.0%} reached  return {mean:6.2f}  {time.perf_counter() - began:5.0f} s")
        sys.stdout.flush()
    venv.close()
    return curve


if __name__ == "__main__":
    main()
