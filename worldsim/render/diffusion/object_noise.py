"""Noise that sticks to surfaces: the same point of a thing has the same noise in every frame, for ever.

It is white noise on a lattice in the part's own frame. The lattice's cells are about as large as what a pixel covers;
where that passes from one power of two to the next, both lattices are mixed, so that nothing pops when a camera comes
nearer. No frame is needed to make the next one's, so nothing can drift.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.rotation import matrix_from_quat_xyzw

Floats = NDArray[np.float32]

STRIDE = 2
"""Noise is made for blocks of this many pixels each way: the finest level of the network."""
CELL = 1.0
"""Edge of a lattice's cell, in blocks, at its smallest; it grows to twice that before the next lattice takes over."""

OFFSET = np.array([0.3719, 0.4423, 0.6391], np.float32)
"""Cells by which the lattices are shifted: flat faces at round coordinates would lie on the borders of cells."""

_PRIMES = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], np.uint32)


def to_parts(camera: Camera, position: NDArray[np.float64], orientation: NDArray[np.float64]) -> Floats:
    """Return the matrices (P + 1, 3, 4) from camera space to each part's frame; entry 0 gives directions in the world.

    Args:
        camera: where the camera is.
        position: (P, 3) m, world, of the parts' frames.
        orientation: (P, 4) their quaternions, xyzw.
    """
    turn = np.swapaxes(matrix_from_quat_xyzw(orientation), -1, -2)
    found = np.zeros((len(position) + 1, 3, 4))
    found[0, :, :3] = camera.rotation
    found[1:, :, :3] = turn @ camera.rotation
    found[1:, :, 3] = np.einsum("pij,pj->pi", turn, camera.position - position)
    return found.astype(np.float32)


def blocks(side: int) -> NDArray[np.int64]:
    """Return the pixel that stands for each block along a side of that many pixels."""
    return np.minimum(np.arange(0, side, STRIDE) + STRIDE // 2, side - 1)


def object_noise(
    depth: Floats, part: NDArray[np.int32], snapshot: Snapshot, camera: Camera, seed: int = 0
) -> NDArray[np.float32]:
    """Return unit noise (H, W) float32 for a frame: mean 0, deviation 1, the same over blocks of 2×2 pixels.

    Args:
        depth: (H, W) m along the view axis, +inf where nothing is.
        part: (H, W) index of the part + 1, 0 where nothing is; the sky's noise turns with the world.
        snapshot: where the parts are.
        camera: the camera.
        seed: another one gives other noise.
    """
    return lattice_noise(depth, part, to_parts(camera, snapshot.position, snapshot.orientation), camera.fov, seed)


def lattice_noise(
    depth: Floats, part: NDArray[np.int32], matrices: Floats, fov: float, seed: int = 0
) -> NDArray[np.float32]:
    """Return the noise from the matrices of `to_parts`; see `object_noise`."""
    height, width = depth.shape
    rows, columns = blocks(height), blocks(width)
    seen = part[np.ix_(rows, columns)]
    pixel = np.float32(2 * np.tan(fov / 2) / height)
    x = (columns + np.float32(0.5 - width / 2)).astype(np.float32) * pixel
    y = -(rows + np.float32(0.5 - height / 2)).astype(np.float32) * pixel
    far = np.where(seen > 0, depth[np.ix_(rows, columns)], np.float32(1.0)).astype(np.float32)
    found = matrices[seen]
    point = np.empty((*seen.shape, 3), np.float32)
    for axis in range(3):
        row = found[..., axis, :]
        local = row[..., 0] * x + row[..., 1] * y[:, None] - row[..., 2]
        point[..., axis] = local * far + np.where(seen > 0, row[..., 3], np.float32(0))
    level = np.log2(np.maximum(far * pixel * np.float32(STRIDE * CELL), np.float32(1e-6)))
    whole = np.floor(level)
    share = level - whole
    near, next_ = (_lattice(point, seen, whole + up, seed) for up in (0, 1))
    mixed = (near * (1 - share) + next_ * share) / np.sqrt((1 - share) ** 2 + share**2)
    return np.repeat(np.repeat(mixed, STRIDE, 0)[:height], STRIDE, 1)[:, :width]


def _lattice(point: Floats, part: NDArray[np.int32], level: Floats, seed: int) -> Floats:
    """Return unit noise of the cells of edge 2**level in which the points (…, 3) of the parts (…) lie."""
    cell = np.floor(point * np.exp2(-level)[..., None] + OFFSET).astype(np.int64).astype(np.uint32)
    with np.errstate(over="ignore"):
        mixed = cell[..., 0] * _PRIMES[0] ^ cell[..., 1] * _PRIMES[1] ^ cell[..., 2] * _PRIMES[2]
        mixed ^= part.astype(np.uint32) * _PRIMES[3] ^ level.astype(np.int32).astype(np.uint32) * _PRIMES[4]
        mixed ^= np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
        # Finaliser of MurmurHash3 (Austin Appleby, public domain).
        mixed ^= mixed >> np.uint32(16)
        mixed *= np.uint32(0x85EBCA6B)
        mixed ^= mixed >> np.uint32(13)
        mixed *= np.uint32(0xC2B2AE35)
        mixed ^= mixed >> np.uint32(16)
    unit = mixed.astype(np.float32) * np.float32(2.0**-32)
    return (unit - np.float32(0.5)) * np.float32(np.sqrt(12.0))
