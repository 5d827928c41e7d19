"""What a stage needs on the graphics card and never changes: meshes, looks of instances, textures, the sky.

`Holder` remembers every OpenGL object that is made through it, so that closing a renderer gives all of them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.render.develop import develop
from worldsim.render.grade import Grade
from worldsim.render.instances import Batch, Instances
from worldsim.render.mesh import LEVELS, Mesh
from worldsim.render.raster.context import vertex_array
from worldsim.render.raster.pattern import SIDE
from worldsim.render.raster.tiles import NOISE, texels
from worldsim.render.sky import Sky

VERTEX = (("in_position", 3), ("in_normal", 3), ("in_angle", 1), ("in_colour", 3))
POSE = (("at_turn", 4), ("at_origin", 3))
LOOK = (("at_size", 3), ("at_code", -4), ("at_tile", 2))
INSTANCE = POSE + LOOK
"""Attributes and how many numbers of 32 bits they have: floats, or unsigned integers where the count is negative."""

POSE_WIDTH, INSTANCE_WIDTH = 7, 16

BLURRED_SIDE = 256
"""Texels of the reflected sky's edge."""


class Holder:
    """Makes OpenGL objects and releases all of them at once."""

    def __init__(self, context: Any) -> None:
        """Take the moderngl context."""
        self.context = context
        self._held: list[Any] = []

    def __call__(self, thing: Any) -> Any:
        """Remember an object and return it."""
        self._held.append(thing)
        return thing

    def release(self) -> None:
        """Release everything, the newest first."""
        while self._held:
            self._held.pop().release()


@dataclass(frozen=True)
class Sheaf:
    """A mesh with room for instances that are chosen anew every frame.

    Attributes:
        data: the buffer of (N, 16) float32: pose and look. arrays: one vertex array for each program.
    """

    data: Any
    arrays: tuple[Any, ...]

    def render(self, instances: NDArray[np.float32], program: int = 0) -> None:
        """Draw these instances (N, 16) with the program of that number; none is fine."""
        if len(instances):
            self.data.write(instances)
            self.arrays[program].render(instances=len(instances))


@dataclass(frozen=True)
class Draw:
    """A batch on the card.

    Attributes:
        batch: what it draws.
        levels: its geometry by level of detail; program 0 draws the picture alone, 1 all layers.
        casts: the same for each square of the shadow map; empty where it throws no shadow.
    """

    batch: Batch
    levels: tuple[Sheaf, ...]
    casts: tuple[tuple[Sheaf, ...], ...]


BOUNDS = -np.array(LEVELS, np.float64)


def by_level(rows: NDArray[np.int64], size: NDArray[np.float64], levels: int) -> list[NDArray[np.int64]]:
    """Return the rows to draw at each level of detail.

    Args:
        rows: (N,) places in `size`.
        size: (G,) pixels; 0 leaves out. See `mesh.LEVELS`.
        levels: how many there are.
    """
    seen = rows[size[rows] > 0]
    if levels == 1:
        return [seen]
    if not len(seen):
        return [seen] * levels
    level = BOUNDS[: levels - 1].searchsorted(-size[seen])
    return [seen[level == place] for place in range(levels)]


