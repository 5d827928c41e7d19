"""Behaviours against the truth of the world: what a dog that sits, lies, looks, runs, jumps or flinches really does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from worldsim.behaviour.body import Body
from worldsim.behaviour.director import BEHAVIOURS, Director
from worldsim.errors import PolicyError, UnknownNameError
from worldsim.physics.world import World
from worldsim.policy import fitted, load_policy, pilot_for
from worldsim.scene.model import Scene
from worldsim.scene.story_words import DEEDS

BALL: dict[str, Any] = {
    "name": "ball",
    "shape": "sphere",
    "radius": 0.045,
    "mass": 0.09,
    "material": "rubber",
    "at": [1.6, 0.3, 0.045],
}
CRATE = {"prefab": "crate", "name": "crate", "at": [0.6, 1.6], "params": {"size": 0.3, "mass": 8}}
BIN = {"prefab": "bin", "name": "bin", "at": [1.8, 0.2]}


class Play:
    """A story in a small world, and what is measured while it is acted out."""

    def __init__(self, words: str, *objects: dict[str, Any], breed: str = "beagle", detailed: bool = False) -> None:
        data = {
            "format": 1, "name": "play", "ground": {"material": "concrete"}, "objects": list(objects),
            "actors": {"rex": {"kind": "dog", "breed": breed}},
        }  # fmt: skip
        name = f"dog_story: {words}"
        self.world = World(fitted(Scene.model_validate(data), name), detailed=detailed)
        self.world.reset()
        self.pilot: Any = pilot_for(self.world, name)
        self.run(0.0)
        self.dog: Any = self.world.actors["rex"]
        self.overload = 0.0

    def run(self, seconds: float) -> None:
        """Let time pass; note the highest share of a motor's torque limit."""
        for _ in range(max(1, round(seconds * 60))):
            self.world.advance(self.pilot(self.world))
            dog: Any = self.world.actors["rex"]
            joints = self.world.client.getJointStates(dog.body, dog.joint_indices)
            shares = [abs(j[3]) / b.torque for j, b in zip(joints, dog.skeleton.bones, strict=True)]
            self.overload = max(getattr(self, "overload", 0.0), *shares)

    def finish(self, limit: float = 25.0) -> float:
        """Run to the end of the story; return how long it took, s."""
        spent = 0.0
        while not self.director.over and spent < limit:
            self.run(1 / 60)
            spent += 1 / 60
        return spent

    @property
    def director(self) -> Director:
        """Who directs it."""
        found: Director = self.pilot._policy.director
        return found

    @property
    def body(self) -> Body:
        """The dog as its director sees it."""
        return self.director.body

    def up(self) -> float:
        """Return how far the torso is nose up, rad."""
        turn = self.world.pose(self.world.part_index("rex"))[1]
        return math.asin(self.world.client.getMatrixFromQuaternion(turn)[6])

    def place(self, part: str) -> np.ndarray:
        """Return where a part is, m."""
        return np.array(self.world.pose(self.world.part_index(part))[0])

    def paws_down(self) -> int:
        """Return how many lower legs touch something."""
        points = self.world.client.getContactPoints(self.dog.body)
        links = {p[3] if p[1] == self.dog.body else p[4] for p in points}
        return len(links & {2, 5, 8, 11})

    def speed(self) -> float:
        """Return how fast the torso moves, m/s."""
        return float(np.linalg.norm(self.world.client.getBaseVelocity(self.dog.body)[0]))


@pytest.mark.parametrize("breed", ["beagle", "shepherd", "corgi", "greyhound", "poodle"])
def test_a_sitting_dog_has_its_rump_low_its_chest_high_and_keeps_still(breed: str) -> None:
    play = Play("sit for 3 s", breed=breed)
    high = play.body.height
    play.run(1.6)
    fastest = 0.0
    for _ in range(60):
        play.run(1 / 60)
        fastest = max(fastest, play.speed())
    assert fastest < 0.05
    assert play.up() > 0.35
    hips = play.place("rex/rear_left_root")[2]
    shoulders = play.place("rex/front_left_root")[2]
    assert hips < 0.45 * high
    assert shoulders > 0.75 * high
    assert play.paws_down() == 4
    assert play.overload <= 1.0 + 1e-9


