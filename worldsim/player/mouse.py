"""What the mouse is doing: pulling a thing, turning the camera, or going through the past. Pixels are the picture's."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.event import Pull
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.hand import Grip, grab, pull
from worldsim.player.view_camera import ViewCamera, project
from worldsim.render.camera import Camera
from worldsim.rotation import quat_rotate_xyzw

TURN = 0.006  # rad a pixel
NEARER = 1.12  # a notch of the wheel

Pixel = tuple[float, float]


class Mouse:
    """One mouse.

    Attributes:
        at: where it is, px. doing: what its buttons do now, None for nothing. grip: what is held.
    """

    def __init__(self) -> None:
        """It is nowhere and does nothing."""
        self.at: Pixel = (0.0, 0.0)
        self.doing: Literal["pull", "orbit", "pan", "bar", "divider"] | None = None
        self.grip: Grip | None = None

    def down(self, button: int, world: World | None, camera: Camera, size: tuple[int, int]) -> None:
        """Press a button where the mouse is; without a world nothing can be pulled."""
        if button == 1:
            self.grip = grab(world, camera, size, self.at) if world is not None else None
            self.doing = "pull" if self.grip else "orbit"
        elif button in (2, 3):
            self.doing = "pan" if button == 2 else "orbit"

    def release(self) -> None:
        """Let go."""
        self.doing = self.grip = None

    def drag(self, moved: Pixel, view: ViewCamera, snapshot: Snapshot, size: tuple[int, int]) -> None:
        """Move by some px: turn or shift the free camera if that is what the buttons do."""
        if self.doing == "orbit":
            view.release(snapshot).orbit(-moved[0] * TURN, moved[1] * TURN)
        elif self.doing == "pan":
            view.release(snapshot).pan(-moved[0] / size[1], moved[1] / size[1])

    def pull(self, camera: Camera, size: tuple[int, int]) -> Pull | None:
        """Return the spring from what is held to the mouse, None where nothing is."""
        return pull(self.grip, camera, size, self.at) if self.grip is not None else None

    def held_pixel(self, snapshot: Snapshot, camera: Camera, size: tuple[int, int]) -> NDArray[np.float64] | None:
        """Return where in the picture the held point is, (2,) px, None where there is none in view."""
        if self.grip is None:
            return None
        row = self.grip.part
        point = snapshot.position[row] + quat_rotate_xyzw(snapshot.orientation[row], self.grip.local)
        pixels, depth = project(camera, size, point[None])
        return pixels[0] if depth[0] > camera.near else None
