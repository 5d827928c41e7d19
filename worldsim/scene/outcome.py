"""What may become true in a scene: predicates over bodies, and the outcomes and triggers made of them. Data only.

`worldsim.physics.outcome.OutcomeJudge` says whether they hold.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from worldsim.scene.limits import MAX_BODIES, MAX_LENGTH
from worldsim.scene.number import Finite, PlainPoint, between
from worldsim.scene.object import Word
from worldsim.scene.spec import Spec, refuse, shown

AtLeast = Annotated[int, Field(strict=True, ge=1, le=MAX_BODIES)] | Literal["all"]
Span = Annotated[Finite, between(0, MAX_LENGTH, " m")]


class Selection(Spec):
    """Which bodies are meant, and how many of them it takes.

    Attributes:
        body: a name ("crate", "rex", "rex/head"), a pattern ("domino.*") or a tag ("tag:fragile"). The name of a
            prefab means every object of it.
        at_least: how many of them; "all" for every one.
    """

    body: str = Field(min_length=1, max_length=200)
    at_least: AtLeast = 1


def _short(value: Any) -> Any:
    """Let a plain name stand for {body: name}."""
    if isinstance(value, str):
        return {"body": value}
    if isinstance(value, dict | Spec):
        return value
    raise refuse(f"expected a name or a map such as {{body: crate}}, found {shown(value)}")


class Moved(Selection):
    """Its origin is farther than `distance` m from where it was at the start."""

    distance: Span = 0.1


class Still(Selection):
    """It moves slower than `speed` m/s (and turns slower than ten times that in rad/s)."""

    speed: Annotated[Finite, between(0, 100, " m/s")] = 0.02


class ZoneBox(Spec):
    """An axis-parallel box."""

    low: PlainPoint
    high: PlainPoint

    @model_validator(mode="after")
    def _ordered(self) -> ZoneBox:
        if any(a > b for a, b in zip(self.low, self.high, strict=True)):
            raise refuse(f"low {list(self.low)} is not below high {list(self.high)}")
        return self


class ZoneSphere(Spec):
    """A ball."""

    centre: PlainPoint
    radius: Span


class Inside(Selection):
    """Its origin is inside a zone."""

    box: ZoneBox | None = None
    sphere: ZoneSphere | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Inside:
        if (self.box is None) == (self.sphere is None):
            raise refuse("a zone is either box: {low, high} or sphere: {centre, radius}")
        return self


class Beyond(Selection):
    """Its origin is on the far side of the plane through `point`, the side that `direction` points to."""

    point: PlainPoint = (0.0, 0.0, 0.0)
    direction: PlainPoint

    @model_validator(mode="after")
    def _points(self) -> Beyond:
        if not any(self.direction):
            raise refuse("direction [0, 0, 0] points nowhere")
        return self


class Near(Selection):
    """Its origin is within `within` m of another body's origin or of a point."""

    to: str | PlainPoint
    within: Span


class Touched(Selection):
    """It was touched, since the start, by another: a name, a pattern, a tag, or "anything" but the ground."""

    by: str = "anything"


class Predicate(Spec):
    """Exactly one condition.

    Attributes:
        fallen: tilted by more than 45° from how it stood (an actor: 60°), or sunk by more than half its height.
            What is round about an axis may turn about it; what is round all over only sinks.
        inside, beyond, near, moved, still, touched: see the classes.
        after: s since the start.
        flag: a word that a trigger has set.
        all_of, any_of, none: written `all`, `any`, `not`.
    """

    fallen: Annotated[Selection, BeforeValidator(_short)] | None = None
    inside: Inside | None = None
    beyond: Beyond | None = None
    near: Near | None = None
    moved: Annotated[Moved, BeforeValidator(_short)] | None = None
    still: Annotated[Still, BeforeValidator(_short)] | None = None
    touched: Annotated[Touched, BeforeValidator(_short)] | None = None
    after: Annotated[Finite, between(0, 1e6, " s")] | None = None
    flag: Word | None = None
    all_of: tuple[Predicate, ...] | None = Field(default=None, alias="all", min_length=1, max_length=100)
    any_of: tuple[Predicate, ...] | None = Field(default=None, alias="any", min_length=1, max_length=100)
    none: Predicate | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_of(self) -> Predicate:
        fields = type(self).model_fields
        given = [field.alias or name for name, field in fields.items() if getattr(self, name) is not None]
        if len(given) != 1:
            known = ", ".join(field.alias or name for name, field in fields.items())
            raise refuse(
                f"expected exactly one of {known}; found {', '.join(given) or 'none'} (join several with 'all')"
            )
        return self

    def selections(self) -> list[tuple[tuple[str, ...], str]]:
        """Return every name of a body in it, with the keys that lead there."""
        out: list[tuple[tuple[str, ...], str]] = []
        for key in ("fallen", "inside", "beyond", "near", "moved", "still", "touched"):
            chosen = getattr(self, key)
            if chosen is None:
                continue
            out.append(((key, "body"), chosen.body))
            if isinstance(chosen, Near) and isinstance(chosen.to, str):
                out.append(((key, "to"), chosen.to))
            if isinstance(chosen, Touched) and chosen.by != "anything":
                out.append(((key, "by"), chosen.by))
        return out

    def inner(self) -> list[tuple[tuple[str | int, ...], Predicate]]:
        """Return the conditions it is made of, with the keys that lead there."""
        out: list[tuple[tuple[str | int, ...], Predicate]] = []
        for key, several in (("all", self.all_of), ("any", self.any_of)):
            out.extend(((key, place), one) for place, one in enumerate(several or ()))
        if self.none is not None:
            out.append((("not",), self.none))
        return out


class OutcomeSpec(Spec):
    """Something worth naming that a run can come to.

    Attributes:
        name: a short word. when: the condition.
        reward: what an env adds when it first holds. ends: whether an episode ends then.
        success: whether it is what one wants; None where it is neither success nor failure.
    """

    name: Word
    when: Predicate
    reward: Annotated[Finite, between(-1e6, 1e6)] = 0.0
    ends: bool = True
    success: bool | None = None


class TriggerSpec(Spec):
    """Something that happens when a condition comes to hold.

    Attributes:
        when: the condition. sets: a word that the condition {flag: word} asks for.
        event: a word for those who listen, a sound for example. once: or each time the condition comes to hold anew.
    """

    name: Word | None = None
    when: Predicate
    sets: Word | None = None
    event: Word | None = None
    once: bool = True

    @model_validator(mode="after")
    def _does_something(self) -> TriggerSpec:
        if self.sets is None and self.event is None:
            raise refuse("a trigger needs 'sets' (a flag) or 'event' (a word)")
        return self
