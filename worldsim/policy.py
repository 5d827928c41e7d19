"""Policies by name: what drives an actor where no person does. The same step takes a person's commands and a policy's.

A policy sees a task's observation and answers with an action in [−1, 1]. `pilot_for` puts one to work in a bare world,
for the recorder and the window; an env puts its own task to it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import PolicyError, UnknownNameError
from worldsim.physics.command import Commands
from worldsim.physics.world import World
from worldsim.task import Task

if TYPE_CHECKING:
    from worldsim.scene.model import Scene

Pilot = Callable[[World], Commands]
"""Called before each control period: the commands for the actors it drives."""


@runtime_checkable
class Policy(Protocol):
    """What every policy has.

    Attributes:
        task: "module:Class" of the `Task` whose observations it was made for; "" for any task.
    """

    task: str

    def reset(self, task: Task, seed: int) -> None:
        """Start an episode of a task."""
        ...

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return an action in [−1, 1] for an observation of the task."""
        ...


def policies() -> dict[str, str]:
    """Return the shipped policies: name → first line of the module's docstring."""
    import worldsim.policies as home

    found = {}
    for module in pkgutil.iter_modules(home.__path__):
        doc = importlib.import_module(f"worldsim.policies.{module.name}").__doc__ or ""
        found[module.name] = doc.strip().splitlines()[0] if doc.strip() else ""
    found |= {path.name: _card(path) for path in _trained()}
    return dict(sorted(found.items()))


def _trained() -> list[Path]:
    """Return the folders of shipped trained policies."""
    import worldsim.policies as home

    return [file.parent for root in home.__path__ for file in sorted(Path(root).glob("*/policy.safetensors"))]


def _card(folder: Path) -> str:
    """Return the first sentence of a trained policy's card, after its title."""
    card = folder / "README.md"
    lines = card.read_text(encoding="utf-8").splitlines() if card.exists() else []
    return next((line.strip() for line in lines if line.strip() and not line.startswith("#")), "A trained policy.")


def load_policy(name: str) -> Policy:
    """Return a new instance of a shipped policy, or of a trained one by the path of its folder.

    What follows a colon is for the policy: "dog_story: sit and wag".

    Raises:
        UnknownNameError: there is none of that name; the message lists those there are.
        PolicyError: a trained policy that can't be read, or words for a policy that takes none.
    """
    trained = {path.name: path for path in _trained()}
    if name in trained or (Path(name) / "policy.safetensors").exists() or name.endswith(".safetensors"):
        from worldsim.learn.trained import load_trained

        return load_trained(trained.get(name, Path(name)))
    known = policies()
    name, told, words = (piece.strip() for piece in name.partition(":"))
    if name not in known:
        raise UnknownNameError("policy", name, known)
    make = importlib.import_module(f"worldsim.policies.{name}").make
    if told and not inspect.signature(make).parameters:
        raise PolicyError(f"the policy {name!r} takes no words, found {words!r}")
    policy: Policy = make(words) if told else make()
    return policy


def fitted(scene: Scene, name: str | None) -> Scene:
    """Return a scene whose first actor is controlled the way a policy needs it; most policies need nothing.

    Raises:
        UnknownNameError: no such policy. SceneError: the scene has no actor.
    """
    needs = getattr(load_policy(name), "arguments", {}) if name is not None else {}
    keys = {**(needs.get("actor_options") or {}), **({"control": needs["control"]} if "control" in needs else {})}
    return scene.with_options(None, keys) if keys else scene


def task_of(policy: Policy, world: World) -> Task:
    """Return the task a policy was made for, in a world; a policy for any task gets the scene's own.

    Raises:
        SceneError: the scene has no such task (no course to run, nothing to knock over, no actor).
    """
    module, name = (policy.task or "worldsim.envs.scene:SceneTask").split(":")
    task: Task = getattr(importlib.import_module(module), name)(world)
    return task


def check_fit(policy: Policy, task: Task) -> None:
    """Raise PolicyError where a policy was made for another task."""
    own = f"{type(task).__module__}:{type(task).__name__}"
    if policy.task and policy.task != own:
        raise PolicyError(f"this policy was made for {policy.task.split(':')[1]}, not for {own.split(':')[1]}")


class _Driver:
    """A policy at work in a bare world."""

    def __init__(self, world: World, policy: Policy, seed: int) -> None:
        self._policy, self._seed = policy, seed
        self._task = task_of(policy, world)
        self._hold = int(getattr(policy, "arguments", {}).get("repeat", 1))  # control periods that an action lasts
        self._age = 0
        self._next = -1  # the step at which it expects to be asked next

    def __call__(self, world: World) -> Commands:
        """Return the command of the coming control period; a policy that decides more seldom has its action held.

        The episode begins anew wherever time has not just gone on by one period since it was last asked: at the start,
        after a reset or a restore, and when a person hands over.
        """
        if not self._task.fits:
            self._task, self._next = task_of(self._policy, world), -1
        task = self._task
        if world.step_count == self._next:
            task.update(world.contacts)
        else:
            task.begin()
            self._policy.reset(task, self._seed)
            self._age = 0
        self._next = world.step_count + world.steps_per_control
        if self._age == 0:
            self._command = task.command(self._policy.act(task.observe().astype(np.float32)))
        self._age = (self._age + 1) % self._hold
        return {task.actor_name: self._command}


def pilot_for(world: World, name: str | None, seed: int = 0) -> Pilot:
    """Return what commands a world's first actor, by the policy's name; None gives neutral commands.

    Raises:
        UnknownNameError: no such policy. SceneError: the scene has not what the policy's task needs.
    """
    if name is None:
        return lambda _: {}
    return _Driver(world, load_policy(name), seed)
