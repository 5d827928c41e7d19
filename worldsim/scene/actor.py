"""An actor as a scene file has it: its kind, its place, and keys of its kind's own."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from worldsim.scene.number import Degrees, Place
from worldsim.scene.spec import Spec

OWN = ("kind", "at", "heading_deg", "options")


class ActorSpec(Spec):
    """A body that can be driven.

    Attributes:
        kind: a word of `worldsim.actor.KINDS`. at: m: the point on the ground below it. heading_deg: about z.
        options: the kind's own keys as written; checked against the kind's own model when the scene is drawn.
    """

    kind: str = Field(max_length=64)
    at: Place = (0.0, 0.0)
    heading_deg: Degrees = 0.0
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """Move the kind's own keys into `options`."""
        if not isinstance(data, dict):
            return data
        out = {key: data[key] for key in OWN if key in data}
        extra = {key: value for key, value in data.items() if key not in OWN}
        if extra:
            given = out.get("options")
            out["options"] = {**(given if isinstance(given, dict) else {}), **extra}
        return out
