"""The synthesiser against what ears know: pitch, decay, loudness, silence, and the same bytes every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.sounds import (
    FRONT,
    RATE,
    decay_time,
    ground,
    level,
    loudest_frequency,
    material,
    part,
    play,
    row,
    snapshot,
)
from worldsim.errors import RateError, SoundError
from worldsim.physics.state import CONTACT_DTYPE
from worldsim.render.camera import Camera
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.synth import Synth

PLATE = (0.2, 0.15, 0.005)
CORNER = (0.1, 0.075, -0.0025)


def strike(
    name: str, size: tuple[float, float, float] = PLATE, impulse: float = 0.02, seconds: float = 1.0
) -> np.ndarray:
    """Return the sound of a plate struck on its corner at 50 ms, from the blow on."""
    parts = [ground(0, "concrete"), part(1, Shape("box", size), name)]
    at = [0.5 * s for s in size[:2]]
    out = play(parts, [row(13, 1, 0, (at[0], at[1], -size[2] / 2), impulse)], seconds)
    return out[int(0.05 * RATE) :]


@pytest.mark.parametrize("name", ["steel", "glass", "stone"])
def test_pitch_falls_as_one_over_size(name: str) -> None:
    pitch = [
        loudest_frequency(strike(name, (0.2 * k, 0.15 * k, 0.005 * k))[2400:], 150 / k, 1500 / k)
        for k in (1.0, 1.5, 2.0)
    ]
    assert pitch[0] / pitch[1] == pytest.approx(1.5, rel=0.02)
    assert pitch[0] / pitch[2] == pytest.approx(2.0, rel=0.02)


def test_a_steel_plate_sounds_at_its_own_pitch() -> None:
    assert loudest_frequency(strike("steel")[2400:], 500, 1200) == pytest.approx(830, rel=0.01)


def test_materials_decay_in_the_order_of_their_losses() -> None:
    names = sorted(
        ("steel", "ceramic", "concrete", "hardwood", "wood", "leather"), key=lambda n: material(n).loss_factor
    )
    times = [decay_time(strike(name)) for name in names]
    assert all(first >= second for first, second in itertools.pairwise(times)), dict(zip(names, times, strict=True))
    assert times[0] > 5 * times[-1]


@pytest.mark.parametrize("name", ["steel", "wood", "rubber", "cardboard"])
def test_twice_the_impulse_is_six_decibels(name: str) -> None:
    soft, hard = strike(name, impulse=0.02), strike(name, impulse=0.04)
    assert level(hard) - level(soft) == pytest.approx(6.02, abs=0.1)


def test_both_partners_sound() -> None:
    bell, bowl = Shape("box", PLATE), Shape("box", (0.3, 0.25, 0.005))
    both = play([part(0, bell, "steel"), part(1, bowl, "steel")], [row(13, 0, 1, CORNER)], 1.0)[5000:]
    alone = loudest_frequency(strike("steel", (0.3, 0.25, 0.005))[2600:], 300, 500)
    assert loudest_frequency(both, 300, 500) == pytest.approx(alone, rel=0.01)
    assert loudest_frequency(both, 700, 1000) == pytest.approx(830, rel=0.01)


def test_a_soft_partner_dulls_the_blow() -> None:
    ball = Shape("sphere", (0.03,))
    plate = part(0, Shape("box", PLATE), "steel", static=True)

    def brightness(name: str) -> float:
        out = play([plate, part(1, ball, name)], [row(13, 1, 0, CORNER)], 0.5).mean(axis=1)
        power = np.abs(np.fft.rfft(out)) ** 2
        f = np.fft.rfftfreq(len(out), 1 / RATE)
        return float((f * power).sum() / power.sum())

    assert brightness("steel") > 1.3 * brightness("rubber")


def test_no_contact_no_sound() -> None:
    out = play([ground(), part(1, Shape("box", PLATE), "steel")], [], 0.5)
    assert not out.any()


def test_before_the_blow_and_long_after_it_there_is_silence() -> None:
    parts = [ground(0, "concrete"), part(1, Shape("box", (0.1, 0.1, 0.05)), "wood")]
    out = play(parts, [row(49, 1, 0, (0, 0, 0))], 3.0)
    assert not out[: int(0.2 * RATE)].any()
    assert out[int(0.2 * RATE) : int(0.21 * RATE)].any()
    assert not out[-RATE // 2 :].any()


def test_the_onset_is_placed_inside_the_step() -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    for gap in (0.0, 0.001, 0.0035):  # m at 1 m/s: ms after the step's start
        out = play(parts, [row(13, 1, 0, CORNER, 0.1, depth=-gap)], 0.2)
        first = np.flatnonzero(np.abs(out).max(axis=1) > 1e-6)[0] / RATE
        assert first == pytest.approx(12 / 240 + gap, abs=1e-4)


def test_one_blow_spread_over_two_steps_is_one_blow() -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    whole = play(parts, [row(13, 1, 0, CORNER, 0.1)], 0.3)
    split = play(parts, [row(13, 1, 0, CORNER, 0.06), row(14, 1, 0, CORNER, 0.04)], 0.3)
    assert np.allclose(whole, split, rtol=1e-6, atol=1e-9)


def test_chatter_is_heard_once_and_a_harder_blow_breaks_through() -> None:
    parts = [ground(), part(1, Shape("box", (0.1, 0.1, 0.05)), "wood")]
    chatter = [row(13 + 3 * k, 1, 0, (0, 0, 0), 0.1) for k in range(3)]
    assert np.array_equal(play(parts, chatter, 0.3), play(parts, chatter[:1], 0.3))
    hard = [chatter[0], row(18, 1, 0, (0, 0, 0), 0.5)]
    assert level(play(parts, hard, 0.3)) > level(play(parts, chatter[:1], 0.3)) + 6


def test_settling_is_not_striking() -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    rest = [row(k, 1, 0, CORNER, 0.05, (0, 0, -9.81 / 240)) for k in range(13, 60)]
    assert not play(parts, rest, 0.5).any()


def busy(seed: int = 0) -> tuple[list, list]:
    """Return parts and contacts of half a second in which much happens."""
    rng = np.random.default_rng(seed)
    names = list(shipped_materials())
    parts = [ground()] + [part(k, Shape("box", tuple(rng.uniform(0.03, 0.3, 3))), names[k % 20]) for k in range(1, 40)]
    rows = []
    for step in range(1, 120):
        for _ in range(6):
            a, b = rng.choice(40, 2, replace=False)
            speed = (*rng.normal(0, 1, 2), -rng.uniform(0, 4))
            rows.append(
                row(step, max(a, b), min(a, b), rng.normal(0, 2, 3), rng.uniform(0, 1), speed, rng.normal(0, 1e-3))
            )
    return parts, rows


def test_the_same_contacts_give_the_same_bytes() -> None:
    parts, rows = busy()
    first, second = play(parts, rows, 0.7), play(parts, rows, 0.7)
    assert first.tobytes() == second.tobytes()
    assert play(parts, rows, 0.7, seed=1).tobytes() != first.tobytes()


def test_hundreds_of_contacts_stay_clean() -> None:
    parts, rows = busy(3)
    out = play(parts, rows, 1.5)
    assert np.isfinite(out).all()
    assert np.abs(out.mean(axis=0)).max() < 1e-3 * np.abs(out).max(), "no DC"
    few = play(parts, rows, 1.5, voices=8)
    assert np.isfinite(few).all()
    assert np.abs(np.diff(few, axis=0)).max() < 2 * np.abs(np.diff(out, axis=0)).max(), "culled voices do not click"


def test_where_it_sounds_is_where_it_is() -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    for side in (-1.0, 1.0):
        place = np.array([[0, 0, 0], [2 * side, 1, 0]])
        out = play(parts, [row(13, 1, 0, (2 * side, 1, 0))], 0.4, place)
        near, far = (out[:, 1], out[:, 0]) if side > 0 else (out[:, 0], out[:, 1])
        assert level(near) > level(far) + 6
        first = [np.flatnonzero(np.abs(ear) > 1e-6)[0] for ear in (near, far)]
        assert 0 < (first[1] - first[0]) / RATE < 0.7e-3
    middle = play(parts, [row(13, 1, 0, (0, 1, 0))], 0.4, np.array([[0, 0, 0], [0, 1, 0]]))
    assert np.allclose(middle[:, 0], middle[:, 1])


def test_twice_as_far_is_six_decibels_less() -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    levels = []
    for distance in (2.0, 4.0, 8.0):
        camera = Camera.looking((0, -distance, 0), (0, 0, 0))
        levels.append(level(play(parts, [row(13, 1, 0, CORNER)], 0.5, camera=camera)))
    assert levels[0] - levels[1] == pytest.approx(6.0, abs=0.6)
    assert levels[1] - levels[2] == pytest.approx(6.0, abs=0.8)


@pytest.mark.parametrize("speed", [-30.0, -8.0, 8.0, 30.0])
def test_doppler(speed: float) -> None:
    parts = [ground(), part(1, Shape("box", PLATE), "steel")]
    place = np.array([[0.0, 0, 0], [0, 20, 0]])
    velocity = np.array([[0.0, 0, 0], [0, -speed, 0]])  # towards the camera at y = −1
    out = play(parts, [row(13, 1, 0, (0.1, 20.075, -0.0025), 1.0)], 0.6, place, velocity=velocity)
    assert loudest_frequency(out[5000:], 600, 1100) == pytest.approx(830 * 343 / (343 - speed), rel=0.01)


def test_a_cut_does_not_click() -> None:
    parts = [ground(), part(1, Shape("box", (0.4, 0.3, 0.01)), "steel")]
    cameras = [FRONT, Camera.looking((3.0, 1.0, 0.5), (0, 0, 0))]
    synth = Synth(parts, shipped_materials())
    empty = np.zeros(0, CONTACT_DTYPE)
    place = np.zeros((2, 3))
    out = []
    for period in range(30):
        rows = row(1, 1, 0, (0.2, 0.15, 0), 0.5) if period == 0 else empty
        out.append(synth.advance(snapshot(4 * period + 4, place), rows, cameras[period >= 15]))
    cut = np.concatenate(out)
    steps = np.abs(np.diff(cut, n=2, axis=0)).max(axis=1)
    assert steps[15 * 800 - 400 : 16 * 800].max() < 1.2 * steps[13 * 800 : 15 * 800 - 400].max()


def rub(speed: float, *, rolls: bool, seconds: float = 1.0, name: str = "stone") -> np.ndarray:
    """Return what a ball of 1 kg under its own weight sounds like on concrete."""
    shape = Shape("sphere", (0.1,))
    parts = [ground(0, "concrete"), part(1, shape, name, mass=1.0)]
    slip = (0.0, 0.0, 0.0) if rolls else (speed, 0.0, 0.0)
    rows = [row(k, 1, 0, (0, 0, 0), 9.81 / 240, slip) for k in range(1, int(240 * seconds))]
    place = np.array([[0, 0, 0], [0, 0, 0.1]])
    spin = np.array([[0, 0, 0], [0, speed / 0.1 if rolls else 0.0, 0]])
    return play(parts, rows, seconds, place, spin=spin)


@pytest.mark.parametrize("rolls", [False, True])
def test_rubbing_gets_louder_with_speed(rolls: bool) -> None:
    levels = [level(rub(speed, rolls=rolls)) for speed in (0.25, 0.5, 1.0, 2.0)]
    assert all(second > first + 2 for first, second in itertools.pairwise(levels)), levels


def test_rolling_is_gentler_than_scraping_and_rest_is_silent() -> None:
    assert level(rub(1.0, rolls=False)) > level(rub(1.0, rolls=True)) + 6
    assert not rub(0.0, rolls=False).any()


def test_refusals() -> None:
    parts = [ground()]
    with pytest.raises(RateError, match="250 Hz must divide"):
        Synth(parts, shipped_materials(), control_rate=250)
    with pytest.raises(RateError, match="sample_rate 44100 Hz"):
        Synth(parts, shipped_materials(), step_rate=240, sample_rate=44_100)
    synth = Synth(parts, shipped_materials())
    with pytest.raises(SoundError, match="expected CONTACT_DTYPE"):
        synth.advance(snapshot(4, np.zeros((1, 3))), np.zeros(3), FRONT)
    blind = row(1, 0, 0, (0, 0, 0))
    blind["velocity"] = np.nan
    with pytest.raises(SoundError, match="detailed=True"):
        synth.advance(snapshot(4, np.zeros((1, 3))), blind, FRONT)