@pytest.mark.parametrize("breed", ["beagle", "shepherd", "corgi", "greyhound", "poodle"])
def test_a_lying_dog_has_its_torso_on_the_ground(breed: str) -> None:
    play = Play("lie down for 3 s", breed=breed)
    play.run(2.5)
    assert play.place("rex/rear_left_root")[2] < 0.45 * play.body.height
    assert play.place("rex/front_left_root")[2] < 0.70 * play.body.height
    assert play.speed() < 0.03
    assert play.overload <= 1.0 + 1e-9


def test_it_gets_up_again_and_walks() -> None:
    play = Play("lie down for 1 s, sit for 1 s, walk to the ball", BALL)
    play.finish()
    gap = np.linalg.norm((play.place("ball") - play.body.muzzle())[:2]) - 0.045
    assert gap < 0.45
    assert play.dog.doing == "gait"
    assert [what for _, what in play.director.log] == ["lie", "sit", "walk_to"]


@pytest.mark.parametrize("words", ["look at the crate for 3 s", "sit for 0.5 s, look at the ball for 3 s"])
def test_who_looks_at_a_thing_has_the_head_turned_to_it(words: str) -> None:
    play = Play(words, CRATE, BALL)
    while play.director.doing != "look_at":
        play.run(1 / 60)
    play.run(2.8)
    target = play.place("ball" if "ball" in words else "crate")
    way = target - np.array(play.world.pose(play.world.part_index("rex/head"))[0])
    assert math.degrees(math.acos(play.body.facing() @ way / np.linalg.norm(way))) < 15


def test_a_run_ends_at_the_thing() -> None:
    play = Play("run to the crate", CRATE)
    play.finish()
    gap = np.linalg.norm((play.place("crate") - play.body.muzzle())[:2]) - 0.15
    assert gap < 0.45
    assert play.speed() < 0.3


def test_a_nose_that_sniffs_is_at_the_thing() -> None:
    play = Play("sniff the ball for 2 s", BALL)
    nearest = 9.0
    for _ in range(600):
        play.run(1 / 60)
        nearest = min(nearest, float(np.linalg.norm(play.place("ball") - play.body.muzzle())))
        if play.director.over:
            break
    assert nearest < 0.045 + 0.12


def test_what_is_knocked_over_was_hit_by_the_dog() -> None:
    play = Play("knock over the bin", BIN)
    row = play.world.part_index("bin")
    hit = 0.0
    for _ in range(60 * 20):
        play.run(1 / 60)
        for contact in play.world.contacts:
            if row in (contact["part_a"], contact["part_b"]):
                other = contact["part_b"] if contact["part_a"] == row else contact["part_a"]
                if play.world.parts[int(other)].actor == "rex":
                    hit += contact["impulse"]
        if play.director.over:
            break
    assert play.director.cast.things("bin")[0].fallen()
    assert hit > 0.2
    assert play.overload <= 1.0 + 1e-9


def test_a_jump_over_a_barrier_ends_behind_it_and_the_dog_was_in_the_air() -> None:
    bar = {"prefab": "jump_barrier", "name": "barrier", "at": [2.6, 0.4], "params": {"height": 0.18}}
    play = Play("jump over the barrier", bar)
    most = 0.0
    while not play.director.over:
        play.run(1 / 60)
        most = max(most, float(play.place("rex")[2]))
    assert play.place("rex")[0] > 2.9
    assert most > 0.18 + 0.15


def test_what_is_fetched_lies_at_home() -> None:
    play = Play("fetch the ball", BALL)
    play.finish()
    assert np.linalg.norm(play.place("ball")[:2]) < 1.2
    assert play.dog.mouth.held is None
    assert np.linalg.norm(BALL["at"][:2]) > 1.5


