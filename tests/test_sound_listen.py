"""The listener: it finds the loss factor of what rings, and tells materials apart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import RATE, ground, part, play, row
from worldsim.benchmarks.materials import ASKED, FLOOR, LEARNT, MATERIALS, blow, confusion_matrix
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.listen import BANDS, ETAS, Discriminant, confusion, features, onset, votes


def ringing(eta: float, shared: float, base: float = 400.0) -> np.ndarray:
    """Return half a second of a free bar's partials, from 20 ms on."""
    t = np.arange(RATE // 2) / RATE
    out = np.zeros(len(t))
    for ratio in (1.0, 2.756, 5.404, 8.933, 13.34):
        f = base * ratio
        out += np.exp(-(np.pi * f * eta + shared) * t) * np.sin(2 * np.pi * f * t)
    return np.concatenate([np.zeros(960), out])[:, None] * np.ones(2)


@pytest.mark.parametrize("eta", [0.0015, 0.004, 0.012, 0.025])
@pytest.mark.parametrize("shared", [3.0, 20.0])
def test_partials_vote_for_the_loss_factor(eta: float, shared: float) -> None:
    found = ETAS[np.argmax(votes(ringing(eta, shared)))]
    assert found == pytest.approx(eta, rel=0.15)


@pytest.mark.parametrize("name", ["steel", "stone", "wood", "cardboard"])
def test_the_synthesisers_materials_have_their_loss_factors(name: str) -> None:
    parts = [ground(0, "concrete"), part(1, Shape("box", (0.25, 0.03, 0.015)), name)]
    sound = play(parts, [row(13, 1, 0, (0.12, 0.01, 0), 0.05)], 0.6)
    found = ETAS[np.argmax(votes(sound))]
    assert found == pytest.approx(shipped_materials()[name].loss_factor, rel=0.2)


def test_features_do_not_depend_on_loudness_and_silence_has_some() -> None:
    sound = ringing(0.01, 3.0)
    assert onset(sound[:, 0]) == pytest.approx(960, abs=5)
    assert np.allclose(features(sound), features(1e-4 * sound), atol=1e-6)
    assert features(sound).shape == (2 * BANDS + 3,)
    assert np.isfinite(features(np.zeros((RATE, 2)))).all()
    assert votes(np.zeros((RATE, 2))).sum() == pytest.approx(1)


def test_a_discriminant_parts_what_can_be_parted() -> None:
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(5, 5))
    labels = np.repeat(np.arange(3), 60)
    data = rng.normal(size=(180, 5)) @ mix + 6 * np.eye(3)[labels] @ rng.normal(size=(3, 5)) @ mix
    found = Discriminant(("a", "b", "c")).fit(data[::2], labels[::2]).predict(data[1::2])
    table = confusion(labels[1::2], found, 3)
    assert table.sum() == 90
    assert np.trace(table) >= 85


def test_scenes_are_drawn_by_their_seed_and_begin_with_the_blow() -> None:
    first, second = (blow("glass", ASKED, np.random.default_rng(5)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert np.abs(first[:800]).max() > 0
    assert set(LEARNT.strikers).isdisjoint(ASKED.strikers)


@pytest.mark.slow
def test_materials_can_be_told_apart() -> None:
    table = confusion_matrix()
    assert table.sum() == len(MATERIALS) * ASKED.each
    assert np.trace(table) / table.sum() >= FLOOR, table
    assert (np.diag(table) / table.sum(axis=1) > 0.7).all(), "each of them"
