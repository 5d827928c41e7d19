"""Voices, creaks, clicks, engines, noise: pitch, formants, levels, silence, the same bytes in any blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.sound.source.bark import bark, breath, growl, pitch_of, whine, woof, yelp
from worldsim.sound.source.call import LEVELS, call
from worldsim.sound.source.creak import Creak, Creaking
from worldsim.sound.source.engine import RIPPLE, Engine, Motor
from worldsim.sound.source.hinge import creaking_of
from worldsim.sound.source.noise import Drift, band, read
from worldsim.sound.source.playlist import FADE, Playlist
from worldsim.sound.source.servo import MESH, ServoWhine
from worldsim.sound.source.source import Clock
from worldsim.sound.source.tag import tinkles
from worldsim.sound.source.throat import formants, hiss, pulses, through
from worldsim.sound.source.vehicle import VehicleKind, VehicleState, VehicleVoice

RATE = 48_000
Floats = np.ndarray


def spectrum(wave: Floats) -> tuple[Floats, Floats]:
    """Return frequencies, Hz, and magnitudes."""
    size = 1 << max(int(np.ceil(np.log2(2 * len(wave)))), 17)
    return np.fft.rfftfreq(size, 1 / RATE), np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size))


def peak(wave: Floats, low: float, high: float) -> float:
    """Return the frequency of the strongest component between two, by a parabola through the logarithms."""
    f, s = spectrum(wave)
    k = int(np.argmax(np.where((f >= low) & (f <= high), s, 0)))
    a, b, c = np.log(s[k - 1 : k + 2])
    return float(f[k] + (f[1] - f[0]) * (a - c) / 2 / (a - 2 * b + c))


def period_pitch(wave: Floats, low: float, high: float) -> float:
    """Return the pitch by the first high peak of the autocorrelation."""
    size = 1 << int(np.ceil(np.log2(2 * len(wave))))
    spread = np.fft.irfft(np.square(np.abs(np.fft.rfft(wave, size))))
    lags = np.arange(int(RATE / high), int(RATE / low))
    return float(RATE / lags[np.argmax(spread[lags])])


def test_folds_beat_at_the_pitch_asked_for() -> None:
    for pitch in (90.0, 400.0, 1_000.0):
        wave = pulses(np.full(RATE, pitch), RATE, 1, jitter=0.0, shimmer=0.0)
        assert peak(wave, 50, 1_500) == pytest.approx(pitch, rel=0.002)
        assert abs(wave.mean()) < 1e-2


def test_a_tract_rings_where_its_length_says() -> None:
    wanted = formants(11.0, opening=0.5)
    assert wanted[0] == pytest.approx(354.0 / (4 * 0.075 * 11 ** (1 / 3)))
    heard = through(hiss(1 << 17, 3), wanted, RATE)
    power = np.square(np.abs(np.fft.rfft(heard)))
    smooth = np.convolve(power, np.ones(401) / 401, "same")
    f = np.fft.rfftfreq(1 << 17, 1 / RATE)
    for one in wanted[:3]:
        near = (f > 0.75 * one) & (f < 1.25 * one)
        assert f[near][np.argmax(smooth[near])] == pytest.approx(one, rel=0.05)


@pytest.mark.parametrize("mass", [4.0, 11.0, 32.0])
def test_a_larger_dog_barks_lower(mass: float) -> None:
    pitches = [
        period_pitch(bark(mass, key)[1_000:4_000], 0.5 * pitch_of(mass), 1.4 * pitch_of(mass)) for key in range(8)
    ]
    assert np.median(pitches) == pytest.approx(pitch_of(mass), rel=0.15)
    assert pitch_of(mass) > pitch_of(2 * mass)


def test_what_dogs_say_differs_in_pitch() -> None:
    heard = {word.__name__: peak(word(11.0, 5), 40, 4_000) for word in (growl, woof, whine, yelp)}
    assert heard["growl"] < heard["woof"] + 200 < heard["whine"] < 2 * heard["yelp"]
    assert heard["yelp"] > 800
    assert 700 < heard["whine"] < 1_100


@pytest.mark.parametrize("word", [bark, woof, yelp, whine, growl])
def test_words_begin_and_end_in_silence_and_have_no_dc(word: Callable[..., Floats]) -> None:
    for key in range(3):
        wave = word(11.0, key)
        assert 0.08 < len(wave) / RATE < 1.5
        assert np.abs(wave[[0, -1]]).max() < 0.01 * np.abs(wave).max()
        assert abs(wave.mean()) < 1e-3 * wave.std()
        assert np.abs(wave).max() < 5.0
        assert np.array_equal(wave, word(11.0, key))
        assert not np.array_equal(wave[:5_000], word(11.0, key + 10)[:5_000])


def test_air_goes_out_louder_than_in() -> None:
    out, back = (breath(11.0, 3, 0.12, way, 1.0).std() for way in (True, False))
    assert out > 1.5 * back


def test_tinkles_are_high_and_short() -> None:
    for wave in tinkles(RATE):
        f, s = spectrum(wave)
        assert (s**2 * f).sum() / (s**2).sum() > 3_000
        assert np.abs(wave[-200:]).max() < 0.1 * np.abs(wave).max()


def creaked(speeds: list[float], how: Creaking | None = None) -> Floats:
    """Return what a hinge gives out that turns at these speeds, one a period."""
    creak = Creak(how or creaking_of(20.0, False, 3), RATE, 4)
    out, angle = [], 0.0
    for speed in speeds:
        angle += speed / 60
        made = creak(speed, angle, 800)
        out.append(np.zeros(800) if made is None else made)
    return np.concatenate(out)


def test_a_hinge_is_silent_at_rest_and_when_it_flies_round() -> None:
    assert not creaked([0.0] * 60).any()
    assert not creaked([0.02] * 120).any()
    assert not creaked([9.0] * 60)[8_000:].any()
    assert creaked([1.0] * 60).any()


def test_the_pitch_of_a_creak_follows_the_speed() -> None:
    how = Creaking(0.005, (400.0, 900.0, 1_700.0), 0.004, 0.02, grip=1.0)
    for speed in (0.6, 1.0, 1.6):
        wave = creaked([speed] * 120, how)[20_000:]
        assert period_pitch(wave, 0.7 * speed / 0.005, 1.4 * speed / 0.005) == pytest.approx(speed / 0.005, rel=0.03)


def test_a_creak_dies_away_to_silence() -> None:
    wave = creaked([1.0] * 40 + [0.0] * 60)
    assert wave[:32_000].any()
    assert not wave[-8_000:].any()


@pytest.mark.parametrize(("cylinders", "rpm"), [(4, 900.0), (4, 3_000.0), (6, 4_200.0), (3, 2_000.0)])
def test_an_engine_fires_exactly_as_often_as_its_rpm_says(cylinders: int, rpm: float) -> None:
    engine = Engine(cylinders, 2.4, RATE, 3)
    engine(rpm, 0.2, 800)
    wave = np.concatenate([engine(rpm, 0.2, 800) for _ in range(240)])
    firing = rpm * cylinders / 120
    assert peak(wave, 0.7 * firing, 1.4 * firing) == pytest.approx(firing, rel=5e-4)
    f, s = spectrum(wave)
    orders = f[np.argsort(s)[-12:]] / (firing / cylinders)
    assert np.abs(orders - np.round(orders)).max() < 0.06  # nothing strong between the half orders


def test_load_makes_an_engine_louder_and_brighter() -> None:
    def heard(load: float) -> tuple[float, float]:
        engine = Engine(4, 2.4, RATE, 3)
        engine(3_000.0, load, 800)
        wave = np.concatenate([engine(3_000.0, load, 800) for _ in range(60)])
        f, s = spectrum(wave)
        return float(wave.std()), float((s**2 * f).sum() / (s**2).sum())

    (soft, dull), (loud, bright) = heard(0.0), heard(1.0)
    assert loud > 3 * soft
    assert bright > 1.2 * dull


def test_a_motor_whines_at_its_order() -> None:
    motor = Motor(RATE)
    motor(6_000.0, 0.8, 800)
    wave = np.concatenate([motor(6_000.0, 0.8, 800) for _ in range(60)])
    assert peak(wave, 100, 7_000) == pytest.approx(RIPPLE * 100.0, rel=1e-3)


def test_a_robots_joint_whines_as_fast_as_it_turns_and_is_silent_at_rest() -> None:
    servo = ServoWhine("arm", [0], [0], Clock(), 3)

    def moved(speed: float, first: int) -> Floats:
        out = []
        for k in range(first, first + 60):
            still = np.zeros((1, 3))
            now = Snapshot(4 * k, k / 60, still, np.zeros((1, 4)), still, still, np.zeros(1), np.array([speed]))
            out.append(servo.advance(now, np.zeros(0, CONTACT_DTYPE), 800).samples)
        return np.concatenate(out)

    assert not moved(0.0, 1).any()
    slow = peak(moved(0.8, 61)[1_600:], 100, 2_000)
    fast = peak(moved(-1.6, 121)[1_600:], 100, 2_000)
    assert 0.8 * MESH * 0.8 < slow < 0.8 * MESH * 1.2
    assert fast == pytest.approx(2 * slow, rel=0.003)
    assert not moved(0.0, 181)[800:].any()


def drive(kind: VehicleKind, states: list[VehicleState]) -> Floats:
    """Return what a vehicle gives out that starts in the first state."""
    voice = VehicleVoice(kind, RATE, 5)
    return np.concatenate([voice(state, 800) for state in states])


def test_a_vehicle_that_is_off_is_silent() -> None:
    for cylinders in (0, 4):
        assert not drive(VehicleKind(cylinders), [VehicleState()] * 30).any()


def test_tyres_grow_louder_with_speed_and_squeal_when_they_slide() -> None:
    kind = VehicleKind(0)
    levels = [drive(kind, [VehicleState(speed=v)] * 60)[800:].std() for v in (7.0, 14.0, 28.0)]
    assert 2.4 < levels[1] / levels[0] < 3.4
    assert levels[2] > 2.4 * levels[1]
    rolling, sliding = (drive(kind, [VehicleState(speed=10.0, slip=slip)] * 60)[800:] for slip in (0.0, 0.8))
    assert sliding.std() > 1.8 * rolling.std()
    assert 800 < peak(sliding, 300, 3_000) < 1_050


def test_a_brake_squeals_only_just_before_it_stands() -> None:
    kind = VehicleKind(0)

    def tone(speed: float) -> float:
        f, s = spectrum(drive(kind, [VehicleState(speed=speed, brake=1.0)] * 60)[800:])
        near = (f > 2_600) & (f < 2_700)
        return float(s[near].max() / np.median(s[(f > 2_300) & (f < 3_000)]))

    assert tone(1.2) > 50 > 10 > tone(8.0)


def test_a_horn_sounds_while_it_is_pressed_without_a_click() -> None:
    wave = drive(VehicleKind(0), [VehicleState(horn=k < 30) for k in range(60)])
    assert peak(wave[:24_000], 350, 450) == pytest.approx(415.0, abs=1.0)
    assert not wave[26_000:].any()
    assert np.abs(np.diff(wave)).max() < 0.9 * np.abs(wave).max()


@pytest.mark.parametrize("word", list(LEVELS))
def test_calls_are_bounded_and_always_the_same(word: str) -> None:
    wave = call(word)
    assert 0.5 < len(wave) / RATE < 6.0
    assert np.abs(wave).max() < 6.0
    assert abs(wave.mean()) < 2e-3 * wave.std()
    call.cache_clear()
    assert np.array_equal(wave, call(word))


def test_noise_loops_have_rms_1_no_dc_and_no_seam() -> None:
    loop = band(RATE, 200.0, 800.0, 77)
    assert np.sqrt(np.mean(loop**2)) == pytest.approx(1.0)
    assert abs(loop.mean()) < 1e-9
    assert abs(loop[0] - loop[-1]) < 4 * np.abs(np.diff(loop)).mean() + 1e-9
    assert np.array_equal(read(loop, len(loop) - 5, 10), np.concatenate([loop[-5:], loop[:5]]))
    assert abs(np.corrcoef(loop, band(RATE, 200.0, 800.0, 78))[0, 1]) < 0.02


def test_drift_is_smooth_and_the_same_in_any_blocks() -> None:
    drift = Drift(0.5, RATE, 3, 4)
    whole = drift.over(0, 480_000)
    assert 0 <= whole.min() < 0.4 < 0.6 < whole.max() <= 1
    assert np.abs(np.diff(whole)).max() < 1e-3
    parts = [drift.over(start, stop - start) for start, stop in ((0, 777), (777, 50_001), (50_001, 480_000))]
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_playlist_plays_the_same_in_any_blocks_and_fades_where_the_clock_jumps() -> None:
    wave = np.sin(np.arange(5_000) / 20)

    def played(blocks: list[int]) -> Floats:
        playlist, at, out = Playlist(), 0, []
        playlist.add(300, wave)
        playlist.add(1_000, 0.5 * wave)
        for size in blocks:
            out.append(playlist.onto(np.zeros(size), at))
            at += size
        assert not playlist
        return np.concatenate(out)

    assert np.array_equal(played([800] * 8), played([123, 3_000, 77, 3_200]))
    playlist = Playlist()
    playlist.add(0, wave)
    playlist.add(2_000, wave)
    first = playlist.onto(np.zeros(800), 0)
    after = playlist.onto(np.zeros(800), 1_000_000)
    joined = np.concatenate([first, after])
    assert np.abs(np.diff(joined)).max() < 1.1 / 20
    assert not after[FADE:].any()
    assert not playlist
