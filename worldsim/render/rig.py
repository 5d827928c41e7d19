"""Cameras of a scene in motion: from what an author wrote, and the snapshots in their order, to a `Camera`.

A rig is a function of the sequence of snapshots since its reset: the same sequence gives the same pictures.
`FreeCamera` is the one that a person moves. Nothing here reads a clock or draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.sight import Sight
from worldsim.rotation import matrix_from_quat_xyzw, quat_rotate_xyzw
from worldsim.scene.camera import FixedCamera, FollowCamera, Lens, MountedCamera, OrbitCamera

Floats = NDArray[np.float64]

CLEARANCE = 0.12
"""m that a following or orbiting camera keeps above the ground."""
CUT = 1.0
"""s between two snapshots from which on a following camera starts afresh instead of swinging over."""
COMING, LEAVING = 0.12, 0.8
"""s, time constants of a following camera that comes nearer since a wall hides its target, and that goes back."""
MOVING = 0.4
"""m/s above which a thing that is no actor is followed from behind its motion."""


def find_part(parts: Sequence[Part], name: str) -> int:
    """Return the index of the part of that name, or of the first part of the owner of that name.

    Raises:
        UnknownNameError: there is neither.
    """
    for part in parts:
        if part.name == name:
            return part.index
    for part in parts:
        if part.owner == name:
            return part.index
    raise UnknownNameError("part", name, [part.name for part in parts])


def floor_height(parts: Sequence[Part], snapshot: Snapshot) -> float:
    """Return the height in m of the lowest static plane, or −inf where there is none."""
    planes = [part.index for part in parts if part.static and any(geom.shape.kind == "plane" for geom in part.geoms)]
    return float(snapshot.position[planes, 2].min()) if planes else -math.inf


class CameraRig:
    """One camera of a scene.

    `camera` is called once for every snapshot that is shown, in order; a snapshot from an earlier time, or from more
    than a second later, starts the rig afresh.
    """

    def __init__(self, spec: Lens, parts: Sequence[Part]) -> None:
        """Take a camera of `Scene.cameras` and the parts of the world.

        Raises:
            UnknownNameError: the camera follows, orbits or sits on something that is not there.
        """
        self.spec = spec
        self._parts = tuple(parts)
        name = ""
        if isinstance(spec, FollowCamera):
            name = spec.follow
        elif isinstance(spec, MountedCamera):
            name = spec.mount
        elif isinstance(spec, OrbitCamera) and isinstance(spec.orbit, str):
            name = spec.orbit
        self._target = find_part(parts, name) if name else -1
        self._follow = _Follow(spec, self._parts, self._target) if isinstance(spec, FollowCamera) else None

    def reset(self) -> None:
        """Forget the motion so far: the next snapshot follows a cut."""
        if self._follow is not None:
            self._follow.reset()

    def camera(self, snapshot: Snapshot) -> Camera:
        """Return where the camera is at this snapshot."""
        spec = self.spec
        if isinstance(spec, FixedCamera):
            found = Camera.looking(spec.at, spec.look_at)
        elif isinstance(spec, MountedCamera):
            found = self._mounted(spec, snapshot)
        elif isinstance(spec, OrbitCamera):
            found = self._orbiting(spec, snapshot)
        elif self._follow is not None:
            found = self._follow.camera(snapshot, floor_height(self._parts, snapshot))
        else:
            raise TypeError(f"a camera of the kind {type(spec).__name__} is unknown to the rig")
        return replace(found, fov=math.radians(spec.fov_deg), near=float(spec.near), far=float(spec.far))

    def _mounted(self, spec: MountedCamera, snapshot: Snapshot) -> Camera:
        """Sit on a part and turn with it."""
        turn = matrix_from_quat_xyzw(snapshot.orientation[self._target])
        eye = turn @ np.array(spec.at) + snapshot.position[self._target]
        if spec.look_at is not None:
            ahead = np.array(spec.look_at) - np.array(spec.at)
        else:
            heading, pitch = math.radians(spec.heading_deg), math.radians(spec.pitch_deg)
            ahead = _direction(heading, pitch)
        up = np.array([0.0, 0.0, 1.0])
        if abs(ahead @ up) > 0.999 * np.linalg.norm(ahead):
            up = np.array([1.0, 0.0, 0.0])
        return Camera.looking(eye, eye + turn @ ahead, up=turn @ up)

    def _orbiting(self, spec: OrbitCamera, snapshot: Snapshot) -> Camera:
        """Circle about a point or a part."""
        centre = np.array(spec.orbit, float) if self._target < 0 else snapshot.position[self._target]
        angle = math.radians(spec.start_deg) + 2 * math.pi * snapshot.time / spec.period
        eye = centre + np.array([spec.radius * math.cos(angle), spec.radius * math.sin(angle), spec.height])
        eye[2] = max(eye[2], floor_height(self._parts, snapshot) + CLEARANCE)
        return Camera.looking(eye, centre)


class _Follow:
    """What a following camera remembers: where its target seems to be, its speed and heading, how near it has come."""

    def __init__(self, spec: FollowCamera, parts: Sequence[Part], target: int) -> None:
        self._spec = spec
        self._part = parts[target]
        self._sight = Sight(parts, target) if spec.in_sight else None
        self.reset()

    def reset(self) -> None:
        self._time = -math.inf
        self._place = np.zeros(3)
        self._speed = np.zeros(3)
        self._heading = 0.0
        self._reach = 1.0

    def camera(self, snapshot: Snapshot, floor: float) -> Camera:
        """Swing on to this snapshot.

        Place, speed and heading are first-order low-pass filters. The lag of the place at a steady speed (speed × time
        constant) is added back, so that a runner stays in the middle; heights are filtered longer, so that a trot does
        not shake the picture. Where a wall hides the target the eye comes nearer along its line of sight, in the same
        way, and goes back more slowly.
        """
        spec, index = self._spec, self._part.index
        at, velocity = snapshot.position[index], snapshot.velocity[index]
        dt = snapshot.time - self._time
        if dt < 0 or dt > CUT:
            self._place, self._speed = at.copy(), np.zeros(3)
            self._heading = self._wanted(snapshot, 0.0)
        elif dt > 0:
            pace = 0.35 * spec.smooth
            keep = np.array([_kept(dt, pace), _kept(dt, pace), _kept(dt, max(pace, min(spec.smooth, 0.25)))])
            self._place = at + (self._place - at) * keep
            self._speed = velocity + (self._speed - velocity) * _kept(dt, 0.25)
            turn = _wrapped(self._wanted(snapshot, self._heading) - self._heading)
            self._heading += turn * (1 - _kept(dt, 1.2 * spec.smooth))
        self._time = snapshot.time
        ahead = self._place + np.array([*self._speed[:2], 0.0]) * 0.35 * spec.smooth
        side = self._heading + math.radians(spec.heading_deg) + math.pi
        eye = ahead + np.array([spec.distance * math.cos(side), spec.distance * math.sin(side), spec.height])
        eye[2] = max(eye[2], floor + CLEARANCE)
        aim = ahead + np.array([0.0, 0.0, spec.aim_height])
        if self._sight is not None:
            free = self._sight.reach(snapshot, aim, eye)
            fresh = dt < 0 or dt > CUT
            kept = 0.0 if fresh else _kept(dt, COMING if free < self._reach else LEAVING)
            self._reach = free + (self._reach - free) * kept
            if self._reach < 0.999:
                eye = aim + (eye - aim) * self._reach
                eye[2] = max(eye[2], floor + CLEARANCE)
        return Camera.looking(eye, aim)

    def _wanted(self, snapshot: Snapshot, otherwise: float) -> float:
        """Return the heading of the target in rad: where an actor faces, where a thing moves."""
        index = self._part.index
        if self._part.actor is not None:
            x, y, _ = quat_rotate_xyzw(snapshot.orientation[index], (1.0, 0.0, 0.0))
            return math.atan2(y, x) if math.hypot(x, y) > 0.2 else otherwise
        x, y, _ = snapshot.velocity[index]
        return math.atan2(y, x) if math.hypot(x, y) > MOVING else otherwise


def _kept(dt: float, constant: float) -> float:
    """Return what a first-order filter of that time constant keeps of a difference after dt, both in s."""
    return math.exp(-dt / constant) if constant > 0 else 0.0


def _wrapped(angle: float) -> float:
    """Return the angle in (−π, π] that is the same direction."""
    return math.pi - (math.pi - angle) % (2 * math.pi)


def _direction(heading: float, pitch: float) -> Floats:
    """Return the unit vector of a heading about z from x and a pitch above the horizontal, in rad."""
    flat = math.cos(pitch)
    return np.array([flat * math.cos(heading), flat * math.sin(heading), math.sin(pitch)])


@dataclass
class FreeCamera:
    """A camera that a person moves round a target.

    Attributes:
        target: (3,) m. distance: m from it.
        heading: rad, the direction of view about z from x. pitch: rad, of the view: negative looks down.
        fov: rad, vertical. near, far: m. floor: m, the height the eye does not go below.
    """

    target: Floats
    distance: float = 4.0
    heading: float = 0.6
    pitch: float = -0.35
    fov: float = math.radians(50.0)
    near: float = 0.05
    far: float = 500.0
    floor: float = -math.inf

    @classmethod
    def of(cls, camera: Camera, distance: float | None = None, floor: float = -math.inf) -> FreeCamera:
        """Return a free camera that sees what another does; its target is `distance` m ahead.

        Without a distance the target is where the view meets the floor, 2 to 20 m ahead.
        """
        gaze = -camera.rotation[:, 2]
        if distance is None:
            drop = camera.position[2] - (floor if math.isfinite(floor) else 0.0)
            distance = float(np.clip(drop / -gaze[2], 2.0, 20.0)) if gaze[2] < -1e-3 and drop > 0 else 5.0
        heading, pitch = math.atan2(gaze[1], gaze[0]), math.asin(float(np.clip(gaze[2], -1, 1)))
        limit = math.radians(89.0)
        return cls(
            camera.position + gaze * distance,
            distance,
            heading,
            min(max(pitch, -limit), limit),
            camera.fov,
            camera.near,
            camera.far,
            floor,
        )

    def camera(self) -> Camera:
        """Return where it is."""
        eye = self.target - _direction(self.heading, self.pitch) * self.distance
        eye[2] = max(eye[2], self.floor + CLEARANCE)
        return replace(Camera.looking(eye, self.target), fov=self.fov, near=self.near, far=self.far)

    def orbit(self, right: float, up: float) -> None:
        """Swing round the target: `right` and `up` are rad that the eye moves along its sphere."""
        self.heading = _wrapped(self.heading - right)
        limit = math.radians(89.0)
        self.pitch = min(max(self.pitch - up, -limit), limit)

    def pan(self, right: float, up: float) -> None:
        """Move eye and target along the picture's axes, in picture heights at the target's distance."""
        axes = self.camera().rotation
        size = 2 * math.tan(self.fov / 2) * self.distance
        self.target = self.target + (axes[:, 0] * right + axes[:, 1] * up) * size

    def fly(self, forward: float, right: float, up: float) -> None:
        """Move eye and target level: m along the heading, to its right, upwards."""
        ahead = np.array([math.cos(self.heading), math.sin(self.heading), 0.0])
        aside = np.array([ahead[1], -ahead[0], 0.0])
        self.target = self.target + ahead * forward + aside * right + np.array([0.0, 0.0, up])

    def zoom(self, factor: float) -> None:
        """Divide the distance by the factor: above 1 goes nearer. It stays between 5 cm and 1 km."""
        self.distance = min(max(self.distance / factor, 0.05), 1000.0)


def default_camera(parts: Sequence[Part], snapshot: Snapshot, aspect: float = 16 / 9) -> Camera:
    """Return a camera that has everything that moves in the picture, seen from the south-west and above.

    Args:
        parts: of the world.
        snapshot: where they are.
        aspect: width over height of the picture.
    """
    from worldsim.render.mesh import scale_of, unit_mesh

    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    chosen = [p for p in parts if not p.static] or [p for p in parts if not _is_plane(p)]
    for part in chosen:
        turn = matrix_from_quat_xyzw(snapshot.orientation[part.index])
        for geom in part.geoms:
            if geom.visible and geom.shape.kind != "plane":
                reach = np.linalg.norm(unit_mesh(geom.shape).position * np.array(scale_of(geom.shape)), axis=1).max()
                centre = turn @ np.array(geom.position) + snapshot.position[part.index]
                low, high = np.minimum(low, centre - reach), np.maximum(high, centre + reach)
    if not np.isfinite(low).all():
        low, high = np.array([-2.0, -2.0, 0.0]), np.array([2.0, 2.0, 1.0])
    centre = 0.5 * (low + high)
    fov = math.radians(50.0)
    narrow = min(fov, 2 * math.atan(math.tan(fov / 2) * aspect))
    distance = max(0.92 * 0.5 * float(np.linalg.norm(high - low)) / math.sin(narrow / 2), 0.5)
    eye = centre - _direction(math.radians(52.0), math.radians(-24.0)) * distance
    eye[2] = max(eye[2], floor_height(parts, snapshot) + CLEARANCE)
    return replace(Camera.looking(eye, centre, fov), far=max(500.0, 4 * distance))


def _is_plane(part: Part) -> bool:
    """Return whether a part is nothing but planes."""
    return all(geom.shape.kind == "plane" for geom in part.geoms)