def test_a_scratching_hind_leg_swings_four_times_a_second_and_the_tail_can_wag() -> None:
    play = Play("scratch for 2 s")
    while play.body.pose is None or play.director._time < 2.2:
        play.run(1 / 60)
    knees = []
    for _ in range(60):
        play.run(1 / 60)
        knees.append(play.world.client.getJointState(play.dog.body, 8)[0])
    swing = np.array(knees) - np.mean(knees)
    assert 3 <= np.argmax(np.abs(np.fft.rfft(swing))) <= 5
    assert np.ptp(swing) > 0.15
    glad, calm = Play("sit and wag for 3 s"), Play("sit for 3 s")
    spans = []
    for each in (glad, calm):
        each.run(2.0)
        tail = each.dog.skeleton.index("tail_tip")
        angles = []
        for _ in range(45):
            each.run(1 / 60)
            angles.append(each.world.client.getJointState(each.dog.body, tail)[0])
        spans.append(np.ptp(angles))
    assert spans[0] > 0.6 > 0.2 > spans[1]


def falling(height: float, mass: float) -> dict[str, Any]:
    return {"prefab": "crate", "name": "noise", "at": [-1.0, 1.2, height], "params": {"size": 0.25, "mass": mass}}


def test_a_loud_contact_startles_within_a_third_of_a_second_and_the_story_goes_on() -> None:
    play = Play("sit for 4 s", falling(4.0, 4.0), detailed=True)
    fell = heard = None
    for k in range(60 * 8):
        play.run(1 / 60)
        if fell is None and play.place("noise")[2] < 0.14:
            fell = k / 60
        if heard is None and play.director.doing == "startle":
            heard = k / 60
        if play.director.over:
            break
    assert fell is not None
    assert heard is not None
    assert heard - fell < 0.3
    assert [what for _, what in play.director.log] == ["sit", "startle", "sit"]


def test_a_soft_contact_does_not_startle() -> None:
    play = Play("sit for 3 s", falling(0.15, 0.4), detailed=True)
    play.finish(5.0)
    assert [what for _, what in play.director.log] == ["sit"]


def test_the_same_story_is_the_same_to_the_byte() -> None:
    hashes = []
    for _ in range(2):
        play = Play("run to the ball, sit and wag for 1 s", BALL)
        play.run(5.0)
        hashes.append(play.world.state_hash())
    assert hashes[0] == hashes[1]


def test_a_posing_dog_that_is_restored_goes_on_to_the_byte() -> None:
    play = Play("sit for 3 s")
    play.run(0.9)
    commands = [play.pilot(play.world) for _ in range(1)] * 60
    here = play.world.checkpoint()
    ends = []
    for _ in range(2):
        play.world.restore(here)
        for command in commands:
            play.world.advance(command)
        ends.append(play.world.state_hash())
    assert ends[0] == ends[1]


def test_every_behaviour_that_has_words_can_be_done() -> None:
    assert set(BEHAVIOURS) == set(DEEDS)


def test_refusals() -> None:
    with pytest.raises(UnknownNameError, match="no thing of the scene is called 'bal'; did you mean 'ball'"):
        Play("run to the bal", BALL)
    with pytest.raises(PolicyError, match="no behaviour is in 'dance'"):
        load_policy("dog_story: dance")
    with pytest.raises(PolicyError, match="takes no words, found 'fast'"):
        load_policy("idle: fast")
    with pytest.warns(RuntimeWarning, match="no meaning is known for happily"):
        load_policy("dog_story: sit happily")
    bare = World(Scene.model_validate({"format": 1, "name": "bare", "actors": {"rex": {"kind": "dog"}}}))
    with pytest.raises(PolicyError, match="scene 'bare' has no story: write one under 'story'"):
        pilot_for(bare, "dog_story")(bare)
