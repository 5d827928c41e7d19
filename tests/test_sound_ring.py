"""The bank of modes against plain sums of damped sinusoids."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import RATE, part
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.bank import MODES, bank_of
from worldsim.sound.ring import Blows, Drives, Ringer

BANK = bank_of(part(0, Shape("box", (0.2, 0.15, 0.005)), "glass"), shipped_materials())
NO_BLOWS = Blows(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, MODES)))
NO_DRIVES = Drives(np.zeros(0, np.int64), np.zeros((0, 800)), np.zeros((0, MODES)))
ONE = np.zeros(1, np.int64)


def blocks(ringer: Ringer, count: int, blows: Blows, drives: Drives = NO_DRIVES, loss: float = 0.0) -> np.ndarray:
    """Return `count` blocks of part 0; blows and drives are of the first."""
    out = []
    for k in range(count):
        hit, pushed = (blows, drives) if k == 0 else (NO_BLOWS, NO_DRIVES)
        out.append(ringer.render(ONE, hit, pushed, np.ones(1), np.full(1, loss))[0])
    return np.concatenate(out)


def sinusoids(amplitude: np.ndarray, start: float, count: int, extra: float = 0.0) -> np.ndarray:
    """Return Σ a e^(−d t) sin(2π f t), t from `start` in samples."""
    t = (np.arange(count) - start) / RATE
    waves = (
        amplitude[:, None]
        * np.exp(-(BANK.decay[:, None] + extra * RATE) * t)
        * np.sin(2 * np.pi * BANK.frequency[:, None] * t)
    )
    return np.where(t >= 0, waves.sum(axis=0), 0.0)


@pytest.mark.parametrize("start", [0.0, 0.25, 31.0, 31.5, 32.0, 400.7, 799.0, 799.9])
@pytest.mark.parametrize("loss", [0.0, 1e-3])
def test_blows_ring_as_damped_sinusoids(start: float, loss: float) -> None:
    amplitude = np.random.default_rng(0).normal(size=MODES) * (BANK.level > 0)
    blows = Blows(ONE, np.array([start]), amplitude[None])
    out = blocks(Ringer([BANK], 800, RATE), 4, blows, loss=loss)
    assert out == pytest.approx(sinusoids(amplitude, start, 3200, loss), abs=1e-9)


def test_forces_ring_as_their_convolution() -> None:
    rng = np.random.default_rng(1)
    force = rng.normal(size=800)
    level = rng.uniform(size=MODES) * (BANK.level > 0)
    out = blocks(Ringer([BANK], 800, RATE), 3, NO_BLOWS, Drives(ONE, force[None], level[None]))
    expected = np.convolve(np.concatenate([force, np.zeros(1600)]), sinusoids(level, 0.0, 2400))[:2400]
    assert out == pytest.approx(expected, abs=1e-9)


def test_two_blows_add_up_and_two_parts_do_not_mix() -> None:
    amplitude = np.ones(MODES) * (BANK.level > 0)
    both = Blows(np.array([0, 0]), np.array([10.0, 300.5]), np.stack([amplitude, 2 * amplitude]))
    out = blocks(Ringer([BANK], 800, RATE), 2, both)
    assert out == pytest.approx(sinusoids(amplitude, 10.0, 1600) + 2 * sinusoids(amplitude, 300.5, 1600), abs=1e-9)
    pair = Ringer([BANK, BANK], 800, RATE)
    parts = np.array([0, 1])
    sound = pair.render(parts, Blows(np.array([1]), np.zeros(1), amplitude[None]), NO_DRIVES, np.ones(2), np.zeros(2))
    assert not sound[0].any()
    assert sound[1] == pytest.approx(sinusoids(amplitude, 0.0, 800), abs=1e-9)


def test_a_moving_source_is_shifted() -> None:
    amplitude = np.zeros(MODES)
    amplitude[0] = 1.0
    ringer = Ringer([BANK], 800, RATE)
    out = ringer.render(ONE, Blows(ONE, np.zeros(1), amplitude[None]), NO_DRIVES, np.full(1, 1.05), np.zeros(1))[0]
    t = np.arange(800) / RATE
    assert out == pytest.approx(np.exp(-BANK.decay[0] * t) * np.sin(2 * np.pi * 1.05 * BANK.frequency[0] * t), abs=1e-9)


@pytest.mark.parametrize("block", [200, 400, 800, 1600, 2000])
def test_any_block_length(block: int) -> None:
    amplitude = np.ones(MODES) * (BANK.level > 0)
    ringer = Ringer([BANK], block, RATE)
    no_drives = Drives(np.zeros(0, np.int64), np.zeros((0, block)), np.zeros((0, MODES)))
    out = ringer.render(ONE, Blows(ONE, np.array([50.5]), amplitude[None]), no_drives, np.ones(1), np.zeros(1))[0]
    assert out == pytest.approx(sinusoids(amplitude, 50.5, block), abs=1e-9)
