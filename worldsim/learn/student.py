"""A network with a memory that learns, episode by episode, to do what a teacher would have done.

It is `worldsim.learn.memory.Recurrent` in torch, and how it is fitted. It knows nothing of envs or of who drove.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from worldsim.learn.drive import Episode, Floats
from worldsim.learn.memory import CLIP, Recurrent
from worldsim.training.ema import Ema

UNSEEN = 1e9
"""Deviation of a channel that it is not shown: all of it is 0 to the network."""
FINE = 10.0
"""One over what is small, in a channel's own unit: 0.1 m, rad, m/s. How far off it is close by decides."""

AVERAGE = 0.1
"""Share of a fit's steps that its weights are averaged over, at its end: such are steadier than the last step's."""


class Student(nn.Module):
    """tanh(encode) → GRU → decode of both."""

    mean: torch.Tensor
    deviation: torch.Tensor
    fine: torch.Tensor
    values: torch.Tensor

    def __init__(
        self, mean: Floats, deviation: Floats, shown: NDArray[np.bool_], actions: int, hidden: int, values: int = 0
    ) -> None:
        """Take mean, deviation and whether it is shown of what is seen (O,), and how many numbers an action has.

        With `values` it chooses each of them among so many at equal distances from −1 to 1; with 0 it tells them.
        """
        super().__init__()
        self.register_buffer("values", torch.linspace(-1, 1, values))
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("deviation", torch.from_numpy(np.where(shown, deviation, UNSEEN).astype(np.float32)))
        self.register_buffer("fine", torch.from_numpy(np.where(shown, FINE, 0.0).astype(np.float32)))
        self.encode = nn.Linear(2 * len(mean), hidden)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        self.decode = nn.Linear(2 * hidden, actions * max(1, values))

    def forward(self, seen: torch.Tensor, memory: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return actions (B, T, A) for observations (B, T, O), and what is remembered then (1, B, H).

        Of who chooses among K values it is their scores (B, T, A·K) instead.
        `memory` is what is remembered before them: nothing at an episode's beginning.
        """
        coarse, fine = ((seen - self.mean) / self.deviation).clamp(-CLIP, CLIP), torch.asinh(seen * self.fine)
        x = torch.tanh(self.encode(torch.cat((coarse, fine), -1)))
        y, memory = self.memory(x, memory)
        return self.decode(torch.cat((x, y), -1)), memory

    def error(self, done: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """Return how far what `forward` returned is from what it was told (B, T, A), of the same shape.

        The squared error, or the cross entropy of the two values that a number lies between, each as likely as the
        number is near it.
        """
        count = len(self.values)
        if not count:
            return (done - told) ** 2
        scores = nn.functional.log_softmax(done.unflatten(-1, (-1, count)), -1)
        place = (told.clamp(-1, 1) + 1) * (0.5 * (count - 1))
        below = place.floor().clamp(max=count - 2)
        share = (place - below).unsqueeze(-1)
        index = below.long().unsqueeze(-1)
        pair = torch.cat((scores.gather(-1, index) * (1 - share), scores.gather(-1, index + 1) * share), -1)
        return -pair.sum(-1)

    def exported(self) -> Recurrent:
        """Return it as it acts."""
        unit = self.memory
        tensors: dict[str, Any] = {
            "encode_weight": self.encode.weight, "encode_bias": self.encode.bias,
            "input_weight": unit.weight_ih_l0, "input_bias": unit.bias_ih_l0,
            "hidden_weight": unit.weight_hh_l0, "hidden_bias": unit.bias_hh_l0,
            "decode_weight": self.decode.weight, "decode_bias": self.decode.bias,
        }  # fmt: skip
        arrays = {name: tensor.detach().numpy().copy() for name, tensor in tensors.items()}
        arrays["fine"] = self.fine.numpy()
        if len(self.values):
            arrays["values"] = self.values.numpy()
        return Recurrent(self.mean.numpy(), self.deviation.numpy(), arrays)


class Streams:
    """Episodes side by side, each read from its beginning to its end in pieces, in an order drawn at random.

    A piece's memory is the one its predecessor left: what a plan begun many pieces ago asks for can be told.
    """

    def __init__(self, episodes: Sequence[Episode], count: int, rng: np.random.Generator) -> None:
        """Begin `count` streams, each in the middle of an episode."""
        self._episodes, self._rng = episodes, rng
        self._waiting: list[int] = []
        self._which = [self._draw() for _ in range(count)]
        self._place = [int(rng.integers(len(episodes[which].seen))) for which in self._which]

    def _draw(self) -> int:
        if not self._waiting:
            self._waiting = self._rng.permutation(len(self._episodes)).tolist()
        return self._waiting.pop()

    def pieces(self, length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the next pieces: seen (B, T, O), told (B, T, A), what counts (B, T, 1), who goes on (1, B, 1).

        An episode's last piece is filled up with zeros, which don't count.
        """
        first, rows = self._episodes[0], len(self._which)
        seen = np.zeros((rows, length, first.seen.shape[1]), np.float32)
        told = np.zeros((rows, length, first.told.shape[1]), np.float32)
        counts, goes_on = np.zeros((rows, length, 1), np.float32), np.ones((1, rows, 1), np.float32)
        for row in range(rows):
            if self._place[row] >= len(self._episodes[self._which[row]].seen):
                self._which[row], self._place[row], goes_on[0, row] = self._draw(), 0, 0.0
            episode, place = self._episodes[self._which[row]], self._place[row]
            piece = episode.seen[place : place + length]
            seen[row, : len(piece)] = piece
            told[row, : len(piece)] = episode.told[place : place + length]
            counts[row, : len(piece)] = 1.0
            self._place[row] += length
        return torch.from_numpy(seen), torch.from_numpy(told), torch.from_numpy(counts), torch.from_numpy(goes_on)


def fit(
    student: Student,
    episodes: Sequence[Episode],
    *,
    steps: int,
    window: int,
    batch: int,
    rate: float,
    weights: Floats,
    rng: np.random.Generator,
) -> float:
    """Fit by reading `batch` episodes at a time, `window` control periods a step; return the last tenth's loss.

    Args:
        student: is changed: at the end it has the mean of its weights over about the last tenth of the steps.
        episodes: at least one.
        steps: of Adam, which begins anew.
        window: control periods that gradients go back; the memory goes back further.
        batch: episodes side by side.
        rate: of learning at first; it falls to a twentieth along a cosine.
        weights: (A,), how much more an error counts where the teacher asks for more than one half.
        rng: draws the order of the episodes.
    """
    optimiser = torch.optim.Adam(student.parameters(), rate)
    heavy, losses, streams, memory = torch.from_numpy(weights), [], Streams(episodes, batch, rng), None
    average = Ema(student, 1 - 1 / max(1.0, AVERAGE * steps))
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (0.525 + 0.475 * np.cos(np.pi * step / steps))
        seen, told, counts, goes_on = streams.pieces(window)
        done, memory = student(seen, None if memory is None else memory.detach() * goes_on)
        error = student.error(done, told) * (1 + (heavy - 1) * (told > 0.5)) * counts
        loss = error.sum() / counts.sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        average.update(student)
        losses.append(float(loss.detach()))
    average.copy_to(student)
    return float(np.mean(losses[-max(1, steps // 10) :]))
