"""Small worlds for the tests, made of bodies given in code."""

from __future__ import annotations

from collections.abc import Sequence

from worldsim.physics.world import World
from worldsim.scene.layout import IDENTITY, Body, Geom, Joint, Layout, Quat, Shape, Vec3
from worldsim.scene.model import Scene


def body(
    name: str,
    shape: Shape,
    at: Vec3,
    mass: float = 1.0,
    orientation: Quat = IDENTITY,
    friction: float = 0.5,
    restitution: float = 0.0,
    velocity: Vec3 = (0.0, 0.0, 0.0),
    angular_velocity: Vec3 = (0.0, 0.0, 0.0),
) -> Body:
    """Return an object of one geom."""
    return Body(
        name,
        shape.kind,
        (Geom(shape),),
        at,
        orientation,
        mass,
        friction=friction,
        restitution=restitution,
        velocity=velocity,
        angular_velocity=angular_velocity,
    )


def ground(friction: float = 1.0, restitution: float = 1.0) -> Body:
    """Return an endless ground plane whose surface leaves a pair's coefficients to the other body."""
    plane = Geom(Shape("plane", (100.0, 100.0)))
    return Body("ground", "ground", (plane,), friction=friction, restitution=restitution)


def world_of(
    bodies: Sequence[Body], joints: Sequence[Joint] = (), gravity: Vec3 = (0.0, 0.0, -9.81), spare_balls: int = 0
) -> World:
    """Return a world of those bodies and nothing else; it knows no outcomes."""
    layout = Layout("test", tuple(bodies), tuple(joints), (), {}, gravity)
    scene = Scene.model_validate({"format": 1, "name": "test"})
    return World(scene, 0, layout=layout, spare_balls=spare_balls)
