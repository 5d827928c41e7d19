"""What `worldsim play` is asked for, and what it tells when it ends. Data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from worldsim.player.hearing import Report

LAYERS = ("raster", "depth", "normals", "instances", "motion", "diffusion", "split")
"""What the window can show, in the order in which a key goes through them."""

FOOTAGE = ("diffusion", "split")
"""Those of them that the diffusion renderer makes; "split" shows the raster's picture beside it."""


@dataclass(frozen=True)
class PlayOptions:
    """What to play and how.

    Attributes:
        scene: a shipped name or a path. renderer: one of `LAYERS`. policy: drives the first actor, None for a person.
        size: of the picture, (width, height) pixels. seed: draws what is random.
        record: video written from the first frame on, a take beside it; None for none.
        look: words for another light, as `worldsim.scene.look_text.read_look` takes them; None for the scene's own.
        weights: of the diffusion renderer: a size that comes with worldsim, or a folder. steps: 1 … 8, of the same.
        sound: whether the window is heard; without a sound card it is silent whatever this says.
        max_frames: the window closes after so many; None for never. Tests and benchmarks use it.
    """

    scene: str
    renderer: str = "raster"
    policy: str | None = None
    size: tuple[int, int] = (960, 540)
    seed: int = 0
    record: Path | None = None
    max_frames: int | None = None
    look: str | None = None
    sound: bool = True
    weights: str = "small"
    steps: int = 1


@dataclass(frozen=True)
class PlayResult:
    """What was played.

    Attributes:
        frames: drawn. seconds: of wall clock. simulated: s of the world's time. steps: physics steps.
        fps: frames/s, mean. frame_p50, frame_p95: s, time from one picture to the next.
        real_time_factor: simulated over wall clock while not paused; 1 keeps up.
        sound: how the sound went. outcome: the scene's, at the end. saved: files written.
    """

    frames: int
    seconds: float
    simulated: float
    steps: int
    fps: float
    frame_p50: float
    frame_p95: float
    real_time_factor: float
    outcome: str | None
    saved: tuple[Path, ...]
    sound: Report = field(default_factory=Report)
