"""How to train: every number of a run, checked, kept beside the weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from worldsim.errors import DataError
from worldsim.training.loss import Weights


@dataclass(frozen=True)
class TrainConfig:
    """One run of training.

    Attributes:
        data: folder of clips. out: folder of the run.
        init: weights to begin with, a size that ships or a folder; "" for an untrained network.
        size: of the network. seed: of everything random.
        steps: optimiser steps after which the run is done. minutes: of training in this call, None for no limit.
        batch: crops a step, on each device. crop: their side in pixels, a multiple of 16.
        learning_rate: its height; it rises over `warm_up` steps and falls along a cosine to a twentieth.
        warm_up: steps. weight_decay: of AdamW. clip_norm: longest gradient; a step whose gradient is longer than
            skip_norm is left out.
        decay: of the running mean of the weights.
        past: how often a first frame has a past at all, which only `history` asks for when footage is made; with 0 each
            lesson is of one frame. context_noise: deviation of the noise put on a taught past, at
            most, in pictures of [−1, 1].
        rollout: at most how many own frames go before the one that is learned from. rollout_from: the share of the
            steps after which there are any.
        straight: how often training stands at t = 0; else at another time of the bridge.
        leave_out: how often each condition is left out; look_out: how often the look is, so that the network reads
            the light from the raster where it can and is not lost in lights that it never saw.
        tint: deviation of the logarithm of the gains by which the light of a window is coloured and dimmed.
        swap: share of the windows in which red, green and blue change places, in pictures and albedo alike.
        threads: on the CPU. accelerator: "auto", "cpu" or "cuda".
        log_every, save_every, sheet_every, look_every: steps between log lines, checkpoints, sample sheets, and looks
            for new clips.
        memory_gb: of clips kept unpacked.
        weights: of the loss's terms.
    """

    data: str
    out: str
    init: str = ""
    size: str = "small"
    seed: int = 0
    steps: int = 40_000
    minutes: float | None = None
    batch: int = 8
    crop: int = 128
    learning_rate: float = 5e-4
    warm_up: int = 200
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    skip_norm: float = 20.0
    decay: float = 0.999
    past: float = 0.0
    context_noise: float = 0.1
    rollout: int = 3
    rollout_from: float = 0.3
    straight: float = 0.75
    leave_out: float = 0.03
    look_out: float = 0.35
    tint: float = 0.25
    swap: float = 0.25
    threads: int = 1
    accelerator: str = "auto"
    log_every: int = 20
    save_every: int = 500
    sheet_every: int = 1000
    look_every: int = 500
    memory_gb: float = 6.0
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        """Refuse numbers that can't be.

        Raises:
            DataError: what was found and what is allowed.
        """
        for name in ("steps", "batch", "warm_up", "threads", "log_every", "save_every", "sheet_every", "look_every"):
            if getattr(self, name) < 1:
                raise DataError(f"{name} is {getattr(self, name)}; at least 1 is needed")
        for name in ("past", "rollout_from", "straight", "leave_out", "look_out", "swap"):
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(f"{name} is {getattr(self, name)}; it is a share from 0 to 1")
        if self.crop < 32 or self.crop % 16:
            raise DataError(f"crop is {self.crop}; a multiple of 16 from 32 is needed")
        if not 0 <= self.rollout <= 8:
            raise DataError(f"rollout is {self.rollout}; 0 to 8 is allowed")
        if self.accelerator not in ("auto", "cpu", "cuda"):
            raise DataError(f"accelerator is {self.accelerator!r}; known: auto, cpu, cuda")

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> TrainConfig:
        """Read what `write` wrote.

        Raises:
            DataError: no such file, or a key that this version does not know.
        """
        try:
            found = json.loads(path.read_text())
            found["weights"] = Weights(**found["weights"])
            known = {item.name for item in fields(cls)}
            unknown = sorted(set(found) - known)
            if unknown:
                raise DataError(f"{path} has keys that this version does not know: {', '.join(unknown)}")
            return cls(**found)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DataError(f"{path} can't be read as the configuration of a run: {error}") from error

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        from worldsim.output import write_whole

        write_whole(path, json.dumps(self.document(), indent=1).encode())
