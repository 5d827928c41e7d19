"""What a stage needs on the graphics card and never changes: meshes, looks of instances, textures, the sky.

`Holder` remembers every OpenGL object that is made through it, so that closing a renderer gives all of them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.render.develop import develop
from worldsim.render.instances import Batch, Instances
from worldsim.render.mesh import Mesh
from worldsim.render.raster.context import vertex_array
from worldsim.render.raster.pattern import SIDE
from worldsim.render.raster.tiles import NOISE, texels
from worldsim.render.sky import Sky

VERTEX = (("in_position", 3), ("in_normal", 3), ("in_angle", 1), ("in_colour", 3))
POSE = (("at_x", 3), ("at_y", 3), ("at_z", 3), ("at_origin", 3))
LOOK = (("at_size", 3), ("at_colour", 4), ("at_colour2", 4), ("at_surface", 4), ("at_detail", 4))
INSTANCE = POSE + LOOK

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
        data: the buffer of (N, 31) float32: pose and look. arrays: one vertex array for each program.
    """

    data: Any
    arrays: tuple[Any, ...]

    def render(self, instances: NDArray[np.float32], program: int = 0) -> None:
        """Draw these instances (N, 31) with the program of that number; none is fine."""
        if len(instances):
            self.data.write(np.ascontiguousarray(instances))
            self.arrays[program].render(instances=len(instances))


@dataclass(frozen=True)
class Draw:
    """A batch on the card.

    Attributes:
        batch: what it draws.
        near, far: its geometry, fine and coarse; program 0 draws the picture alone, 1 all layers.
        casts: one for each square of the shadow map; empty where it throws no shadow.
    """

    batch: Batch
    near: Sheaf
    far: Sheaf
    casts: tuple[Sheaf, ...]


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
        data = hold(gl.buffer(reserve=4 * room * sum(count for _, count in INSTANCE)))
        columns = ((vertices, VERTEX, ""), (data, INSTANCE, "/i"))
        return Sheaf(data, tuple(hold(vertex_array(gl, item, columns, index)) for item in programs))

    draws = []
    for batch in instances.batches:
        both, room = (geometry[batch.form, False], geometry[batch.form, True]), len(batch.rows)
        near, far = sheaf(batch.meshes[0], room, *both), sheaf(batch.meshes[1], room, *both)
        casts = tuple(sheaf(batch.meshes[2], room, shadow) for _ in range(2)) if batch.casts else ()
        draws.append(Draw(batch, near, far, casts))
    return draws


def load_tiles(hold: Holder, layers: tuple[str, ...]) -> tuple[Any, Any]:
    """Upload the tiles of a stage as one texture array, and the slow noise; return both."""
    gl = hold.context
    data = np.stack([texels(name) for name in layers])
    tiles = hold(gl.texture_array((SIDE, SIDE, len(layers)), 4, data.tobytes()))
    tiles.build_mipmaps()
    tiles.filter = (gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
    noise = hold(gl.texture((SIDE, SIDE), 1, np.ascontiguousarray(texels(NOISE)[..., 0]).tobytes(), alignment=1))
    noise.build_mipmaps()
    noise.filter = (gl.LINEAR_MIPMAP_NEAREST, gl.LINEAR)
    for texture in (tiles, noise):
        texture.repeat_x = texture.repeat_y = True
    return tiles, noise


def load_sky(hold: Holder, sky: Sky) -> tuple[Any, Any, float]:
    """Upload the sky as it is seen, and its light with levels of blur; return both and the last level in use."""
    gl = hold.context
    side = sky.map.shape[0]
    fold = max(side // BLURRED_SIDE, 1)
    small = sky.map.reshape(side // fold, fold, side // fold, fold, 3).mean((1, 3))
    seen = hold(gl.texture((side, side), 3, develop(sky.map).tobytes(), alignment=1))
    data = np.concatenate([small, np.ones((*small.shape[:2], 1), np.float32)], 2).astype(np.float16)
    blurred = hold(gl.texture((len(small), len(small)), 4, data.tobytes(), dtype="f2"))
    for texture in (seen, blurred):
        texture.repeat_x = texture.repeat_y = False
        texture.filter = (gl.LINEAR, gl.LINEAR)
    blurred.build_mipmaps()
    blurred.filter = (gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
    return seen, blurred, float(np.log2(len(small)) - 2)
