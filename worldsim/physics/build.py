"""From a layout to PyBullet bodies. It knows nothing of time: `world.py` steps what is built here.

Every object becomes one multibody, objects joined to each other one multibody together: a tree of links whose joints
are exact. A joint that would close a loop becomes a constraint. A further geom of an object is a link on a fixed joint
rather than a compound shape, because compound shapes do not come back exactly from a saved state (measured), links do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from worldsim.errors import SceneError
from worldsim.physics.breakage import Breakable
from worldsim.physics.client import Client
from worldsim.physics.inertia import hull_points, mass_frame
from worldsim.physics.joining import Placed, PlacedJoint, close_loop, set_joint
from worldsim.physics.pose import NO_POSE, Pose, compose, invert
from worldsim.rotation import quat_inverse_xyzw, quat_rotate_xyzw
from worldsim.scene.layout import IDENTITY, Body, Geom, Joint, Layout, Quat, Vec3


@dataclass
class _Links:
    """The arguments of createMultiBody that have one entry a link, in its order."""

    masses: list[float] = field(default_factory=list)
    shapes: list[int] = field(default_factory=list)
    positions: list[Vec3] = field(default_factory=list)
    orientations: list[Quat] = field(default_factory=list)
    inertial_positions: list[Vec3] = field(default_factory=list)
    inertial_orientations: list[Quat] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    axes: list[Vec3] = field(default_factory=list)


def build_objects(client: Client, layout: Layout) -> tuple[dict[str, Placed], list[PlacedJoint], list[Breakable]]:
    """Create every object; return where each is, by name, the joints with a motor, and those that can break.

    Raises:
        SceneError: a body has no volume to collide with, or a joint names a body that is not there.
    """
    bodies = {body.name: body for body in layout.bodies if body.urdf is None}
    tree, loops = _joint_tree(bodies, layout.joints)
    placed: dict[str, Placed] = {}
    joints: list[PlacedJoint] = []
    children: dict[str | None, list[tuple[Joint, str]]] = {}
    for joint, parent, child in tree:
        children.setdefault(parent, []).append((joint, child))
    hung = {child for _, _, child in tree}
    for body in bodies.values():
        if body.mass == 0 and body.name not in children:
            placed[body.name] = _build_static(client, body)
        elif body.name not in hung:
            _build_assembly(client, body, bodies, children, placed, joints)
    for hook in children.get(None, []):
        _build_assembly(client, hook, bodies, children, placed, joints)
    closed = [Breakable(joint, close_loop(client, joint, placed)) for joint in loops]
    for item in joints:
        set_joint(client, item)
    return placed, joints, [item for item in closed if item.joint.breaking_impulse is not None]


Edge = tuple[Joint, str | None, str]


def _joint_tree(bodies: dict[str, Body], joints: Sequence[Joint]) -> tuple[list[Edge], list[Joint]]:
    """Split the joints into edges (joint, parent, child) of trees and those that would close a loop."""
    for joint in joints:
        for name in (joint.parent, joint.child):
            if name is not None and name not in bodies:
                raise SceneError(f"joint {joint.name!r} names the object {name!r}, which is not in the scene")
    neighbours: dict[str, list[tuple[Joint, str | None]]] = {name: [] for name in bodies}
    for joint in joints:
        if joint.breaking_impulse is not None:  # a joint of a multibody can't give way, a constraint can
            continue
        neighbours[joint.child].append((joint, joint.parent))
        if joint.parent is not None:
            neighbours[joint.parent].append((joint, joint.child))
    edges: list[Edge] = []
    used: set[str] = set()
    seen: set[str] = set()
    # Static bodies root their tree; then bodies hung on the world; then, for what is left, the first of the file.
    static = [name for name, body in bodies.items() if body.mass == 0 and neighbours[name]]
    hung = [joint for joint in joints if joint.parent is None and joint.breaking_impulse is None]
    for root in static:
        if root not in seen:
            seen.add(root)
            _grow(root, neighbours, bodies, edges, used, seen)
    for joint in hung:
        if joint.child not in seen:
            seen.add(joint.child)
            used.add(joint.name)
            edges.append((joint, None, joint.child))
            _grow(joint.child, neighbours, bodies, edges, used, seen)
    for name in bodies:
        if name not in seen:
            seen.add(name)
            _grow(name, neighbours, bodies, edges, used, seen)
    return edges, [joint for joint in joints if joint.name not in used]


def _grow(
    root: str,
    neighbours: dict[str, list[tuple[Joint, str | None]]],
    bodies: dict[str, Body],
    edges: list[Edge],
    used: set[str],
    seen: set[str],
) -> None:
    queue = [root]
    while queue:
        name = queue.pop(0)
        for joint, other in neighbours[name]:
            if other is None or other in seen or bodies[other].mass == 0:
                continue
            seen.add(other)
            used.add(joint.name)
            edges.append((joint, name, other))
            queue.append(other)


def _build_static(client: Client, body: Body) -> Placed:
    """Create a body nothing hangs on and that never moves: one static PyBullet body a solid.

    Static links of one body would be checked against the ground and each other in every step; static bodies are not.
    """
    shapes = [_collision(client, solid, NO_POSE) for solid in _solids(body)] or [-1]
    made = [
        client.createMultiBody(
            baseMass=0.0, baseCollisionShapeIndex=shape, basePosition=body.position, baseOrientation=body.orientation
        )
        for shape in shapes
    ]
    if min(made) < 0:
        raise SceneError(f"PyBullet could not build {body.name!r}")
    for unique in made:
        client.changeDynamics(unique, -1, lateralFriction=body.friction, restitution=body.restitution)
    return Placed(made[0], -1, tuple((unique, -1) for unique in made), NO_POSE)


def _build_assembly(
    client: Client,
    root: Body | tuple[Joint, str],
    bodies: dict[str, Body],
    children: dict[str | None, list[tuple[Joint, str]]],
    placed: dict[str, Placed],
    joints: list[PlacedJoint],
) -> None:
    """Create one multibody: the root (a joint and its child: an empty base at the anchor) and all that hangs on it."""
    links = _Links()
    parts: list[tuple[Body, tuple[int, ...], Pose]] = []  # object, its links, its frame in the first link's frame
    moving: list[tuple[Joint, int]] = []
    frames: dict[str | None, tuple[int, Pose]] = {}  # object → its link, pose of that link's frame in the world
    base_mass, base_shape, base_inertial = 0.0, -1, NO_POSE
    if isinstance(root, Body):
        base: Pose = (root.position, root.orientation)
        solids, shares = _solids(root), _mass_shares(root)
        if solids:
            base_mass, base_shape = shares[0], _collision(client, solids[0], NO_POSE)
            base_inertial = _inertial(root, NO_POSE)
        frames[root.name] = (-1, base)
        extra = _add_geoms(client, links, root, -1, NO_POSE)
        parts.append((root, (-1, *extra), NO_POSE))
        queue: list[Edge] = [(joint, root.name, child) for joint, child in children.get(root.name, [])]
    else:
        base = (root[0].anchor, IDENTITY)
        frames[None] = (-1, base)
        queue = [(root[0], None, root[1])]
    while queue:
        joint, parent, child = queue.pop(0)
        body = bodies[child]
        parent_link, parent_frame = frames[parent]
        frame: Pose = (joint.anchor, body.orientation)
        in_parent = compose(invert(parent_frame), frame)
        own = compose(invert(frame), (body.position, body.orientation))
        axis = quat_rotate_xyzw(quat_inverse_xyzw(body.orientation), joint.axis)
        index = _add_link(client, links, body, 0, parent_link, in_parent, own, joint, axis.tolist())
        extra = _add_geoms(client, links, body, index, own)
        frames[child] = (index, frame)
        parts.append((body, (index, *extra), own))
        moving.append((joint, index))
        queue.extend((next_joint, child, grandchild) for next_joint, grandchild in children.get(child, []))
    unique = client.createMultiBody(
        baseMass=base_mass,
        baseCollisionShapeIndex=base_shape,
        basePosition=base[0],
        baseOrientation=base[1],
        baseInertialFramePosition=base_inertial[0],
        baseInertialFrameOrientation=base_inertial[1],
        linkMasses=links.masses,
        linkCollisionShapeIndices=links.shapes,
        linkVisualShapeIndices=[-1] * len(links.masses),
        linkPositions=links.positions,
        linkOrientations=links.orientations,
        linkInertialFramePositions=links.inertial_positions,
        linkInertialFrameOrientations=links.inertial_orientations,
        linkParentIndices=links.parents,
        linkJointTypes=links.types,
        linkJointAxis=links.axes,
    )
    if unique < 0:
        raise SceneError(f"PyBullet could not build {root.name if isinstance(root, Body) else root[1]!r}")
    client.changeDynamics(unique, -1, linearDamping=0, angularDamping=0)
    for body, indices, own in parts:
        inertial = _inertial(body, own)
        keys = tuple((unique, index) for index in indices)
        placed[body.name] = Placed(unique, indices[0], keys, compose(invert(inertial), own))
        _set_surface(client, unique, body, indices)
    if isinstance(root, Body) and root.mass > 0 and (any(root.velocity) or any(root.angular_velocity)):
        lever = quat_rotate_xyzw(root.orientation, base_inertial[0])
        velocity = np.asarray(root.velocity) + np.cross(root.angular_velocity, lever)
        client.resetBaseVelocity(unique, velocity.tolist(), root.angular_velocity)
    joints.extend(PlacedJoint(joint, unique, index) for joint, index in moving if joint.kind != "fixed")


def _solids(body: Body) -> list[Geom]:
    """Return the geoms that collide; ellipsoids are for drawing only."""
    return [geom for geom in body.geoms if geom.collides and geom.shape.kind != "ellipsoid"]


def _mass_shares(body: Body) -> list[float]:
    """Split a body's mass over its solids by volume."""
    volumes = [mass_frame(geom.shape).volume for geom in _solids(body)]
    if body.mass == 0:
        return [0.0] * len(volumes)
    if sum(volumes) <= 0:
        raise SceneError(
            f"{body.name!r} has mass {body.mass:g} kg but nothing that collides: give it a shape with volume"
        )
    return [body.mass * volume / sum(volumes) for volume in volumes]


