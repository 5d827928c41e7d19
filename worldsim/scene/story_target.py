"""Which things of a scene the words of a story mean: "ball", "red ball", "the chairs", "tag:fragile"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from worldsim.scene.select import Named, matching


def targets(words: str, bodies: Sequence[Named], actors: Sequence[str]) -> list[str]:
    """Return the things that words mean: actors, objects, or prefabs as a whole; empty where they mean none.

    First what a name means everywhere in a scene (`worldsim.scene.select`); then the words as one name, "red ball" as
    "red_ball"; then any thing whose name or tags have all these words, "chair" meaning "chair.0" and "garden_chair".

    Args:
        words: as written, without an article.
        bodies: of the scene.
        actors: names that count too.
    """
    if words in actors:
        return [words]
    joined = re.sub(r"\s+", "_", words.strip())
    for name in dict.fromkeys((words, joined, joined.removesuffix("s"))):
        found = matching(name, bodies)
        if found:
            return _whole(found)
    wanted = {word.removesuffix("s") for word in re.split(r"[\s_]+", words.lower()) if word}
    found = [body.name for body in bodies if wanted and wanted <= _said_of(body)]
    return _whole(found)


def _whole(names: Sequence[str]) -> list[str]:
    """Return each object, or the prefab that it is a part of, once."""
    return list(dict.fromkeys(name.split("/", 1)[0] for name in names))


def _said_of(body: Named) -> set[str]:
    name = body.name.split("/", 1)[0]
    return {word.removesuffix("s") for word in re.split(r"[_.\d]+", f"{name}_{'_'.join(body.tags)}".lower()) if word}
