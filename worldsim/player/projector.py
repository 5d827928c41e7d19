"""The picture: which camera and which layer, drawn for a moment in the size asked for. Moves nothing in the world.

A picture that is asked for is begun, and the one begun before is shown: it was drawn while the world went on.
"""

from __future__ import annotations

from concurrent.futures import Future, wait

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.detail import Detail
from worldsim.player.drawer import Drawer, Picture
from worldsim.player.history import FLASH, Flash
from worldsim.player.options import LAYERS
from worldsim.player.view_camera import ViewCamera, project
from worldsim.render.camera import Camera
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage
from worldsim.render.visualise import layer_picture
from worldsim.scene.look import Look


class Projector:
    """Draws one world.

    Attributes:
        size: (width, height) px of the picture; what `draw` returns may be a share of it. layer: one of `LAYERS`.
        view: where one looks from. state, camera: of the last picture. detail: how finely it is drawn.
    """

    def __init__(self, world: World, size: tuple[int, int], layer: str, look: Look | None = None) -> None:
        """Make the renderer, and with it the first picture; a look replaces the scene's own.

        Raises:
            UnknownNameError: a camera follows what is not there, or a texture does not exist.
        """
        self.size, self.layer = size, layer
        self.view = ViewCamera(world.scene, world.parts, size[0] / size[1])
        self.detail = Detail()
        self.state = world.snapshot()
        self.camera = self.view.look(self.state)
        self._previous: tuple[Snapshot, Camera] | None = None
        self._drawer = Drawer(Stage.of(world, look))
        try:
            self._begun = self._begin(self.state, size)
            self._drawing = self._begun.result().seconds
        except BaseException:
            self._drawer.close()
            raise

    def draw(self, state: Snapshot) -> NDArray[np.uint8]:
        """Begin the picture of a moment and return the one begun before.

        Returns:
            (H, W, 3) uint8 sRGB, in a share of the size where the machine is slow.
        """
        picture = self._begun.result()
        self.state, self.camera, self._drawing = picture.state, picture.camera, picture.seconds
        self._begun = self._begin(state, self._shared())
        return picture.pixels

    def ready(self, patience: float) -> bool:
        """Wait for the picture that was begun, s at most; say whether `draw` would return at once."""
        return bool(wait((self._begun,), patience).done)

    def still(self, state: Snapshot) -> NDArray[np.uint8]:
        """Return the picture of a moment in its whole size, at once."""
        return self._begin(state, self.size).result().pixels

    def frame(self, state: Snapshot, camera: Camera) -> NDArray[np.uint8]:
        """Return a picture for a film: shaded, in its whole size, from a camera of the film's own."""
        return self._drawer.begin(self.size, state, camera, lambda r: r.frame(state, camera)).result().pixels

    def _begin(self, state: Snapshot, size: tuple[int, int]) -> Future[Picture]:
        camera, before, layer = self.view.look(state), self._previous, self.layer
        self._previous = (state, camera)

        def paint(renderer: Renderer) -> NDArray[np.uint8]:
            if layer == "raster":
                return renderer.frame(state, camera)
            return layer_picture(renderer.render(state, camera, before), layer)

        return self._drawer.begin(size, state, camera, paint)

    def _shared(self) -> tuple[int, int]:
        """Return the size that is drawn now."""
        width, height = self.size
        return max(8, round(width * self.detail.share)), max(8, round(height * self.detail.share))

    def keep_pace(self, turn: float) -> None:
        """Take the seconds that the last turn of the loop took; draw less finely, or finer, where that helps."""
        before = self.detail.share
        self.detail.note(turn, self._drawing)
        if self.detail.share != before:
            self.detail.forget()
            self._drawer.keep(self.size, self._shared())

    def next_layer(self) -> None:
        """Show another layer."""
        self.layer = LAYERS[(LAYERS.index(self.layer) + 1) % len(LAYERS)]
        self._previous = None

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of another size."""
        self.size, self._previous = size, None
        self._drawer.keep(size, self._shared())
        self._begun = self._begin(self.state, self._shared())

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
        """Free the renderers; a second call does nothing."""
        self._drawer.close()
