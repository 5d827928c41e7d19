"""The store between the world's loop and the sound card."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import RATE
from worldsim.sound.bridge import LONGEST, Bridge

CARD = 512


def tone(start: int, count: int, frequency: float = 440.0) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * frequency * np.arange(start, start + count) / RATE)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def live(seconds: float, bursts: float = 1 / 60, pace: float = 1.0, speed: float = 1.0) -> tuple[Bridge, np.ndarray]:
    """Return a bridge and what a card took from it: periods of 1/60 s made every `bursts` s by a world of some pace."""
    bridge = Bridge(RATE)
    made = taken = 0
    out = []
    clock = 0.0
    while taken < seconds * RATE:
        clock += bursts
        while made < clock * RATE * pace * speed:
            bridge.push(tone(made, 800), speed)
            made += 800
        while taken < clock * RATE:
            out.append(bridge.pull(CARD))
            taken += CARD
    return bridge, np.concatenate(out)


def pitch(samples: np.ndarray) -> float:
    mono = samples[:, 0]
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 1 << 19))
    return float(np.argmax(spectrum) * RATE / (1 << 19))


@pytest.mark.parametrize("bursts", [1 / 60, 1 / 45, 1 / 31])
def test_bursts_are_evened_out(bursts: float) -> None:
    bridge, out = live(8.0, bursts)
    assert bridge.underruns <= 3  # while it learns how much it must keep
    assert pitch(out[4 * RATE :]) == pytest.approx(440, rel=0.004)
    assert bridge.delay < LONGEST


@pytest.mark.parametrize("pace", [0.8, 0.97, 1.03])
def test_a_world_off_the_clock_is_heard_whole(pace: float) -> None:
    bridge, out = live(20.0, 1 / 60, pace)
    before = bridge.underruns
    assert before <= 6
    assert pitch(out[10 * RATE :]) == pytest.approx(440 * pace, rel=0.01)


@pytest.mark.parametrize("speed", [0.125, 0.5, 2.0])
def test_slow_motion_sounds_lower(speed: float) -> None:
    _, out = live(8.0, 1 / 60, 1.0, speed)
    assert pitch(out[5 * RATE :]) == pytest.approx(440 * speed, rel=0.02)


def test_no_step_is_larger_than_the_sound_has_itself() -> None:
    _, out = live(6.0, 1 / 31)
    steepest = 0.5 * 2 * np.pi * 440 / RATE
    assert np.abs(np.diff(out, axis=0)).max() < 3 * steepest


def test_rest_is_silence_and_no_underrun() -> None:
    bridge, _ = live(2.0)
    before = bridge.underruns
    bridge.rest()
    bridge.pull(4096)
    assert not bridge.pull(4096).any()
    assert bridge.underruns == before


def test_running_dry_is_counted_once_and_fades() -> None:
    bridge, _ = live(2.0)
    before = bridge.underruns
    out = np.concatenate([bridge.pull(CARD) for _ in range(40)])
    assert bridge.underruns == before + 1
    assert np.abs(out[-CARD:]).max() < 1e-6
    assert np.abs(np.diff(out, axis=0)).max() < 0.12


def test_mute_and_volume() -> None:
    bridge, _ = live(1.0)
    bridge.muted = True
    bridge.push(tone(0, 2400))
    bridge.pull(1400)
    assert not bridge.pull(400).any()
    bridge.muted, bridge.volume = False, 0.5
    bridge.push(tone(0, 2400))
    bridge.pull(1200)
    assert np.abs(bridge.pull(800)).max() == pytest.approx(0.25, rel=0.03)


def test_a_little_that_is_missing_is_made_up_without_a_step() -> None:
    """A block that comes a period late: no silence, no click, and the world is heard on."""
    bridge = Bridge(RATE)
    made, out = 0, []
    for turn in range(120):
        late = turn == 80
        if not late:
            bridge.push(tone(made, 1600 if turn == 81 else 800))
            made += 1600 if turn == 81 else 800
        out += [bridge.pull(200) for _ in range(4)]
    whole = np.concatenate(out)[RATE // 4 :, 0]
    step = 0.5 * 2 * np.pi * 440 / RATE
    assert bridge.mended >= 1
    assert bridge.underruns == 0
    assert np.abs(np.diff(whole)).max() < 2.5 * step  # a mirror turns a slope round, and the pace changes a little
    loudness = np.sqrt(np.convolve(whole**2, np.ones(480) / 480, "valid"))
    assert loudness.min() > 0.2


def test_much_that_is_missing_fades_to_silence_and_counts() -> None:
    bridge = Bridge(RATE)
    for k in range(30):
        bridge.push(tone(800 * k, 800))
        bridge.pull(800)
    rest = np.concatenate([bridge.pull(400) for _ in range(40)])
    assert bridge.underruns == 1
    assert np.abs(rest[-4000:]).max() == 0
