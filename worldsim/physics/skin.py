"""One skin over the parts of an actor: triangles that bend with its joints. It knows nothing of PyBullet or OpenGL.

A skin is for the eye alone; what collides is in the parts. Every vertex follows up to four parts by linear blend
skinning (Magnenat-Thalmann et al., Joint-dependent local deformations, 1988).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.rotation import matrix_from_quat_xyzw

if TYPE_CHECKING:
    from worldsim.physics.state import Snapshot

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

BLOCK = 512
"""Vertices that one matrix product takes. OpenBLAS gives small products to one thread (up to 262 144 multiplications);
for larger ones its threads wake up, and wait busily while others have work to do: twice the time a picture takes."""


@dataclass(frozen=True)
class Skin:
    """A closed mesh in its rest pose, and how it follows the parts. Arrays are not writeable.

    Attributes:
        owner: the actor's name.
        vertices: (V, 3) float32 m and normals: (V, 3) float32 unit, at rest, in the frame of the actor's root.
        faces: (F, 3) int32, anticlockwise from outside.
        bones: (V, 4) int32: indices of the parts a vertex follows, the first the most; weights: (V, 4) float32, rows
            that add up to 1.
        parts: (B,) int32, ascending: every part that occurs in `bones`.
        rest: (B, 7) float64: pose of those parts at rest, in the frame of `vertices`: x, y, z in m, quaternion xyzw.
        colour: (V, 3) uint8 sRGB. roughness: (V,) float32.
        material: name of the material it is made of.
        dominant: (V,) int32: the part that a vertex follows most: what is seen where the skin is seen.
        hair: (V,) float32, m: length of the hair there.
        curl: in [0, 1]: 0 smooth hair, 1 wool.
    """

    owner: str
    vertices: Floats32
    normals: Floats32
    faces: NDArray[np.int32]
    bones: NDArray[np.int32]
    weights: Floats32
    parts: NDArray[np.int32]
    rest: Floats
    colour: NDArray[np.uint8]
    roughness: Floats32
    material: str
    dominant: NDArray[np.int32]
    hair: Floats32
    curl: float = 0.0

    @cached_property
    def slots(self) -> NDArray[np.int32]:
        """(V, 4) places in `parts` of `bones`: which of the matrices of `matrices` a vertex uses."""
        return np.searchsorted(self.parts, self.bones).astype(np.int32)

    @cached_property
    def linear_colour(self) -> Floats32:
        """(V, 3) linear RGB in [0, 1] of `colour` (IEC 61966-2-1)."""
        s = self.colour.astype(np.float64) / 255.0
        return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4).astype(np.float32)

    @cached_property
    def spread(self) -> Floats:
        """(V, B) the weight of each of `parts` at each vertex; rows add up to 1."""
        full = np.zeros((len(self.vertices), len(self.parts)))
        np.add.at(full, (np.arange(len(full))[:, None], self.slots), self.weights.astype(np.float64))
        return full

    @cached_property
    def _reach(self) -> tuple[Floats32, Floats32]:
        """What turns matrices into a pose by one product each: (K, `BLOCK`, 4 B) for places, 3 B for normals."""
        count = len(self.vertices)
        spread = self.spread
        places = np.concatenate([self.vertices.astype(np.float64), np.ones((count, 1))], 1)
        directions = self.normals.astype(np.float64)
        return _products(spread, places), _products(spread, directions)

    @cached_property
    def _back(self) -> Floats:
        """(B, 4, 4) matrices from the rest frame to each part's."""
        turn = matrix_from_quat_xyzw(self.rest[:, 3:]).transpose(0, 2, 1)
        out = np.tile(np.eye(4), (len(self.parts), 1, 1))
        out[:, :3, :3] = turn
        out[:, :3, 3] = -(turn @ self.rest[:, :3, None])[:, :, 0]
        return out

    def matrices(self, poses: ArrayLike) -> Floats:
        """Return (B, 3, 4): what takes a point of the rest pose to the world as each of `parts` would carry it.

        Args:
            poses: (P, 7) of all parts of the stage: x, y, z in m, quaternion xyzw.
        """
        own = np.asarray(poses, np.float64)[self.parts]
        pose = np.concatenate([matrix_from_quat_xyzw(own[:, 3:]), own[:, :3, None]], 2)
        return np.asarray(pose @ self._back)

    def posed(self, poses: ArrayLike) -> tuple[Floats32, Floats32]:
        """Return vertices (V, 3) in m and unit normals (V, 3) in the world; `poses` as for `matrices`."""
        columns = np.ascontiguousarray(self.matrices(poses).transpose(0, 2, 1), np.float32)
        places, directions = self._reach
        count = len(self.vertices)
        vertices = (places @ columns.reshape(-1, 3)).reshape(-1, 3)[:count]
        normals = (directions @ columns[:, :3].reshape(-1, 3)).reshape(-1, 3)[:count]
        normals /= np.sqrt(np.maximum(np.einsum("ij,ij->i", normals, normals), 1e-12))[:, None]
        return vertices, normals

    def among(self, faces: NDArray[np.int32]) -> Skin:
        """Return the skin of these faces (F, 3) alone, with the vertices they use."""
        used, numbered = np.unique(faces, return_inverse=True)
        rows = {
            name: getattr(self, name)[used]
            for name in ("vertices", "normals", "bones", "weights", "colour", "roughness", "dominant", "hair")
        }
        return replace(self, faces=numbered.reshape(-1, 3).astype(np.int32), **rows)


def _products(spread: Floats, what: Floats) -> Floats32:
    """Return (K, `BLOCK`, B k): every weight (V, B) times every number (V, k) of its vertex, then rows of 0."""
    flat = (spread[:, :, None] * what[:, None, :]).reshape(len(what), -1)
    blocks = -(-len(flat) // BLOCK)
    out = np.zeros((blocks * BLOCK, flat.shape[1]), np.float32)
    out[: len(flat)] = flat
    return out.reshape(blocks, BLOCK, -1)


def part_poses(snapshot: Snapshot) -> Floats:
    """Return the poses (P, 7) of all parts in a snapshot: x, y, z in m, quaternion xyzw."""
    return np.concatenate([snapshot.position, snapshot.orientation], 1)