def _add_link(
    client: Client,
    links: _Links,
    body: Body,
    solid: int,
    parent: int,
    frame: Pose,
    own: Pose,
    joint: Joint | None,
    axis: Sequence[float],
) -> int:
    """Append one link for one solid of a body; return its index.

    `frame` is the link's frame in its parent's, `own` the object's frame in the link's.
    """
    kinds = {
        "hinge": client.JOINT_REVOLUTE,
        "slider": client.JOINT_PRISMATIC,
        "ball": client.JOINT_SPHERICAL,
        "fixed": client.JOINT_FIXED,
    }
    inertial = _inertial(body, own, solid)
    links.masses.append(_mass_shares(body)[solid])
    links.shapes.append(_collision(client, _solids(body)[solid], own))
    links.positions.append(frame[0])
    links.orientations.append(frame[1])
    links.inertial_positions.append(inertial[0])
    links.inertial_orientations.append(inertial[1])
    links.parents.append(parent + 1)  # createMultiBody counts the base as 0
    links.types.append(kinds[joint.kind if joint else "fixed"])
    x, y, z = axis
    links.axes.append((x, y, z))
    return len(links.masses) - 1


def _add_geoms(client: Client, links: _Links, body: Body, parent: int, own: Pose) -> tuple[int, ...]:
    """Append the body's further solids as links fixed to its first, their frames on the same spot."""
    return tuple(
        _add_link(client, links, body, solid, parent, NO_POSE, own, None, (0.0, 0.0, 1.0))
        for solid in range(1, len(_solids(body)))
    )


