"""Noise that sticks to surfaces: the same point of a thing has the same noise in every frame, for ever.

It is white noise on a lattice in the part's own frame. The lattice's cells are about as large as what a pixel covers;
where that passes from one power of two to the next, both lattices are mixed, so that nothing pops when a camera comes
nearer. No frame is needed to make the next one's, so nothing can drift.
"""

from __future__ import annotations

from typing import Any

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
    found = block_noise(of_blocks(depth), of_blocks(part), (width, height), matrices, fov, seed)
    return np.repeat(np.repeat(found, STRIDE, 0)[:height], STRIDE, 1)[:, :width]


def of_blocks(layer: NDArray[Any]) -> NDArray[Any]:
    """Return what a layer (H, W) says of each block."""
    height, width = layer.shape
    return np.ascontiguousarray(layer[blocks(height)][:, blocks(width)])


def block_noise(
    depth: Floats, part: NDArray[np.int32], size: tuple[int, int], matrices: Floats, fov: float, seed: int = 0
) -> NDArray[np.float32]:
    """Return the noise of each block.

    Args:
        depth: m, by block; see `of_blocks`.
        part: index of the part + 1, by block.
        size: (width, height) of the picture in pixels.
        matrices: of `to_parts`.
        fov: rad, of the camera.
        seed: another one gives other noise.
    """
    width, height = size
    pixel = np.float32(2 * np.tan(fov / 2) / height)
    x = (blocks(width) + np.float32(0.5 - width / 2)).astype(np.float32) * pixel
    y = -(blocks(height) + np.float32(0.5 - height / 2)).astype(np.float32) * pixel
    there = part > 0
    far = np.where(there, depth, np.float32(1.0))
    rows = np.ascontiguousarray(matrices.transpose(1, 2, 0))
    rows[:, 3, 0] = 0  # the sky's are directions
    point = np.empty((3, *part.shape), np.float32)
    places = part.astype(np.intp)
    for axis in range(3):
        right, up, back, shift = (row.take(places) for row in rows[axis])
        right *= x
        up *= y[:, None]
        right += up
        right -= back
        right *= far
        np.add(right, shift, out=point[axis])
    level = np.log2(np.maximum(far * pixel * np.float32(STRIDE * CELL), np.float32(1e-6)))
    whole = np.floor(level)
    share = level - whole
    near, next_ = (_lattice(point, part, whole + up, seed) for up in (0, 1))
    mixed: Floats = (near * (1 - share) + next_ * share) / np.sqrt((1 - share) ** 2 + share**2)
    return mixed


def _lattice(point: Floats, part: NDArray[np.int32], level: Floats, seed: int) -> Floats:
    """Return unit noise of the cells of edge 2**level in which the points (3, …) of the parts (…) lie."""
    scale = np.exp2(-level)
    mixed = part.astype(np.uint32) * _PRIMES[3]
    mixed ^= level.astype(np.int32).astype(np.uint32) * _PRIMES[4]
    mixed ^= np.uint32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    with np.errstate(over="ignore"):
        for axis in range(3):
            cell = point[axis] * scale
            cell += OFFSET[axis]
            whole = np.floor(cell, out=cell).astype(np.int64).astype(np.uint32)
            whole *= _PRIMES[axis]
            mixed ^= whole
        # Finaliser of MurmurHash3 (Austin Appleby, public domain).
        mixed ^= mixed >> np.uint32(16)
        mixed *= np.uint32(0x85EBCA6B)
        mixed ^= mixed >> np.uint32(13)
        mixed *= np.uint32(0xC2B2AE35)
        mixed ^= mixed >> np.uint32(16)
    unit = mixed.astype(np.float32)
    unit *= np.float32(2.0**-32)
    unit -= np.float32(0.5)
    unit *= np.float32(np.sqrt(12.0))
    return unit
