"""Warp error, drift, depth and determinism: closed forms, and violations that must show."""

from __future__ import annotations

import numpy as np
import pytest

from worldsim.render.metrics.depth import CLIP, depth_si_rmse
from worldsim.render.metrics.determinism import fingerprint, first_difference
from worldsim.render.metrics.horizon import slope
from worldsim.render.metrics.warp import warp_error, warped

H, W = 40, 60


def film(shift: int, frames: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A texture that moves right by whole pixels a frame, and its true motion back."""
    texture = np.random.default_rng(1).integers(0, 255, (H, W + 100, 3)).astype(np.uint8)
    pictures = np.stack([texture[:, 50 - shift * t : 50 - shift * t + W] for t in range(frames)])
    return pictures, np.broadcast_to(np.array([-shift, 0.0]), (H, W, 2))


def test_what_follows_the_motion_has_no_warp_error() -> None:
    pictures, motion = film(3)
    seen = np.zeros((H, W), bool)
    assert warp_error(pictures[1], pictures[0], motion, seen) == 0
    expected, inside = warped(pictures[0], motion)
    assert (~inside)[:, :3].all()
    assert inside[:, 3:].all()
    assert (expected[:, 3:] == pictures[1][:, 3:]).all()


def test_frozen_flickering_and_swimming_frames_have() -> None:
    pictures, motion = film(3)
    seen = np.zeros((H, W), bool)
    frozen = warp_error(pictures[0], pictures[0], motion, seen)
    brighter = warp_error(np.minimum(pictures[1] // 2 + 40, 255).astype(np.uint8), pictures[0] // 2, motion, seen)
    swimming = warp_error(np.roll(pictures[1], 1, 0), pictures[0], motion, seen)
    assert frozen > 0.2
    assert brighter == pytest.approx(40 / 255, abs=0.003)
    assert swimming > 0.2


def test_disocclusions_do_not_count() -> None:
    pictures, motion = film(3)
    hole = np.zeros((H, W), bool)
    hole[10:20, 10:20] = True
    spoilt = pictures[1].copy()
    spoilt[hole] = 0
    assert warp_error(spoilt, pictures[0], motion, hole) == 0
    assert warp_error(spoilt, pictures[0], motion, np.zeros((H, W), bool)) > 0
    assert warp_error(spoilt, pictures[0], motion, np.ones((H, W), bool)) == 0


def test_slope_of_a_line_is_its_slope_and_of_noise_none() -> None:
    line = slope([2 + 0.003 * t for t in range(3000)])
    assert line.per_thousand == pytest.approx(3)
    assert line.start == pytest.approx(2)
    assert line.drifts
    noise = np.random.default_rng(5).normal(30, 1, 3000)
    assert not slope(noise).drifts
    assert slope(noise - 0.001 * np.arange(3000)).drifts  # 1 dB in 1000 frames, under noise of 1 dB
    with pytest.raises(ValueError, match="at least 6"):
        slope([1, 2])
    with pytest.raises(ValueError, match="finite"):
        slope([1, 2, 3, 4, 5, np.nan])


def test_depth_error_ignores_scale_and_is_not_ruled_by_an_outlier() -> None:
    depth = np.random.default_rng(2).uniform(1, 9, (H, W))
    depth[:5] = np.inf
    assert depth_si_rmse(0.37 * depth, depth) == pytest.approx(0, abs=1e-12)
    outlier = depth.copy()
    outlier[20, 20] = 1e6
    assert depth_si_rmse(outlier, depth) == pytest.approx(CLIP / np.sqrt((H - 5) * W))
    moved = np.roll(depth, 4, 1)
    assert depth_si_rmse(moved, depth) > 1
    with pytest.raises(ValueError, match="no pixel"):
        depth_si_rmse(np.zeros((2, 2)), np.ones((2, 2)))


def test_one_bit_in_one_frame_is_found() -> None:
    pictures, _ = film(1)
    other = pictures.copy()
    assert first_difference(pictures, other) is None
    assert fingerprint(pictures) == fingerprint(other)
    other[2, 3, 4, 1] ^= 1
    assert first_difference(pictures, other) == 2
    assert fingerprint(pictures) != fingerprint(other)
    assert first_difference(pictures, pictures[:3]) == 3
