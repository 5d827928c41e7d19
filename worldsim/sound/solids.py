"""What stands in the way of sound: the large bodies of a world as boxes, and rays against them.

Boxes are exact; what is round counts as a box of the same cross-section. Things smaller than a forearm let sound pass
around them and are left out, and so are actors, frames with gaps. This module knows nothing of loudness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.rotation import matrix_from_quat_xyzw
from worldsim.scene.layout import Material
from worldsim.sound.extent import extent_of

Floats = NDArray[np.float64]

SMALLEST = 0.3  # m: what has less than two sides of this length is left out
ROUND = 0.886  # √(π/4): side of the square that a circle of diameter 1 is worth
HOLLOW = 1e-2  # m: a point this deep inside a box at most still counts as on it


class Solids:
    """Boxes that stand, roll or fall.

    Attributes:
        part: (G,) whose they are. absorbs: (G,) share of sound that is not thrown back. moves: whether any can.
    """

    def __init__(self, parts: Sequence[Part], materials: Mapping[str, Material], first: Snapshot | None = None) -> None:
        """Take the large geoms of the parts; `first` says where those that stand still are (else at their own pose)."""
        owner, centre, turn, half, absorbs = [], [], [], [], []
        for part in parts:
            if part.actor:
                continue
            for geom in part.geoms:
                extent = extent_of(geom.shape)
                if not geom.collides or geom.shape.kind in ("plane", "mesh") or np.sort(extent.size)[1] < SMALLEST:
                    continue
                rotation = matrix_from_quat_xyzw(np.asarray(geom.orientation, np.float64))
                size = extent.size / 2
                if geom.shape.kind in ("sphere", "ellipsoid"):
                    size = size * ROUND
                elif geom.shape.kind in ("cylinder", "capsule", "cone"):
                    size = size * (ROUND, ROUND, 1.0)
                owner.append(part.index)
                centre.append(np.asarray(geom.position, np.float64) + rotation @ extent.centre)
                turn.append(rotation)
                half.append(size)
                absorbs.append(absorption(materials.get(geom.material)))
        count = len(owner)
        self.part = np.array(owner, np.int64)
        self.absorbs = np.array(absorbs, np.float64)
        self._centre = np.array(centre, np.float64).reshape(count, 3)
        self._turn = np.array(turn, np.float64).reshape(count, 3, 3)
        self._half = np.array(half, np.float64).reshape(count, 3)
        self._reach = np.sqrt(np.square(self._half).sum(axis=1))
        static = np.array([part.static for part in parts], np.bool_)
        self.moves = bool((~static[self.part]).any()) if count else False
        self._at, self._frame = self._centre, self._turn
        self._movable = (~static[self.part]).nonzero()[0] if count else self.part
        if first is not None:
            self.place(first)

    def __len__(self) -> int:
        return len(self.part)

    def place(self, snapshot: Snapshot) -> None:
        """Put all boxes where their parts are: at a world's start."""
        if len(self.part):
            self._at, self._frame = self._placed(snapshot, np.arange(len(self.part)))

    def move(self, snapshot: Snapshot) -> None:
        """Put the boxes that can move where their parts are."""
        rows = self._movable
        if len(rows):
            self._at, self._frame = self._at.copy(), self._frame.copy()
            self._at[rows], self._frame[rows] = self._placed(snapshot, rows)

    def _placed(self, snapshot: Snapshot, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        part = self.part[rows]
        frame = matrix_from_quat_xyzw(snapshot.orientation[part])
        at = snapshot.position[part] + np.einsum("gij,gj->gi", frame, self._centre[rows])
        return at, np.matmul(frame, self._turn[rows])

    def cast(self, origin: Floats, directions: Floats, longest: float) -> tuple[Floats, NDArray[np.int64]]:
        """Return how far rays go: (R,) m, `longest` where they meet nothing, and (R,) which box, −1 for none.

        Args:
            origin: (3,) m.
            directions: (R, 3) unit.
            longest: m.
        """
        reach = np.full(len(directions), longest)
        which = np.full(len(directions), -1)
        if not len(self.part):
            return reach, which
        start = np.einsum("gij,gi->gj", self._frame, origin - self._at)
        toward = np.sqrt(np.einsum("gi,gi->g", start, start)) - self._reach
        near_by = (toward < longest).nonzero()[0]  # no ray meets the others
        along = (directions @ self._frame[near_by]).transpose(1, 0, 2)  # (R, G, 3)
        near, far = self._slabs(start[near_by][None], along, self._half[near_by])
        near = np.where((far > near) & (near > HOLLOW), near, np.inf)  # boxes it begins in do not count
        if not len(near_by):
            return reach, which
        best = np.argmin(near, axis=1)
        found = near[np.arange(len(near)), best]
        hit = found < longest
        reach[hit], which[hit] = found[hit], near_by[best[hit]]
        return reach, which

    def detour(self, source: Floats, ear: Floats, own: NDArray[np.int64] | None = None) -> Floats:
        """Return (S,) m by how much the way around what lies between is longer than the straight one; 0 where clear.

        Around the nearest edge of each box, not below it; the worst box counts.

        Args:
            source: (S, 3) m.
            ear: (3,) m.
            own: (S,) the part that each source is, which does not hide itself.
        """
        if not len(self.part) or not len(source):
            return np.zeros(len(source))
        way = ear - source
        length = np.maximum(np.sqrt(np.einsum("si,si->s", way, way)), 1e-6)
        out = np.zeros(len(source))
        # Only boxes whose ball meets the straight line …
        unit = way / length[:, None]
        offset = self._at - source[:, None]
        foot = np.einsum("sgi,si->sg", offset, unit)
        aside = np.einsum("sgi,sgi->sg", offset, offset) - foot * foot
        close = (aside < self._reach**2) & (foot > -self._reach) & (foot < length[:, None] + self._reach)
        if own is not None:
            close &= own[:, None] != self.part
        s, g = np.nonzero(close)
        if not len(s):
            return out
        start = np.einsum("bij,bi->bj", self._frame[g], -offset[s, g])
        along = np.einsum("bij,bi->bj", self._frame[g], unit[s])
        near, far = self._slabs(start, along, self._half[g])
        # … and those of them that it goes into and out of again.
        blocked = ((near > HOLLOW) & (far < length[s] - HOLLOW) & (far - near > HOLLOW)).nonzero()[0]
        if not len(blocked):
            return out
        s, g, start, along = s[blocked], g[blocked], start[blocked], along[blocked]
        near, far = near[blocked], far[blocked]
        middle = (near + far) / 2
        point = start + along * middle[:, None]
        slant = np.sqrt(np.maximum(1 - along**2, 1e-6))
        rise = self._frame[g, 2]  # (B, 3): how much each axis of the box points up
        up = np.where(rise < -0.7, np.inf, self._half[g] - point) / slant
        down = np.where(rise > 0.7, np.inf, self._half[g] + point) / slant
        edge = np.minimum(up, down).min(axis=1)
        before, after = middle, length[s] - middle
        extra = np.hypot(before, edge) + np.hypot(after, edge) - length[s]
        np.maximum.at(out, s, extra)
        return out

    @staticmethod
    def _slabs(start: Floats, along: Floats, half: Floats) -> tuple[Floats, Floats]:
        """Return where rays enter and leave each box, m; they miss it where they leave before they enter."""
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (-half - start) / along, (half - start) / along
        low, high = np.fmin(one, other), np.fmax(one, other)
        near = np.maximum(np.maximum(low[..., 0], low[..., 1]), low[..., 2])
        far = np.minimum(np.minimum(high[..., 0], high[..., 1]), high[..., 2])
        return near, far


def absorption(material: Material | None) -> float:
    """Return the share of mid-frequency sound a surface takes, from its loss factor and hardness.

    0.08 for what is hard, with the gaps and the odds and ends there are in any room, up to 0.5 for carpet and grass
    (tables in Kuttruff, Room Acoustics): soft and lossy surfaces take most.
    """
    if material is None:
        return 0.1
    soft = np.clip((11.0 - np.log10(material.youngs_modulus)) / 6.0, 0.0, 1.0)  # 0 for steel, 1 below 0.1 MPa
    return float(np.clip(0.08 + 0.45 * soft**2 + 0.25 * soft * min(material.loss_factor, 1.0), 0.02, 0.7))
