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
from worldsim.render.raster.assets import Holder
from worldsim.render.raster.context import put, vertex_array

Floats = NDArray[np.float64]

STILL = (("in_rest", 3), ("in_rest_normal", 3), ("in_colour", 4), ("in_part", -1))
POSED = (("in_position", 3), ("in_normal", 3))
WAS = (("in_was", 3),)

COARSER = (0.0, 1.6, 2.6, 3.6)
"""Edges of the cells in which vertices become one, in mean edges of the mesh, by level of detail from near."""

CELL = 3.0
"""px: a cell is at most so large in the picture."""


@dataclass(frozen=True)
class Level:
    """A skin with some of its vertices, on the card.

    Attributes:
        skin: what is left of it. cell: m, the edge of the cells in which vertices became one.
        posed: buffer of (V, 6) float32, position relative to the eye and normal. was: (V, 3), the place before.
        arrays: by whether all layers are drawn. cast: for the shadow map.
    """

    skin: Skin
    cell: float
    posed: Any
    was: Any
    arrays: dict[bool, Any]
    cast: Any


class SkinDraw:
    """A skin's buffers, and how to draw them.

    Attributes:
        skin: what it draws. centre: m, and radius: m, of a sphere about where it is.
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
        self.skin = skin
        self.centre: Floats = np.zeros(3)
        self.radius = 0.6 * float(np.linalg.norm(np.ptp(skin.vertices, axis=0)))  # stretched at full gallop, too
        code = look[3:7].view(np.uint32)
        self._look = {"skin_code": tuple(int(word) for word in code), "skin_tile": tuple(look[7:9].tolist())}
        self._programs = programs
        edge = mean_edge(skin)
        self._levels = [
            _upload(hold, skin.among(faces), edge * times, programs, shadow)
            for faces, times in zip(levels(skin), COARSER, strict=True)
        ]
        self._level = self._levels[0]
        self._bent: list[tuple[Snapshot, Level, NDArray[Any]]] = []  # the last two moments drawn

    def place(self, snapshot: Snapshot) -> None:
        """Set `centre`, roughly: the middle of the body's parts."""
        self.centre = snapshot.position[self.skin.parts].mean(0)

    def bend(self, snapshot: Snapshot, eye: Floats, pixels_per_m: float) -> None:
        """Take the moment to draw, and how large it is in the picture: what follows shows that."""
        fit = [level for level in self._levels if level.cell * pixels_per_m <= CELL]
        self._level = fit[-1]
        vertices, normals = self._level.skin.posed(part_poses(snapshot))
        self._bent = [*self._bent[-1:], (snapshot, self._level, vertices)]
        data = np.concatenate([vertices - eye, normals], 1)
        self._level.posed.write(np.ascontiguousarray(data, np.float32))

    def bend_before(self, snapshot: Snapshot, eye: Floats) -> None:
        """Take the moment before, for the motion; that of the last picture is known already."""
        known = (at for was, level, at in self._bent if was is snapshot and level is self._level)
        found = next(known, None)
        vertices = self._level.skin.posed(part_poses(snapshot))[0] if found is None else found
        self._level.was.write(np.ascontiguousarray(vertices - eye, np.float32))

    def render(self, turn: Floats, full: bool) -> None:
        """Draw it; `turn` is the body's quaternion xyzw."""
        put(self._programs[full], **self._look, skin_turn=tuple(turn))
        self._level.arrays[full].render()

    def cast(self) -> None:
        """Draw it into the shadow map."""
        self._level.cast.render()


def _upload(hold: Holder, skin: Skin, cell: float, programs: dict[bool, Any], shadow: Any) -> Level:
    """Return a level on the card."""
    gl, count = hold.context, len(skin.vertices)
    still = np.concatenate([skin.vertices, skin.normals, skin.linear_colour, skin.roughness[:, None]], 1)
    part = (skin.dominant + 1).astype(np.uint32)[:, None].view(np.float32)
    data = np.ascontiguousarray(np.concatenate([still.astype(np.float32), part], 1))
    fixed, index = hold(gl.buffer(data.tobytes())), hold(gl.buffer(np.ascontiguousarray(skin.faces).tobytes()))
    posed, was = hold(gl.buffer(reserve=4 * count * 6)), hold(gl.buffer(reserve=4 * count * 3))
    columns = ((fixed, STILL, ""), (posed, POSED, ""), (was, WAS, ""))
    arrays = {full: hold(vertex_array(gl, item, columns, index)) for full, item in programs.items()}
    return Level(skin, cell, posed, was, arrays, hold(vertex_array(gl, shadow, columns[1:2], index)))


def mean_edge(skin: Skin) -> float:
    """Return the mean length of the edges at rest, m."""
    ends = skin.vertices[skin.faces] - skin.vertices[np.roll(skin.faces, 1, 1)]
    return float(np.linalg.norm(ends, axis=2).mean())


def levels(skin: Skin) -> list[NDArray[np.int32]]:
    """Return the faces (F, 3) of the skin at each level of detail, over the same vertices."""
    edge = mean_edge(skin)
    return [coarser(skin, edge * times) for times in COARSER]


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
