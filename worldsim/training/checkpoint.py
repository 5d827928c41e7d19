"""A checkpoint: one safetensors file with all that a run needs to go on as if it had never stopped. Never pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from worldsim.errors import CheckpointError
from worldsim.output import write_whole
from worldsim.training.ema import Ema

FORMAT = "worldsim-renderer-checkpoint-1"


@dataclass
class State:
    """What changes while a run goes on.

    Attributes:
        network: being trained. optimiser: AdamW over its parameters. ema: the running mean.
        draw: what windows are drawn with. dice: what everything else is drawn with.
        step: how many optimiser steps were taken. seconds: of training so far.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    ema: Ema
    draw: np.random.Generator
    dice: torch.Generator
    step: int = 0
    seconds: float = 0.0


def save(path: Path, state: State) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        OutputError: the disk is full, or the folder can't be written to.
    """
    from safetensors.torch import save as pack

    tensors: dict[str, Tensor] = {f"network.{name}": value for name, value in state.network.state_dict().items()}
    tensors |= {f"ema.{name}": value for name, value in state.ema.state().items()}
    for place, values in state.optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{place}.{name}": torch.as_tensor(value) for name, value in values.items()}
    tensors["dice"] = state.dice.get_state()
    plain = {
        "format": FORMAT,
        "step": state.step,
        "seconds": state.seconds,
        "ema_steps": state.ema.steps,
        "draw": state.draw.bit_generator.state,
    }
    whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_whole(path, pack(whole, metadata={"worldsim": json.dumps(plain)}))


def load(path: Path, state: State) -> None:
    """Put a checkpoint into a state of the same shape.

    Raises:
        CheckpointError: no such file, damaged, or of another network.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as held:
            plain = json.loads((held.metadata() or {}).get("worldsim", "{}"))
            if plain.get("format") != FORMAT:
                raise CheckpointError(f"{path} is no checkpoint of `worldsim renderer train`")
            tensors = {name: held.get_tensor(name) for name in held.keys()}  # noqa: SIM118
        state.network.load_state_dict(_under("network.", tensors))
        state.ema.load(_under("ema.", tensors), int(plain["ema_steps"]))
        _load_optimiser(state.optimiser, _under("adam.", tensors))
        state.dice.set_state(tensors["dice"])
        state.draw.bit_generator.state = plain["draw"]
        state.step, state.seconds = int(plain["step"]), float(plain["seconds"])
    except (OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{path} can't be resumed from: {reason}; start anew without --resume") from error


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _load_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    found: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        place, key = name.split(".", 1)
        found.setdefault(int(place), {})[key] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": found, "param_groups": groups})
