"""Plain data that remembers where in which file each key and value stood. Knows nothing of YAML or of scenes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: Path | None
    line: int | None
    column: int | None


NOWHERE = Mark(None, None, None)


class MarkedDict(dict[str, Any]):
    """A map that knows where it, its keys and its values stood."""

    def __init__(
        self,
        items: Iterable[tuple[str, Any]] = (),
        mark: Mark = NOWHERE,
        keys: dict[str, Mark] | None = None,
        values: dict[str, Mark] | None = None,
    ) -> None:
        """Take the items, the mark of the whole, and those of keys and values."""
        super().__init__(items)
        self.mark = mark
        self.key_marks = keys or {}
        self.value_marks = values or {}

    def without(self, *gone: str) -> MarkedDict:
        """Return a copy that lacks some keys."""
        kept = ((key, value) for key, value in self.items() if key not in gone)
        return MarkedDict(kept, self.mark, self.key_marks, self.value_marks)


class MarkedList(list[Any]):
    """A list that knows where it and its values stood."""

    def __init__(self, items: Iterable[Any] = (), mark: Mark = NOWHERE, values: Sequence[Mark] = ()) -> None:
        """Take the items, the mark of the whole and those of the values."""
        super().__init__(items)
        self.mark = mark
        self.value_marks = list(values)


def mark_of(data: Any, path: Iterable[str | int], *, key: bool = False) -> Mark:
    """Return the mark of what lies at `path` in marked data, or of the nearest thing around it that has one.

    Steps of the path that the data does not have are passed over: they are names of alternatives, not of keys.

    Args:
        data: marked or plain data.
        path: keys and indices.
        key: whether the last key's own place is wanted rather than its value's.
    """
    place = getattr(data, "mark", NOWHERE)
    for step in path:
        if isinstance(data, dict) and step in data:
            name = str(step)
            if isinstance(data, MarkedDict):
                values = data.key_marks if key else data.value_marks
                place = values.get(name, place)
            data = data[name]
        elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            if isinstance(data, MarkedList) and step < len(data.value_marks):
                place = data.value_marks[step]
            data = data[step]
    return place
