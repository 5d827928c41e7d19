"""Bodies that can be driven, found by the word a scene file uses.

A scene can only name a kind that is listed here or that the running program registered: a string in a file never loads
code. This module knows the names; the bodies are imported when a world first needs one.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from worldsim.errors import UnknownNameError, WorldsimError

if TYPE_CHECKING:
    from worldsim.actor.base import Actor

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "dog": "worldsim.actor.dog.dog:Dog",
        "robot": "worldsim.actor.robot:Robot",
    }
)
"""The kinds that come with the package: the word in a scene file → "module:Class"."""


class ActorKindError(WorldsimError):
    """A class that can't be registered as a kind of actor."""


@functools.cache
def _registered() -> dict[str, type[Actor]]:
    """Return the kinds registered by the running program, one table a process."""
    return {}


def actor_kinds() -> tuple[str, ...]:
    """Return every kind a scene may name, sorted: those of the package and those registered by the program."""
    return tuple(sorted({*KINDS, *_registered()}))


def actor_class(kind: str) -> type[Actor]:
    """Return the class of a kind of actor; it is imported at the first call.

    Raises:
        UnknownNameError: no such kind; the message lists those there are.
    """
    own = _registered().get(kind)
    if own is not None:
        return own
    if kind not in KINDS:
        raise UnknownNameError("kind of actor", kind, actor_kinds())
    module, name = KINDS[kind].split(":")
    found: type[Actor] = getattr(importlib.import_module(module), name)
    return found


def register_actor(cls: type[Actor]) -> type[Actor]:
    """Make a class of your own known under its `kind`, for the scenes this process loads; also a class decorator.

    Registering the same class again does nothing. A process started afresh (a spawned worker of a vector env) has to
    register too: do it in the module that defines the class, and import that module where the worlds are made.

    Args:
        cls: a subclass of `Actor` with `kind` (a lower-case word) and `options` (a frozen pydantic model).

    Returns:
        The class itself.

    Raises:
        ActorKindError: it is no Actor, lacks `kind` or `options`, is abstract, or its kind belongs to another class.
    """
    from worldsim.actor.base import Actor

    if not (isinstance(cls, type) and issubclass(cls, Actor)):
        raise ActorKindError(f"{cls!r} is not a subclass of worldsim.actor.base.Actor: derive it from that")
    kind = getattr(cls, "kind", None)
    if not (isinstance(kind, str) and kind.isidentifier() and kind == kind.lower()):
        raise ActorKindError(f"{cls.__name__}.kind is {kind!r}; expected a lower-case word such as 'cart'")
    if not isinstance(getattr(cls, "options", None), type):
        raise ActorKindError(f"{cls.__name__} has no `options`: give it a frozen pydantic model of its keys")
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        raise ActorKindError(f"{cls.__name__} lacks {', '.join(missing)}: an actor has to define them")
    if kind in KINDS or _registered().get(kind, cls) is not cls:
        owner = KINDS.get(kind) or _registered()[kind].__qualname__
        raise ActorKindError(f"the kind {kind!r} is taken by {owner}: choose another word for {cls.__name__}")
    _registered()[kind] = cls
    return cls
