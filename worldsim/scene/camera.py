"""Cameras as authors write them: fixed, following, orbiting or mounted. `worldsim.render` makes pictures of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from worldsim.errors import did_you_mean
from worldsim.scene.limits import MAX_LENGTH
from worldsim.scene.number import Finite, PlainPoint, between
from worldsim.scene.spec import Spec, refuse, refuse_with, shown

Distance = Annotated[Finite, between(0.01, MAX_LENGTH, " m")]
Metres = Annotated[Finite, between(-MAX_LENGTH, MAX_LENGTH, " m")]
Angle = Annotated[Finite, between(-36_000, 36_000, " degrees")]
Target = str | PlainPoint


class Lens(Spec):
    """What every camera has.

    Attributes:
        fov_deg: vertical angle of view. near, far: m, what is closer or farther is not drawn.
    """

    fov_deg: Annotated[Finite, between(5, 150, " degrees")] = 50.0
    near: Annotated[Finite, between(0.001, 10, " m")] = 0.05
    far: Annotated[Finite, between(1, 100_000, " m")] = 500.0

    @model_validator(mode="after")
    def _ordered(self) -> Lens:
        if self.near >= self.far:
            raise refuse(f"near {self.near:g} m is not less than far {self.far:g} m")
        return self


class FixedCamera(Lens):
    """Stands still.

    Attributes:
        at: m, where. look_at: m, what it points at.
    """

    at: PlainPoint
    look_at: PlainPoint = (0.0, 0.0, 0.5)

    @model_validator(mode="after")
    def _apart(self) -> FixedCamera:
        if self.at == self.look_at:
            raise refuse("'at' and 'look_at' are the same point: a camera has to look somewhere")
        return self


class FollowCamera(Lens):
    """Stays behind something that moves, as a person with a camera would.

    Attributes:
        follow: an actor or object. distance: m, horizontal. height: m above it. aim_height: m above it, what the
            middle of the picture shows. heading_deg: 0 is behind, 90 to its left, 180 in front.
        smooth: s, how slowly it swings round; 0 is rigid.
        in_sight: whether it comes nearer where a wall hides what it follows.
    """

    follow: str
    distance: Distance = 2.5
    height: Metres = 1.0
    aim_height: Metres = 0.1
    heading_deg: Angle = 0.0
    smooth: Annotated[Finite, between(0, 10, " s")] = 0.3
    in_sight: bool = True


class OrbitCamera(Lens):
    """Circles about something.

    Attributes:
        orbit: an actor, an object or a point. radius: m. height: m above it. period: s for one turn; negative turns
            clockwise. start_deg: where it begins, anticlockwise from the x axis.
    """

    orbit: Target
    radius: Distance = 5.0
    height: Metres = 2.0
    period: Annotated[Finite, between(-86_400, 86_400, " s")] = 20.0
    start_deg: Angle = 0.0

    @model_validator(mode="after")
    def _turns(self) -> OrbitCamera:
        if self.period == 0:
            raise refuse(
                "period is the seconds for one turn and can't be 0; a camera that stands still is {at, look_at}"
            )
        return self


class MountedCamera(Lens):
    """Sits on a body and moves with it.

    Attributes:
        mount: an actor, object or part ("rex/head"). at: m, in the part's frame.
        look_at: m, in the part's frame: what it points at; or else
        heading_deg, pitch_deg: of the view in the part's frame: 0, 0 looks along its x axis; pitch up is positive.
    """

    mount: str
    at: PlainPoint = (0.0, 0.0, 0.0)
    look_at: PlainPoint | None = None
    heading_deg: Angle = 0.0
    pitch_deg: Annotated[Finite, between(-90, 90, " degrees")] = 0.0


FORMS: dict[str, type[Lens]] = {
    "follow": FollowCamera,
    "orbit": OrbitCamera,
    "mount": MountedCamera,
    "at": FixedCamera,
}
"""The key that tells the kinds of camera apart, in the order in which it is looked for."""


def _form_of(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((f"<{key}>" for key in FORMS if key in value), None)
    return next((f"<{key}>" for key, model in FORMS.items() if isinstance(value, model)), None)


def _check(value: Any) -> Any:
    if _form_of(value) is None:
        if not isinstance(value, dict):
            raise refuse(f"expected a map such as {{follow: rex}}, found {shown(value)}")
        guess = next((g for key in value if (g := did_you_mean(str(key), FORMS))), "")
        raise refuse_with("a camera needs one of the keys at (fixed), follow, orbit, mount", guess)
    return value


CameraSpec = Annotated[
    Annotated[FixedCamera, Tag("<at>")]
    | Annotated[FollowCamera, Tag("<follow>")]
    | Annotated[OrbitCamera, Tag("<orbit>")]
    | Annotated[MountedCamera, Tag("<mount>")],
    Discriminator(_form_of),
    BeforeValidator(_check),
    Field(description="fixed {at, look_at}, {follow: name}, {orbit: name or point} or {mount: name}"),
]
