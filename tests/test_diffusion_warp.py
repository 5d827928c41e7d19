"""Carrying pictures along the motion, against shifts and turns that are known."""

from __future__ import annotations

import torch

from worldsim.render.diffusion.warp import carried, held

HEIGHT, WIDTH = 24, 32


def constant(x: float, y: float) -> torch.Tensor:
    return torch.tensor([x, y], dtype=torch.float32).expand(1, HEIGHT, WIDTH, 2).contiguous()


def test_whole_pixels_are_a_shift() -> None:
    last = torch.rand(1, 3, HEIGHT, WIDTH)
    found = carried(last, constant(-3, 2))  # was 3 pixels further left and 2 further down
    torch.testing.assert_close(found[:, :, :-2, 3:], last[:, :, 2:, :-3])


def test_half_pixels_are_the_mean() -> None:
    last = torch.rand(1, 3, HEIGHT, WIDTH)
    found = carried(last, constant(0.5, 0))
    torch.testing.assert_close(found[..., :-1], (last[..., :-1] + last[..., 1:]) / 2)


def test_what_came_from_outside_is_not_held() -> None:
    part, depth = torch.ones(1, HEIGHT, WIDTH, dtype=torch.int32), torch.full((1, HEIGHT, WIDTH), 3.0)
    found = held(part, depth, part, depth, constant(-3, 0))
    assert not bool(found[..., :3].any())
    assert bool(found[..., 3:].all())


def test_what_was_behind_another_part_is_not_held() -> None:
    part, depth = torch.ones(1, HEIGHT, WIDTH, dtype=torch.int32), torch.full((1, HEIGHT, WIDTH), 3.0)
    before = part.clone()
    before[..., 10:14] = 2
    found = held(part, depth, before, depth, constant(0, 0))
    assert torch.equal(found, before == 1)


def test_another_depth_of_the_same_part_is_not_held() -> None:
    part, depth = torch.ones(1, HEIGHT, WIDTH, dtype=torch.int32), torch.full((1, HEIGHT, WIDTH), 3.0)
    before = depth.clone()
    before[:, 5] = 2.0
    before[:, 6] = 2.9
    found = held(part, depth, part, before, constant(0, 0))
    assert not bool(found[:, 5].any())
    assert bool(found[:, 6].all())


def test_the_sky_is_held_and_a_wild_motion_is_not() -> None:
    part, depth = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.int32), torch.full((1, HEIGHT, WIDTH), torch.inf)
    assert bool(held(part, depth, part, depth, constant(0, 0)).all())
    for wild in (1e30, -1e30, torch.nan, torch.inf):
        assert not bool(held(part, depth, part, depth, constant(wild, 0)).any())
