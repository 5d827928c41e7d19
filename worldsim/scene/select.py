"""Which bodies a name means: itself, everything of a prefab, a pattern such as "domino.*", or "tag:fragile"."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from typing import Protocol


class Named(Protocol):
    """What has a name and tags."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        ...


def matching(target: str, bodies: Sequence[Named]) -> list[str]:
    """Return the names of the bodies that a target means, in their order; empty where it means none.

    A name means the body of that name, or else every object of the prefab of that name ("gate.0" means
    "gate.0/pole"), or else every copy of a repeated entry ("can" means "can.0", "can.1"). In a pattern, * stands for
    anything, and a pattern that matches a prefab's name means all its objects.
    """
    if target.startswith("tag:"):
        word = target.removeprefix("tag:")
        return [body.name for body in bodies if word in body.tags]
    names = [body.name for body in bodies]
    if "*" in target or "?" in target:
        match = re.compile(fnmatch.translate(target)).match
        return [name for name in names if match(name) or match(name.split("/", 1)[0])]
    if target in names:
        return [target]
    inside = [name for name in names if name.startswith(f"{target}/")]
    return inside or [name for name in names if re.fullmatch(re.escape(target) + r"\.\d+(/.*)?", name)]
