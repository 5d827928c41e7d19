"""Canny and edge F1: clean shapes have clean edges; what moves, goes or comes costs."""

from __future__ import annotations

import numpy as np
import pytest

from worldsim.render.metrics.canny import canny
from worldsim.render.metrics.edge import edge_score, true_edges

H, W = 60, 80
Truth = tuple[np.ndarray, np.ndarray, np.ndarray]


def truth(boxes: dict[int, tuple[int, int, int, int]]) -> Truth:
    """Depth, normals and ids of upright boxes (top, bottom, left, right) before nothing."""
    depth, normal, instance = np.full((H, W), np.inf), np.zeros((H, W, 3)), np.zeros((H, W), np.int32)
    for number, (top, bottom, left, right) in boxes.items():
        depth[top:bottom, left:right] = 3.0
        normal[top:bottom, left:right] = [0, 0, 1]
        instance[top:bottom, left:right] = number
    return depth, normal, instance


def picture(instance: np.ndarray) -> np.ndarray:
    colours = np.array([[90, 110, 140], [230, 200, 60], [30, 20, 25], [250, 250, 250]], np.uint8)
    return colours[instance]


BOXES = {1: (10, 40, 10, 30), 2: (20, 50, 45, 70)}


def test_canny_finds_a_step_and_nothing_else() -> None:
    step = np.zeros((20, 30, 3), np.uint8)
    step[:, 15:] = 255
    found = canny(step)
    assert found.sum() == 20
    assert found[:, 14].all() or found[:, 15].all()
    assert not canny(np.full((20, 30, 3), 99, np.uint8)).any()


def test_weak_edges_count_only_where_a_strong_one_leads() -> None:
    step = np.full((20, 30, 3), 100, np.uint8)
    step[:, 15:] = 140  # |gx| = 160: between the thresholds
    assert not canny(step).any()
    step[:6, 15:] = 200
    assert canny(step)[10, 13:16].any()


def test_a_slanted_plane_has_no_edges_and_a_jump_has() -> None:
    x = np.arange(W)[None].repeat(H, 0)
    depth = 1 / (0.05 + 0.01 * x)  # a plane: 1/depth is linear in the picture
    normal, instance = np.broadcast_to([0.6, 0, 0.8], (H, W, 3)), np.ones((H, W), np.int32)
    assert not true_edges(depth, normal, instance).any()
    jumped = depth.copy()
    jumped[:, 40:] *= 0.6
    assert true_edges(jumped, normal, instance)[:, 39:42].any(1).all()
    turned = normal.copy()
    turned[:, 40:] = [-0.6, 0, 0.8]
    assert true_edges(depth, turned, instance)[:, 39].all()


def test_outlines_belong_to_the_nearer() -> None:
    edges = true_edges(*truth(BOXES))
    assert edges[10, 15]
    assert not edges[9, 15]
    assert edges.sum() == 2 * (30 + 20 + 30 + 25) - 8


def test_a_faithful_picture_scores_one_and_violations_cost() -> None:
    true = true_edges(*truth(BOXES))

    def f1(boxes: dict[int, tuple[int, int, int, int]], tolerance: int = 1) -> float:
        return edge_score(canny(picture(truth(boxes)[2])), true, tolerance).f1

    whole = f1(BOXES)
    assert whole > 0.99
    assert f1(BOXES, 0) < whole
    moved = f1({**BOXES, 1: (14, 44, 14, 34)})
    removed = f1({2: BOXES[2]})
    added = f1({**BOXES, 3: (2, 14, 60, 78)})
    for worse in (moved, removed, added):
        assert worse < whole - 0.1


def test_precision_and_recall_have_closed_forms() -> None:
    true, found = np.zeros((2, 9, 9), bool)
    true[4, :8] = True
    found[4, :4] = True
    found[0, :4] = True
    score = edge_score(found, true, 0)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)
    assert edge_score(found, true, 1).recall == pytest.approx(5 / 8)
    none = np.zeros((9, 9), bool)
    assert edge_score(none, none).f1 == 1
    assert edge_score(none, true).f1 == 0
