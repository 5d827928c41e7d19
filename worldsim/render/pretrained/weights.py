"""Is there what a pipeline needs in a folder of weights? Said before anything is loaded, with the remedy.

Nothing here opens a connection: a name of a repository is not a folder, and is told so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worldsim.errors import PretrainedError

PICKLED = (".bin", ".pt", ".pth", ".ckpt")


def folder_of(weights: Path | None, renderer: str, fetch: str) -> Path:
    """Return the folder of weights.

    Args:
        weights: where the user says they are.
        renderer: what needs them.
        fetch: the command that brings them.

    Raises:
        PretrainedError: none is named, or it is not there.
    """
    remedy = f"fetch them with: {fetch} (sizes and licences: worldsim renderer info {renderer})"
    if weights is None:
        raise PretrainedError(f"{renderer} needs weights, --weights FOLDER, and downloads none itself; {remedy}")
    if not weights.is_dir():
        raise PretrainedError(f"{weights} is no folder here, and {renderer} downloads nothing; {remedy}")
    return weights


def index_of(folder: Path, file: str, classes: Sequence[str], renderer: str, fetch: str) -> dict[str, Any]:
    """Return the index of a saved pipeline.

    Args:
        folder: of the weights.
        file: "model_index.json" or "modular_model_index.json".
        classes: of pipelines that will do.
        renderer: what needs it.
        fetch: the command that brings it.

    Raises:
        PretrainedError: no index, none that can be read, or one of another pipeline.
    """
    path = folder / file
    if not path.is_file():
        raise PretrainedError(
            f"{folder} has no {file}: {renderer} reads weights in the layout of diffusers; fetch them with: {fetch}"
        )
    index = read_json(path)
    found = index.get("_class_name")
    if found not in classes:
        raise PretrainedError(f"{path} is of a {found}; {renderer} needs a {' or '.join(classes)}: {fetch}")
    return index


def check_part(folder: Path, part: str, renderer: str, fetch: str, model: bool = True) -> Path:
    """Return a folder within the weights.

    Args:
        folder: of the weights.
        part: of it, such as "vae".
        renderer: what needs it.
        fetch: the command that brings it.
        model: whether it holds a network, so must have safetensors.

    Raises:
        PretrainedError: it is not there, not whole, or has its numbers as pickle only.
    """
    place = folder / part
    if not place.is_dir():
        raise PretrainedError(f"{folder} has no folder {part!r}, which {renderer} needs; fetch it with: {fetch}")
    if not model:
        return place
    if not (place / "config.json").is_file():
        raise PretrainedError(f"{place} has no config.json; {renderer} needs it in the layout of diffusers: {fetch}")
    if not any(place.glob("*.safetensors")):
        pickled = next((path.name for path in sorted(place.iterdir()) if path.suffix in PICKLED), None)
        if pickled is not None:
            raise PretrainedError(
                f"{place} has its numbers only as pickle ({pickled}), which can run code and is not opened; "
                "take a revision with safetensors"
            )
        raise PretrainedError(f"{place} has no .safetensors: the download is not complete; fetch again with: {fetch}")
    for index in place.glob("*.safetensors.index.json"):
        wanted = set(read_json(index).get("weight_map", {}).values())
        absent = sorted(name for name in wanted if not (place / name).is_file())
        if absent:
            raise PretrainedError(f"{place} lacks {', '.join(absent)}: the download is not complete; {fetch}")
    return place


def read_json(path: Path) -> dict[str, Any]:
    """Return an object of JSON.

    Raises:
        PretrainedError: it is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PretrainedError(f"{path} can't be read: {error}; fetch it again") from error
    if not isinstance(found, dict):
        raise PretrainedError(f"{path} is no object of JSON; fetch it again")
    return found
