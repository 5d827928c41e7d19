"""Reads poses, velocities and joints of all parts from PyBullet into arrays, in few calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.client import Client
from worldsim.physics.pose import NO_POSE, Pose
from worldsim.physics.state import Floats
from worldsim.rotation import cross, quat_multiply_xyzw, quat_rotate_xyzw


@dataclass(frozen=True)
class Located:
    """A part's place in PyBullet: body, link (-1 the base), whether it moves, its frame in the link's mass frame."""

    body: int
    link: int
    static: bool
    offset: Pose = NO_POSE


@dataclass(frozen=True)
class Motion:
    """Poses and velocities of all parts after one step; arrays as in `Snapshot`."""

    position: Floats
    orientation: Floats
    velocity: Floats
    angular_velocity: Floats


class StateReader:
    """Knows which PyBullet call brings which part's state."""

    def __init__(self, client: Client, parts: Sequence[Located], joints: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Take where the parts are and, for each body with joints that are recorded, (body, joint indices)."""
        self._client = client
        self._joints = [(body, list(indices)) for body, indices in joints if indices]
        self.bodies: list[int] = []  # dynamic parts that are the base of their body, and their rows
        self.base_rows: list[int] = []
        links: dict[int, tuple[list[int], list[int]]] = {}
        for row, part in enumerate(parts):
            if part.static:
                continue
            if part.link < 0:
                self.bodies.append(part.body)
                self.base_rows.append(row)
            else:
                of_body = links.setdefault(part.body, ([], []))
                of_body[0].append(part.link)
                of_body[1].append(row)
        self.links = [(body, indices) for body, (indices, _) in links.items()]
        self.movable = [*dict.fromkeys([*self.bodies, *links])]  # every body of which some part moves
        self._rows = np.array(self.base_rows + [row for _, rows in links.values() for row in rows], np.intp)
        self._shifted = np.array([row for row, part in enumerate(parts) if part.offset != NO_POSE], np.intp)
        self._shift = np.array([parts[row].offset[0] for row in self._shifted], np.float64).reshape(-1, 3)
        self._turn = np.array([parts[row].offset[1] for row in self._shifted], np.float64).reshape(-1, 4)
        self._start = Motion(
            np.zeros((len(parts), 3)),
            np.tile([0.0, 0.0, 0.0, 1.0], (len(parts), 1)),
            np.zeros((len(parts), 3)),
            np.zeros((len(parts), 3)),
        )
        for row, part in enumerate(parts):
            if part.static:
                pose = self._pose(part)
                self._start.position[row], self._start.orientation[row] = pose
        still = np.array([part.static for part in parts], bool)
        self._apply_offsets(self._start, self._shifted, self._shift, self._turn)
        moves = ~still[self._shifted]
        self._shifted, self._shift, self._turn = self._shifted[moves], self._shift[moves], self._turn[moves]
        shifted = set(self._shifted.tolist())
        self._alone = {row: b for row, b in zip(self.base_rows, self.bodies, strict=True) if row not in shifted}

    def _pose(self, part: Located) -> Pose:
        if part.link < 0:
            position, orientation = self._client.getBasePositionAndOrientation(part.body)
        else:
            position, orientation = self._client.getLinkState(part.body, part.link, computeForwardKinematics=1)[:2]
        return position, orientation

    def motion(self) -> Motion:
        """Read every part that can move."""
        client = self._client
        pose, velocity = client.getBasePositionAndOrientation, client.getBaseVelocity
        poses = [pose(body) for body in self.bodies]
        velocities = [velocity(body) for body in self.bodies]
        for body, indices in self.links:
            for state in client.getLinkStates(body, indices, computeLinkVelocity=1, computeForwardKinematics=1):
                poses.append(state[:2])
                velocities.append(state[6:8])
        start = self._start
        now = Motion(
            start.position.copy(), start.orientation.copy(), start.velocity.copy(), start.angular_velocity.copy()
        )
        if poses:
            rows = self._rows
            now.position[rows] = [p for p, _ in poses]
            now.orientation[rows] = [q for _, q in poses]
            now.velocity[rows] = [v for v, _ in velocities]
            now.angular_velocity[rows] = [w for _, w in velocities]
            self._apply_offsets(now, self._shifted, self._shift, self._turn)
        return now

    def pose(self, row: int) -> Pose | None:
        """Read one part, a body of its own that can move; None for any other part."""
        body = self._alone.get(row)
        if body is None:
            return None
        position, orientation = self._client.getBasePositionAndOrientation(body)
        return position, orientation

    def places(self, rows: Sequence[int]) -> list[Sequence[float]] | None:
        """Read where parts are, m: cheaper than `motion`; None where one is not a body of its own that moves."""
        alone, pose = self._alone, self._client.getBasePositionAndOrientation
        bodies = [alone.get(row) for row in rows]
        return None if None in bodies else [pose(body)[0] for body in bodies]

    def _apply_offsets(self, motion: Motion, rows: NDArray[np.intp], shift: Floats, turn: Floats) -> None:
        """Go from the mass frames PyBullet reports to the parts' own frames, in the rows where the two differ."""
        if len(rows):
            turned = motion.orientation[rows]
            lever = quat_rotate_xyzw(turned, shift)
            motion.position[rows] += lever
            motion.velocity[rows] += cross(motion.angular_velocity[rows], lever)
            motion.orientation[rows] = quat_multiply_xyzw(turned, turn)

    def joints(self) -> tuple[Floats, Floats]:
        """Return (J,) positions and (J,) velocities of the recorded joints."""
        states = [s for body, indices in self._joints for s in self._client.getJointStates(body, indices)]
        return (
            np.array([state[0] for state in states], np.float64),
            np.array([state[1] for state in states], np.float64),
        )
