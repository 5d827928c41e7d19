"""A small network that remembers: a gated recurrent unit between two layers, run by NumPy alone.

The unit is Cho et al.'s (Learning Phrase Representations using RNN Encoder-Decoder, 2014) in the form that torch's
`GRU` computes, so that what was trained there acts here. This module knows nothing of training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

CLIP = 10.0
"""Standard deviations that a normalised observation is clipped to, as in training."""

Floats = NDArray[np.floating]

TENSORS = ("encode_weight", "encode_bias", "input_weight", "input_bias", "hidden_weight", "hidden_bias",
           "decode_weight", "decode_bias", "fine")  # fmt: skip
"""Names of its tensors, besides mean and deviation, and besides `values` where it chooses among some."""


def likeliest(scores: Floats, values: Floats) -> Floats:
    """Return the numbers (A,) that scores (A, K), logits of values (K,) at equal distances, speak for most.

    The mean of the three neighbours that are likeliest together: of two plans that are likely it does one and not half
    of each, and it is finer than the values.
    """
    chances = np.zeros((len(scores), len(values) + 2))
    chances[:, 1:-1] = np.exp(scores - scores.max(1, keepdims=True))
    threes = np.lib.stride_tricks.sliding_window_view(chances, 3, 1)
    best = threes.sum(2).argmax(1)
    likely = threes[np.arange(len(scores)), best]
    return (likely * np.pad(values, 1)[best[:, None] + np.arange(3)]).sum(1) / likely.sum(1)


@dataclass
class Recurrent:
    """tanh(encode) → gated recurrent unit → decode of both.

    Attributes:
        mean, deviation: (O,) of the observations it was trained on.
        tensors: by `TENSORS`: encode (H, 2O), (H,) of what is seen in deviations, and of asinh(fine · what is seen),
            which tells small from nothing; input and hidden (3H, H), (3H,) for reset, update and candidate in this
            order; decode (A, 2H), (A,) of the encoded observation and the memory; fine (O,). With values (K,) decode
            has A·K rows instead, scores of each value of each number of the action: the likeliest is done.
        memory: (H,), what it remembers.
    """

    mean: Floats
    deviation: Floats
    tensors: Mapping[str, Floats]
    memory: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Remember nothing."""
        self.reset()

    def reset(self) -> None:
        """Forget everything: an episode begins."""
        self.memory = np.zeros(len(self.tensors["encode_bias"]), np.float32)

    def __call__(self, observation: Floats) -> Floats:
        """Return the action (A,) for an observation (O,), and remember it."""
        t = self.tensors
        coarse = np.clip((observation - self.mean) / self.deviation, -CLIP, CLIP)
        x = np.concatenate((coarse, np.arcsinh(t["fine"] * observation)))
        x = np.tanh(t["encode_weight"] @ x + t["encode_bias"])
        size = len(x)
        new = t["input_weight"] @ x + t["input_bias"]
        old = t["hidden_weight"] @ self.memory + t["hidden_bias"]
        reset, update = 1 / (1 + np.exp(-(new[: 2 * size] + old[: 2 * size]).reshape(2, size)))
        candidate = np.tanh(new[2 * size :] + reset * old[2 * size :])
        self.memory = (1 - update) * candidate + update * self.memory
        done = t["decode_weight"] @ np.concatenate((x, self.memory)) + t["decode_bias"]
        values = t.get("values")
        return done if values is None else likeliest(done.reshape(-1, len(values)), values)
