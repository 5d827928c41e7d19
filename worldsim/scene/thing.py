"""Things on their way into a layout: bodies and joints with names and poses in the frame of what holds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from worldsim.scene.bounds import Box, bounds, union
from worldsim.scene.layout import Body, Joint
from worldsim.scene.mark import Mark
from worldsim.scene.pose import Pose, compose, rotate_xyzw


@dataclass(frozen=True)
class Thing:
    """Bodies, the marks of their entries, and joints between them. Names are relative: "" is the thing itself."""

    bodies: tuple[Body, ...]
    marks: tuple[Mark, ...]
    joints: tuple[Joint, ...] = ()

    def at(self, pose: Pose) -> Thing:
        """Return the thing moved: its frame becomes the one `pose` stands in."""
        if pose == Pose():
            return self
        bodies = []
        for body in self.bodies:
            position, orientation = compose(pose, Pose(body.position, body.orientation))
            bodies.append(
                dataclasses.replace(
                    body,
                    position=position,
                    orientation=orientation,
                    velocity=rotate_xyzw(pose.orientation, body.velocity),
                    angular_velocity=rotate_xyzw(pose.orientation, body.angular_velocity),
                )
            )
        joints = [
            dataclasses.replace(
                joint,
                anchor=compose(pose, Pose(joint.anchor)).position,
                axis=rotate_xyzw(pose.orientation, joint.axis),
            )
            for joint in self.joints
        ]
        return Thing(tuple(bodies), self.marks, tuple(joints))

    def named(self, name: str) -> Thing:
        """Return the thing with a name in front of every name: "gate" makes "pole" to "gate/pole" and "" to "gate"."""
        bodies = tuple(dataclasses.replace(body, name=joined(name, body.name)) for body in self.bodies)
        joints = tuple(
            dataclasses.replace(
                joint,
                name=joined(name, joint.name),
                parent=None if joint.parent is None else joined(name, joint.parent),
                child=joined(name, joint.child),
            )
            for joint in self.joints
        )
        return Thing(bodies, self.marks, joints)

    def tagged(self, tags: tuple[str, ...]) -> Thing:
        """Return the thing with tags added to every body."""
        if not tags:
            return self
        bodies = (
            dataclasses.replace(body, tags=(*body.tags, *(t for t in tags if t not in body.tags)))
            for body in self.bodies
        )
        return Thing(tuple(bodies), self.marks, self.joints)

    def box(self) -> Box | None:
        """Return the box about all of it, m, in its own frame."""
        return union(bounds(body.geoms, Pose(body.position, body.orientation)) for body in self.bodies)


def joined(outer: str, inner: str) -> str:
    """Return the name of `inner` seen from outside."""
    return f"{outer}/{inner}" if inner else outer


def gathered(things: Iterable[Thing]) -> Thing:
    """Return all of them as one."""
    things = list(things)
    return Thing(
        tuple(body for thing in things for body in thing.bodies),
        tuple(mark for thing in things for mark in thing.marks),
        tuple(joint for thing in things for joint in thing.joints),
    )
