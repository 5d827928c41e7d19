"""Scene files for the tests, written from text."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldsim.errors import SceneError
from worldsim.scene.load import load_scene
from worldsim.scene.model import Scene

HEAD = "format: 1\nname: test\n"


def write(folder: Path, text: str, name: str = "scene.yaml") -> Path:
    """Write a file and return its path; scenes get format and name where they have none."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if name != "scene.yaml" or "format:" in text else HEAD + text, encoding="utf-8")
    return path


def scene_of(folder: Path, text: str) -> Scene:
    """Write a scene and load it."""
    return load_scene(write(folder, text))


def refusals(folder: Path, text: str) -> list[str]:
    """Write a scene that is refused; return its problems as "line:column: message"."""
    path = write(folder, text)
    with pytest.raises(SceneError) as caught:
        load_scene(path)
    return [str(problem).replace(f"{folder}/", "").replace("scene.yaml:", "", 1) for problem in caught.value.problems]
