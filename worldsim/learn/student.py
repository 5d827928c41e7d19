"""A network with a memory that learns, episode by episode, to do what a teacher would have done.

It is `worldsim.learn.memory.Recurrent` in torch, and how it is fitted. It knows nothing of envs or of who drove.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from worldsim.learn.memory import CLIP, Recurrent

Floats = NDArray[np.float32]


class Episode(NamedTuple):
    """What was seen (T, O) and what the teacher would have done (T, A)."""

    seen: Floats
    told: Floats


class Student(nn.Module):
    """tanh(encode) → GRU → decode of both."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: Floats, deviation: Floats, actions: int, hidden: int) -> None:
        """Take the mean and the deviation of what is seen (O,), and how many numbers an action has."""
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("deviation", torch.from_numpy(deviation))
        self.encode = nn.Linear(len(mean), hidden)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        self.decode = nn.Linear(2 * hidden, actions)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Return actions (B, T, A) for observations (B, T, O), remembering nothing at first."""
        x = torch.tanh(self.encode(((seen - self.mean) / self.deviation).clamp(-CLIP, CLIP)))
        return self.decode(torch.cat((x, self.memory(x)[0]), -1))

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
        return Recurrent(self.mean.numpy(), self.deviation.numpy(), arrays)


def fit(
    student: Student,
    episodes: Sequence[Episode],
    *,
    steps: int,
    window: int,
    forget: int,
    batch: int,
    rate: float,
    weights: Floats,
    rng: np.random.Generator,
) -> float:
    """Fit by windows drawn at random from all episodes, each as likely as it is long; return the last tenth's loss.

    Args:
        student: is changed.
        episodes: at least one.
        steps: of Adam, which begins anew.
        window: control periods of one.
        forget: its first ones, which don't count unless an episode begins there.
        batch: windows of a step.
        rate: of learning at first; it falls to a twentieth along a cosine.
        weights: (A,), how much more an error counts where the teacher asks for more than one half.
        rng: draws the windows.
    """
    lengths = np.array([len(episode.seen) for episode in episodes])
    optimiser = torch.optim.Adam(student.parameters(), rate)
    heavy, losses = torch.from_numpy(weights), []
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (0.525 + 0.475 * np.cos(np.pi * step / steps))
        seen, told, counts = _windows(episodes, lengths, window, forget, batch, rng)
        error = (student(seen) - told) ** 2 * (1 + (heavy - 1) * (told > 0.5)) * counts[:, :, None]
        loss = error.sum() / counts.sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-max(1, steps // 10) :]))


def _windows(
    episodes: Sequence[Episode], lengths: NDArray[np.int64], window: int, forget: int, batch: int,
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    """Return seen (B, T, O), told (B, T, A) and what counts (B, T) of windows drawn at random."""
    which = rng.choice(len(episodes), batch, p=lengths / lengths.sum())
    seen = np.zeros((batch, window, episodes[0].seen.shape[1]), np.float32)
    told = np.zeros((batch, window, episodes[0].told.shape[1]), np.float32)
    counts = np.zeros((batch, window), np.float32)
    for row, number in enumerate(which.tolist()):
        first = max(0, int(rng.integers(-forget, max(1, lengths[number] - window // 2))))
        piece = episodes[number].seen[first : first + window]
        seen[row, : len(piece)] = piece
        told[row, : len(piece)] = episodes[number].told[first : first + window]
        counts[row, (forget if first else 0) : len(piece)] = 1.0
    return torch.from_numpy(seen), torch.from_numpy(told), torch.from_numpy(counts)
