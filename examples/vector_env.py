"""Four dogs in four processes: Gymnasium's own vector env. Run: python examples/vector_env.py."""

from __future__ import annotations

import gymnasium as gym

import worldsim


def main(steps: int = 300) -> int:
    """Step four envs together with random actions; return how many episodes ended."""
    gym.register_envs(worldsim)
    venv = gym.make_vec("worldsim/DogRampage-v0", num_envs=4, vectorization_mode="async", max_episode_steps=100)
    venv.reset(seed=0)
    ended = 0
    for _ in range(steps):
        _, _, terminated, truncated, _ = venv.step(venv.action_space.sample())
        ended += int((terminated | truncated).sum())
    venv.close()
    return ended


if __name__ == "__main__":
    print(f"{main()} episodes ended")
