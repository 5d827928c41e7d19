"""Joints made concrete: names looked up, anchors found, chains unrolled."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from worldsim.errors import did_you_mean
from worldsim.scene.joint import JointSpec
from worldsim.scene.layout import Body, Joint, Vec3
from worldsim.scene.number import Draw
from worldsim.scene.select import matching


def connect(spec: JointSpec, bodies: Sequence[Body], draw: Draw, taken: set[str]) -> list[Joint]:
    """Return the joints that one entry makes.

    Args:
        spec: the entry.
        bodies: those it may name.
        draw: draws its numbers.
        taken: names in use; grows.

    Raises:
        ValueError: a name that is not there, a joint between things that never move, a chain of fewer than two.
    """
    by_name = {body.name: body for body in bodies}
    parent = None if spec.parent in (None, "world") else _body(str(spec.parent), by_name, "parent")
    numbers = spec.numbers(draw)
    axis = _unit(draw.vector(spec.axis))

    def joint(above: Body | None, below: Body, anchor: Vec3) -> Joint:
        if below.mass == 0 and below.urdf is None:
            raise ValueError(f"the child {below.name!r} is static and can't move on a joint; swap parent and child")
        if above is below:
            raise ValueError(f"{below.name!r} can't be joined to itself")
        name = base = spec.name if spec.name and spec.chain is None else f"{spec.name or spec.kind}_{below.name}"
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        return Joint(name, spec.kind, above.name if above else None, below.name, anchor, axis, **numbers)  # type: ignore[arg-type]

    if spec.chain is not None:
        links = [by_name[name] for name in matching(spec.chain, bodies)]
        if len(links) + (parent is not None) < 2:
            raise ValueError(f"the chain {spec.chain!r} matches {len(links)} objects; it takes two or more")
        out = [joint(parent, links[0], parent.position)] if parent is not None else []
        for above, below in itertools.pairwise(links):
            middle = tuple((a + b) / 2 for a, b in zip(above.position, below.position, strict=True))
            out.append(joint(above, below, (middle[0], middle[1], middle[2])))
        return out
    child = _body(str(spec.child), by_name, "child")
    anchor = child.position if spec.anchor is None else draw.vector(spec.anchor)
    return [joint(parent, child, anchor)]


def _body(name: str, by_name: dict[str, Body], what: str) -> Body:
    if name in by_name:
        if by_name[name].urdf is not None:
            raise ValueError(f"{what} {name!r} is a URDF file, which has joints of its own and can't take another")
        return by_name[name]
    inner = [known for known in by_name if known.startswith(f"{name}/")]
    if inner:
        raise ValueError(f"{what} {name!r} is made of several objects; name one of {', '.join(inner[:8])}")
    guess = did_you_mean(name, by_name)
    known = ", ".join(list(by_name)[:12]) or "none"
    more = ", …" if len(by_name) > 12 else ""
    raise ValueError(f"{what}: no object is called {name!r}; " + (guess or f"known: {known}{more}"))


def _unit(axis: Vec3) -> Vec3:
    length = math.sqrt(sum(c * c for c in axis))
    if length < 1e-12:
        raise ValueError("the axis has no direction: [0, 0, 0]")
    return axis[0] / length, axis[1] / length, axis[2] / length
