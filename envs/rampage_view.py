"""What a dog that fells things looks for: groups that fall by their end, a row's run-up, what blocks its way.

All places are as the dog sees them, m ahead and to its left, unless they are said to be of the world. It knows nothing
of what things are, of walls, or of what its dog can do beyond how fast such a dog charges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from worldsim.task import Floats

LINK = 0.5  # m between two things of a group at most
FEW = 5  # things that are a group
RUN_UP = 1.6  # m before a row's end where a dog turns towards it; the end whose run-up is nearer is the one observed
PACE = 2.3  # m/s that the way there is thought to be run at
START = 0.8  # s that turning about and speeding up take
DETOUR = 0.8  # m that a rad of turning counts as
LOOK, BROAD = 1.4, 0.42  # m ahead and m aside of what it would fall over on its way
TOUCHING = 0.2  # m ahead up to which a thing is passed already
NOWHERE = 30.0  # m ahead: where a thing seems to be that is not there


class Row(NamedTuple):
    """A group as the dog sees it: its nearer end ahead and to the left, m, the way from there, its things."""

    ahead: float
    left: float
    cos: float
    sin: float
    size: int

    @property
    def before(self) -> float:
        """How far its end is along the row's way, m: less than 0 once the dog is past it."""
        return self.ahead * self.cos + self.left * self.sin if self.size else NOWHERE

    @property
    def aside(self) -> float:
        """How far the dog is to the left of the row's line, m."""
        return self.ahead * self.sin - self.left * self.cos

    @property
    def bearing(self) -> float:
        """Of the end, rad to the left."""
        return math.atan2(self.left, self.ahead)

    @property
    def run_up(self) -> tuple[float, float]:
        """Distance in m and bearing in rad of the point before the end from where the dog runs straight at it."""
        if not self.size:
            return NOWHERE, 0.0
        x, y = self.ahead - RUN_UP * self.cos, self.left - RUN_UP * self.sin
        return math.hypot(x, y), math.atan2(y, x)

    @property
    def worth(self) -> float:
        """How many of its things fall for a second of getting there."""
        distance, bearing = self.run_up
        return self.size / (START + (distance + RUN_UP + DETOUR * abs(bearing)) / PACE)


NO_ROW = Row(NOWHERE, 0.0, 1.0, 0.0, 0)


@dataclass(frozen=True)
class Group:
    """Things that stand close together, in the world.

    Attributes:
        ends: (2, 2) m, the two things farthest apart. ways: (2, 2) unit, the way from each into the group.
        size: how many things it is of.
    """

    ends: Floats
    ways: Floats
    size: int

    def seen(self, seen_from: Callable[[Floats, float, Floats], Floats], position: Floats, heading: float) -> Row:
        """Return how it is seen from a position (2,) m or more and a heading in rad, by its nearer run-up."""
        run_ups = self.ends - RUN_UP * self.ways - position[:2]
        end = int(np.argmin((run_ups**2).sum(axis=1)))
        ahead, left = seen_from(position, heading, self.ends[end : end + 1])[0].tolist()
        (x, y), c, s = self.ways[end].tolist(), math.cos(heading), math.sin(heading)
        return Row(ahead, left, c * x + s * y, c * y - s * x, self.size)


def groups(standing: Floats, falling: Floats) -> list[Group]:
    """Return the groups of what stands, the largest first, without those beside which something is falling.

    Args:
        standing: (N, 2) m of the world.
        falling: (M, 2) m of the world, where what has just fallen stood.
    """
    apart = np.linalg.norm(standing[:, None] - standing[None], axis=2)
    number, group = connected_components(csr_array(apart < LINK), directed=False)
    shaken = (np.linalg.norm(standing[:, None] - falling[None], axis=2) < LINK).any(axis=1)
    found = []
    for k in range(number):
        members = np.flatnonzero(group == k)
        if len(members) < FEW or shaken[members].any():
            continue
        inside = apart[np.ix_(members, members)]
        ends = np.array(np.unravel_index(np.argmax(inside), inside.shape))
        ways = np.array([standing[members[np.argsort(inside[end], kind="stable")[1:4]]].mean(axis=0) for end in ends])
        ways -= standing[members[ends]]
        ways /= np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-9)
        found.append(Group(standing[members[ends]], ways, len(members)))
    return sorted(found, key=lambda one: -one.size)


def soonest(places: Floats) -> tuple[float, float]:
    """Return distance in m and bearing in rad of the one of places (N, 2) that is reached soonest, turning included."""
    if not len(places):
        return NOWHERE, 0.0
    distance, bearing = np.hypot(places[:, 0], places[:, 1]), np.arctan2(places[:, 1], places[:, 0])
    best = int(np.argmin(distance + DETOUR * np.abs(bearing)))
    return float(distance[best]), float(bearing[best])


def in_the_way(places: Floats) -> tuple[float, float]:
    """Return the first of places (N, 2) that a dog running straight on would run into, or (LOOK, 0)."""
    ahead, left = places[:, 0], places[:, 1]
    near = np.flatnonzero((ahead > TOUCHING) & (ahead < LOOK) & (np.abs(left) < BROAD))
    if not len(near):
        return LOOK, 0.0
    first = near[np.argmin(ahead[near])]
    return float(ahead[first]), float(left[first])
