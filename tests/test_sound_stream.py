"""Sound while it happens: the fader, the queue to the sound card, and the sound track of a film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import FRONT, RATE, ground, part, row, snapshot
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.render.camera import Camera
from worldsim.scene.layout import Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound import SampleQueue, SoundStream, Synth
from worldsim.sound.level import Leveller
from worldsim.sound.loudness import integrated_loudness

PLATE = Shape("box", (0.2, 0.15, 0.005))
NOTHING = np.zeros(0, CONTACT_DTYPE)


@pytest.mark.parametrize("level", [-70.0, -50.0, -36.0, -12.0])
def test_the_fader_brings_a_steady_sound_to_its_loudness(level: float) -> None:
    noise = np.random.default_rng(0).standard_normal((12 * RATE, 2))
    noise *= 10 ** ((level - integrated_loudness(noise, RATE)) / 20)
    fader = Leveller(RATE)
    out = np.concatenate([fader(noise[k : k + 800]) for k in range(0, len(noise), 800)])
    assert integrated_loudness(out[-3 * RATE :], RATE) == pytest.approx(-16 if level > -61 else level + 45, abs=2.0)


def test_the_fader_leaves_silence_alone() -> None:
    fader = Leveller(RATE)
    assert not fader(np.zeros((RATE, 2))).any()


def test_a_bang_after_a_whisper_is_caught() -> None:
    fader = Leveller(RATE)
    whisper = 1e-4 * np.random.default_rng(0).standard_normal((8 * RATE, 2))
    for k in range(0, len(whisper), 800):
        fader(whisper[k : k + 800])
    bang = np.sin(np.arange(800) * 0.1)[:, None] * np.ones(2)
    fader(bang)
    assert np.abs(fader(bang)).max() < 10 ** (11.1 / 20)


def stream() -> SoundStream:
    return SoundStream(Synth([ground(0, "concrete"), part(1, PLATE, "steel")], shipped_materials()))


@dataclass(frozen=True)
class Period:
    states: list[Snapshot]
    contacts: np.ndarray
    camera: Camera = FRONT


def test_blocks_for_a_file_are_in_time() -> None:
    sound = stream()
    out = []
    for k in range(60):
        rows = row(145, 1, 0, (0.1, 0.075, 0), 0.5) if k == 36 else NOTHING
        out.append(sound.block(Period([snapshot(4 * k + 4, np.zeros((2, 3)))], rows)))
    whole = np.concatenate(out)
    assert len(whole) == 60 * 800 - sound.latency
    assert np.flatnonzero(np.abs(whole).max(axis=1) > 1e-4)[0] / RATE == pytest.approx(144 / 240, abs=1e-3)
    assert np.abs(whole).max() <= 10 ** (-1 / 20) + 1e-6


def test_the_queue_gives_what_it_got_and_fades_where_there_is_too_little() -> None:
    queue = SampleQueue(4000)
    ramp = np.linspace(0, 0.5, 1600, dtype=np.float32)[:, None] * np.ones(2, np.float32)
    queue.push(ramp[:800])
    queue.push(ramp[800:])
    assert np.array_equal(np.concatenate([queue.pull(700), queue.pull(900)]), ramp)
    assert (len(queue), queue.underruns) == (0, 0)
    missing = queue.pull(2000)
    assert queue.underruns == 1
    assert missing[0, 0] == pytest.approx(0.5, rel=0.01)
    assert abs(missing[-1, 0]) < 1e-4
    for _ in range(20):
        queue.push(ramp[:800])
    assert len(queue) <= 4000


DROPS = """
format: 1
name: drops
ground: {material: concrete}
objects:
  - {name: ball, shape: sphere, radius: 0.05, at: [0, 0, 0.75], material: wood}
  - {name: board, shape: box, size: [0.3, 0.2, 0.02], at: [1, 0, 1.4], material: steel}
cameras:
  main: {at: [0.5, -2, 1], look_at: [0.5, 0, 0.3]}
"""


@pytest.mark.slow
def test_a_film_has_its_sound_in_time(tmp_path: Path) -> None:
    import av

    from worldsim.record.recorder import Shot, record
    from worldsim.sound.impact import ImpactFinder
    from worldsim.take import Take

    scene, out = tmp_path / "drops.yaml", tmp_path / "a.mp4"
    scene.write_text(DROPS, encoding="utf-8")
    record(str(scene), out, seconds=3.0, shot=Shot(size=(64, 36), sound=SoundStream.of))
    with av.open(str(out)) as container:
        frames = [(float(frame.time or 0.0), frame.to_ndarray()) for frame in container.decode(audio=0)]
    sound = np.abs(np.concatenate([samples for _, samples in frames], axis=1)).max(axis=0)
    assert frames[0][0] == pytest.approx(0.0, abs=1e-6)
    finder = ImpactFinder(240)
    with Take.open(out.with_suffix(".take")) as take:
        hits = [hit for k in range(len(take)) for hit in finder.find(take.contacts(k), 4 * k + 4)]
    assert len(hits) > 4
    checked, last = 0, -1.0
    for hit in hits:
        start = round(hit.time * RATE)
        before = sound[start - 960 : start - 240].max()
        if hit.time - last > 0.08 and sound[start : start + 480].max() > 8 * before:  # one that stands out
            onset = np.flatnonzero(sound[start - 240 :] > 4 * before + 0.01)[0] - 240
            assert abs(onset) / RATE < 0.005
            checked += 1
        last = hit.time
    assert checked >= 3


def test_the_benchmark_hears_three_hundred_dominoes() -> None:
    from worldsim.benchmarks.sound import three_hundred_dominoes

    bodies = three_hundred_dominoes().layout(0).bodies
    pieces = np.array([body.position for body in bodies if body.name.startswith("piece")])
    assert len(pieces) == 300
    gaps = np.linalg.norm(np.diff(pieces, axis=0), axis=1)
    assert gaps.min() > 0.05  # of 18 mm each: none touches the next …
    assert gaps.max() < 0.1  # … and each of 12 cm reaches it


def test_the_fader_measures_as_the_standards_filter_does() -> None:
    from scipy.signal import sosfilt

    from worldsim.sound.level import _power_weights
    from worldsim.sound.loudness import k_weighting

    rng = np.random.default_rng(0)
    hop, weights = 4_800, _power_weights(RATE, 4_800)
    t = np.arange(10 * hop) / RATE
    for wave in (rng.standard_normal(10 * hop), np.sin(2 * np.pi * 60 * t), np.sin(2 * np.pi * 5_000 * t)):
        wanted = float(np.mean(np.square(sosfilt(k_weighting(RATE), wave)[hop:])))
        found = np.mean([np.abs(np.fft.rfft(piece)) ** 2 @ weights for piece in wave.reshape(-1, hop)[1:]])
        assert 10 * np.log10(found / wanted) == pytest.approx(0.0, abs=0.1)
