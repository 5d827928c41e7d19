"""STL meshes: how far they reach. They are not drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from worldsim.errors import SceneError
from worldsim.scene.layout import Vec3


def stl_bounds(file: Path) -> tuple[Vec3, Vec3]:
    """Return the lowest and highest coordinates, in the file's unit, of an STL mesh, binary or text.

    Raises:
        SceneError: the file holds no triangle.
    """
    data = file.read_bytes()
    count = int.from_bytes(data[80:84], "little") if len(data) >= 84 else 0
    if count and len(data) == 84 + 50 * count:
        rows = np.frombuffer(data, np.dtype([("v", "<f4", (4, 3)), ("pad", "<u2")]), count, 84)
        points = rows["v"][:, 1:].reshape(-1, 3).astype(np.float64)
    else:
        words = [line.split() for line in data.decode("ascii", "replace").splitlines()]
        points = np.array([w[1:4] for w in words if len(w) == 4 and w[0] == "vertex"], np.float64).reshape(-1, 3)
    if not len(points):
        raise SceneError(f"the mesh {file.name} holds no triangle: expected an STL file")
    (x0, y0, z0), (x1, y1, z1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (x0, y0, z0), (x1, y1, z1)
