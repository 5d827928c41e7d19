"""What entries without a name are called: after what they are, numbered where several are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldsim.scene.object import PrefabObject, UrdfObject


def entry_names(specs: Sequence[Any], taken: set[str], alone: str | None = None) -> list[str]:
    """Return a name for each entry: its own, or what it is, numbered where several are the same.

    Args:
        specs: entries in order.
        taken: names that can't be used.
        alone: the name of a single entry that has none.
    """
    if alone is not None and len(specs) == 1 and specs[0].name is None:
        return [alone]
    words = [spec.name or _word(spec) for spec in specs]
    given = taken | {spec.name for spec in specs if spec.name}
    numbers: dict[str, int] = {}
    out = []
    for spec, word in zip(specs, words, strict=True):
        if spec.name:
            out.append(spec.name)
            continue
        several = sum(1 for s, w in zip(specs, words, strict=True) if w == word and not s.name) > 1 or word in given
        name = word
        while several:
            name = f"{word}_{numbers.setdefault(word, 1)}"
            numbers[word] += 1
            if name not in given:
                break
        out.append(name)
    return out


def _word(spec: Any) -> str:
    if isinstance(spec, PrefabObject):
        return spec.class_name or spec.prefab.rsplit("/", 1)[-1].removesuffix(".yaml").removesuffix(".yml")
    if isinstance(spec, UrdfObject):
        return spec.class_name or spec.urdf.replace(":", "/").rsplit("/", 1)[-1].removesuffix(".urdf")
    return str(spec.class_name or getattr(spec, "shape", "object"))