def packed(look: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the looks (G, 19) of `Instances` as the shaders read them, (G, 9): size, code (bits of integers), tile."""
    wide = look.astype(np.float64)

    def bytes_of(*columns: NDArray[np.float64]) -> NDArray[np.uint32]:
        total = np.zeros(len(look), np.uint32)
        for place, column in enumerate(columns):
            total |= np.round(255 * np.clip(column, 0, 1)).astype(np.uint32) << np.uint32(8 * place)
        return total

    root, root2 = np.sqrt(wide[:, 3:6]), np.sqrt(wide[:, 7:10])
    layer, kind = wide[:, 10].astype(np.uint32), wide[:, 15].astype(np.uint32)
    code = np.stack(
        [
            bytes_of(*root.T, wide[:, 11]),
            bytes_of(*root2.T, wide[:, 12]),
            wide[:, 6].astype(np.uint32) | layer << np.uint32(16) | kind << np.uint32(24),
            bytes_of(wide[:, 16] / 2, wide[:, 17], wide[:, 18] / 7),
        ],
        1,
    )
    return np.concatenate([look[:, :3], code.view(np.float32), look[:, 13:15]], 1)


def load_batches(hold: Holder, instances: Instances, geometry: dict[tuple[str, bool], Any], shadow: Any) -> list[Draw]:
    """Upload meshes and make room for instances; `geometry` has the programs by (form, full)."""
    gl = hold.context
    uploaded: dict[int, tuple[Any, Any]] = {}

    def upload(mesh: Mesh) -> tuple[Any, Any]:
        if id(mesh) not in uploaded:
            count = len(mesh.position)
            colour = mesh.colour if mesh.colour is not None else np.full((count, 3), -1, np.float32)
            vertex = np.concatenate([mesh.position, mesh.normal, mesh.angle[:, None], colour], 1)
            data = np.ascontiguousarray(vertex, np.float32).tobytes()
            uploaded[id(mesh)] = hold(gl.buffer(data)), hold(gl.buffer(mesh.faces.tobytes()))
        return uploaded[id(mesh)]

    def sheaf(mesh: Mesh, room: int, *programs: Any) -> Sheaf:
        vertices, index = upload(mesh)
        data = hold(gl.buffer(reserve=4 * room * INSTANCE_WIDTH))
        columns = ((vertices, VERTEX, ""), (data, INSTANCE, "/i"))
        return Sheaf(data, tuple(hold(vertex_array(gl, item, columns, index)) for item in programs))

    draws = []
    for batch in instances.batches:
        both, room = (geometry[batch.form, False], geometry[batch.form, True]), len(batch.rows)
        levels = tuple(sheaf(mesh, room, *both) for mesh in batch.meshes)
        squares = 2 if batch.casts else 0
        casts = tuple(tuple(sheaf(mesh, room, shadow) for mesh in batch.meshes) for _ in range(squares))
        draws.append(Draw(batch, levels, casts))
    return draws


def load_tiles(hold: Holder, layers: tuple[str, ...], fast: bool) -> tuple[Any, Any]:
    """Upload the tiles of a stage as one texture array, and the slow noise; return both.

    With `fast` one level of the tiles is looked up instead of a mixture of two: without a graphics card, half the cost.
    """
    gl = hold.context
    data = np.stack([texels(name) for name in layers])
    tiles = hold(gl.texture_array((SIDE, SIDE, len(layers)), 4, data.tobytes()))
    tiles.build_mipmaps()
    tiles.filter = (gl.LINEAR_MIPMAP_NEAREST if fast else gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
    noise = hold(gl.texture((SIDE, SIDE), 1, np.ascontiguousarray(texels(NOISE)[..., 0]).tobytes(), alignment=1))
    noise.build_mipmaps()
    noise.filter = (gl.LINEAR_MIPMAP_NEAREST, gl.LINEAR)
    for texture in (tiles, noise):
        texture.repeat_x = texture.repeat_y = True
    return tiles, noise


def load_sky(hold: Holder, sky: Sky, grade: Grade) -> tuple[Any, Any, float]:
    """Upload the sky as it is seen, and its light with levels of blur; return both and the last level in use."""
    gl = hold.context
    side = sky.map.shape[0]
    fold = max(side // BLURRED_SIDE, 1)
    small = sky.map.reshape(side // fold, fold, side // fold, fold, 3).mean((1, 3))
    seen = hold(gl.texture((side, side), 3, develop(sky.map, grade).tobytes(), alignment=1))
    data = np.concatenate([small, np.ones((*small.shape[:2], 1), np.float32)], 2).astype(np.float16)
    blurred = hold(gl.texture((len(small), len(small)), 4, data.tobytes(), dtype="f2"))
    for texture in (seen, blurred):
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (gl.LINEAR, gl.LINEAR)
    blurred.build_mipmaps()
    blurred.filter = (gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
    return seen, blurred, float(np.log2(len(small)) - 2)
