"""A pinhole camera: where it is, what it sees. It knows nothing of what it is mounted on (see `rig.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """A camera at one instant.

    Camera space is OpenGL's: x right, y up, the camera looks along −z. Pixel (0, 0) is the top left one; its centre is
    at (0.5, 0.5).

    Attributes:
        position: (3,) m, world.
        rotation: (3, 3) columns are the camera's x, y and z axes in the world.
        fov: rad, vertical field of view.
        near, far: m, clip planes.
    """

    position: NDArray[np.float64]
    rotation: NDArray[np.float64]
    fov: float
    near: float = 0.05
    far: float = 500.0

    @staticmethod
    def looking(position: object, target: object, fov: float = np.pi / 3, up: object = (0, 0, 1)) -> Camera:
        """Return a camera at `position` (3,) m that looks at `target` (3,) m with `up` (3,) upwards, `fov` in rad."""
        eye = np.asarray(position, np.float64)
        back = eye - np.asarray(target, np.float64)
        back /= np.linalg.norm(back)
        right = np.cross(np.asarray(up, np.float64), back)
        if np.linalg.norm(right) < 1e-9:  # straight up or down: any right will do
            right = np.cross((0.0, 1.0, 0.0), back)
        right /= np.linalg.norm(right)
        return Camera(eye, np.stack([right, np.cross(back, right), back], axis=1), float(fov))

    def view(self) -> NDArray[np.float64]:
        """Return the (4, 4) matrix from world to camera space (column vectors)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation.T
        matrix[:3, 3] = -self.rotation.T @ self.position
        return matrix

    def projection(self, width: int, height: int) -> NDArray[np.float64]:
        """Return the (4, 4) OpenGL projection from camera to clip space for a picture of that size in pixels."""
        f = 1 / np.tan(self.fov / 2)
        matrix = np.zeros((4, 4))
        matrix[0, 0] = f * height / width
        matrix[1, 1] = f
        matrix[2, 2] = (self.far + self.near) / (self.near - self.far)
        matrix[2, 3] = 2 * self.far * self.near / (self.near - self.far)
        matrix[3, 2] = -1
        return matrix
