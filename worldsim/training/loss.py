"""What the network is blamed for: being off in value, at edges, at every scale, in grain, and from frame to frame.

Pictures are (N, 3, H, W) in [−1, 1]; every term is a mean, so that weights mean the same at any size. There is no
network of features in it: none can be fetched everywhere, and a Laplacian pyramid serves.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 4
TYPICAL = 0.06
"""Absolute error of a typical raster picture, in pictures of [−1, 1]."""
GRAIN = 8
"""Pixels: the square over which the strength of grain is compared."""


@dataclass(frozen=True)
class Weights:
    """How much each term counts.

    Attributes:
        velocity: squared error of the velocity.
        value: absolute error of the picture.
        gradient: absolute error of the differences of neighbours.
        scales: absolute error of the bands of a Laplacian pyramid.
        grain: error of the strength of the finest band over squares, wherever in the square the grain is.
        steady: error of what changes from frame to frame along the true motion.
    """

    velocity: float = 2.0
    value: float = 0.5
    gradient: float = 0.5
    scales: float = 0.5
    grain: float = 0.05
    steady: float = 0.25


def loss_of(
    velocity: Tensor, wanted: Tensor, picture: Tensor, target: Tensor, weights: Weights, balance: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """Return the weighted loss of single frames and its terms.

    Args:
        velocity: as predicted.
        wanted: the true one.
        picture: where the prediction leads.
        target: the reference.
        weights: of the terms.
        balance: (N,) how much each frame counts, see `balance_of`.
    """
    each = balance[:, None, None, None]
    bands, true_bands = laplacian(picture), laplacian(target)
    terms = {
        "velocity": (each * (velocity - wanted).square()).mean(),
        "value": (each * (picture - target).abs()).mean(),
        "gradient": gradient_loss(each * picture, each * target),
        "scales": torch.stack([(each * (a - b)).abs().mean() for a, b in zip(bands, true_bands, strict=True)]).mean(),
        "grain": (each * (strength(bands[0]) - strength(true_bands[0]))).abs().mean(),
    }
    total = torch.stack([getattr(weights, name) * term for name, term in terms.items()]).sum()
    return total, {name: float(term.detach()) for name, term in terms.items()}


def balance_of(start: Tensor, target: Tensor) -> Tensor:
    """Return (N,) how much each frame counts: more where the raster is near the reference already.

    Without it the few frames with which the raster does worst rule the mean, and others get worse than the raster's.
    """
    return TYPICAL / ((start - target).abs().mean((1, 2, 3)) + TYPICAL / 3)


def steady_loss(picture: Tensor, before: Tensor, target: Tensor, target_before: Tensor, held: Tensor) -> Tensor:
    """Return how wrongly a picture differs from the frame before, where the same surface was seen.

    Args:
        picture: the frame.
        before: the frame before, carried along by the true motion.
        target: the reference of the frame.
        target_before: that of the frame before, carried along too.
        held: (N, H, W) bool.
    """
    mask = held[:, None].to(picture.dtype)
    error = (picture - before - (target - target_before)).abs() * mask
    return error.sum() / (3 * mask.sum()).clamp_min(1)


def gradient_loss(picture: Tensor, target: Tensor) -> Tensor:
    """Return the absolute error of the differences of neighbours, in both directions."""
    error = picture - target
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()


def laplacian(picture: Tensor) -> list[Tensor]:
    """Return the bands of a Laplacian pyramid, the finest first and what is left over last."""
    bands = []
    for _ in range(LEVELS - 1):
        small = functional.avg_pool2d(picture, 2)
        bands.append(picture - functional.interpolate(small, size=picture.shape[-2:], mode="nearest"))
        picture = small
    return [*bands, picture]


def strength(band: Tensor) -> Tensor:
    """Return how strong a band is over squares of `GRAIN` pixels."""
    return functional.avg_pool2d(band.abs(), GRAIN)
