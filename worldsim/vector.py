"""Envs side by side whose footage is made in one call of the network; the rest is Gymnasium's `SyncVectorEnv`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from worldsim.env import WorldEnv
from worldsim.errors import WorldsimError


class FootageVectorEnv(SyncVectorEnv):
    """Steps envs one after the other, then asks the network for all their pixels at once.

    Wrappers of single envs that look at pixels see zeros; wrap the vector instead.
    """

    def __init__(self, env_fns: Sequence[Callable[[], gym.Env[Any, Any]]], **how: Any) -> None:
        """Take what makes the envs, and what `SyncVectorEnv` takes.

        Raises:
            WorldsimError: an env is not worldsim's, has no pixels, is not drawn by the diffusion renderer, or the reset
                happens within the step, when its last pixels would be missing.
        """
        super().__init__(env_fns, **how)
        if self.autoreset_mode == AutoresetMode.SAME_STEP:
            raise WorldsimError("envs whose pixels are made together reset in the step after; leave autoreset_mode out")
        self._worlds: list[WorldEnv] = []
        for env in self.envs:
            inner = env.unwrapped
            if not isinstance(inner, WorldEnv) or not inner.makes_footage:
                raise WorldsimError(
                    f"{inner} has no pixels of the diffusion renderer: give it obs='pixels' and renderer='diffusion'"
                )
            inner.pictures_later = True
            self._worlds.append(inner)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every env."""
        seen, infos = super().reset(seed=seed, options=options)
        return self._painted(seen), infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Let actions (N, …) act."""
        seen, rewards, over, cut, infos = super().step(actions)
        return self._painted(seen), rewards, over, cut, infos

    def _painted(self, seen: Any) -> Any:
        """Return the observations with their pixels."""
        from worldsim.render.diffusion.batch import frames

        shots = [world.shot() for world in self._worlds]
        pictures = frames([renderer for renderer, _ in shots], [moment for _, moment in shots])  # type: ignore[misc]
        for world, picture in zip(self._worlds, pictures, strict=True):
            world.keep(picture)
        if isinstance(seen, dict):
            seen["pixels"][...] = pictures
        else:
            np.copyto(seen, pictures)
        return seen


def make_footage_envs(name: str, count: int, **arguments: Any) -> FootageVectorEnv:
    """Return that many envs of a registered id side by side; `arguments` go to each, `renderer` is "diffusion".

    Raises:
        WorldsimError: the id has no pixels: give obs="pixels" or "both".
    """
    return FootageVectorEnv([lambda: gym.make(name, renderer="diffusion", **arguments)] * count)