def _inertial(body: Body, own: Pose, solid: int = 0) -> Pose:
    """Return the pose, in the link's frame, of the centre of mass and principal axes of one solid of a body."""
    solids = _solids(body)
    if not solids:
        return own
    frame = mass_frame(solids[solid].shape)
    return compose(compose(own, (solids[solid].position, solids[solid].orientation)), (frame.centre, frame.axes))


def _collision(client: Client, geom: Geom, own: Pose) -> int:
    """Create the collision shape of a solid, placed in its link's frame."""
    position, orientation = compose(own, (geom.position, geom.orientation))
    place = {"collisionFramePosition": position, "collisionFrameOrientation": orientation}
    kind, size = geom.shape.kind, geom.shape.size
    if kind == "box":
        return int(client.createCollisionShape(client.GEOM_BOX, halfExtents=[s / 2 for s in size], **place))
    if kind == "sphere":
        return int(client.createCollisionShape(client.GEOM_SPHERE, radius=size[0], **place))
    if kind == "cylinder":
        return int(client.createCollisionShape(client.GEOM_CYLINDER, radius=size[0], height=size[1], **place))
    if kind == "capsule":
        tube = max(size[1] - 2 * size[0], 1e-6)
        return int(client.createCollisionShape(client.GEOM_CAPSULE, radius=size[0], height=tube, **place))
    if kind == "plane":
        return int(client.createCollisionShape(client.GEOM_PLANE, **place))
    return int(client.createCollisionShape(client.GEOM_MESH, vertices=hull_points(geom.shape).tolist(), **place))


ROUND = ("sphere", "cylinder", "capsule", "cone")


def _set_surface(client: Client, unique: int, body: Body, indices: Sequence[int]) -> None:
    """Give a body's links their friction, restitution and true inertia."""
    for geom, index, mass in zip(_solids(body), indices, _mass_shares(body), strict=False):
        rolling = body.rolling_friction if geom.shape.kind in ROUND else 0.0
        client.changeDynamics(
            unique,
            index,
            lateralFriction=body.friction,
            restitution=body.restitution,
            rollingFriction=rolling,
            spinningFriction=rolling,
        )
        if mass > 0:
            moments = [mass * moment for moment in mass_frame(geom.shape).inertia]
            client.changeDynamics(unique, index, localInertiaDiagonal=moments)
