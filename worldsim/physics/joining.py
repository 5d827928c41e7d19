"""Joints between objects: what a joint of a multibody is set to, and constraints for those that close a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from worldsim.physics.client import Client
from worldsim.physics.pose import Pose, compose, invert
from worldsim.scene.layout import IDENTITY, Joint, Vec3


@dataclass(frozen=True)
class Placed:
    """Where an object ended up in PyBullet.

    Attributes:
        body: PyBullet's body id. link: link index of the object's first geom, -1 for the base.
        keys: (body, link) of all its geoms, the first included.
        offset: pose of the object's frame in the centre-of-mass frame of `link`.
    """

    body: int
    link: int
    keys: tuple[tuple[int, int], ...]
    offset: Pose


@dataclass(frozen=True)
class PlacedJoint:
    """A joint of the scene that is a joint of a multibody: its body, joint index, and the joint's own data."""

    joint: Joint
    body: int
    index: int


def set_joint(client: Client, item: PlacedJoint) -> None:
    """Give a joint its limits, damping and dry friction instead of PyBullet's default motor."""
    joint, body, index = item.joint, item.body, item.index
    client.changeDynamics(body, index, jointDamping=joint.damping)
    if joint.kind == "ball":
        client.setJointMotorControlMultiDof(
            body,
            index,
            client.POSITION_CONTROL,
            targetPosition=[0, 0, 0, 1],
            positionGain=0,
            velocityGain=1,
            force=[joint.friction] * 3,
        )
        return
    lower, upper = joint.lower, joint.upper
    if lower is not None or upper is not None:
        far = 1e6 if joint.kind == "slider" else 2 * np.pi * 1000
        client.changeDynamics(
            body,
            index,
            jointLowerLimit=-far if lower is None else lower,
            jointUpperLimit=far if upper is None else upper,
        )
    client.setJointMotorControl2(body, index, client.VELOCITY_CONTROL, targetVelocity=0, force=joint.friction)


def close_loop(client: Client, joint: Joint, placed: dict[str, Placed]) -> tuple[int, ...]:
    """Join two objects by constraints at the anchor, whatever else links them; return the constraints' ids."""
    child = placed[joint.child]
    parent = placed[joint.parent] if joint.parent is not None else None
    points: list[Vec3] = [joint.anchor]
    kind = client.JOINT_POINT2POINT
    if joint.kind == "hinge":  # two points on the axis leave one rotation
        a, axis = np.asarray(joint.anchor), np.asarray(joint.axis)
        points = [tuple((a + s * 0.05 * axis).tolist()) for s in (-1.0, 1.0)]
    elif joint.kind == "fixed":
        kind = client.JOINT_FIXED
    elif joint.kind == "slider":
        kind = client.JOINT_PRISMATIC
    made = []
    for point in points:
        here: Pose = (point, IDENTITY)
        in_child = compose(invert(_link_pose(client, child.body, child.link)), here)
        in_parent = here if parent is None else compose(invert(_link_pose(client, parent.body, parent.link)), here)
        unique = client.createConstraint(
            parent.body if parent else child.body,
            parent.link if parent else child.link,
            child.body if parent else -1,
            child.link if parent else -1,
            kind,
            joint.axis,
            in_parent[0] if parent else in_child[0],
            in_child[0] if parent else point,
            in_parent[1] if parent else in_child[1],
            in_child[1] if parent else IDENTITY,
        )
        made.append(int(unique))
    return tuple(made)


def _link_pose(client: Client, body: int, link: int) -> Pose:
    """Return the world pose of a link's centre-of-mass frame."""
    if link < 0:
        position, orientation = client.getBasePositionAndOrientation(body)
    else:
        position, orientation = client.getLinkState(body, link, computeForwardKinematics=1)[:2]
    return position, orientation
