"""YAML text to plain data with marks: safe types only, no duplicate keys, no bombs, every error with its place.

Only YAML's node graph is used; no tag ever makes an object. Knows nothing of scenes.
"""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path
from typing import Any

from worldsim.errors import Problem, SceneError
from worldsim.scene.limits import MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES
from worldsim.scene.mark import Mark, MarkedDict, MarkedList

TAG = "tag:yaml.org,2002:"
NUMBER = re.compile(r"[-+]?(\d[\d_]*)?(\.\d*)?([eE][-+]?\d+)?$")


def read_yaml(data: bytes, file: Path | None) -> Any:
    """Return the text's data: `MarkedDict`, `MarkedList`, str, int, float, bool or None.

    Args:
        data: UTF-8.
        file: what to call the file in messages.

    Raises:
        SceneError: with every problem found: broken YAML, duplicate keys, NaN or infinity, tags, too large, too deep.
    """
    if len(data) > MAX_FILE_BYTES:
        found = f"{len(data) / 2**20:.1f} MiB"
        raise SceneError([Problem(file, None, None, f"the file has {found}; at most {MAX_FILE_BYTES >> 20} MiB")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SceneError([Problem(file, line, None, "this is not UTF-8 text", "save the file as UTF-8")]) from None
    node = _compose(text, file)
    reader = _Reader(file)
    value = reader.value(node, 0) if node is not None else None
    if reader.problems:
        raise SceneError(reader.problems)
    return value


def _compose(text: str, file: Path | None) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a reused anchor is legal YAML
            return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(str(part) for part in (error.context, error.problem) if part) or "broken YAML"
        hint = "indent with spaces, not tabs" if "'\\t'" in words else ""
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SceneError([Problem(file, line, column, f"broken YAML: {words}", hint)]) from None
    except RecursionError:
        raise SceneError([Problem(file, None, None, f"nested deeper than {MAX_DEPTH} levels")]) from None
    except (YAMLError, ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError) as error:
        # Besides YAMLError: what the pure-Python scanner lets through on hostile text.
        words = " ".join(str(error).split())[:200]
        raise SceneError([Problem(file, None, None, f"broken YAML: {words}")]) from None


class _Reader:
    """Turns nodes into marked data and gathers problems."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.count = 0
        self._gave_up = False

    def value(self, node: Any, depth: int) -> Any:
        """Return the data of a node."""
        self.count += 1
        if self._gave_up:
            return None
        if depth > MAX_DEPTH:
            return self._give_up(node, f"nested deeper than {MAX_DEPTH} levels")
        if self.count > MAX_NODES:
            return self._give_up(node, f"more than {MAX_NODES} values, aliases written out")
        kind = str(node.tag).removeprefix(TAG)
        if isinstance(node.value, str):
            return self._scalar(node, kind)
        if kind not in ("map", "seq"):
            return self._refuse(node, f"the tag {node.tag!r} is not allowed; scenes are plain maps, lists and words")
        return self._map(node, depth) if kind == "map" else self._list(node, depth)

    def _map(self, node: Any, depth: int) -> MarkedDict:
        out = MarkedDict(mark=self._mark(node))
        for key_node, value_node in node.value:
            if not isinstance(key_node.value, str):
                self._refuse(key_node, "a key must be a word, not a list or map")
                continue
            key = key_node.value
            if str(key_node.tag) == TAG + "merge":
                self._refuse(key_node, "the merge key '<<' is not supported", "use a prefab or an include")
                continue
            if key in out:
                first = out.key_marks[key]
                self._refuse(key_node, f"the key {key!r} was already given on line {first.line}")
                continue
            out.key_marks[key] = self._mark(key_node)
            out.value_marks[key] = self._mark(value_node)
            out[key] = self.value(value_node, depth + 1)
        return out

    def _list(self, node: Any, depth: int) -> MarkedList:
        marks = [self._mark(item) for item in node.value]
        return MarkedList((self.value(item, depth + 1) for item in node.value), self._mark(node), marks)

    def _scalar(self, node: Any, kind: str) -> Any:
        text: str = node.value
        if kind in ("str", "timestamp"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        if kind in ("int", "float"):
            number = _number(text)
            if number is None:
                return self._refuse(node, f"{text[:40]!r} is not a number that can be used here")
            if not math.isfinite(number):
                return self._refuse(node, f"{text!r} is not a finite number")
            return number
        return self._refuse(node, f"the tag {node.tag!r} is not allowed; scenes are plain maps, lists and words")

    def _mark(self, node: Any) -> Mark:
        return Mark(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _refuse(self, node: Any, message: str, hint: str = "") -> None:
        mark = self._mark(node)
        self.problems.append(Problem(self.file, mark.line, mark.column, message, hint))

    def _give_up(self, node: Any, message: str) -> None:
        self._gave_up = True
        self._refuse(node, message)


def _number(text: str) -> int | float | None:
    """Return the number a plain YAML scalar means; None where it is none or too long."""
    low = text.lower().lstrip("+-")
    if low in (".inf", ".nan"):
        return math.nan if low == ".nan" else math.inf
    if len(text) > 40:
        return None
    try:
        if low.startswith(("0x", "0o", "0b")):
            sign = -1 if text.startswith("-") else 1
            return sign * int(low, 0)
        if NUMBER.match(text):
            plain = text.replace("_", "")
            return float(plain) if any(c in plain for c in ".eE") else int(plain)
    except (ValueError, OverflowError):
        return None
    return None
