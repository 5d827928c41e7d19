"""Triangles of OBJ and STL files, with smooth normals where the surface is smooth. It knows nothing of scenes.

Of an OBJ, vertices, faces and whether it is smooth are read; materials, textures and the file's own normals are passed
over.
"""

from __future__ import annotations

import functools
import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SceneError
from worldsim.render.mesh import Mesh, frozen_mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CREASE = math.radians(38.0)
"""Edges sharper than this stay sharp."""

SMOOTH = re.compile(r"^s +[1-9]", re.MULTILINE)
"""A smoothing group in an OBJ: the whole mesh is smooth."""

STL_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
"""One triangle of a binary STL file."""


@functools.lru_cache(maxsize=256)
def load_mesh(file: Path) -> Mesh:
    """Return the mesh of an OBJ or STL file, by its ending.

    Raises:
        SceneError: it can't be read, is of another kind, or is broken; with the file's name and the line.
    """
    ending = file.suffix.lower()
    try:
        if ending == ".obj":
            text = file.read_text("utf-8", errors="replace")
            position, faces = parse_obj(text, file.name)
            if SMOOTH.search(text):
                return creased(position, faces, math.pi)
        elif ending == ".stl":
            position, faces = parse_stl(file.read_bytes(), file.name)
        else:
            raise SceneError(f"{file.name}: a mesh that is drawn must be an .obj or .stl file")
    except OSError as error:
        raise SceneError(f"{file.name} can't be read: {error.strerror}") from error
    return creased(position, faces)


def parse_obj(text: str, name: str) -> tuple[Floats, Ints]:
    """Return vertices (V, 3) and triangles (F, 3) of an OBJ's text; `name` is for the messages.

    Raises:
        SceneError: a broken line, or nothing to draw.
    """
    vertices: list[tuple[float, ...]] = []
    faces: list[tuple[int, int, int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0] not in ("v", "f"):
            continue
        place = f"{name}:{number}"
        if words[0] == "v":
            vertices.append(_vertex(words, place))
        else:
            corners = [_corner(word, len(vertices), place) for word in words[1:]]
            if len(corners) < 3:
                raise SceneError(f"{place}: a face has {len(corners)} corners and needs at least three")
            faces += [(corners[0], corners[k], corners[k + 1]) for k in range(1, len(corners) - 1)]
    if not faces:
        raise SceneError(f"{name}: no faces in the file")
    return np.array(vertices), np.array(faces)


def _vertex(words: list[str], place: str) -> tuple[float, ...]:
    """Return the three numbers of a `v` line."""
    try:
        vertex = tuple(float(word) for word in words[1:4])
    except ValueError:
        vertex = ()
    if len(vertex) != 3:
        raise SceneError(f"{place}: a vertex needs three numbers, found {' '.join(words[1:4])[:40]!r}")
    if not all(math.isfinite(number) for number in vertex):
        raise SceneError(f"{place}: a vertex must be finite, found {' '.join(words[1:4])[:40]!r}")
    return vertex


def _corner(word: str, count: int, place: str) -> int:
    """Return the 0-based vertex of one corner "7", "7/1", "7//3" or "-1"."""
    try:
        index = int(word.split("/")[0])
    except ValueError:
        raise SceneError(f"{place}: a face's corner must be a number, found {word[:20]!r}") from None
    if index == 0 or abs(index) > count:
        raise SceneError(f"{place}: a face names vertex {index}, but the file has {count} before it")
    return index - 1 if index > 0 else count + index


def parse_stl(data: bytes, name: str) -> tuple[Floats, Ints]:
    """Return vertices (V, 3) and triangles (F, 3) of a binary STL; equal corners become one vertex.

    Raises:
        SceneError: it is not a binary STL, or nothing is in it.
    """
    count = int.from_bytes(data[80:84], "little") if len(data) >= 84 else 0
    if count == 0 or len(data) < 84 + count * STL_RECORD.itemsize:
        raise SceneError(f"{name}: not a binary STL file, or cut off")
    corners = np.frombuffer(data, STL_RECORD, count, 84)["corners"].reshape(-1, 3).astype(np.float64)
    if not np.isfinite(corners).all():
        raise SceneError(f"{name}: a vertex must be finite")
    vertices, faces = np.unique(corners, axis=0, return_inverse=True)
    return vertices, faces.reshape(-1, 3)


def creased(position: Floats, faces: Ints, crease: float = CREASE) -> Mesh:
    """Return a mesh whose normals are smooth over edges flatter than `crease` (rad) and split at sharper ones.

    Each corner's normal is the area-weighted mean of the normals of those faces at its vertex that lie within the
    angle of its own face.
    """
    a, b, c = (position[faces[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)
    length = np.linalg.norm(area, axis=1)
    keep = length > 1e-14
    faces, area, length = faces[keep], area[keep], length[keep]
    flat = area / length[:, None]
    vertex, face = faces.ravel(), np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(vertex, kind="stable")
    counts = np.bincount(vertex, minlength=len(position))
    starts = np.concatenate([[0], np.cumsum(counts)])
    normal = np.empty((len(vertex), 3))
    limit = math.cos(crease)
    for corners in np.split(order, starts[1:-1]):
        mine = flat[face[corners]]
        near = mine @ mine.T >= limit
        normal[corners] = near @ area[face[corners]]
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    key = np.concatenate([vertex[:, None], np.round(normal * 4096)], 1)
    _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return frozen_mesh(position[vertex[first]], normal[first], np.zeros(len(first)), index.reshape(-1, 3))
