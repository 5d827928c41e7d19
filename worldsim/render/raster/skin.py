"""A skin on the graphics card: bent here, by the processor, and written anew every frame.

A vertex has four bones, and every pass would ask for all of them; a matrix product does it once. It knows nothing of
passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.skin import Skin, part_poses
from worldsim.physics.state import Snapshot
from worldsim.render.mesh import LEVELS
from worldsim.render.raster.assets import Holder
from worldsim.render.raster.context import put, vertex_array

Floats = NDArray[np.float64]

STILL = (("in_rest", 3), ("in_rest_normal", 3), ("in_colour", 4), ("in_part", -1))
POSED = (("in_position", 3), ("in_normal", 3))
WAS = (("in_was", 3),)

COARSER = (0.0, 1.5, 2.6)
"""Edges of the cells in which vertices become one, in mean edges of the mesh, by level of detail from near."""


@dataclass(frozen=True)
class Pose:
    """A skin at one moment.

    Attributes:
        vertices: (V, 3) m in the world. normals: (V, 3). centre: m, and radius: m, of a sphere about it.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    centre: Floats
    radius: float


def pose(skin: Skin, snapshot: Snapshot) -> Pose:
    """Return where a skin is."""
    vertices, normals = skin.posed(part_poses(snapshot))
    low, high = vertices.min(0).astype(np.float64), vertices.max(0).astype(np.float64)
    return Pose(vertices, normals, (low + high) / 2, 0.5 * float(np.linalg.norm(high - low)))


class SkinDraw:
    """A skin's buffers, and how to draw them.

    Attributes:
        skin: what it draws. thick: m, the radius that is seen to be round: what the level of detail follows.
    """

    def __init__(
        self, hold: Holder, skin: Skin, look: NDArray[np.float32], programs: dict[bool, Any], shadow: Any
    ) -> None:
        """Upload what never changes.

        Args:
            hold: makes and releases.
            skin: what is drawn.
            look: (9,) as `assets.packed` has it.
            programs: of the geometry, by whether all layers are drawn.
            shadow: the shadow map's.
        """
        gl, count = hold.context, len(skin.vertices)
        self.skin = skin
        self.thick = 0.1 * float(np.ptp(skin.vertices, axis=0).max())
        code = look[3:7].view(np.uint32)
        self._look = {"skin_code": tuple(int(word) for word in code), "skin_tile": tuple(look[7:9].tolist())}
        still = np.concatenate([skin.vertices, skin.normals, skin.linear_colour, skin.roughness[:, None]], 1)
        part = (skin.dominant + 1).astype(np.uint32)[:, None].view(np.float32)
        data = np.ascontiguousarray(np.concatenate([still.astype(np.float32), part], 1))
        fixed = hold(gl.buffer(data.tobytes()))
        self._posed = hold(gl.buffer(reserve=4 * count * 6))
        self._was = hold(gl.buffer(reserve=4 * count * 3))
        self._programs = programs
        columns = ((fixed, STILL, ""), (self._posed, POSED, ""), (self._was, WAS, ""))
        indices = [hold(gl.buffer(faces.tobytes())) for faces in levels(skin)]
        self._arrays = {
            full: [hold(vertex_array(gl, item, columns, index)) for index in indices] for full, item in programs.items()
        }
        self._casts = [hold(vertex_array(gl, shadow, columns[1:2], index)) for index in indices]

    def write(self, posed: Pose, eye: Floats) -> None:
        """Take the moment to draw: what follows shows it."""
        data = np.concatenate([posed.vertices - eye, posed.normals], 1).astype(np.float32)
        self._posed.write(data)

    def write_before(self, posed: Pose, eye: Floats) -> None:
        """Take the moment before, for the motion."""
        self._was.write((posed.vertices - eye).astype(np.float32))

    def render(self, pixels_per_m: float, turn: Floats, full: bool) -> None:
        """Draw it; `turn` is the body's quaternion xyzw."""
        put(self._programs[full], **self._look, skin_turn=tuple(turn))
        self._arrays[full][self._level(pixels_per_m)].render()

    def cast(self, pixels_per_m: float) -> None:
        """Draw it into the shadow map."""
        self._casts[self._level(pixels_per_m)].render()

    def _level(self, pixels_per_m: float) -> int:
        size = pixels_per_m * self.thick
        return int(np.searchsorted(-np.array(LEVELS[: len(COARSER) - 1]), -size))


def levels(skin: Skin) -> list[NDArray[np.int32]]:
    """Return the faces (F, 3) of the skin at each level of detail, over the same vertices."""
    edges = np.linalg.norm(skin.vertices[skin.faces] - skin.vertices[np.roll(skin.faces, 1, 1)], axis=2)
    return [np.ascontiguousarray(coarser(skin, float(edges.mean()) * times)) for times in COARSER]


def coarser(skin: Skin, cell: float) -> NDArray[np.int32]:
    """Return the faces that are left when the vertices in a cube of that edge become one.

    Vertices that follow different parts stay apart, so that no leg grows to another. Rossignac and Borrel 1993.
    """
    if cell == 0:
        return skin.faces
    key = np.concatenate([np.floor(skin.vertices / cell).astype(np.int64), skin.dominant[:, None]], 1)
    _, group = np.unique(key, axis=0, return_inverse=True)
    group = group.ravel()
    count = np.bincount(group)
    middle = np.stack([np.bincount(group, skin.vertices[:, k]) for k in range(3)], 1) / count[:, None]
    away = np.linalg.norm(skin.vertices - middle[group], axis=1)
    order = np.lexsort((away, group))
    chosen = order[np.searchsorted(group[order], np.arange(len(count)))]
    faces = chosen[group[skin.faces]]
    distinct = (faces != np.roll(faces, 1, 1)).all(1)
    return np.unique(faces[distinct], axis=0).astype(np.int32)
