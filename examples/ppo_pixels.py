"""PPO on pixels in one file, torch and nothing else: a cart learns to reach a pillar past obstacles, by sight alone.

Run: python examples/ppo_pixels.py --renderer diffusion --steps 100000 --seed 0 --log out/diffusion.jsonl

Proximal policy optimisation (Schulman et al., 2017) with generalised advantage estimation and a small convolutional
network that sees one picture of 64×48. Everything there is to see is in `main`; change it as you like.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import reach_pixels  # registers ReachPixels-v0
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from worldsim.vector import make_footage_envs

GAMMA, DECAY, CLIP = 0.97, 0.9, 0.2
"""Discount, GAE's lambda, and how far an update may go."""
EPOCHS, BATCHES, RATE, ENTROPY = 6, 4, 7e-4, 0.003
"""Passes over what was seen, parts of a pass, the learning rate at first, and what a wide choice of actions pays."""
RENDERERS = ("raster", "diffusion")


class Agent(nn.Module):
    """Means of the actions and the value of a picture; the spread of the actions is the same everywhere."""

    def __init__(self, does: int = 2) -> None:
        """Take the width of an action."""
        super().__init__()
        layers = [nn.Conv2d(3, 16, 5, 2), nn.Conv2d(16, 32, 3, 2), nn.Conv2d(32, 32, 3, 2), nn.Linear(32 * 4 * 6, 128)]
        self.actor, self.critic = nn.Linear(128, does), nn.Linear(128, 1)
        for layer, scale in zip([*layers, self.actor, self.critic], [2**0.5] * 4 + [0.01, 1.0], strict=True):
            nn.init.orthogonal_(layer.weight, scale)
            nn.init.zeros_(layer.bias)
        *seen, last = [part for layer in layers for part in (layer, nn.ReLU())][:-1]
        self.eye = nn.Sequential(*seen, nn.Flatten(), last, nn.ReLU())
        self.spread = nn.Parameter(torch.full((does,), -0.5))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.distributions.Normal, torch.Tensor]:
        """Return the distribution of actions and the values for pictures (N, H, W, 3) uint8."""
        x = self.eye(pixels.permute(0, 3, 1, 2).float() / 255 - 0.5)
        return torch.distributions.Normal(self.actor(x), self.spread.exp()), self.critic(x)[:, 0]


def make_envs(renderer: str, count: int) -> Any:
    """Return that many envs side by side; each begins anew in the step after an episode's last, whatever the action."""
    if renderer == "diffusion":
        return make_footage_envs("ReachPixels-v0", count)
    return reach_pixels.gym.make_vec("ReachPixels-v0", count, vectorization_mode="sync", renderer=renderer)


def advantages(
    reward: torch.Tensor, value: torch.Tensor, ended: torch.Tensor, cut: torch.Tensor, last: torch.Tensor
) -> torch.Tensor:
    """Return (T, N) generalised advantages of T steps of N envs.

    `ended` (T, N) is 1 where the task ended, so that nothing comes after; `cut` where an episode ended for whatever
    reason, so that no sum reaches across; `last` (N,) is the value of what came of the last step.
    """
    after = torch.cat([value[1:], last[None]])
    gains, ahead = torch.zeros_like(reward), torch.zeros_like(last)
    for t in reversed(range(len(reward))):
        error = reward[t] + GAMMA * (1 - ended[t]) * after[t] - value[t]
        ahead = error + GAMMA * DECAY * (1 - cut[t]) * ahead
        gains[t] = ahead
    return gains


def evaluate(agent: Agent, envs: Any, episodes: int) -> dict[str, Any]:
    """Return how the mean actions fare in the same episodes every time, of seeds never trained on."""
    count = envs.num_envs
    seen, _ = envs.reset(seed=[10_000 + k for k in range(count)])
    left, total, fresh = np.array([len(part) for part in np.array_split(range(episodes), count)]), 0.0, np.zeros(count)
    outcomes = {"there": 0, "bump": 0, "late": 0}
    while left.any():
        with torch.no_grad():
            action = agent(torch.as_tensor(seen))[0].mean.clamp(-1, 1).numpy()
        seen, reward, ended, late, info = envs.step(action)
        total += float(reward[(left > 0) & (fresh == 0)].sum())
        fresh = ended | late
        for k in np.flatnonzero(fresh & (left > 0)):
            outcomes[info["outcome"][k] or "late"] += 1
            left[k] -= 1
    return {"success": outcomes["there"] / episodes, "return": total / episodes, "episodes": episodes, **outcomes}


