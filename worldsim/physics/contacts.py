"""What touched what, how hard: the log of contacts, gathered after every physics step.

PyBullet reports the last step's contacts only, so a log is filled step by step; rows are made from its tuples only when
somebody asks, since most steps' rows are never read. Contacts between things at rest are left out: nothing happens in
them, and reading the 1 200 of 300 standing dominoes would cost more than a third of their physics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import CONTACT_DTYPE, Floats

Point = tuple[Any, ...]  # one entry of getContactPoints


class StepContacts(NamedTuple):
    """The raw contacts of one physics step.

    Attributes:
        step: the physics step. points: PyBullet's tuples. dt: s, length of the step.
        new: pairs of (body, link) keys that did not touch in the step before.
        position, velocity, angular_velocity: (P, 3) of the parts BEFORE the step, or None where not recorded.
    """

    step: int
    points: Sequence[Point]
    dt: float
    new: frozenset[tuple[int, int]]
    position: Floats | None
    velocity: Floats | None
    angular_velocity: Floats | None


class Contacts:
    """The contacts of a stretch of steps; reads like a structured array of `CONTACT_DTYPE`.

    `len(contacts)`, `contacts["impulse"]`, `np.asarray(contacts)` and iteration over rows all work.
    """

    def __init__(self, steps: Iterable[StepContacts], part_of: dict[int, int]) -> None:
        """Keep the steps; `part_of` maps a (body, link) key (see `key`) to a part index."""
        self._steps = tuple(steps)
        self._part_of = part_of
        self._rows: NDArray[np.void] | None = None

    @property
    def rows(self) -> NDArray[np.void]:
        """(K,) `CONTACT_DTYPE`, in the order of steps."""
        if self._rows is None:
            made = [_rows(step, self._part_of) for step in self._steps if step.points]
            self._rows = np.concatenate(made) if made else np.empty(0, CONTACT_DTYPE)
            self._rows.setflags(write=False)
        return self._rows

    def __len__(self) -> int:
        return sum(len(step.points) for step in self._steps)

    def __getitem__(self, item: Any) -> Any:
        return self.rows[item]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.rows, dtype=dtype, copy=copy)

    def without(self, part: int) -> int:
        """Return how many contacts a part has no share in; for the ground, how much of all else was touched."""
        body = next((number // 4096 for number, index in self._part_of.items() if index == part), -1)
        return sum(point[1] != body != point[2] for step in self._steps for point in step.points)

    def pairs(self) -> set[tuple[int, int]]:
        """Return the pairs of part indices, smaller first, that pressed on each other in any of the steps."""
        found = set()
        for step in self._steps:
            for point in step.points:
                if point[9] > 0:
                    a = self._part_of[key(point[1], point[3])]
                    b = self._part_of[key(point[2], point[4])]
                    found.add((a, b) if a < b else (b, a))
        return found


def key(body: int, link: int) -> int:
    """Return one number for a link of a body: bodies have fewer than 4 095 links."""
    return body * 4096 + link + 1


def _rows(step: StepContacts, part_of: dict[int, int]) -> NDArray[np.void]:
    points = step.points
    rows = np.empty(len(points), CONTACT_DTYPE)
    columns = list(zip(*points, strict=True))
    a = [key(body, link) for body, link in zip(columns[1], columns[3], strict=True)]
    b = [key(body, link) for body, link in zip(columns[2], columns[4], strict=True)]
    rows["step"] = step.step
    rows["part_a"] = [part_of[k] for k in a]
    rows["part_b"] = [part_of[k] for k in b]
    rows["position"] = columns[6]
    rows["normal"] = columns[7]
    rows["depth"] = np.negative(columns[8])
    rows["impulse"] = np.multiply(columns[9], step.dt)
    first = np.multiply(np.array(columns[10])[:, None], columns[11])
    rows["friction"] = (first + np.multiply(np.array(columns[12])[:, None], columns[13])) * step.dt
    rows["new"] = [((i, j) if i < j else (j, i)) in step.new for i, j in zip(a, b, strict=True)]
    if step.velocity is None or step.angular_velocity is None or step.position is None:
        rows["velocity"] = np.nan
    else:
        speeds = [
            step.velocity[part] + np.cross(step.angular_velocity[part], rows["position"] - step.position[part])
            for part in (rows["part_a"], rows["part_b"])
        ]
        rows["velocity"] = speeds[0] - speeds[1]
    return rows


class Touching:
    """Which bodies touched which in the last step, so that a new contact can be told from a lasting one."""

    def __init__(self) -> None:
        """Start with nothing touching anything."""
        self._partners: dict[int, set[int]] = {}

    def update(self, points: Sequence[Point], movers: Iterable[int]) -> frozenset[tuple[int, int]]:
        """Take a step's points, of which every contact of a mover is one; return the pairs of keys that are new.

        Args:
            points: PyBullet's contact tuples.
            movers: keys of the links whose contacts were read; what touches none of them is as it was.
        """
        partners = self._partners
        now: dict[int, set[int]] = {}
        for point in points:
            if point[9] > 0:
                a, b = point[1] * 4096 + point[3] + 1, point[2] * 4096 + point[4] + 1
                now.setdefault(a, set()).add(b)
                now.setdefault(b, set()).add(a)
        new = frozenset(
            (a, b) if a < b else (b, a) for a, others in now.items() for b in others if b not in partners.get(a, ())
        )
        for mover in movers:
            for gone in partners.pop(mover, set()) - now.get(mover, set()):
                partners.get(gone, set()).discard(mover)
        for a, others in now.items():
            partners.setdefault(a, set()).update(others)
        return new

    def copy(self) -> Touching:
        """Return an independent copy."""
        twin = Touching()
        twin._partners = {body: set(others) for body, others in self._partners.items()}
        return twin
