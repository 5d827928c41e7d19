"""What can be chosen about a path-traced picture."""

from __future__ import annotations

import os
from dataclasses import dataclass

HDRI = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
"""The CC0 skies in Blender's wheel (studiolights/world), asked for as "hdri:forest"."""

QUALITY = {"fast": 8, "good": 32, "film": 128}
"""Samples a pixel by the words that every renderer's `quality` takes."""


@dataclass(frozen=True)
class PathTraceOptions:
    """Options of the path tracer.

    Attributes:
        samples: paths a pixel.
        denoise: run Open Image Denoise over the picture, guided by albedo and normal.
        motion_blur: the share of the time between the previous moment and this one that the shutter is open, ending
            at this moment; 0 is a still.
        threads: of Cycles; 0 takes every core. One thread gives the same bytes every time.
        seed: of the paths; the step of the snapshot is mixed in, so that no noise stays on the screen.
        bounces: of light, at most.
        sky: "look" for the sky of the stage's look, or one of `HDRI` as "hdri:forest": then that picture gives all
            the light.
        fur: hairs on furry things. grass: blades where the ground is grass, leaves on crowns and bushes.
        timeout: s that one frame, or the start, may take before the process counts as hung.
    """

    samples: int = 16
    denoise: bool = True
    motion_blur: float = 0.0
    threads: int = 0
    seed: int = 0
    bounces: int = 4
    sky: str = "look"
    fur: bool = True
    grass: bool = True
    timeout: float = 300.0

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: a value out of its range; the message says which and what is allowed.
        """
        for name, low, high in (
            ("samples", 1, 65536),
            ("threads", 0, 1024),
            ("bounces", 0, 64),
            ("motion_blur", 0.0, 1.0),
            ("seed", 0, 2**31 - 1),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be {low} to {high}")
        if not self.timeout > 0:
            raise ValueError(f"timeout is {self.timeout!r} s; it must be above 0")
        known = ("look", *(f"hdri:{name}" for name in HDRI))
        if self.sky not in known:
            raise ValueError(f"sky {self.sky!r} is unknown; known: {', '.join(known)}")

    @property
    def cores(self) -> int:
        """Threads to use."""
        return self.threads or len(os.sched_getaffinity(0))
