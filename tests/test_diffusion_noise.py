"""Noise that sticks to surfaces: the same point has the same noise from everywhere, at any time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.stages import snapshot_of
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.diffusion.object_noise import object_noise
from worldsim.rotation import matrix_from_quat_xyzw, quat_from_rpy_xyzw

SIZE = (96, 64)
FLAT = np.array([[0.0, 0.0, 0.0, 1.0]])


def plane(camera: Camera, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Return depth and part of the plane z = 0 of part 0's frame, by the formula."""
    width, height = SIZE
    pixel = 2 * np.tan(camera.fov / 2) / height
    u, v = np.meshgrid((np.arange(width) + 0.5 - width / 2) * pixel, (height / 2 - np.arange(height) - 0.5) * pixel)
    ray = np.stack([u, v, -np.ones_like(u)], -1) @ camera.rotation.T
    normal = np.array([0.0, 0.0, 1.0])
    if not np.allclose(snapshot.orientation[0], FLAT[0]):
        normal = matrix_from_quat_xyzw(snapshot.orientation[0])[:, 2]
    reach = ((snapshot.position[0] - camera.position) @ normal) / (ray @ normal)
    seen = reach > 0
    return np.where(seen, reach, np.inf).astype(np.float32), seen.astype(np.int32)


def noise(camera: Camera, snapshot: Snapshot, seed: int = 0) -> np.ndarray:
    return object_noise(*plane(camera, snapshot), snapshot, camera, seed)


def test_it_is_unit_noise() -> None:
    found = noise(Camera.looking((0, -3, 2), (0, 0, 0), 0.9), snapshot_of(np.zeros((1, 3)), FLAT))
    assert found.shape == (64, 96)
    assert found.dtype == np.float32
    assert float(found.mean()) == pytest.approx(0, abs=0.1)
    assert float(found.std()) == pytest.approx(1, abs=0.1)


def test_it_moves_with_the_thing_and_the_camera() -> None:
    """A part and the camera that move together give the same noise, but for a cell's border here and there."""
    camera, snapshot = Camera.looking((0, -3, 2), (0, 0, 0), 0.9), snapshot_of(np.zeros((1, 3)), FLAT)
    first = noise(camera, snapshot)
    turn = np.array(quat_from_rpy_xyzw(0.2, -0.1, 0.7))
    matrix, shift = matrix_from_quat_xyzw(turn), np.array([5.0, -2.0, 1.0])
    moved = Camera(matrix @ camera.position + shift, matrix @ camera.rotation, camera.fov)
    second = noise(moved, snapshot_of(shift[None], turn[None]))
    assert float((np.abs(first - second) < 1e-3).mean()) > 0.97


def test_a_thing_that_moves_alone_carries_its_noise() -> None:
    """Seen from above, a plane that slides by 8 pixels shows the same noise 8 pixels further."""
    camera = Camera.looking((0, 0, 4), (0, 0, 0), 0.9)
    pixel = 2 * np.tan(0.45) / SIZE[1] * 4
    right = camera.rotation[:, 0] * pixel * 8
    first = noise(camera, snapshot_of(np.zeros((1, 3)), FLAT))
    second = noise(camera, snapshot_of(right[None], FLAT))
    same = np.abs(second[:, 8:] - first[:, :-8]) < 1e-3
    assert float(same.mean()) > 0.97
    assert float((np.abs(second - first) < 1e-3).mean()) < 0.3  # not stuck to the picture


def test_nothing_pops_when_the_camera_comes_nearer() -> None:
    """A step of a millimetre changes the noise of a row of blocks at most; a pop would change all by 1.1 on average."""
    snapshot = snapshot_of(np.zeros((1, 3)), FLAT)
    frames = [noise(Camera.looking((0, 0, z), (0, 0, 0), 0.9), snapshot) for z in np.linspace(4, 2, 2001)]
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    assert max(steps) < 0.3


def test_round_faces_do_not_lie_on_borders() -> None:
    """Rounding of the camera's place leaves the noise of a face at a round height as it is."""
    snapshot = snapshot_of(np.array([[0.0, 0.0, -0.25]]), FLAT)
    first = noise(Camera.looking((0, 0, 4), (0, 0, 0), 0.9), snapshot)
    for nudge in (1e-7, -1e-7):
        again = noise(Camera.looking((0, 0, 4 + nudge), (0, 0, 0), 0.9), snapshot)
        assert float(np.abs(again - first).max()) < 1e-3


def test_seeds_and_bytes() -> None:
    camera, snapshot = Camera.looking((0, -3, 2), (0, 0, 0), 0.9), snapshot_of(np.zeros((1, 3)), FLAT)
    assert noise(camera, snapshot).tobytes() == noise(camera, snapshot).tobytes()
    other = noise(camera, snapshot, seed=1)
    assert abs(float(np.corrcoef(other.ravel(), noise(camera, snapshot).ravel())[0, 1])) < 0.1
