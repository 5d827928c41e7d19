"""Banks against textbook figures."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import ground, material, part
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.bank import bank_of
from worldsim.sound.modes import SPHERE_ROOTS, ball_shell, beam, block, disc, plate, shear_speed, tube

STEEL = material("steel")


def test_a_steel_plate_has_its_textbook_pitch() -> None:
    # 20 × 15 cm × 5 mm, simply supported: (π/2) √(E h²/12ρ(1 − ν²)) (1/a² + 1/b²)
    stiff = np.sqrt(2.0e11 * 0.005**2 / (12 * 7850 * (1 - 0.29**2)))
    expected = np.pi / 2 * stiff * (1 / 0.04 + 1 / 0.0225)
    assert plate((0.2, 0.15, 0.005), 2, 0.005, STEEL).frequency.min() == pytest.approx(expected)
    assert expected == pytest.approx(830, rel=0.02)


def test_a_tuning_bar_has_its_textbook_pitch() -> None:
    # free steel bar, 300 × 10 mm: 4.73²/(2π L²) h/√12 √(E/ρ); overtone ratios 1 : 2.756 : 5.404
    bar = beam(0.3, 0, 0.010, 2, 0.010 / np.sqrt(12), STEEL).frequency
    thin = 4.73004**2 / (2 * np.pi * 0.09) * 0.010 / np.sqrt(12) * np.sqrt(2.0e11 / 7850)
    assert bar[0] == pytest.approx(thin, rel=0.01)
    assert bar[1] / bar[0] == pytest.approx(2.756, rel=0.02)
    assert bar[2] / bar[0] == pytest.approx(5.404, rel=0.05)


def test_a_cube_has_its_lame_modes() -> None:
    expected = shear_speed(STEEL) / (np.sqrt(2) * 0.1)
    assert block((0.1, 0.1, 0.1), STEEL).frequency.min() == pytest.approx(expected)


def test_the_breathing_ball_obeys_lambs_equation() -> None:
    # ν = 0.25, x = ω a / c_p: tan x / x = 1/(1 − (x c_p / 2 c_s)²), c_p² = 3 c_s²
    for order, root in SPHERE_ROOTS:
        if order == 0:
            x = root / np.sqrt(3)
            assert np.tan(x) / x == pytest.approx(1 / (1 - 0.75 * x * x), rel=0.01)


def test_a_shell_breathes_and_its_air_rings() -> None:
    shell = ball_shell(0.1, 0.001, STEEL).frequency
    speed = np.sqrt(2.0e11 / (7850 * (1 - 0.29**2)))
    assert shell[0] == pytest.approx(np.sqrt(2 * 1.29) * speed / (2 * np.pi * 0.1))
    assert shell[-3] == pytest.approx(2.082 * 343 / (2 * np.pi * 0.1))


def test_tubes_and_discs_follow_rayleigh_and_leissa() -> None:
    can = tube(0.033, 0.12, 2, 0.0003, STEEL).frequency
    ring = np.sqrt(2.0e11 * 0.0003**2 / (12 * 7850 * (1 - 0.29**2))) / (2 * np.pi * 0.033**2) * 6 / np.sqrt(5)
    assert can[0] == pytest.approx(ring)
    coin = disc(0.012, 2, 0.002, STEEL).frequency
    assert coin[1] / coin[0] == pytest.approx(9.084 / 5.253)


@pytest.mark.parametrize("factor", [2.0, 3.0, 0.5])
def test_every_mode_falls_as_the_body_grows(factor: float) -> None:
    for size in ((0.2, 0.15, 0.01), (0.3, 0.03, 0.02), (0.3, 0.25, 0.2)):
        small = bank_of(part(0, Shape("box", size), "steel"), shipped_materials())
        big_size = tuple(factor * s for s in size)
        large = bank_of(part(0, Shape("box", big_size), "steel"), shipped_materials())
        assert large.frequency[0] * factor == pytest.approx(small.frequency[0], rel=1e-6)


def test_every_shipped_material_rings_in_every_shape() -> None:
    shapes = [
        Shape("box", (0.2, 0.15, 0.01)), Shape("box", (0.3, 0.3, 0.3)), Shape("sphere", (0.1,)),
        Shape("cylinder", (0.05, 0.4)), Shape("cylinder", (0.2, 0.02)), Shape("capsule", (0.05, 0.3)),
        Shape("cone", (0.1, 0.2)), Shape("box", (0.01, 0.01, 0.004)), Shape("mesh", (1.0, 1.0, 1.0)),
    ]  # fmt: skip
    for name in shipped_materials():
        for shape in shapes:
            bank = bank_of(part(0, shape, name, mass=0.3), shipped_materials())
            assert len(bank.frequency) == len(bank.decay) == len(bank.level) == 24
            for values in (bank.frequency, bank.decay, bank.level):
                assert np.isfinite(values).all()
                assert (values >= 0).all()
            assert (bank.decay > 0).all()
            assert (bank.frequency < 20_000).all()


def test_a_light_body_is_taken_for_hollow() -> None:
    solid = bank_of(part(0, Shape("box", (0.4, 0.4, 0.4)), "wood"), shipped_materials())
    crate = bank_of(part(0, Shape("box", (0.4, 0.4, 0.4)), "wood", mass=5.0), shipped_materials())
    assert crate.frequency[0] < 0.1 * solid.frequency[0]


def test_ground_gives_its_waves_away() -> None:
    for name in ("grass", "concrete", "wood"):
        bank = bank_of(ground(0, name), shipped_materials())
        assert bank.endless
        sounding = bank.level > 0
        assert (6.9 / bank.decay[sounding] < 0.1).all(), "nothing rings for more than 100 ms"
    soft, hard = (bank_of(ground(0, name), shipped_materials()) for name in ("grass", "concrete"))
    assert soft.frequency[0] < hard.frequency[0] / 5


def test_a_blow_on_a_node_leaves_that_mode_alone() -> None:
    bank = bank_of(part(0, Shape("box", (0.2, 0.15, 0.01)), "steel"), shipped_materials())
    odd = np.flatnonzero((bank.wave[:, 0] == 1) & (bank.level > 0))
    up = np.array([0.0, 0.0, 1.0])
    corner = bank.weights(np.array([0.1, 0.075, 0.005]), up)
    middle = bank.weights(np.array([0.0, 0.075, 0.005]), up)
    assert (middle[odd] <= 0.06).all()
    assert (corner[odd] > 0.9).all()
