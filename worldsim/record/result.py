"""What a recording came to, and how far it is. Data without behaviour, but for its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a recording is.

    Attributes:
        done, total: frames.
        fps: frames a second of real time so far. eta: s of real time until the end, or None before it can be said.
    """

    done: int
    total: int
    fps: float
    eta: float | None


@dataclass(frozen=True)
class RecordResult:
    """What was written.

    Attributes:
        video: the file, or for PNG sequences the name they were asked by. take: its take, or None.
        frames, fps, size: of the video. seconds: its length.
        outcome: the scene's outcome at the end, or None.
        seed: of the world.
        layers: the folder of the layers, or None.
        frame_hash: SHA-256, as hex, of all frames' pixels: the same scene, seed and settings give the same.
        sound: whether the video has sound.
        interrupted: "SIGINT" or "SIGTERM" where it was asked to stop before its end, else None.
    """

    video: Path
    take: Path | None
    frames: int
    fps: int
    size: tuple[int, int]
    seconds: float
    outcome: str | None
    seed: int
    layers: Path | None
    frame_hash: str
    sound: bool
    interrupted: str | None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data for `--json`."""
        return {
            "video": str(self.video),
            "take": str(self.take) if self.take else None,
            "frames": self.frames,
            "fps": self.fps,
            "size": list(self.size),
            "seconds": self.seconds,
            "outcome": self.outcome,
            "seed": self.seed,
            "layers": str(self.layers) if self.layers else None,
            "frame_hash": self.frame_hash,
            "sound": self.sound,
            "interrupted": self.interrupted,
        }
