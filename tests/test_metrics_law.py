"""Motion, laws and tracking: closed forms from falling and colliding things, and violations that must show."""

from __future__ import annotations

import numpy as np
import pytest

from worldsim.render.metrics.law import energy_gain, flight, momentum_residual
from worldsim.render.metrics.moving import MovingScore, moving, moving_score
from worldsim.render.metrics.track import track

H, W, FPS = 96, 128, 30


def film(speed: float, colour: tuple[int, int, int] = (230, 200, 60), frames: int = 30) -> np.ndarray:
    """A disc that moves right by `speed` pixels a frame and falls, before an even wall with grain."""
    rng = np.random.default_rng(4)
    out = np.clip(rng.normal(120, 2, (frames, H, W, 3)), 0, 255)
    y, x = np.mgrid[0:H, 0:W] + 0.5
    for t in range(frames):
        out[t][np.hypot(x - 15 - speed * t, y - 15 - 0.06 * t * t) < 8] = colour
    return out.astype(np.uint8)


def test_only_what_moves_is_masked() -> None:
    masks = moving(film(3))
    assert not masks[0].any()
    assert masks[10].sum() > 100
    assert masks[:, :, 120:].sum() == 0
    assert not moving(film(0)[:1].repeat(10, 0)).any()


def test_the_same_film_scores_one_and_violations_less() -> None:
    true = film(3)
    same = moving_score(true, true)
    assert same == MovingScore(1, 1, 1, 0)
    variation = moving_score(film(3.1), true)
    assert 0 < variation.spatio_temporal < 1
    for wrong in (film(1.5), true[:1].repeat(30, 0), true[::-1]):  # slower, frozen, backwards
        score = moving_score(wrong, true)
        assert score.spatio_temporal < variation.spatio_temporal
        assert score.over(variation).spatio_temporal < 0.8
    assert variation.over(variation) == MovingScore(1, 1, 1, 1)
    backwards = moving_score(true[::-1], true)
    assert backwards.spatial > 0.7  # the same places, at other times
    assert backwards.spatio_temporal < 0.4


def test_a_flight_has_its_gravity_and_a_false_one_shows() -> None:
    time = np.arange(20) / 60
    place = np.array([1.0, 2, 3]) + time[:, None] * [2, 0, 4] + 0.5 * time[:, None] ** 2 * [0, 0, -9.81]
    found = flight(time, place)
    assert found.gravity == pytest.approx([0, 0, -9.81])
    assert found.residual < 1e-12
    assert found.error() < 1e-9
    slow = place + 0.5 * time[:, None] ** 2 * [0, 0, 2.0]
    assert flight(time, slow).error() == pytest.approx(2 / 9.81)
    bent = place.copy()
    bent[10:] += [0.05, 0, 0]  # a jump in the middle of the air
    assert flight(time, bent).residual > 0.005
    with pytest.raises(ValueError, match="at least 4"):
        flight(time[:3], place[:3])


def test_momentum_of_an_elastic_pair_is_kept_and_a_vanished_push_shows() -> None:
    mass, before = np.array([2.0, 1.0]), np.array([[3.0, 0, 0], [0, 0, 0]])
    after = np.array([[1.0, 0, 0], [4.0, 0, 0]])  # elastic, head on
    assert momentum_residual(mass, before, after) == pytest.approx(0)
    assert momentum_residual(mass, before, after * [[1], [0.5]]) == pytest.approx(2 / 6)
    with pytest.raises(ValueError, match="nothing moved"):
        momentum_residual(mass, 0 * before, after)


def test_energy_never_rises_in_a_fall_and_a_kick_shows() -> None:
    time = np.linspace(0, 0.5, 50)
    height, speed = 2 - 0.5 * 9.81 * time**2, -9.81 * time
    position = np.stack([0 * time, 0 * time, height], -1)[:, None]
    velocity = np.stack([0 * time, 0 * time, speed], -1)[:, None]
    assert energy_gain(np.ones(1), position, velocity) == pytest.approx(0, abs=1e-9)
    kicked = velocity.copy()
    kicked[25:] *= 1.5
    assert energy_gain(np.ones(1), position, kicked) > 0.1


def test_a_thing_is_followed_by_its_colour_alone() -> None:
    pictures = film(3)
    y, x = np.mgrid[0:H, 0:W] + 0.5
    found = track(pictures, np.hypot(x - 15, y - 15) < 8)
    t = np.arange(30)
    true = np.stack([15 + 3 * t, 15 + 0.06 * t * t], 1)
    assert np.abs(found - true).max() < 0.6
    # 1 px is 1 cm here: gravity measured in the picture
    place = np.stack([found[:, 0], np.zeros(30), -found[:, 1]], 1) / 100
    assert flight(t / FPS, place).gravity[2] == pytest.approx(-2 * 0.06 / 100 * FPS**2, rel=0.03)


def test_what_is_removed_or_painted_over_is_lost() -> None:
    pictures = film(3)
    pictures[12:] = film(3, colour=(120, 121, 119))[12:]
    y, x = np.mgrid[0:H, 0:W] + 0.5
    found = track(pictures, np.hypot(x - 15, y - 15) < 8)
    assert np.isfinite(found[:12]).all()
    assert np.isnan(found[12:]).all()
    with pytest.raises(ValueError, match="empty"):
        track(pictures, np.zeros((H, W), bool))
