"""The picture: which camera and which layer, drawn for a moment in the size asked for. Moves nothing in the world.

A picture that is asked for is begun, and the one begun before is shown: it was drawn while the world went on.
"""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import WorldsimError
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.compare import Divider
from worldsim.player.detail import Detail
from worldsim.player.drawer import Drawer
from worldsim.player.history import FLASH, Flash
from worldsim.player.options import FOOTAGE, LAYERS
from worldsim.player.painter import Painter
from worldsim.player.shot import Footage, Picture, Shot
from worldsim.player.view_camera import ViewCamera, project
from worldsim.render.camera import Camera
from worldsim.render.moment import same_moment
from worldsim.render.stage import Stage
from worldsim.scene.look import Look

AFFORDABLE = 100_000
"""Pixels that are tried first, 384×256 or so; without a graphics card the raster takes 20 ms, footage 40."""


@dataclass(frozen=True)
class Begun:
    """A picture on its way, and the moment it is of."""

    picture: Future[Picture]
    state: Snapshot
    camera: Camera


class Projector:
    """Draws one world.

    Attributes:
        size: (width, height) px of the picture; what `draw` returns may be a share of it. layer: one of `LAYERS`.
        view: where one looks from. state, camera: of the last picture. detail: how finely it is drawn.
        divider: between raster and footage in the layer "split".
    """

    def __init__(
        self,
        painter: Painter,
        world: World,
        size: tuple[int, int],
        layer: str,
        look: Look | None = None,
        footage: Footage | None = None,
    ) -> None:
        """Make the renderer, and with it the first picture; a look replaces the scene's own.

        The painter is the caller's, who closes it.

        Raises:
            HelperError: the process that draws has ended.
            UnknownNameError: a camera follows what is not there, or a texture does not exist.
            WeightsError: footage is asked for, and its network is not there.
        """
        self.size, self.layer = size, layer
        self.view = ViewCamera(world.scene, world.parts, size[0] / size[1])
        self.detail = self._new_detail()
        self.divider = Divider()
        self.state = world.snapshot()
        self.camera = self.view.look(self.state)
        self._previous: tuple[Snapshot, Camera] | None = None
        self._drawer = Drawer(painter, Stage.of(world, look), footage)
        try:
            self._begin(self.state, self._shared()).picture.result()  # the first is slow: everything is made for it
            self._begun = self._begin(self.state, self._shared())
            self._drawing = self._begun.picture.result().seconds
            self.detail.guess(self._drawing)
        except BaseException:
            self._drawer.close()
            raise

    def draw(self, state: Snapshot) -> NDArray[np.uint8]:
        """Begin the picture of a moment and return the one begun before.

        Returns:
            (H, W, 3) uint8 sRGB, in a share of the size where the machine is slow.
        """
        picture = self._begun.picture.result()
        self.state, self.camera, self._drawing = self._begun.state, self._begun.camera, picture.seconds
        shown = self._composed(picture)
        self._begun = self._next(state)
        return shown

    def ready(self, patience: float) -> bool:
        """Wait for the picture that was begun, s at most; say whether `draw` would return at once."""
        return bool(wait((self._begun.picture,), patience).done)

    def still(self, state: Snapshot) -> NDArray[np.uint8]:
        """Return the picture of a moment in its whole size, at once."""
        return self._composed(self._begin(state, self._fit(self.size), "still").picture.result())

    def frame(self, state: Snapshot, camera: Camera) -> NDArray[np.uint8]:
        """Return a picture for a film: shaded, in its whole size, from a camera of the film's own."""
        return self._drawer.begin(Shot(self.size, state, camera, series="film")).result().pixels

    def _composed(self, picture: Picture) -> NDArray[np.uint8]:
        """Return what is shown of a picture."""
        if picture.start is None:
            return picture.pixels
        if self.layer == "split":
            return self.divider.split(picture.start, picture.pixels)
        return picture.start if self.divider.turned else picture.pixels

    def _next(self, state: Snapshot) -> Begun:
        """Begin a picture, or take the last one where nothing has changed: footage of a frozen moment stands still."""
        size, now = self._shared(), (state, self.view.look(state))
        if self._previous is not None and self._asked == (self.layer, size) and same_moment(now, self._previous):
            return self._begun
        return self._begin(state, size)

    def _begin(self, state: Snapshot, size: tuple[int, int], series: str = "window") -> Begun:
        camera, before, layer = self.view.look(state), self._previous, self.layer
        self._previous, self._asked = (state, camera), (layer, size)
        shown = "color" if layer == "raster" or layer in FOOTAGE else layer
        shot = Shot(size, state, camera, shown, "diffusion" if layer in FOOTAGE else "raster", before, series)
        return Begun(self._drawer.begin(shot), state, camera)

    def _shared(self) -> tuple[int, int]:
        """Return the size that is drawn now."""
        width, height = self.size
        return self._fit((round(width * self.detail.share), round(height * self.detail.share)))

    def _new_detail(self) -> Detail:
        """Return how finely to draw at first: at a size that two cores can make."""
        return Detail(self.size[0] * self.size[1], AFFORDABLE)

    def _fit(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the nearest size that the renderer of the layer can make."""
        step = 8 if self.layer in FOOTAGE else 1
        width, height = (max(8, step * round(side / step)) for side in size)
        return width, height

    def keep_pace(self, turn: float) -> None:
        """Take the seconds that the last turn of the loop took; draw less finely, or finer, where that helps."""
        before = self.detail.share
        self.detail.note(turn, self._drawing)
        if self.detail.share != before:
            self.detail.forget()

    def grips(self, at: tuple[float, float]) -> bool:
        """Return whether a press there, px of the picture, takes hold of the divider."""
        return self.layer == "split" and self.divider.holds(at[0], self.size[0])

    def next_layer(self) -> None:
        """Show another layer: the next that can be made.

        Raises:
            WeightsError: footage can't be made; the raster's picture is shown then.
        """
        old = self.layer
        self._begun.picture.result()
        self.layer = LAYERS[(LAYERS.index(old) + 1) % len(LAYERS)]
        self._previous = None
        self._drawer.forget()
        self.detail = self._new_detail()
        begun = self._begin(self.state, self._shared())
        try:
            begun.picture.result()
        except WorldsimError:
            self.layer = LAYERS[0]
            self._previous, self.detail = None, self._new_detail()
            self._begun = self._begin(self.state, self._shared())
            raise
        self._begun = begun

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of another size."""
        self.size, self._previous = size, None
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
