"""Masks from pixels alone, centroids and phantoms: what moves, goes, comes or melts away must show."""

from __future__ import annotations

import numpy as np
import pytest

from worldsim.render.metrics.mask import mask_score, region_score
from worldsim.render.metrics.phantom import phantoms
from worldsim.render.metrics.segment import segments

H, W = 96, 128
Box = tuple[int, int, int, int]
BOXES: dict[int, Box] = {1: (10, 50, 10, 50), 2: (40, 80, 70, 110)}
COLOURS = np.array([[90, 130, 80], [230, 200, 60], [40, 40, 160], [250, 250, 250]])


def labels(boxes: dict[int, Box]) -> np.ndarray:
    out = np.zeros((H, W), np.int32)
    for number, (top, bottom, left, right) in boxes.items():
        out[top:bottom, left:right] = number
    return out


def picture(boxes: dict[int, Box], colours: np.ndarray = COLOURS, noise: float = 3.0) -> np.ndarray:
    """The boxes under a light that falls off, with grain."""
    light = np.linspace(1.0, 0.7, W)[None, :, None]
    grain = np.random.default_rng(8).normal(0, noise, (H, W, 3))
    return np.clip(colours[labels(boxes)] * light + grain, 0, 255).astype(np.uint8)


def test_even_areas_are_one_region_each_in_spite_of_light_and_grain() -> None:
    regions = segments(picture(BOXES))
    for number in BOXES:
        inner = regions[labels(BOXES) == number]
        assert np.bincount(inner).max() > 0.8 * inner.size


def test_a_faithful_picture_shows_every_thing_where_it_is() -> None:
    score = mask_score(picture(BOXES), labels(BOXES))
    assert set(score.iou) == {0, 1, 2}
    assert score.mean_iou is not None
    assert score.mean_iou > 0.95
    assert score.mean_centroid is not None
    assert score.mean_centroid < 0.5


@pytest.mark.parametrize(
    ("shown", "thing"),
    [
        ({**BOXES, 1: (18, 58, 18, 58)}, 1),  # moved by 8 pixels
        ({2: BOXES[2]}, 1),  # removed
        ({1: BOXES[1], 2: (40, 60, 70, 110)}, 2),  # half of it gone
    ],
)
def test_what_is_moved_or_removed_loses_its_mask(shown: dict[int, Box], thing: int) -> None:
    whole = mask_score(picture(BOXES), labels(BOXES))
    worse = mask_score(picture(shown), labels(BOXES))
    assert worse.iou[thing] < whole.iou[thing] - 0.25
    assert worse.mean_iou < whole.mean_iou - 0.08  # type: ignore[operator]


def test_regions_that_fit_have_closed_form_scores() -> None:
    true = labels({1: (0, 10, 0, 20)})
    found = region_score(labels({1: (0, 10, 5, 25)}), true)
    assert found.iou[1] == pytest.approx(150 / 250)
    assert found.centroid[1] == pytest.approx(5)
    assert region_score(np.zeros((H, W), int), true).iou == {0: (H * W - 200) / (H * W), 1: 0}
    assert region_score(true, true, smallest=10**6).mean_iou is None


def test_no_phantoms_in_a_faithful_or_an_evenly_brighter_picture() -> None:
    true, ids = picture(BOXES), labels(BOXES)
    assert phantoms(true, true, ids).rate == 0
    assert phantoms(true, true, ids).bodies == 2
    brighter = np.clip(true * 1.25 + 10, 0, 255).astype(np.uint8)
    assert phantoms(brighter, true, ids).rate == 0


def test_things_without_a_body_and_bodies_without_a_picture_are_counted() -> None:
    true, ids = picture(BOXES), labels(BOXES)
    added = phantoms(picture({**BOXES, 3: (10, 30, 80, 100)}), true, ids)
    assert (added.things, added.missing) == (1, 0)
    removed = phantoms(picture({2: BOXES[2]}), true, ids)
    assert removed.missing == 1
    assert removed.rate == pytest.approx((removed.things + 1) / 2)
    moved = phantoms(picture({**BOXES, 1: (55, 90, 10, 50)}), true, ids)
    assert moved.things >= 1
    assert moved.missing == 1
