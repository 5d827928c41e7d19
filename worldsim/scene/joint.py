"""Joints between objects: a gate's hinge, a drawer's slide, a chain's links."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from worldsim.scene.number import Draw, Finite, Number, Point, between, listed
from worldsim.scene.spec import Spec, refuse

Positive = Annotated[Number, between(0, 1e9)]
Limits = Annotated[tuple[Finite, Finite], listed((2,), "two numbers [low, high]")]


class JointSpec(Spec):
    """A joint between two objects, or an object and the world; or along a chain of objects.

    Attributes:
        name: left out, it is named after the child.
        kind: hinge (turns about `axis`), slider (moves along `axis`), ball (turns any way), fixed.
        parent: object, or left out for the world. child: object. Inside a prefab: objects of it.
        chain: instead of `child`: a pattern such as "link.*"; each is joined to the one before, the first to `parent`.
        anchor: m: where it sits, in the scene's frame (a prefab's own in a prefab). Left out: the child's origin; in
            a chain half-way between neighbours, the first joint at its parent's origin (without a parent there is no
            first joint).
        axis: direction of hinge and slider; need not have length 1.
        limits_deg: of a hinge. limits: m, of a slider.
        damping: N·m·s/rad or N·s/m. friction: N·m or N. stiffness: N·m/rad or N/m towards `rest_deg` or `rest` (m).
        breaking: N·s above which it gives way.
    """

    name: str | None = Field(default=None, max_length=64)
    kind: Literal["hinge", "slider", "ball", "fixed"]
    parent: str | None = None
    child: str | None = None
    chain: str | None = None
    anchor: Point | None = None
    axis: Point = (0.0, 0.0, 1.0)
    limits_deg: Limits | None = None
    limits: Limits | None = None
    damping: Positive = 0.0
    friction: Positive = 0.0
    stiffness: Positive = 0.0
    rest_deg: Number = 0.0
    rest: Number = 0.0
    breaking: Annotated[Number, between(0, 1e9, " N·s", above=True)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> JointSpec:
        if (self.child is None) == (self.chain is None):
            raise refuse("a joint needs either 'child' or 'chain'")
        if self.chain is not None and self.anchor is not None:
            raise refuse("a chain finds its anchors by itself: leave out 'anchor'")
        if self.limits_deg is not None and self.kind != "hinge":
            raise refuse(
                f"'limits_deg' is for a hinge; a {self.kind} has {'limits' if self.kind == 'slider' else 'none'}"
            )
        if self.limits is not None and self.kind != "slider":
            raise refuse(
                f"'limits' (in m) is for a slider; a {self.kind} has {'limits_deg' if self.kind == 'hinge' else 'none'}"
            )
        for pair in (self.limits_deg, self.limits):
            if pair is not None and pair[0] > pair[1]:
                raise refuse(f"the lower limit {pair[0]:g} is above the upper {pair[1]:g}")
        if self.stiffness != 0.0 and self.kind not in ("hinge", "slider"):
            raise refuse(f"'stiffness' is for a hinge or a slider, not a {self.kind}")
        if all(c == 0 for c in self.axis):
            raise refuse("the axis has no direction: [0, 0, 0]")
        return self

    def numbers(self, draw: Draw) -> dict[str, float | None]:
        """Return the joint's drawn numbers under the names of `worldsim.scene.layout.Joint`, SI units."""
        from math import radians

        lower: float | None = None
        upper: float | None = None
        if self.limits_deg is not None:
            lower, upper = radians(self.limits_deg[0]), radians(self.limits_deg[1])
        if self.limits is not None:
            lower, upper = float(self.limits[0]), float(self.limits[1])
        rest = radians(draw.number(self.rest_deg)) if self.kind == "hinge" else draw.number(self.rest)
        return {
            "lower": lower,
            "upper": upper,
            "damping": draw.number(self.damping),
            "friction": draw.number(self.friction),
            "stiffness": draw.number(self.stiffness),
            "rest": rest,
            "breaking_impulse": None if self.breaking is None else draw.number(self.breaking),
        }
