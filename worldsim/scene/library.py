"""Where scenes, prefabs and materials are found: by name among the shipped ones, or by path."""

from __future__ import annotations

import os
from pathlib import Path

from worldsim.errors import SceneError, did_you_mean


def shipped_folder() -> Path:
    """Return the folder of the scenes that come with the package."""
    import worldsim.scenes

    return Path(str(worldsim.scenes.__file__)).parent.resolve()


def shipped_scenes() -> dict[str, Path]:
    """Return the shipped scenes by name, sorted."""
    return {file.stem: file for file in sorted(shipped_folder().glob("*.yaml"))}


def shipped_prefabs() -> dict[str, Path]:
    """Return the shipped prefabs by name, sorted."""
    return {file.stem: file for file in sorted((shipped_folder() / "prefabs").glob("*.yaml"))}


def find_scene(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the scene file that is meant: a shipped name, or a path (anything with a separator or ".yaml").

    Raises:
        SceneError: there is none; with a "did you mean" and the names there are.
    """
    text = os.fspath(name_or_path)
    shipped = shipped_scenes()
    looks_like_path = os.sep in text or "/" in text or text.lower().endswith((".yaml", ".yml"))
    if not looks_like_path and text in shipped:
        return shown_path(shipped[text])
    path = Path(text)
    try:
        if path.is_file():
            return path
        if path.is_dir():
            raise SceneError(f"{text} is a folder; expected a scene file")
    except (OSError, ValueError):
        raise SceneError(f"{text[:100]!r} is not a usable file name") from None
    if looks_like_path:
        beside = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        guess = did_you_mean(path.name, beside)
        raise SceneError(f"no scene file {text}" + (f"; {guess}" if guess else ""))
    guess = did_you_mean(text, shipped)
    tail = f"; {guess}" if guess else ""
    raise SceneError(f"no scene is called {text!r}{tail}; shipped: {', '.join(shipped) or 'none'}; or give a path")


def shown_path(path: Path) -> Path:
    """Return the path as a message shows it: relative where it lies below the current folder."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path
