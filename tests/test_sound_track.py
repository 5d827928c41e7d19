"""Sound beside its physics: a bouncing ball is heard when it bounces; a take sounds as its world did."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import RATE, onsets
from tests.worlds import body, ground, world_of
from worldsim.actor.dog.dog import DogOptions
from worldsim.errors import OutputError, SoundError
from worldsim.physics.world import World
from worldsim.render.camera import Camera
from worldsim.scene.layout import ActorPlacement, Body, Geom, Layout, Shape
from worldsim.scene.load import load_scene
from worldsim.scene.material import shipped_materials
from worldsim.scene.model import Scene
from worldsim.sound import SoundTrack, Synth, take_sound, write_wav
from worldsim.take import Take, TakeWriter

CAMERA = Camera.looking((0.0, -2.0, 0.6), (0.0, 0.0, 0.3))


def made_of(thing: Body, name: str) -> Body:
    """Return the body in a material."""
    geoms = tuple(replace(geom, material=name) for geom in thing.geoms)
    return replace(thing, geoms=geoms, material=name)


def hearing(world: World) -> Synth:
    """Return the world's synthesiser with the shipped materials."""
    return Synth(world.parts, shipped_materials())


def bounces(height: float, restitution: float) -> tuple[np.ndarray, np.ndarray]:
    """Drop a ball; return the times at which it touches, by its path, and its sound (n, 2)."""
    ball = made_of(body("ball", Shape("sphere", (0.05,)), (0, 0, 0.05 + height), 0.3, restitution=restitution), "wood")
    with world_of([made_of(ground(), "concrete"), ball]) as world:
        track = SoundTrack(hearing(world))
        path = []
        for _ in range(150):
            states: list = []
            contacts = world.advance(states=states)
            path += [(s.time, s.position[1, 2] - 0.05, s.velocity[1, 2]) for s in states]
            track.add(world.snapshot(), contacts, CAMERA)
    times = []
    for (t, gap, speed), (_, _, after) in itertools.pairwise(path):
        if speed < -0.1 and after > 0:  # it turns round in the next step: it touches where this step's path meets 0
            times.append(t + gap / -speed)
    return np.array(times), track.raw().astype(np.float64)


def test_a_ball_is_heard_when_it_touches() -> None:
    checked = 0
    for height in (0.4, 0.5, 0.6, 0.7, 0.83, 0.9, 1.0, 1.31):
        touches, sound = bounces(height, 0.8)
        mono = np.abs(sound).max(axis=1)
        apart = np.diff(touches, prepend=-1.0) > 0.05  # sooner than that the same pair is not heard again
        for touch in touches[apart]:
            start = round(touch * RATE)
            before, after = mono[start - 240 : start - 48], mono[start : start + 48]
            assert after.max() > 10 * before.max(), (
                f"silent 1 to 5 ms before the touch at {touch:.4f} s, loud within 1 ms"
            )
            checked += 1
    assert checked >= 36


def test_bounces_quicken() -> None:
    touches, sound = bounces(1.0, 0.8)
    heard = onsets(sound.mean(axis=1), 2e-4)
    assert len(heard) >= 4
    gaps = np.diff(heard[:5])
    assert (np.diff(gaps) < 0).all()
    assert heard[:4] == pytest.approx(touches[:4], abs=1e-3)


def test_every_knock_is_heard_and_nothing_else() -> None:
    touches, sound = bounces(0.7, 0.7)
    quiet = np.ones(len(sound), bool)
    for touch in touches:
        quiet[round(touch * RATE) - 48 :] = False
        break
    assert not sound[quiet].any()
    assert len(onsets(sound.mean(axis=1), 2e-4)) >= 3


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Take, np.ndarray]]:
    """A second of dominoes as a take, and as it was heard while it ran."""
    path = tmp_path_factory.mktemp("take") / "a.take"
    with World(load_scene("dominoes")) as world:
        track = SoundTrack.of(world)
        with TakeWriter(path, world) as writer:
            for _ in range(60):
                contacts, _ = writer.advance()
                track.add(world.snapshot(), contacts, CAMERA)
    with Take.open(path) as take:
        yield take, track.raw()


def test_a_take_sounds_as_its_world_did(recorded: tuple[Take, np.ndarray]) -> None:
    take, live = recorded
    assert live.any()
    assert take_sound(take, CAMERA, mastered=False).tobytes() == live.tobytes()


def test_a_part_of_a_take(recorded: tuple[Take, np.ndarray]) -> None:
    take, live = recorded
    part = take_sound(take, lambda _: CAMERA, 30, 45, mastered=False)
    assert part.tobytes() == live[30 * 800 : 45 * 800].tobytes()
    with pytest.raises(SoundError, match="the take has 0 to 60"):
        take_sound(take, CAMERA, 50, 61)


def test_nothing_added_is_no_sound() -> None:
    ball = Body("a", "sphere", (Geom(Shape("sphere", (0.1,))),), mass=1.0)
    with world_of([ball]) as world:
        assert SoundTrack(hearing(world)).mastered().shape == (0, 2)


def test_wav_files_read_back(tmp_path: Path) -> None:
    from scipy.io import wavfile

    samples = np.random.default_rng(0).uniform(-0.9, 0.9, (4800, 2)).astype(np.float32)
    write_wav(tmp_path / "a.wav", samples)
    rate, read = wavfile.read(tmp_path / "a.wav")
    assert rate == RATE
    assert np.abs(read / 32767 - samples).max() < 1 / 32767
    write_wav(tmp_path / "b.wav", samples, pcm=False)
    assert np.array_equal(wavfile.read(tmp_path / "b.wav")[1], samples)
    with pytest.raises(OutputError, match=r"no/a\.wav"):
        write_wav(tmp_path / "no" / "a.wav", samples)


def test_claws_tick_on_hard_ground_and_not_on_grass() -> None:
    def treble(name: str, actor: str) -> float:
        placement = ActorPlacement("rex", "dog", (0, 0, 0), 0.0, DogOptions(breed="beagle"))
        layout = Layout("walk", (made_of(ground(), name),), (), (placement,), shipped_materials())
        with World(Scene.model_validate({"format": 1, "name": "walk"}), 0, layout=layout) as world:
            parts = [replace(part, class_name=actor) if part.actor else part for part in world.parts]
            track = SoundTrack(Synth(parts, world.layout.materials))
            for _ in range(90):
                contacts = world.advance({"rex": np.array([1.2, 0.0, 0.0])})
                track.add(world.snapshot(), contacts, CAMERA)
        sound = track.raw().mean(axis=1)
        f = np.fft.rfftfreq(len(sound), 1 / RATE)
        return float(np.square(np.abs(np.fft.rfft(sound)))[(f > 3300) & (f < 6500)].sum())

    assert treble("hardwood", "dog") > 5 * treble("hardwood", "sheep")
    assert treble("grass", "dog") == treble("grass", "sheep")
