"""PSNR, SSIM and ꟻLIP: closed forms, the published tool's figures, and that damage is seen."""

from __future__ import annotations

import numpy as np
import pytest

from worldsim.render.metrics.flip import flip, flip_map
from worldsim.render.metrics.psnr import CEILING, psnr
from worldsim.render.metrics.ssim import C1, ssim

Pixels = np.ndarray


def pair() -> tuple[Pixels, Pixels]:
    """Waves of colour, and the same shifted, darkened and with a red box."""
    y, x = np.mgrid[0:96, 0:128]
    first = np.stack([128 + 100 * np.sin(x / 9), 128 + 90 * np.cos(y / 7), 128 + 80 * np.sin((x + y) / 11)], -1)
    second = first.copy()
    second[30:60, 40:90] = [200, 40, 30]
    second = np.roll(second, 2, 1) * 0.9
    return np.clip(first, 0, 255).astype(np.uint8), np.clip(second, 0, 255).astype(np.uint8)


def grey(level: int) -> Pixels:
    return np.full((32, 40, 3), level, np.uint8)


def test_psnr_of_a_constant_error_is_its_closed_form() -> None:
    assert psnr(grey(100), grey(110)) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr(grey(0), grey(255)) == 0
    assert psnr(grey(7), grey(7)) == CEILING
    mask = np.zeros((32, 40), bool)
    mask[:4] = True
    half = grey(100)
    half[4:] = 0
    assert psnr(half, grey(100), mask) == CEILING
    with pytest.raises(ValueError, match="mask is empty"):
        psnr(grey(1), grey(1), np.zeros((32, 40), bool))
    with pytest.raises(ValueError, match="one shape"):
        psnr(grey(1), grey(1)[1:])


def test_ssim_of_even_greys_is_its_closed_form() -> None:
    assert ssim(grey(60), grey(120)) == pytest.approx((2 * 60 * 120 + C1) / (60**2 + 120**2 + C1))
    assert ssim(pair()[0], pair()[0]) == pytest.approx(1)
    with pytest.raises(ValueError, match="more than 10 pixels"):
        ssim(grey(1)[:8], grey(1)[:8])


@pytest.mark.parametrize(("degree", "published"), [(67.020645, 0.4411894977), (30.0, 0.4263744652)])
def test_flip_agrees_with_the_published_tool(degree: float, published: float) -> None:
    """Figures of flip-evaluator 1.7 for the same pair."""
    first, second = pair()
    assert flip(second, first, degree) == pytest.approx(published, abs=2e-5)


def test_flip_is_zero_for_equal_pictures_and_near_one_for_green_against_blue() -> None:
    green, blue = grey(0), grey(0)
    green[..., 1] = blue[..., 2] = 255
    assert flip(green, green) == 0
    assert flip(green, blue) == pytest.approx(1, abs=1e-6)
    assert flip_map(*pair()).shape == (96, 128)


def test_all_three_see_damage_and_more_of_it() -> None:
    first, _ = pair()
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, first.shape)
    weak, strong = (np.clip(first + noise * level, 0, 255).astype(np.uint8) for level in (4, 20))
    assert psnr(strong, first) < psnr(weak, first) < CEILING
    assert ssim(strong, first) < ssim(weak, first) < 1
    assert flip(strong, first) > flip(weak, first) > 0
    swapped = first[..., ::-1]  # red for blue: a classic mistake
    assert psnr(swapped, first) < 15
    assert flip(swapped, first) > 0.3
