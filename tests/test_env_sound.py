"""Sound as an observation: samples and mel spectra, Gymnasium's checker, the same bytes for the same seed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from worldsim.errors import UnknownNameError
from worldsim.physics.world import World
from worldsim.scene.model import Scene
from worldsim.sound.ear import Ear
from worldsim.sound.mel import BANDS, MelSpectrum, mel_filters

KNOCK = Scene.model_validate(
    {
        "format": 1,
        "name": "knock",
        "ground": {"material": "concrete"},
        "actors": {"rex": {"kind": "dog", "at": [3, 0, 0]}},
        "objects": [{"name": "bar", "shape": "box", "size": [0.3, 0.2, 0.02], "at": [0, 0, 0.6], "material": "steel"}],
        "cameras": {"main": {"at": [0, -2, 1], "look_at": [0, 0, 0.3]}},
    }
)


def make(**options: Any) -> Any:
    return gym.make("worldsim/Scene-v0", disable_env_checker=True, scene=KNOCK, **options).unwrapped


def still(env: Any, steps: int) -> list[Any]:
    first, _ = env.reset(seed=0)
    rest = [env.step(np.zeros(env.action_space.shape, np.float32))[0] for _ in range(steps)]
    return [first, *rest]


@pytest.mark.parametrize("obs", ["audio", "mel", ("state", "mel")])
def test_gymnasiums_checker_is_content(obs: Any) -> None:
    env = make(obs=obs)
    check_env(env, skip_render_check=True)
    env.close()


def test_a_bar_that_falls_is_heard_when_it_lands() -> None:
    env = make(obs="audio")
    seen = still(env, 40)
    env.close()
    assert seen[0].shape == (800, 2)
    assert not seen[0].any()
    sound = np.abs(np.concatenate(seen[1:])).max(axis=1)
    assert np.flatnonzero(sound > 3e-3)[0] / 48_000 == pytest.approx(np.sqrt(2 * 0.59 / 9.81), abs=0.02)
    assert sound.max() <= 1


def test_an_action_of_several_periods_is_heard_whole() -> None:
    one, six = make(obs="audio"), make(obs="audio", repeat=6)
    single = np.concatenate(still(one, 30)[1:])
    several = np.concatenate(still(six, 5)[1:])
    assert six.observation_space.shape == (4800, 2)
    assert np.array_equal(single, several)
    one.close()
    six.close()


def test_the_same_seed_sounds_the_same_and_starts_in_silence_again() -> None:
    env = make(obs=("state", "audio", "mel"))
    first, second = still(env, 40), still(env, 40)
    env.close()
    assert set(first[0]) == {"audio", "mel", "state"}
    for a, b in zip(first, second, strict=True):
        assert all(a[kind].tobytes() == b[kind].tobytes() for kind in a)
    assert max(float(seen["mel"].max()) for seen in first) > 0.3
    assert not second[0]["audio"].any()


def test_mel_bands_know_level_and_pitch() -> None:
    assert mel_filters(48_000).shape == (BANDS, 1025)
    t = np.arange(4800) / 48_000
    peaks = []
    for frequency in (200, 1000, 5000):
        tone = np.sqrt(2) * 0.02 * np.sin(2 * np.pi * frequency * t)[:, None] * np.ones(2)  # 60 dB
        seen = MelSpectrum(48_000)(tone)
        assert 120 * seen.max() == pytest.approx(60, abs=4)
        peaks.append(int(np.argmax(seen[:, 0])))
    assert peaks == sorted(peaks)
    assert len(set(peaks)) == 3
    assert not MelSpectrum(48_000)(np.zeros((800, 2))).any()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"no kind of observation is called 'sonar'"):
        make(obs=("state", "sonar"))
    with pytest.raises(UnknownNameError, match="kind of observation"):
        make(obs=())


def test_states_alone_load_no_sound() -> None:
    code = (
        "import gymnasium as gym, sys, worldsim\n"
        "env = gym.make('worldsim/DogAgility-v0'); env.reset(seed=0); env.step(env.action_space.sample())\n"
        "assert 'worldsim.sound' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_what_is_for_spectators_is_not_observed() -> None:
    event = {"on": "soon", "play": "applause"}
    wish = {"ambience": {"wind": 1, "rain": 1}, "music": "tense", "events": [event]}
    trigger = [{"name": "soon", "event": "now", "when": {"after": 0.1}}]
    loud = Scene.model_validate({**KNOCK.model_dump(mode="json"), "sound": wish, "triggers": trigger})
    placed = {**wish, "events": [{**event, "at": [0, 0, 1]}]}
    near = Scene.model_validate({**KNOCK.model_dump(mode="json"), "sound": placed, "triggers": trigger})
    heard = {}
    for name, scene in (("quiet", KNOCK), ("loud", loud), ("near", near)):
        env = gym.make("worldsim/Scene-v0", disable_env_checker=True, scene=scene, obs="audio").unwrapped
        heard[name] = np.concatenate(still(env, 30))
        env.close()
    assert heard["quiet"].tobytes() == heard["loud"].tobytes()
    assert np.abs(heard["near"][4800 : 4800 + 9600]).max() > 10 * np.abs(heard["quiet"][4800 : 4800 + 9600]).max()
    with World(loud) as world:
        ear = Ear(world, beds=True)
        ear.begin()
        for _ in range(3):
            ear.hear(world.advance().rows)
        assert np.abs(ear.observe()["audio"]).max() > 1e-4
