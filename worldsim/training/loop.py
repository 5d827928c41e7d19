"""The loop: draw, learn, remember; stop at any moment and go on later as if nothing had been.

A run's folder holds `config.json`, `checkpoint.safetensors`, `log.jsonl`, `sheets/` and, once exported,
`weights/<size>/`.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from worldsim.errors import CheckpointError, DataError, WeightsError
from worldsim.render.diffusion.network import RendererUNet, make_network
from worldsim.render.diffusion.scheduler import BridgeScheduler
from worldsim.render.diffusion.weights import load_network
from worldsim.training import checkpoint
from worldsim.training.config import TrainConfig
from worldsim.training.dataset import ClipSet
from worldsim.training.ema import Ema
from worldsim.training.lesson import Draw, lesson
from worldsim.training.machine import Machine, make_machine, plain

LOWEST = 0.05
"""The learning rate at the end, as a share of its height."""
SHOWN = 4
"""Rows of a sample sheet."""


@dataclass(frozen=True)
class Report:
    """How far a run is: steps done and planned, seconds of training, means of the terms since the last report."""

    step: int
    steps: int
    seconds: float
    terms: dict[str, float]


class Trainer:
    """One run.

    Attributes:
        config: of the run. folder: where it writes. clips: what it learns from. state: what changes.
    """

    def __init__(self, config: TrainConfig, resume: bool = False, machine: Machine | None = None) -> None:
        """Make or resume a run.

        Raises:
            DataError: the folder of clips has none to learn from.
            CheckpointError: there is nothing to resume, or there is something and `resume` is False.
            WeightsError: there are no weights to begin with of that name, or they are of another size.
        """
        self.config, self.folder = config, Path(config.out)
        self._file = self.folder / "checkpoint.safetensors"
        if resume and not self._file.is_file():
            raise CheckpointError(f"{self.folder} holds no checkpoint to resume; start without --resume")
        if not resume and self._file.is_file():
            raise CheckpointError(f"{self.folder} already holds a run; go on with --resume, or name another folder")
        self.clips = ClipSet(Path(config.data), "train", config.memory_gb)
        if not self.clips.paths:
            raise DataError(f"{config.data} has no clip to train on; make some with `worldsim renderer data`")
        self.machine = machine or make_machine(config.accelerator)
        if self.machine.device.type == "cpu":
            torch.set_num_threads(config.threads)
        self._scheduler = BridgeScheduler()
        self.state = self._fresh()
        if resume:
            checkpoint.load(self._file, self.state)
        self.folder.mkdir(parents=True, exist_ok=True)
        config.write(self.folder / "config.json")
        self._model, self._optimiser = self.machine.prepare(self.state.network, self.state.optimiser)

    def _fresh(self) -> checkpoint.State:
        seed = self.config.seed + 7919 * self.machine.place
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            network = make_network(self.config.size)
        if self.config.init:
            begin(network, self.config.init)
        nn.Module.to(network, self.machine.device)
        optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=self.config.learning_rate,
            betas=(0.9, 0.99),  # a short memory of squares: the network has no norms, and spikes must not echo
            weight_decay=self.config.weight_decay,
        )
        ema = Ema(network, self.config.decay)
        return checkpoint.State(
            network, optimiser, ema, np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        )

    def run(self, watch: Callable[[Report], None] | None = None, stopped: Callable[[], bool] = lambda: False) -> Report:
        """Train until the steps are done, the minutes are over or `stopped` says so; then write a checkpoint."""
        config, state = self.config, self.state
        began, before = time.monotonic(), state.seconds
        sums: dict[str, list[float]] = {}
        report = Report(state.step, config.steps, state.seconds, {})
        limit = math.inf if config.minutes is None else 60 * config.minutes
        while state.step < config.steps and time.monotonic() - began < limit and not stopped():
            terms = self.step()
            state.seconds = before + time.monotonic() - began
            for name, value in terms.items():
                sums.setdefault(name, []).append(value)
            if state.step % config.log_every == 0:
                means = {name: float(np.mean(values)) for name, values in sums.items()}
                report = Report(state.step, config.steps, state.seconds, means)
                sums = {}
                self._log(asdict(report) | {"frames": self.clips.frames})
                if watch is not None:
                    watch(report)
            if state.step % config.save_every == 0:
                self.save()
            if state.step % config.sheet_every == 0 and self.machine.main:
                self.sheet()
            if state.step % config.look_every == 0:
                self.clips.refresh()
        self.save()
        return report

    def step(self) -> dict[str, float]:
        """Take one optimiser step; return the loss and its terms."""
        config, state = self.config, self.state
        for group in self._optimiser.param_groups:
            group["lr"] = self.rate(state.step)
        frames = 2 if config.past else 1
        if config.past and state.step >= config.rollout_from * config.steps and config.rollout:
            frames += int(state.draw.integers(config.rollout + 1))
        window = self.clips.draw(state.draw, config.batch, frames, config.crop, config.tint, config.swap)
        window = window.to(self.machine.device)
        times = tuple(self._scheduler.config.train_times)
        draw = Draw.of(config, times, config.batch, state.dice).to(self.machine.device)
        with self.machine.autocast():
            loss, terms = lesson(self._model, self._scheduler, window, config, draw)
        self._optimiser.zero_grad(set_to_none=True)
        self.machine.backward(loss)
        norm = float(nn.utils.clip_grad_norm_(self._model.parameters(), config.clip_norm))
        if norm < config.skip_norm:  # neither NaN nor a spike
            self._optimiser.step()
            state.ema.update(plain(self._model))
        state.step += 1
        return {"loss": float(loss.detach()), "norm": norm} | terms

    def rate(self, step: int) -> float:
        """Return the learning rate at a step: up, then down along a cosine."""
        config = self.config
        rise = min(1.0, (step + 1) / config.warm_up)
        share = min(1.0, step / config.steps)
        return config.learning_rate * rise * (LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * share)))

    def mean_network(self) -> RendererUNet:
        """Return a network of the running mean, on the CPU."""
        network = make_network(self.config.size)
        self.state.ema.copy_to(network)
        return network.eval().requires_grad_(False)

    def save(self) -> None:
        """Write a checkpoint."""
        if self.machine.main:
            checkpoint.save(self._file, self.state)

    def sheet(self) -> Path:
        """Write a sheet of raster, made and reference, of clips kept from training, or of training ones if none are."""
        from worldsim.training.clip import Clip
        from worldsim.training.dataset import Loaded
        from worldsim.training.sheet import play, sheet

        paths = ClipSet(Path(self.config.data), "held-out").paths or self.clips.paths
        network, rows = self.mean_network(), []
        for path in paths[:: max(1, len(paths) // SHOWN)][:SHOWN]:
            item = Loaded.of(Clip.load(path))
            rows.append((item.clip.raster[-1], play(network, item)[-1], item.clip.reference[-1]))
        path = self.folder / "sheets" / f"{self.state.step:07d}.png"
        path.parent.mkdir(exist_ok=True)
        sheet(rows, path)
        return path

    def _log(self, line: dict[str, Any]) -> None:
        if self.machine.main:
            with (self.folder / "log.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")


def begin(network: RendererUNet, name: str) -> None:
    """Give a network the weights of another of its shape; `name` is a size that ships or a folder.

    Raises:
        WeightsError: there are none, or they are of another size.
    """
    found = load_network(name)
    there, wanted = (list(one.config["widths"]) for one in (found, network))
    if there != wanted:
        raise WeightsError(f"{name} has widths {there}, and the network {wanted}; begin with weights of the same size")
    network.load_state_dict(found.state_dict())
