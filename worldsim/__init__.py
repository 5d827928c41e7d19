"""worldsim: a scene file becomes a physical world, its truth footage; people, policies and scripts act in it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from worldsim.errors import SceneError, WorldsimError

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.load import load_scene
    from worldsim.scene.model import Scene
    from worldsim.take import Take

__version__ = "0.1.0"

__all__ = ["Scene", "SceneError", "Take", "World", "WorldsimError", "__version__", "load_scene"]

_HOMES = {
    "load_scene": "worldsim.scene.load",
    "Scene": "worldsim.scene.model",
    "World": "worldsim.physics.world",
    "Take": "worldsim.take",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import worldsim` itself costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'worldsim' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def _register_envs() -> None:
    """Register the env ids with Gymnasium; their classes are imported when one is made."""
    from gymnasium.envs.registration import register

    for name, entry, seconds in (
        ("DogAgility", "dog_agility:DogAgilityEnv", 40),
        ("DogRampage", "dog_rampage:DogRampageEnv", 30),
        ("DogWalk", "dog_walk:DogWalkEnv", 10),
        ("DogFetch", "dog_fetch:DogFetchEnv", 30),
        ("DogRecover", "dog_recover:DogRecoverEnv", 4),
        ("Scene", "scene:SceneEnv", 30),
    ):
        register(f"worldsim/{name}-v0", entry_point=f"worldsim.envs.{entry}", max_episode_steps=60 * seconds)


_register_envs()


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
