"""One lesson of training: from a batch of windows to a loss, with a past that is taught or the network's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from worldsim.render.diffusion import channels as at
from worldsim.render.diffusion.conditions import Past, Truth, coded, known_of, leave_out, pixels_of, unit
from worldsim.render.diffusion.scheduler import BridgeScheduler
from worldsim.render.diffusion.warp import carried, held
from worldsim.training.config import TrainConfig
from worldsim.training.dataset import Window
from worldsim.training.loss import balance_of, loss_of, steady_loss

Network = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Draw:
    """What chance decides in one lesson of N crops.

    Attributes:
        times: (N,) on the bridge.
        given: (N, groups) of 0 and 1: which conditions are given.
        level: (N,) deviation of the noise on a taught past.
        past: (N,) bool: whether the first frame has a past at all.
        noise: generator of the noise itself.
    """

    times: Tensor
    given: Tensor
    level: Tensor
    past: Tensor
    noise: torch.Generator

    @classmethod
    def of(cls, config: TrainConfig, times: tuple[float, ...], count: int, generator: torch.Generator) -> Draw:
        """Throw the dice; `times` are those of the scheduler, the first of them 0."""

        def chance() -> Tensor:
            return torch.rand(count, generator=generator)

        later = torch.tensor(times[1:] or (0.0,))
        other = later[torch.randint(len(later), (count,), generator=generator)]
        rates = torch.tensor([config.look_out if name == "look" else config.leave_out for name in at.GROUPS])
        given = (torch.rand(count, len(at.GROUPS), generator=generator) >= rates).float()
        return cls(
            torch.where(chance() < config.straight, torch.zeros(count), other),
            given,
            chance() * config.context_noise,
            chance() < config.past,
            generator,
        )

    def to(self, device: torch.device) -> Draw:
        """Return the same on a device; the generator stays where it is."""
        times, given, level, past = (a.to(device) for a in (self.times, self.given, self.level, self.past))
        return Draw(times, given, level, past, self.noise)


def past_of(last: Tensor, truth: Truth, before: Truth) -> Past:
    """Return what pictures (N, 3, H, W) of the frame before changed of their raster as the past of a frame."""
    change = last - unit(before.raster).permute(0, 3, 1, 2)
    holds = held(truth.part, truth.depth, before.part, before.depth, truth.motion)
    return Past(carried(change, truth.motion), holds)


def picture_of(
    network: Network,
    window: Window,
    frame: int,
    past: Past | None,
    draw: Draw,
    level: Tensor,
    state: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the velocity and the picture that it leads to, for one frame of a window.

    Args:
        network: `RendererUNet` or what wraps it.
        window: the batch.
        frame: which of its frames.
        past: of that frame.
        draw: times, used where `state` is given, and conditions.
        level: (N,) noise on the past.
        state: (N, 3, H, W) where on the bridge; left out, the raster's picture at t = 0.
    """
    pixels = leave_out(pixels_of(window.truths[frame], past), draw.given)
    times = torch.zeros_like(draw.times) if state is None else draw.times
    if state is not None:
        pixels = torch.cat([state, pixels[:, at.STATE.stop :]], 1)
    start = pixels[:, at.STATE]
    groups = {name: place for place, name in enumerate(at.GROUPS)}
    shown = draw.given.long()[:, :, None, None]
    kind = window.kind[frame] * shown[:, groups["kind"]]
    bucket = window.bucket[frame] * shown[:, groups["instance"]]
    velocity = network(pixels, kind, bucket, times, known_of(window.look, draw.given, level)).float()
    return velocity, start + (1 - times)[:, None, None, None] * velocity


def lesson(
    network: Network, scheduler: BridgeScheduler, window: Window, config: TrainConfig, draw: Draw
) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of the last frame of a window and its terms; "gain" is in dB of PSNR over the raster at t = 0.

    The first frame of a window is only looked back at: its reference, with noise, is the past of the second. Frames
    between the second and the last are the network's own, and so is the last one's past where there are any.
    """
    targets = [unit(reference).permute(0, 3, 1, 2) for reference in window.references]
    last = len(window.truths) - 1
    level = draw.level
    picture = targets[0]
    if last > 0:
        noise = torch.randn(picture.shape, generator=draw.noise).to(picture.device)
        picture = (picture + noise * level[:, None, None, None]).clamp(-1, 1)
        for frame in range(1, last):
            carry = _thinned(past_of(picture, window.truths[frame], window.truths[frame - 1]), draw, frame == 1)
            with torch.no_grad():
                made = picture_of(network, window, frame, carry, draw, level)[1]
            picture = unit(coded(made))
            level = torch.zeros_like(level)
    truth, target = window.truths[last], targets[last]
    past: Past | None = None
    if last > 0:
        past = _thinned(past_of(picture, truth, window.truths[last - 1]), draw, last == 1)
    raster = unit(truth.raster).permute(0, 3, 1, 2)
    noise = torch.randn(raster.shape, generator=draw.noise).to(raster.device)
    state = scheduler.add_noise(raster, target, noise, draw.times)
    velocity, made = picture_of(network, window, last, past, draw, level, state)
    wanted = scheduler.velocity(state, target, draw.times)
    total, terms = loss_of(velocity, wanted, made, target, config.weights, balance_of(raster, target))
    if past is not None and last > 1:
        was = carried(targets[last - 1], truth.motion)
        steady = steady_loss(made, carried(picture, truth.motion), target, was, past.held)
        total = total + config.weights.steady * steady
        terms["steady"] = float(steady.detach())
    straight = draw.times == 0
    if straight.any():
        before, after = ((p.detach() - target)[straight].square().mean() for p in (raster, made))
        terms["gain"] = float(10 * torch.log10(before / after.clamp_min(1e-9)))
    return total, terms


def _thinned(past: Past, draw: Draw, first: bool) -> Past:
    """Return the past without those crops that have none, if it is the first frame's."""
    return Past(past.change, past.held & draw.past[:, None, None]) if first else past
