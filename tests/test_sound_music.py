"""Music: in key, on the beat, livelier when more happens, without clicks, the same for a seed, out of the way."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import RATE, ground, part, row, snapshot
from worldsim.physics.state import CONTACT_DTYPE
from worldsim.render.camera import Camera
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.scene.sound import MusicSpec
from worldsim.sound.desk import Desk
from worldsim.sound.music.band import Music
from worldsim.sound.music.instrument import LOUDNESS, note
from worldsim.sound.music.intensity import Intensity
from worldsim.sound.music.score import LEVELS, Score
from worldsim.sound.music.theory import MOODS, degree, frequency, voiced
from worldsim.sound.source.source import Clock
from worldsim.sound.synth import Synth

CLOCK = Clock()
NOTHING = np.zeros(0, CONTACT_DTYPE)
PARTS = [ground(), part(1, Shape("box", (0.2, 0.2, 0.2)), "wood")]
STILL = np.zeros((2, 3))
SCORE_DRUMS = ("shaker", "kick", "block")


def played(spec: MusicSpec, seconds: float, seed: int = 7, first: int = 0) -> np.ndarray:
    """Return (n, 2) Pa of a piece that plays to nothing."""
    music = Music(spec, PARTS, CLOCK, seed)
    steps = range(first, first + round(seconds * 60))
    return np.concatenate([music.advance(snapshot(4 * k + 4, STILL), NOTHING, 800) for k in steps])


def test_pitches_scales_and_chords() -> None:
    assert frequency(69) == 440.0
    assert frequency(57) == 220.0
    major = MOODS["calm"].scale
    assert [degree(major, k) for k in (0, 2, 4, 7, -1)] == [0, 4, 7, 12, -1]
    assert voiced([0, 2, 4], major, 0, 60) == [60, 64, 67]
    assert voiced([0, 2, 4], major, 9, 60) == [61, 64, 69]


@pytest.mark.parametrize("mood", list(MOODS))
def test_every_note_is_in_key_within_its_bar_and_more_play_at_higher_levels(mood: str) -> None:
    for seed in range(5):
        score = Score(mood, seed)
        counts = np.zeros(LEVELS)
        for bar in range(32):
            for level in range(LEVELS):
                notes = score.bar(bar, level)
                assert notes == score.bar(bar, level)
                counts[level] += len(notes)
                for one in notes:
                    assert one.pitch == 0 or one.pitch % 12 in score.scale
                    assert 0 <= one.beat < 4.2
                    assert 0 < one.strength <= 1
                    assert -1 <= one.side <= 1
        assert (np.diff(counts) > 0).all()


def test_a_key_a_tempo_and_a_seed_are_kept() -> None:
    assert Score("calm", 1, key="F#").tonic == 6
    assert Score("calm", 1, tempo=100.0).tempo == 100.0
    assert Score("calm", 1).bar(3, 2) == Score("calm", 1).bar(3, 2)
    assert any(Score("calm", 1).bar(b, 2) != Score("calm", 2).bar(b, 2) for b in range(4))


@pytest.mark.parametrize("mood", ["calm", "playful", "tense"])
def test_what_is_heard_is_in_key(mood: str) -> None:
    spec = MusicSpec(mood=mood, key="D", intensity=0.5)  # type: ignore[arg-type]
    wave = played(spec, 12.0).mean(axis=1)
    size = 1 << 15
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, 4 * size)).mean(axis=0)
    f = np.fft.rfftfreq(4 * size, 1 / RATE)
    near = (f > 130) & (f < 560)  # fundamentals: overtones need not be in key
    power = np.where(near, power, 0)
    peaks = (
        np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] > power[2:]) & (power[1:-1] > 0.03 * power.max())) + 1
    )
    scale = Score(mood, 7, key="D").scale
    notes = 69 + 12 * np.log2(f[peaks] / 440)
    off = np.abs(notes - np.round(notes))
    strong = power[peaks] > 0.1 * power.max()
    assert len(peaks) > 8
    assert off[strong].max() < 0.25  # a pad is 4 cents to either side; a window of 0.7 s tells 10
    assert all(int(n) % 12 in scale for n in np.round(notes[strong]))
    mine = power[peaks][[int(n) % 12 in scale for n in np.round(notes)]]
    assert (mine**2).sum() > 0.97 * (power[peaks] ** 2).sum()


def test_notes_begin_on_the_beat() -> None:
    spec = MusicSpec(mood="playful", tempo=120.0, intensity=0.9)
    music = Music(spec, PARTS, CLOCK, 3)
    music._volume = 1.0
    kick = note("kick", 0, 250, RATE).astype(np.float64)
    wave = np.concatenate([music.advance(snapshot(4 * k + 4, STILL), NOTHING, 800) for k in range(480)]).sum(axis=1)
    match = np.correlate(wave, kick[:2_000], "valid")
    for beat in (0.0, 1.0, 2.0, 3.0):  # s: kicks on one and three at 120 a minute
        at = int(beat * RATE)
        window = match[max(at - 4_000, 0) : at + 4_000]
        assert abs(int(np.argmax(window)) + max(at - 4_000, 0) - at) < 60


@pytest.mark.parametrize("voice", list(LOUDNESS))
def test_notes_begin_and_end_without_a_click(voice: str) -> None:
    wave = note(voice, 0 if voice in SCORE_DRUMS else 62, 700, RATE)
    flat = wave if wave.ndim == 1 else wave[:, 0]
    assert np.abs(wave).max() == pytest.approx(LOUDNESS[voice], rel=1e-3)
    assert abs(flat[0]) < 0.02 * LOUDNESS[voice]
    assert abs(flat[-1]) < 0.02 * LOUDNESS[voice]
    assert not wave.flags.writeable


def test_a_piece_is_the_same_again_has_no_dc_and_is_bounded() -> None:
    spec = MusicSpec(mood="bright", intensity=0.8)
    wave = played(spec, 8.0)
    assert np.array_equal(wave, played(spec, 8.0))
    assert not np.array_equal(wave, played(spec, 8.0, seed=8))
    assert np.abs(wave).max() < 1.5
    assert abs(wave.mean()) < 0.01 * wave.std()
    softer = played(MusicSpec(mood="bright", intensity=0.8, level=-6.0), 8.0)
    assert softer.std() == pytest.approx(wave.std() * 10 ** (-6 / 20), rel=1e-3)


def test_a_jump_of_the_clock_does_not_click() -> None:
    music = Music(MusicSpec(mood="calm", intensity=0.5), PARTS, CLOCK, 7)
    periods = [*range(200), *range(900, 1_000)]
    wave = np.concatenate([music.advance(snapshot(4 * k + 4, STILL), NOTHING, 800) for k in periods])
    steps = np.abs(np.diff(wave, axis=0))
    seam = 200 * 800
    assert steps[seam - 3 : seam + 600].max() <= steps.max()
    assert steps[seam - 1].max() < 0.1 * np.abs(wave).max()


def test_intensity_follows_blows_and_speed_and_the_level_follows_it() -> None:
    music = Music(MusicSpec(mood="bright"), PARTS, CLOCK, 7)
    levels = []
    for k in range(60 * 50):
        busy = 600 <= k < 1_500
        rows = row(4 * k + 4, 1, 0, (0, 0, 0), impulse=2.0) if busy and k % 6 == 0 else NOTHING
        speed = np.array([[0.0, 0, 0], [4.0, 0, 0]]) if busy else STILL
        music.advance(snapshot(4 * k + 4, STILL, velocity=speed), rows, 800)
        levels.append(music.level)
    assert set(levels[:600]) == {0}
    assert max(levels[900:1_500]) == 3
    assert levels[-1] == 0
    assert max(np.abs(np.diff(list(music.bars.values()))[: len(music.bars) // 2])) <= 1  # players come one by one
    at_rest = Intensity(PARTS, 1 / 60)
    assert at_rest.follow(snapshot(4, STILL), NOTHING) == 0.0


def test_music_goes_down_under_a_blow() -> None:
    def stem(loud: bool) -> np.ndarray:
        synth = Synth(PARTS, shipped_materials())
        music = Music(MusicSpec(mood="calm", intensity=0.3), PARTS, CLOCK, 7)
        desk, out = Desk(synth, music=music, stems=True), []
        for k in range(240):
            hit = loud and 120 <= k < 180 and k % 6 == 0
            rows = row(4 * k + 2, 1, 0, (0, 0, 0), impulse=1.0, velocity=(0, 0, -4)) if hit else NOTHING
            desk.advance(snapshot(4 * k + 4, STILL), rows, Camera.looking((0.0, -1.0, 0.3), (0.0, 0.0, 0.0)))
            out.append(desk.stems["music"])
        return np.concatenate(out).astype(np.float64)

    alone, under = stem(False), stem(True)
    change = 20 * np.log10(under[800 * 140 : 800 * 175].std() / alone[800 * 140 : 800 * 175].std())
    assert change < -6.0
    assert 20 * np.log10(under[:60_000].std() / alone[:60_000].std()) == pytest.approx(0.0, abs=0.1)
