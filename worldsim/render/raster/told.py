"""What a network is told of each pixel, written by the card in the network's own order and numbers.

The card makes in one pass what a dozen passes over arrays of floats would. It knows nothing of networks: the order of
the channels is in `told.frag.glsl`, and a table of numbers by part is copied as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.render.gbuffer import GBuffer
from worldsim.render.raster.assets import Holder
from worldsim.render.raster.context import program, put

TARGETS = 4
"""Textures of eight channels each."""

UNITS = {"surfaces": 0, "image": 1, "table": 2, "truths": 4, "to_previous": 5}


@dataclass(frozen=True)
class Words:
    """A frame as a network is told of it. The arrays but `picture` and `layers` hold until the next frame is drawn.

    Attributes:
        picture: (H, W, 3) uint8 sRGB.
        channels: `TARGETS` of (H, W, 4) uint32, each two bfloat16, the first in the lower half; see `told.frag.glsl`.
        depth: (H, W) float32 m, of what is drawn, and 0 where nothing is.
        part: (H, W) uint32, whose lower half is the index of the part + 1; 0 where nothing is.
        layers: all of them, if they were asked for.
    """

    picture: NDArray[np.uint8]
    channels: tuple[NDArray[np.uint32], ...]
    depth: NDArray[np.float32]
    part: NDArray[np.uint32]
    layers: GBuffer | None


class Told:
    """The pass and its targets.

    Attributes:
        item: the program. screen: what runs it over a whole target. target: the framebuffer, after `fit`.
    """

    def __init__(self, hold: Holder, table: NDArray[np.uint32], near: float, fast: float, skins: bool) -> None:
        """Compile.

        Args:
            hold: makes and releases.
            table: (P + 1, 4) uint32: the last eight channels by index of the part + 1.
            near: m, the depth at which nearness is ½.
            fast: pixels, the motion that counts as 1.
            skins: whether there are skins.
        """
        gl = hold.context
        self.item: Any = hold(program(gl, "screen.vert", "told.frag", ("SKINS",) if skins else (), "motion"))
        self.screen: Any = hold(gl.vertex_array(self.item, []))
        self._table = hold(gl.texture((1, len(table)), 4, np.ascontiguousarray(table).tobytes(), dtype="u4"))
        self._table.filter = (gl.NEAREST, gl.NEAREST)
        self._fast = fast
        put(self.item, **UNITS, near_scale=1 / near)
        self.target: Any = None

    def fit(self, hold: Holder, size: tuple[int, int]) -> None:
        """Make the targets for pictures of a size, (width, height) px."""
        gl, (width, height) = hold.context, size
        self._textures = [hold(gl.texture(size, 4, dtype="u4")) for _ in range(TARGETS)]
        self.target = hold(gl.framebuffer(self._textures))
        self._read = [np.empty((height, width, 4), np.uint32) for _ in range(TARGETS + 1)]
        put(self.item, size=size)

    def use(self, image: Any, light: NDArray[np.float32], up: NDArray[np.float32], far: float, moves: bool) -> None:
        """Take what the pass is to read.

        Args:
            image: the texture of the finished picture.
            light: (3,) unit, camera space: towards the light.
            up: (3,) unit, camera space: the world's up.
            far: m, the camera's far plane.
            moves: whether there is a frame before.
        """
        image.use(1)
        self._table.use(2)
        scale = 1 / self._fast if moves else 0.0
        put(self.item, towards_light=tuple(light), towards_up=tuple(up), far=far, motion_scale=scale)

    def read(self, surfaces: Any, picture: NDArray[np.uint8], layers: GBuffer | None) -> Words:
        """Return what was written, with the texture of the surfaces read beside it."""
        for texture, array in zip((*self._textures, surfaces), self._read, strict=True):
            texture.read_into(array)
        *channels, kept = self._read
        return Words(picture, tuple(channels), kept[..., 0].view(np.float32), kept[..., 3], layers)
