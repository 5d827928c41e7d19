"""How often things happen a second, and that one divides the other."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from worldsim.scene.limits import MAX_STEP_RATE
from worldsim.scene.spec import Spec, refuse


class Rates(Spec):
    """Rates in Hz.

    Attributes:
        step_rate: physics steps. control_rate: commands to actors. frame_rate: of video. sample_rate: of audio.
    """

    step_rate: Annotated[int, Field(strict=True, ge=30, le=MAX_STEP_RATE)] = 240
    control_rate: Annotated[int, Field(strict=True, ge=1, le=MAX_STEP_RATE)] = 60
    frame_rate: Annotated[int, Field(strict=True, ge=1, le=240)] = 30
    sample_rate: Annotated[int, Field(strict=True, ge=8_000, le=192_000)] = 48_000

    @model_validator(mode="after")
    def _divide(self) -> Rates:
        pairs = (
            ("step_rate", "control_rate"),
            ("step_rate", "frame_rate"),
            ("sample_rate", "step_rate"),
            ("sample_rate", "frame_rate"),
        )
        for whole, part in pairs:
            a, b = getattr(self, whole), getattr(self, part)
            if a % b:
                raise refuse(f"{whole} {a} is not a whole multiple of {part} {b}")
        return self
