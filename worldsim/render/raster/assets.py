"""What a stage needs on the graphics card and never changes: meshes, looks of instances, textures, the sky.

`Holder` remembers every OpenGL object that is made through it, so that closing a renderer gives all of them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

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
class Draw:
    """A batch on the card.

    Attributes:
        batch: what it draws. pose: the buffer of (N, 12) float32 columns and places, written every frame.
        near, far: vertex arrays of the geometry programs for the picture alone and for all layers; `far` has the
            coarser mesh. cast: that of the shadow program, or None.
    """

    batch: Batch
    pose: Any
    near: tuple[Any, Any]
    far: tuple[Any, Any]
    cast: Any


def load_batches(hold: Holder, instances: Instances, geometry: dict[tuple[str, bool], Any], shadow: Any) -> list[Draw]:
    """Upload meshes and looks; `geometry` has the programs by (form, full)."""
    gl = hold.context
    draws = []
    uploaded: dict[int, tuple[Any, Any]] = {}

    def upload(mesh: Mesh) -> tuple[Any, Any]:
        if id(mesh) not in uploaded:
            count = len(mesh.position)
            colour = mesh.colour if mesh.colour is not None else np.full((count, 3), -1, np.float32)
            vertex = np.concatenate([mesh.position, mesh.normal, mesh.angle[:, None], colour], 1)
            data = np.ascontiguousarray(vertex, np.float32).tobytes()
            uploaded[id(mesh)] = hold(gl.buffer(data)), hold(gl.buffer(mesh.faces.tobytes()))
        return uploaded[id(mesh)]

    for batch in instances.batches:
        look = hold(gl.buffer(np.ascontiguousarray(instances.look[batch.rows]).tobytes()))
        pose = hold(gl.buffer(reserve=48 * len(batch.rows)))

        def arrays(mesh: Mesh, programs: tuple[Any, ...], rest: tuple[Any, ...]) -> list[Any]:
            vertices, index = upload(mesh)
            return [hold(vertex_array(gl, item, ((vertices, VERTEX, ""), *rest), index)) for item in programs]

        rest = ((pose, POSE, "/i"), (look, LOOK, "/i"))
        both = (geometry[batch.form, False], geometry[batch.form, True])
        near = arrays(batch.mesh, both, rest)
        far = near if batch.shadow is batch.mesh else arrays(batch.shadow, both, rest)
        cast = arrays(batch.shadow, (shadow,), rest)[0] if batch.casts else None
        draws.append(Draw(batch, pose, (near[0], near[1]), (far[0], far[1]), cast))
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
