"""The mouse as a hand: what it points at, pulling it by a spring, and where a thrown ball starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldsim.physics.event import Pull, Throw
from worldsim.physics.world import World
from worldsim.player.view_camera import pixel_ray
from worldsim.render.camera import Camera
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.scene.layout import Vec3

REACH = 200.0  # m
THROW_SPEED = 11.0  # m/s


@dataclass
class Grip:
    """A part that is held: at which point of its frame (3,) m, and how far from the eye along the view, m."""

    part: int
    local: Vec3
    distance: float


def grab(world: World, camera: Camera, size: tuple[int, int], pixel: tuple[float, float]) -> Grip | None:
    """Return a grip on what is under the pixel, or None where nothing there can move."""
    ray = pixel_ray(camera, size, pixel)
    hit = world.ray(camera.position + ray * camera.near, camera.position + ray * REACH)
    if hit is None or world.parts[hit.part].static:
        return None
    now = world.motion()
    local = quat_rotate_xyzw(quat_inverse_xyzw(now.orientation[hit.part]), hit.position - now.position[hit.part])
    x, y, z = local.tolist()
    return Grip(hit.part, (x, y, z), float((hit.position - camera.position) @ ray))


def pull(grip: Grip, camera: Camera, size: tuple[int, int], pixel: tuple[float, float]) -> Pull:
    """Return the spring from the held point to where the mouse is, at the distance at which it was taken."""
    target = camera.position + pixel_ray(camera, size, pixel) * grip.distance
    x, y, z = target.tolist()
    return Pull(grip.part, grip.local, (x, y, max(z, 0.02)))


def throw(camera: Camera, size: tuple[int, int], pixel: tuple[float, float]) -> Throw:
    """Return a ball thrown from the camera towards a pixel, a little upwards."""
    ray = pixel_ray(camera, size, pixel)
    start = camera.position + ray * 0.5
    velocity = ray * THROW_SPEED + np.array([0.0, 0.0, 1.2])
    x, y, z = start.tolist()
    u, v, w = velocity.tolist()
    return Throw((x, y, max(z, 0.15)), (u, v, w))
