"""Looks by name and in words: what each means, what wins over what, and that no word is lost in silence."""

from __future__ import annotations

import math
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from pydantic import ValidationError

from worldsim.cli import run
from worldsim.errors import SceneError
from worldsim.scene.load import load_scene
from worldsim.scene.look import Look
from worldsim.scene.look_names import NAMED_LOOKS
from worldsim.scene.look_prompt import understand
from worldsim.scene.look_text import as_look, read_look
from worldsim.scene.look_words import MEANINGS

PHRASES = [
    (phrase, meaning.keys)
    for group in MEANINGS.values()
    for meaning in group
    for phrase in (*meaning.english, *meaning.korean)
]


@pytest.mark.parametrize(("phrase", "keys"), PHRASES, ids=[phrase for phrase, _ in PHRASES])
def test_every_phrase_means_what_the_table_says(phrase: str, keys: dict[str, object]) -> None:
    found = understand(phrase)
    assert dict(found.keys) == dict(keys)
    assert found.unknown == ()
    Look.model_validate(phrase)


@pytest.mark.parametrize("name", NAMED_LOOKS)
def test_every_name_is_a_look(name: str) -> None:
    look = Look.model_validate(name)
    assert look == Look.model_validate({"name": name}) == Look.model_validate(look.model_dump())
    assert {key: getattr(look, key) for key in NAMED_LOOKS[name]} == dict(NAMED_LOOKS[name])


def test_the_page_lists_every_name_and_phrase() -> None:
    page = (Path(__file__).parent.parent / "docs" / "looks.md").read_text(encoding="utf-8")
    missing = [name for name in NAMED_LOOKS if f"| `{name}` |" not in page]
    for group in MEANINGS.values():
        for meaning in group:
            row = f"| {', '.join(meaning.english)} | {', '.join(meaning.korean)} |"
            missing += [row] * (row not in page)
    assert not missing


def test_no_phrase_has_two_meanings() -> None:
    phrases = [phrase for phrase, _ in PHRASES]
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("golden hour, misty autumn", {"sun_elevation_deg": 9, "season": "autumn", "haze": 0.75}),
        ("안개 낀 가을 아침", {"sun_elevation_deg": 22, "season": "autumn", "haze": 0.88}),
        ("안개가 낀 겨울밤에", {"haze": 0.88, "season": "winter", "sky": "night"}),
        ("눈이 내리는 밤에", {"season": "snow", "sky": "night"}),
        ("비 온 뒤의 맑은 오후", {"wetness": 0.5, "sky": "clear", "sun_elevation_deg": 38}),
        ("slightly cold", {"warmth": -0.2}),
        ("very hazy", {"haze": 0.75}),
        ("night, clear sky", {"sky": "night"}),
        ("night ... no, morning", {"sun_elevation_deg": 22}),
        ("17:30 in WINTER", {"time": "17:30", "season": "winter"}),
    ],
)
def test_prompts(prompt: str, keys: dict[str, object]) -> None:
    found = understand(prompt).keys
    assert {key: found.get(key) for key in keys} == keys


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("a dog on a lawn at noon", ("dog", "lawn")),
        ("very red", ("very red",)),
        ("very autumn", ("very",)),
        ("사막의 아침", ("사막의",)),
        ("misty", ()),
        ("가을바람", ("가을바람",)),
        ("", ()),
    ],
)
def test_words_without_a_meaning_are_returned(prompt: str, unknown: tuple[str, ...]) -> None:
    assert understand(prompt).unknown == unknown


def test_given_keys_win_over_words_and_words_over_the_name() -> None:
    look = Look.model_validate({"name": "mist", "prompt": "hazy autumn evening", "season": "spring"})
    assert (look.sky, look.haze, look.season, look.sun_elevation_deg) == ("overcast", 0.5, "spring", 7)
    noon = Look.model_validate({"time": "12:00", "prompt": "golden hour"})
    assert noon.sun_elevation_deg is None
    assert math.degrees(noon.sun_angles()[0]) > 60
    lamp = Look.model_validate({"sky": "studio", "prompt": "a hall at night"})
    assert lamp.light() == Look(sky="studio").light()


def test_scene_files_take_a_name_words_or_a_map(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"

    def look(text: str) -> Look:
        file.write_text(f"format: 1\nname: a\nlook: {text}\n", encoding="utf-8")
        return load_scene(file).look

    assert look("golden_hour") == Look.model_validate("golden_hour")
    assert look('"안개 낀 가을 아침"').season == "autumn"
    assert look("{name: snow, haze: 0.5}").haze == 0.5
    with pytest.raises(SceneError, match=r"3:7: look.*no look is called 'goldn_hour'"):
        look("goldn_hour")
    with pytest.raises(SceneError, match="did you mean 'night'"):
        look("{name: nigth}")


def test_on_the_command_line_a_name_replaces_the_light_and_words_change_it() -> None:
    base = Look(time="17:10", sky="partly_cloudy", haze=0.3, prompt="a dog on a lawn")
    named, unknown = read_look("golden_hour", base)
    assert unknown == ()
    assert (named.time, named.sky, named.haze) == (None, "clear", NAMED_LOOKS["golden_hour"]["haze"])
    assert named.prompt == "a dog on a lawn, golden hour"
    misty, unknown = read_look("misty over Paris", base)
    assert unknown == ("paris",)
    assert (misty.time, misty.sky, misty.haze) == ("17:10", "partly_cloudy", 0.75)
    assert read_look("snow, thick fog, haze=0.4", base)[0].haze == 0.4
    assert read_look("07:30", Look(sun_elevation_deg=80))[0].sun_elevation_deg is None
    assert read_look("morning light", Look(sky="studio"))[0].sky == "clear"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sunest", "did you mean 'sunset'"),
        ("haze=2", "haze: Input should be less than or equal to 1, found '2'"),
        ("hase=1", "did you mean 'haze'"),
    ],
)
def test_what_can_not_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        read_look(text, Look())


def test_text_given_in_code_warns_of_unknown_words() -> None:
    assert as_look(None, Look(haze=0.4)).haze == 0.4
    assert as_look(Look(haze=0.5), Look()).haze == 0.5
    with pytest.warns(RuntimeWarning, match="no meaning is known for paris"):
        assert as_look("misty Paris", Look()).haze == 0.75


def test_look_of_nothing_known_is_refused_by_the_commands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(("record", "dominoes", "-o", str(tmp_path / "a.mp4"), "--look", "gloden_hour")) == 2
    assert "did you mean 'golden_hour'" in capsys.readouterr().err


def test_play_refuses_a_look_before_it_opens_a_window(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("play", "dominoes", "--look", "sunest")) == 2
    assert "did you mean 'sunset'" in capsys.readouterr().err


def test_envs_take_a_look() -> None:
    means = {}
    for look in (None, "snow", Look(sky="night")):
        env = gym.make("worldsim/DogAgility-v0", render_mode="rgb_array", size=(32, 16), look=look)
        env.reset(seed=0)
        means[str(look)[:4]] = np.asarray(env.render()).mean()
        env.close()
    assert means["snow"] > means["None"] + 40
    assert means["name"] < means["None"] - 40


def test_validation_names_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="no look is called 'nightt'"):
        Look.model_validate({"name": "nightt"})
