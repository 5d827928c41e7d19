"""Loudness and peaks against the standard's own test signals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from worldsim.scene.library import shipped_scenes
from worldsim.sound.loudness import LoudnessMeter, decibels, integrated_loudness, k_weighting, true_peak
from worldsim.sound.master import Limiter, master
from worldsim.sound.programme import Programme

RATE = 48_000
CLIPS = Path(__file__).parent.parent / "docs" / "clips"


def tone(seconds: float, level: float, frequency: float = 997.0, phase: float = 0.0) -> np.ndarray:
    """Return a stereo sine of a peak level in dBFS."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * frequency * t + phase)
    return np.stack([wave, wave], axis=1)


def knocks(seed: int = 0, seconds: float = 6.0) -> np.ndarray:
    """Return sparse decaying blows of very different strength."""
    rng = np.random.default_rng(seed)
    out = np.zeros((int(seconds * RATE), 2))
    for _ in range(30):
        start = rng.integers(0, len(out) - RATE // 2)
        t = np.arange(RATE // 2) / RATE
        out[start : start + len(t)] += (
            10 ** rng.uniform(-3, 1) * np.exp(-20 * t) * np.sin(2 * np.pi * rng.uniform(200, 6000) * t)
        )[:, None]
    return out


def test_the_filter_is_the_standards() -> None:
    shelf, low = k_weighting(RATE)
    # ITU-R BS.1770-4, tables 1 and 2
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585], abs=1e-9
    )
    assert low == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621], abs=1e-9)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_ebu_tones(level: float) -> None:
    # EBU Tech 3341, cases 1 and 2: a stereo 1 kHz sine of −23 (−33) dBFS peak reads −23 (−33) LUFS
    assert integrated_loudness(tone(20, level, 1000), RATE) == pytest.approx(level, abs=0.1)


def test_the_gate_leaves_quiet_stretches_out() -> None:
    # EBU Tech 3341, case 3: 10 s at −36, 60 s at −23, 10 s at −36 reads −23
    programme = np.concatenate([tone(10, -36, 1000), tone(60, -23, 1000), tone(10, -36, 1000)])
    assert integrated_loudness(programme, RATE) == pytest.approx(-23, abs=0.1)


def test_true_peak_sees_between_the_samples() -> None:
    # EBU Tech 3341, case 16: f_s/4 at 45°, whose samples reach only 0.707
    assert decibels(float(true_peak(tone(1, -6, 12_000, np.pi / 4))[100:-100].max())) == pytest.approx(-6, abs=0.3)


@pytest.mark.parametrize("gain", [1e-4, 1e-2, 1.0, 30.0])
def test_mastered_sound_is_loud_and_never_clips(gain: float) -> None:
    out = master(gain * knocks(), RATE)
    assert out.dtype == np.float32
    assert decibels(float(true_peak(out).max())) <= -1.0
    assert np.isfinite(out).all()
    if gain > 1e-3:
        assert integrated_loudness(out, RATE) == pytest.approx(-16.0, abs=1.0)


def test_a_steady_programme_is_brought_to_its_loudness() -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal((5 * RATE, 2))
    assert integrated_loudness(master(noise, RATE), RATE) == pytest.approx(-16.0, abs=0.2)


def test_silence_stays_silence() -> None:
    assert not master(np.zeros((RATE, 2)), RATE).any()
    assert integrated_loudness(np.zeros((RATE, 2)), RATE) == -np.inf
    assert master(np.zeros((0, 2)), RATE).shape == (0, 2)


def test_a_live_limiter_holds_and_does_not_care_how_it_is_fed() -> None:
    sound = knocks(1).astype(np.float32)
    whole = Limiter(RATE, 20.0)(sound)
    limiter = Limiter(RATE, 20.0)
    pieces = np.concatenate([limiter(sound[k : k + 777]) for k in range(0, len(sound), 777)])
    assert pieces.tobytes() == whole.tobytes()
    assert np.abs(whole).max() <= 10 ** (-1 / 20) + 1e-6


def test_a_live_limiter_leaves_soft_sound_alone() -> None:
    sound = tone(1, -20)
    limiter = Limiter(RATE)
    out = limiter(sound)
    assert np.allclose(out[limiter.latency :], sound[: len(out) - limiter.latency], atol=1e-6)


@pytest.mark.parametrize("seconds", [0.2, 6.0])
def test_a_meter_that_hears_blocks_says_what_one_that_hears_all_says(seconds: float) -> None:
    sound, meter = knocks()[: int(seconds * RATE)], LoudnessMeter(RATE)
    for start in range(0, len(sound), 777):
        meter.add(sound[start : start + 777])
    assert meter.integrated() == pytest.approx(integrated_loudness(sound, RATE), abs=1e-4)
    assert LoudnessMeter(RATE).integrated() == -np.inf


@pytest.mark.parametrize("begin", [0, 50_000])
def test_a_programme_comes_to_its_loudness_whatever_it_was(begin: int) -> None:
    for level in (-60.0, -30.0, 10.0):
        kept = Programme(RATE)
        sound = (tone(6, level) + 10 ** (level / 20) * knocks()[: 6 * RATE] * 0.1).astype(np.float32)
        for start in range(0, len(sound), 800):
            kept.add(sound[start : start + 800])
        count = len(sound) - begin + 1000  # a bit more than there is
        out = np.concatenate(list(kept.finished(begin, count, 0.6)))
        assert out.shape == (count, 2)
        assert integrated_loudness(out, RATE) == pytest.approx(-16, abs=0.5)
        assert decibels(float(true_peak(out).max())) < -1
        assert int(np.argmax(np.correlate(out[:9000, 0], sound[begin : begin + 8000, 0], "valid"))) == 0  # in time
    assert not np.concatenate(list(Programme(RATE).finished(0, 100))).any()


def test_sparse_blows_come_to_the_loudness_of_a_programme() -> None:
    """A thud every two seconds and 60 dB below it a wind: more than 12 dB of the gain are the limiter's."""
    t = np.arange(6 * RATE) % (2 * RATE) / RATE
    thud = np.exp(-30 * t) * np.sin(2 * np.pi * 120 * t)
    wind = 1e-3 * np.random.default_rng(0).standard_normal(len(t))
    raw = (0.02 * (thud + wind))[:, None].repeat(2, 1).astype(np.float32)
    kept = Programme(RATE)
    kept.add(raw)
    for out in (master(raw, RATE), np.concatenate(list(kept.finished(0, len(raw))))):
        assert integrated_loudness(out, RATE) == pytest.approx(-16, abs=0.2)
        assert decibels(float(true_peak(out).max())) <= -1.0


@pytest.mark.skipif(not CLIPS.exists(), reason="only in a checkout")
@pytest.mark.parametrize("name", sorted(shipped_scenes()))
def test_every_shipped_scene_has_a_clip_that_is_as_loud_as_a_programme(name: str) -> None:
    """As docs/sound_scenes.md says of what is decoded from them."""
    import av

    with av.open(str(CLIPS / f"{name}.mp4")) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1).T
    assert len(sound) >= 5.9 * RATE
    assert integrated_loudness(sound, RATE) == pytest.approx(-16, abs=0.2)
    assert decibels(float(true_peak(sound).max())) <= -1.0
