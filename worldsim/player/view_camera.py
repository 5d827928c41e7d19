"""The window's camera: the scene's cameras in turn, or a free one that a person moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.rig import CameraRig, FreeCamera, default_camera, floor_height
from worldsim.scene.model import Scene


class ViewCamera:
    """Which camera looks now.

    Attributes:
        free: the free camera while a person moves it, or None.
    """

    def __init__(self, scene: Scene, parts: tuple[Part, ...], aspect: float) -> None:
        """Take the scene's cameras; one that sees everything stands in where it has none."""
        self._rigs = {name: CameraRig(spec, parts) for name, spec in scene.cameras.items()}
        self._names = list(self._rigs)
        self._at = 0
        self._parts = parts
        self._aspect = aspect
        self.free: FreeCamera | None = None
        self._last: Camera | None = None

    @property
    def name(self) -> str:
        """What to call it."""
        if self.free is not None:
            return "free"
        return self._names[self._at] if self._names else "overview"

    def next(self) -> None:
        """Go to the scene's next camera; from the free one back to the last."""
        if self.free is not None:
            self.free = None
        elif self._names:
            self._at = (self._at + 1) % len(self._names)

    def follow(self, other: ViewCamera) -> None:
        """Look from where another one looks: the camera of the same name if there is one, the free one if it is."""
        self.free = other.free
        if other._names and other._names[other._at] in self._names:
            self._at = self._names.index(other._names[other._at])

    def release(self, snapshot: Snapshot) -> FreeCamera:
        """Return the free camera; it starts where the present one is."""
        if self.free is None:
            self.free = FreeCamera.of(self.look(snapshot), floor=floor_height(self._parts, snapshot))
        return self.free

    def cut(self) -> None:
        """Forget the motion so far: time has jumped."""
        for rig in self._rigs.values():
            rig.reset()

    def look(self, snapshot: Snapshot) -> Camera:
        """Return the camera for a picture of this state."""
        if self.free is not None:
            found = self.free.camera()
        elif self._names:
            found = self._rigs[self._names[self._at]].camera(snapshot)
        else:
            found = self._last or default_camera(self._parts, snapshot, self._aspect)
        self._last = found
        return found


def pixel_ray(camera: Camera, size: tuple[int, int], pixel: tuple[float, float]) -> NDArray[np.float64]:
    """Return the unit direction (3,), world, in which a pixel of a picture of that size looks."""
    width, height = size
    tangent = np.tan(camera.fov / 2)
    x = (2 * (pixel[0] + 0.5) / width - 1) * tangent * width / height
    y = (1 - 2 * (pixel[1] + 0.5) / height) * tangent
    ray = camera.rotation @ np.array([x, y, -1.0])
    return np.asarray(ray / np.linalg.norm(ray))


def project(
    camera: Camera, size: tuple[int, int], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pixels (N, 2) of points (N, 3), and their depths (N,) in m; not in front where depth ≤ 0."""
    width, height = size
    local = (points - camera.position) @ camera.rotation
    depth = -local[:, 2]
    scale = height / (2 * np.tan(camera.fov / 2)) / np.maximum(depth, 1e-6)
    return np.stack([width / 2 + local[:, 0] * scale, height / 2 - local[:, 1] * scale], axis=1), depth
