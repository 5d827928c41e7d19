"""`worldsim sound`: a take as a WAV file, its stems, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from worldsim.cli import run
from worldsim.physics.world import World
from worldsim.render.rig import CameraRig
from worldsim.scene.load import load_scene
from worldsim.sound import SoundTrack
from worldsim.sound.loudness import integrated_loudness, true_peak
from worldsim.take import Take, TakeWriter


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "fall.take"
    with World(load_scene("dominoes")) as world, TakeWriter(path, world) as writer:
        for _ in range(90):
            writer.advance()
    return path


def test_a_take_as_a_wav_with_stems(take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, stems = tmp_path / "fall.wav", tmp_path / "stems"
    assert run(["sound", str(take), "-o", str(out), "--stems", str(stems), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    rate, samples = wavfile.read(out)
    mix = samples / 32767
    assert (rate, mix.shape) == (48_000, (72_000, 2))
    assert said["seconds"] == 1.5
    assert said["loudness_lufs"] == pytest.approx(integrated_loudness(mix, rate), abs=0.05)
    assert said["loudness_lufs"] == pytest.approx(-16, abs=1.5)
    assert 20 * np.log10(true_peak(mix).max()) <= -0.99
    layers = {path.stem: wavfile.read(path)[1] for path in stems.iterdir()}
    assert set(layers) == {"contacts", "sources", "ambience", "music"}
    total = np.sum(list(layers.values()), axis=0)
    quiet = np.abs(total).max(axis=1) < 0.2  # where the limiter is idle the stems are the mix
    quiet &= np.convolve(~quiet, np.ones(30_001), mode="same") == 0
    assert np.allclose(total[quiet], mix[quiet], atol=2e-3)


def test_raw_sound_is_in_pascals_whatever_else_is_heard(take: Path, tmp_path: Path) -> None:
    whole, part, stems = tmp_path / "whole.wav", tmp_path / "part.wav", tmp_path / "stems"
    assert run(["sound", str(take), "-o", str(whole), "--raw", "--stems", str(stems)]) == 0
    assert run(["sound", str(take), "-o", str(part), "--raw", "--to", "0.5"]) == 0
    rate, samples = wavfile.read(whole)
    assert (rate, samples.dtype, samples.shape) == (48_000, np.float32, (72_000, 2))
    with Take.open(take) as opened, opened.world() as world:
        rig = CameraRig(next(iter(opened.scene.cameras.values())), world.parts)
        track = SoundTrack.of(world)
        for period in range(len(opened)):
            snapshot = opened.snapshot(period + 1)
            track.add(snapshot, opened.contacts(period), rig.camera(snapshot))
    assert np.allclose(samples, track.raw(), atol=1e-6)
    assert np.array_equal(wavfile.read(part)[1][:23_000], samples[:23_000])  # no loudness that what comes later changes
    total = np.sum([wavfile.read(path)[1] for path in stems.iterdir()], axis=0)
    assert np.allclose(total, samples, atol=1e-6)


def test_other_ears_and_a_part(take: Path, tmp_path: Path) -> None:
    made = {}
    for name, options in {
        "plain": [], "low": ["--camera", "low"], "phones": ["--binaural"], "part": ["--from", "0.5", "--to", "1"]
    }.items():  # fmt: skip
        out = tmp_path / f"{name}.wav"
        assert run(["sound", str(take), "-o", str(out), *options]) == 0
        made[name] = wavfile.read(out)[1]
    assert len(made["part"]) == 24_000
    assert not np.array_equal(made["plain"], made["low"])
    assert not np.array_equal(made["plain"], made["phones"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "x.mp3"], "x.mp3: sound is written as .wav"),
        (["-o", "x.wav", "--camera", "moon"], "no camera is called 'moon'"),
        (["-o", "x.wav", "--from", "7"], "it lasts 1.50 s; there is nothing from 7 s to its end"),
        (["-o", "no/such/x.wav"], "give a file in a folder that can be written"),
    ],
)
def test_refusals(
    take: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["sound", str(take), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