def main(
    renderer: str = "raster", steps: int = 100_000, seed: int = 0, rounds: int = 10, episodes: int = 50,
    final: int = 200, log: Path | None = None, weights: Path | None = None, count: int = 16, horizon: int = 64,
) -> list[dict[str, Any]]:  # fmt: skip
    """Train and return a learning curve; its last two lines are longer evaluations by either renderer's pictures.

    The agent learns from what `renderer` draws, in `steps` actions of `count` envs together, `horizon` of each between
    updates. It is evaluated `rounds` times on the way, in as many `episodes`, and in `final` at the end. The curve goes
    into the file `log`, a line of JSON for each evaluation, the weights beside it; `weights` are some to begin with.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    shuffle = np.random.default_rng(seed)
    agent = Agent()
    if weights is not None:
        agent.load_state_dict(load_file(weights))
    adam = torch.optim.Adam(agent.parameters(), RATE, eps=1e-5)
    envs, judges = make_envs(renderer, count), {renderer: make_envs(renderer, min(episodes, 25))}
    seen = torch.as_tensor(envs.reset(seed=seed)[0].copy())
    stale = torch.zeros(count)  # 1 where the next step only begins another episode
    done, wall, cpu, seeing, curve = 0, 0.0, 0.0, 0.0, []

    def report(by: str, length: int) -> None:
        line = {"steps": done, "trained_on": renderer, "seed": seed, "seen_by": by}
        line |= evaluate(agent, judges[by], length)
        line |= {"wall_s": round(wall, 1), "cpu_s": round(cpu, 1), "env_s": round(seeing, 1)}
        curve.append(line)
        print(f"{done:7d} steps  {line['success']:4.0%} reached by {by}  return {line['return']:5.2f}  {wall:5.0f} s")
        sys.stdout.flush()
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text("".join(json.dumps(line) + "\n" for line in curve), encoding="utf-8")

    report(renderer, episodes)
    while done < steps:
        since = time.perf_counter(), time.process_time()
        adam.param_groups[0]["lr"] = RATE * (1 - 0.9 * done / steps)
        rows: list[tuple[torch.Tensor, ...]] = []
        for _ in range(horizon):
            with torch.no_grad():
                chosen, value = agent(seen)
            action = chosen.sample()
            began = time.perf_counter()
            new, reward, ended, late, _ = envs.step(action.clamp(-1, 1).numpy())
            seeing += time.perf_counter() - began
            numbers = (torch.as_tensor(np.asarray(v, np.float32)) for v in (reward, ended, ended | late))
            rows.append((seen, action, chosen.log_prob(action).sum(-1), value, stale, *numbers))
            seen, stale = torch.as_tensor(new.copy()), rows[-1][-1]
        pixels, action, before, value, skip, reward, ends, cut = map(torch.stack, zip(*rows, strict=True))
        with torch.no_grad():
            gain = advantages(reward, value, ends, cut, agent(seen)[1])
        use = skip.flatten() == 0
        batch = [part.flatten(0, 1)[use] for part in (pixels, action, before, gain, gain + value)]
        done += horizon * count
        for _ in range(EPOCHS):
            for part in np.array_split(shuffle.permutation(int(use.sum())), BATCHES):
                x, action, before, gain, target = (each[part] for each in batch)
                chosen, value = agent(x)
                ratio = (chosen.log_prob(action).sum(-1) - before).exp()
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                bound = ratio.clamp(1 - CLIP, 1 + CLIP)
                loss = -torch.min(ratio * gain, bound * gain).mean() + 0.25 * (value - target).square().mean()
                loss = loss - ENTROPY * chosen.entropy().sum(-1).mean()
                adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                adam.step()
        wall, cpu = wall + time.perf_counter() - since[0], cpu + time.process_time() - since[1]
        if done >= len(curve) * steps / rounds:
            report(renderer, episodes)
    envs.close()
    for by in sorted(RENDERERS, key=lambda other: other != renderer) if final else ():
        if by not in judges:
            judges[by] = make_envs(by, judges[renderer].num_envs)
        report(by, final)
    for each in judges.values():
        each.close()
    if log is not None:
        save_file(agent.state_dict(), log.with_suffix(".safetensors"))
    return curve


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--renderer", choices=RENDERERS, default="raster", help="what the agent sees while it learns")
    words.add_argument("--steps", type=int, default=100_000, help="actions; 0 only evaluates")
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--log", type=Path, help="a .jsonl for the curve; weights go beside it")
    words.add_argument("--weights", type=Path, help="an agent to begin with, or to evaluate")
    main(**vars(words.parse_args()))
