"""Several renderers' frames in one call of the network: what worlds that run side by side want."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from worldsim.render.diffusion.stream import DiffusionRenderer
from worldsim.render.renderer import Moment


def frames(renderers: Sequence[DiffusionRenderer], moments: Sequence[Moment]) -> NDArray[np.uint8]:
    """Return the next picture of each renderer, (N, H, W, 3) uint8: as `frame` of each, but the network is asked once.

    Args:
        renderers: of one size, look, number of steps and set of weights, since the network is folded for them once.
        moments: the snapshot and camera of each.

    Raises:
        ValueError: sizes, looks, steps or weights differ.
    """
    import torch

    from worldsim.render.diffusion.conditions import Past, Truth

    first = renderers[0]
    for other in renderers:
        same = (other.size, other.steps, other.weights) == (first.size, first.steps, first.weights)
        if not (same and np.array_equal(other.look, first.look)):
            raise ValueError("only renderers of one size, look, number of steps and weights can be batched")
    prepared = [renderer.prepare(*moment) for renderer, moment in zip(renderers, moments, strict=True)]
    truths, pasts = [item[1] for item in prepared], [item[2] for item in prepared]
    # Tables of embeddings lie one behind the other; part numbers are raised by where each begins.
    tables = [renderer.table for renderer in renderers]
    begins = np.cumsum([0, *(len(table) for table in tables[:-1])])
    joined = {item.name: torch.cat([getattr(truth, item.name) for truth in truths]) for item in fields(Truth)}
    joined["part"] = torch.cat([truth.part + int(begin) for truth, begin in zip(truths, begins, strict=True)])
    nothing = torch.zeros_like(truths[0].raster, dtype=torch.float32).permute(0, 3, 1, 2)
    never = torch.zeros_like(truths[0].part, dtype=torch.bool)
    past = Past(
        torch.cat([nothing if item is None else item.change for item in pasts]),
        torch.cat([never if item is None else item.held for item in pasts]),
    )
    pictures: NDArray[np.uint8] = first.sampler.pictures(Truth(**joined), past, torch.cat(tables)).numpy()
    for renderer, moment, item, picture in zip(renderers, moments, prepared, pictures, strict=True):
        renderer.remember(moment, item[0], picture)
    return pictures
