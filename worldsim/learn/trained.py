"""A trained policy: a small network with its normalisation, read from safetensors and run by NumPy alone.

The file says what it was made for: the task, the channels it sees and sets, the control mode, the policy below it.
Neither stable-baselines3 nor torch nor pickle is needed to act. This module knows nothing of training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import PolicyError
from worldsim.learn.memory import CLIP, TENSORS, Recurrent
from worldsim.learn.residual import combined
from worldsim.task import Task

FILE = "policy.safetensors"
FORMAT = "worldsim policy 1"
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Network:
    """Layers of tanh, the last one linear.

    Attributes:
        mean, deviation: (O,) of the observations it was trained on. layers: (out, in) weights and (out,) biases.
    """

    mean: Floats
    deviation: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def __call__(self, observation: Floats) -> Floats:
        """Return the mean action (A,) for an observation (O,)."""
        x = np.clip((observation - self.mean) / self.deviation, -CLIP, CLIP)
        for k, (weight, bias) in enumerate(self.layers):
            x = weight @ x + bias
            if k < len(self.layers) - 1:
                x = np.tanh(x)
        return x


@dataclass(frozen=True)
class Passport:
    """What a network was made for.

    Attributes:
        env: the id it was trained on. task: "module:Class". sees, sets: names of the observation's and the command's
            channels, in order. arguments: of the env that it can't do without, such as the control mode.
        base: the policy it is added to, or "". scale: how far it departs from that.
    """

    env: str
    task: str
    sees: tuple[str, ...]
    sets: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    scale: float = 1.0


class Trained:
    """A network at work, with the policy it is added to."""

    def __init__(self, network: Network | Recurrent, passport: Passport) -> None:
        """Take both."""
        from worldsim.policy import load_policy

        self.network, self.passport = network, passport
        self.task = passport.task
        self.arguments = dict(passport.arguments)
        self._base = load_policy(passport.base) if passport.base else None

    def reset(self, task: Task, seed: int) -> None:
        """Start an episode.

        Raises:
            PolicyError: the task has other channels than it was trained with.
        """
        _same("sees", self.passport.sees, [channel.name for channel in task.channels])
        _same("sets", self.passport.sets, [channel.name for channel in task.actor.command_channels])
        if isinstance(self.network, Recurrent):
            self.network.reset()
        if self._base is not None:
            self._base.reset(task, seed)

    def act(self, observation: Any) -> NDArray[np.float32]:
        """Return the action for an observation."""
        seen = np.asarray(observation, np.float32)
        base = None if self._base is None else self._base.act(seen)
        return combined(base, self.network(seen), self.passport.scale)

    def save(self, folder: Path) -> Path:
        """Write the file into a folder; return its path."""
        from safetensors.numpy import save_file

        passport = self.passport
        network = self.network
        tensors = {"mean": network.mean, "deviation": network.deviation}
        if isinstance(network, Recurrent):
            tensors |= network.tensors
        else:
            for k, (weight, bias) in enumerate(network.layers):
                tensors |= {f"weight{k}": weight, f"bias{k}": bias}
        about = {"env": passport.env, "task": passport.task, "sees": passport.sees, "sets": passport.sets,
                 "arguments": dict(passport.arguments), "base": passport.base, "scale": passport.scale}  # fmt: skip
        path = folder / FILE
        arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()}
        save_file(arrays, path, {"format": FORMAT, "passport": json.dumps(about)})
        return path


def _same(what: str, mine: Sequence[str], theirs: Sequence[str]) -> None:
    if list(mine) != list(theirs):
        odd = sorted(set(mine) ^ set(theirs))
        raise PolicyError(
            f"this policy {what} {len(mine)} channels, the task has {len(theirs)}"
            f"{' (not in both: ' + ', '.join(odd[:4]) + ')' if odd else ''}: give the actor the control mode and the "
            "sensors that it was trained with"
        )


def load_trained(path: Path) -> Trained:
    """Read a trained policy from its file or its folder.

    Raises:
        PolicyError: it is not there, cut off, or not one of ours.
    """
    from safetensors import SafetensorError, safe_open

    file = path / FILE if path.is_dir() else path
    try:
        with safe_open(file, "numpy") as opened:
            about = opened.metadata() or {}
            if about.get("format") != FORMAT:
                raise PolicyError(f"{file} is no trained policy of this version: expected format {FORMAT!r}")
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dict
        passport = json.loads(about["passport"])
        passport |= {key: tuple(passport[key]) for key in ("sees", "sets")}
        if TENSORS[0] in arrays:
            names = TENSORS + (("values",) if "values" in arrays else ())
            memory = Recurrent(arrays["mean"], arrays["deviation"], {name: arrays[name] for name in names})
            return Trained(memory, Passport(**passport))
        count = sum(name.startswith("weight") for name in arrays)
        layers = tuple((arrays[f"weight{k}"], arrays[f"bias{k}"]) for k in range(count))
        return Trained(Network(arrays["mean"], arrays["deviation"], layers), Passport(**passport))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise PolicyError(f"{file} can't be read as a trained policy: {error}") from error
