"""The picture: which camera and which layer, drawn for a moment in the size asked for. Moves nothing in the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.history import FLASH, Flash
from worldsim.player.options import LAYERS
from worldsim.player.view_camera import ViewCamera, project
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage
from worldsim.render.visualise import layer_picture

QUALITY = "fast"  # of the raster: a steady picture before a finer one


class Projector:
    """Draws one world.

    Attributes:
        size: (width, height) px. layer: one of `LAYERS`. view: where one looks from.
        state, camera: of the last picture.
    """

    def __init__(self, world: World, size: tuple[int, int], layer: str) -> None:
        """Make the renderer.

        Raises:
            UnknownNameError: a camera follows what is not there, or a texture does not exist.
        """
        self._stage = Stage.of(world)
        self.size, self.layer = size, layer
        self.view = ViewCamera(world.scene, world.parts, size[0] / size[1])
        self.renderer: Renderer = make_renderer("raster", self._stage, size=size, quality=QUALITY)
        self.state = world.snapshot()
        self.camera = self.view.look(self.state)
        self._previous: tuple[Snapshot, Camera] | None = None

    def draw(self, state: Snapshot) -> NDArray[np.uint8]:
        """Return the picture of a moment, (H, W, 3) uint8 sRGB."""
        self.state, self.camera = state, self.view.look(state)
        if self.layer == "raster":
            return self.renderer.frame(state, self.camera)
        buffer = self.renderer.render(state, self.camera, self._previous)
        self._previous = (state, self.camera)
        return layer_picture(buffer, self.layer)

    def next_layer(self) -> None:
        """Show another layer."""
        self.layer = LAYERS[(LAYERS.index(self.layer) + 1) % len(LAYERS)]
        self._previous = None

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of another size."""
        fresh = make_renderer("raster", self._stage, size=size, quality=QUALITY)
        self.renderer.close()
        self.renderer, self.size, self._previous = fresh, size, None

    def shine(self, flashes: list[Flash]) -> list[tuple[float, float, float]]:
        """Return contacts in the last picture as x, y in px and brightness in [0, 1]."""
        if not flashes:
            return []
        pixels, depth = project(self.camera, self.size, np.array([flash.position for flash in flashes]))
        age = np.array([self.state.time - flash.time for flash in flashes]) / FLASH
        power = np.clip(np.log10(1 + 3 * np.array([flash.impulse for flash in flashes])), 0.25, 1.0)
        bright = power * np.clip(1 - age, 0, 1)
        rows = np.column_stack([pixels, bright])[(depth > self.camera.near) & (bright > 0.02)]
        return [(float(x), float(y), float(b)) for x, y, b in rows]

    def close(self) -> None:
        """Free the renderer; a second call does nothing."""
        self.renderer.close()
