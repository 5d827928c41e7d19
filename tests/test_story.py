"""Stories: sentences in two languages, what they are about, and every mistake in them reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldsim.errors import SceneError
from worldsim.scene.load import load_scene
from worldsim.scene.story_target import targets
from worldsim.scene.story_text import Said, understand
from worldsim.scene.story_words import DEEDS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sit", [Said("sit")]),
        ("Run to the ball, sniff it, then sit and wag.",
         [Said("run_to", "ball"), Said("sniff", "ball"), Said("sit", wag=True)]),
        ("lie down for 2.5 s; scratch", [Said("lie", seconds=2.5), Said("scratch")]),
        ("knock over the red chairs and look at the box for 2 seconds",
         [Said("knock_over", "red chairs"), Said("look_at", "box", 2.0)]),
        ("sit and wag for 4 s", [Said("sit", seconds=4.0, wag=True)]),
        ("walk to the crate and wag", [Said("walk_to", "crate"), Said("wag")]),
        ("공으로 달려가서 냄새를 맡고 앉아서 꼬리를 흔들어",
         [Said("run_to", "ball"), Said("sniff", "ball"), Said("sit", wag=True)]),
        ("허들을 뛰어넘고 빨간 공을 물어와", [Said("jump_over", "barrier"), Said("fetch", "red ball")]),
        ("상자를 3초 동안 바라보고 엎드려", [Said("look_at", "box", 3.0), Said("lie")]),
    ],
)  # fmt: skip
def test_sentences(text: str, said: list[Said]) -> None:
    found = understand(text)
    assert list(found.said) == said
    assert found.unknown == ()


def test_what_is_not_understood_is_handed_back() -> None:
    found = understand("sit happily, dance")
    assert [said.do for said in found.said] == ["sit"]
    assert found.unknown == ("happily", "dance")


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_every_phrase_means_its_behaviour(name: str) -> None:
    deed = DEEDS[name]
    for phrase in deed.english:
        found = understand(f"{phrase} the ball" if deed.needs else phrase)
        assert [said.do for said in found.said] == [name], phrase
        assert not found.unknown, phrase
    for phrase in deed.korean:
        found = understand(f"공을 {phrase}" if deed.needs else phrase)
        assert [said.do for said in found.said] == [name], phrase


class Thing:
    def __init__(self, name: str, *tags: str) -> None:
        self.name, self.tags = name, tags


def test_words_for_things() -> None:
    bodies = [Thing("red_ball"), Thing("garden_chair.0/seat"), Thing("garden_chair.1/seat"), Thing("pin", "fragile")]
    assert targets("red ball", bodies, []) == ["red_ball"]
    assert targets("ball", bodies, []) == ["red_ball"]
    assert targets("chairs", bodies, []) == ["garden_chair.0", "garden_chair.1"]
    assert targets("fragile", bodies, []) == ["pin"]
    assert targets("max", bodies, ["max"]) == ["max"]
    assert targets("blue ball", bodies, []) == []


def check(tmp_path: Path, lines: str) -> str:
    path = tmp_path / "bad.yaml"
    head = "format: 1\nname: bad\nactors: {rex: {kind: dog}}\nobjects:\n"
    ball = "  - {name: ball, shape: sphere, radius: 0.1, at: [1, 0, 0.1], material: rubber}\n"
    path.write_text(f"{head}{ball}story:\n{lines}", encoding="utf-8")
    with pytest.raises(SceneError) as error:
        load_scene(path)
    return str(error.value)


def test_mistakes_in_a_scene_are_all_reported(tmp_path: Path) -> None:
    text = check(
        tmp_path, "  - {do: sitt}\n  - {do: sniff}\n  - dance\n  - {do: sit, to: ball}\n  - {do: sit, for: -1}\n"
    )
    assert "7:10: story[0].do: no behaviour is called 'sitt'" in text
    assert "did you mean 'sit'?" in text
    assert "story[1]: 'sniff' is about a thing: the key 'to' is missing" in text
    assert "story[2]: no meaning is known for 'dance'; the words there are: docs/behaviours.md" in text
    assert "story[3]: 'sit' is about nothing, found to: 'ball'" in text
    assert "story[4].for: expected at least 0 and at most 600 s, found -1" in text


def test_an_unknown_thing_gets_a_guess(tmp_path: Path) -> None:
    text = check(tmp_path, "  - sit\n  - run to the bal\n")
    assert "8:5: story[1]: nothing is called 'bal'; there are: rex, ball (did you mean 'ball'?)" in text


def test_a_scene_made_in_code_takes_the_same_story() -> None:
    scene = load_scene("dog_story")
    assert [said.do for line in scene.story for said in line.said()][:3] == ["lie", "sit", "sniff"]
    again = type(scene).model_validate({"format": 1, "name": "x", "story": ["sit", {"do": "lie", "for": 2}]})
    assert type(scene).model_validate_json(again.model_dump_json(by_alias=True)).story == again.story
