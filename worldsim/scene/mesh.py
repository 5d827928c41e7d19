"""OBJ files looked at before anybody loads them: size, vertices, numbers; and their convex hull.

Only vertices and faces are read. Materials, textures and curves in the file are passed over.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

from worldsim.scene.layout import Vec3
from worldsim.scene.limits import MAX_COORDINATE, MAX_MESH_BYTES, MAX_MESH_VERTICES


class MeshError(ValueError):
    """A mesh file that can't be used; the message says why, with the line where there is one."""


@dataclass(frozen=True)
class Hull:
    """The convex hull of a mesh: its corners and the volume inside (m, m³ before any scale)."""

    points: tuple[Vec3, ...]
    volume: float


def scan_obj(file: Path) -> list[Vec3]:
    """Return the vertices of an OBJ file after checking all that is read from it.

    Raises:
        MeshError: missing, too large, too many vertices, NaN, broken numbers, faces that name no vertex, no volume.
    """
    try:
        size = file.stat().st_size
        if size > MAX_MESH_BYTES:
            raise MeshError(f"{file.name} has {size / 2**20:.0f} MiB; a mesh has at most {MAX_MESH_BYTES >> 20} MiB")
        text = file.read_text("utf-8", errors="replace")
    except OSError as error:
        raise MeshError(f"{file.name} can't be read: {error.strerror}") from None
    vertices: list[Vec3] = []
    faces = 0
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append(_vertex(words, f"{file.name} line {number}"))
            if len(vertices) > MAX_MESH_VERTICES:
                raise MeshError(f"{file.name} has more than {MAX_MESH_VERTICES} vertices")
        elif words[0] == "f":
            faces += 1
            _check_face(words, len(vertices), f"{file.name} line {number}")
    if len(vertices) < 4 or faces < 4:
        raise MeshError(f"{file.name} has {len(vertices)} vertices and {faces} faces: not an OBJ mesh with a volume")
    return vertices


def _vertex(words: list[str], place: str) -> Vec3:
    try:
        x, y, z = (float(word) for word in words[1:4])
    except ValueError:
        raise MeshError(f"{place}: a vertex needs three numbers, found {' '.join(words[1:4])[:40]!r}") from None
    if not all(math.isfinite(c) and abs(c) <= MAX_COORDINATE for c in (x, y, z)):
        raise MeshError(f"{place}: a vertex with a number that is not finite or beyond {MAX_COORDINATE:g} m")
    return x, y, z


def _check_face(words: list[str], count: int, place: str) -> None:
    if len(words) < 4:
        raise MeshError(f"{place}: a face needs three corners or more, found {len(words) - 1}")
    for word in words[1:]:
        try:
            index = int(word.split("/")[0])
        except ValueError:
            raise MeshError(f"{place}: {word[:20]!r} is not a corner of a face") from None
        if index == 0 or abs(index) > count:
            raise MeshError(f"{place}: a face names vertex {index}, but {count} were given so far")


@functools.lru_cache(maxsize=64)
def _hull(file: Path, stamp: tuple[int, int]) -> Hull:
    """Return the hull; the stamp makes a changed file a new entry."""
    import numpy as np
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(np.array(scan_obj(file)), axis=0)
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        raise MeshError(f"{file.name} is flat: a mesh needs a volume") from None
    corners = tuple((x, y, z) for x, y, z in points[hull.vertices].tolist())
    return Hull(corners, float(hull.volume))


def mesh_hull(file: Path | None) -> Hull:
    """Return the convex hull of an OBJ file; read once, then kept as long as the file does not change.

    Raises:
        MeshError: the file can't be used.
    """
    if file is None:
        raise MeshError("a mesh without a file")
    try:
        status = file.stat()
    except OSError as error:
        raise MeshError(f"{file.name} can't be read: {error.strerror}") from None
    return _hull(file, (status.st_mtime_ns, status.st_size))
