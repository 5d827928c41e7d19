"""A learned part on top of a policy that is there already. It knows nothing of how the part is learned."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from worldsim.policy import load_policy


def combined(base: NDArray[np.floating] | None, part: NDArray[np.floating], scale: float) -> NDArray[np.float32]:
    """Return the action: the base's, with `scale` times the learned part added; without a base the part itself."""
    if base is None:
        return np.clip(part, -1.0, 1.0).astype(np.float32)
    return np.clip(base + scale * np.clip(part, -1.0, 1.0), -1.0, 1.0).astype(np.float32)


class OnTopOf(gym.Wrapper[Any, Any, Any, Any]):
    """An env whose actions are added to a base policy's: 0 is to do what the base does."""

    def __init__(self, env: gym.Env[Any, Any], base: str | None, scale: float) -> None:
        """Take the env, the base policy's name or None, and how far an action can depart from it."""
        super().__init__(env)
        self._base = None if base is None else load_policy(base)
        self._scale = scale

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode of both."""
        observation, info = self.env.reset(seed=seed, options=options)
        if self._base is not None:
            bare: Any = self.env.unwrapped
            self._base.reset(bare.task, int(bare.world.seed))
        self._seen = observation
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act on top of what the base does with the last observation."""
        base = None if self._base is None else self._base.act(self._seen)
        self._seen, reward, terminated, truncated, info = self.env.step(combined(base, action, self._scale))
        return self._seen, reward, terminated, truncated, info
