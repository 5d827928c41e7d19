"""Sources in worlds: dogs, hinges, chains, what flies, ambience by look, sounds of events; all of it together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import scene_of
from worldsim.errors import SceneError
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.physics.world import World
from worldsim.render.camera import Camera
from worldsim.scene.look import Look
from worldsim.scene.sound import AmbienceSpec
from worldsim.sound.desk import Desk
from worldsim.sound.source.ambience import Ambience, look_shares
from worldsim.sound.source.birds import KINDS, Birds, song, sung
from worldsim.sound.source.chain import ChainRattle
from worldsim.sound.source.dog import DogVoice
from worldsim.sound.source.gather import programme_of, sources_of
from worldsim.sound.source.hinge import HingeCreak
from worldsim.sound.source.insects import Insects, chirps_per_minute
from worldsim.sound.source.source import Clock
from worldsim.sound.source.temper import KNOCK, STARTLE, Moment, Temper
from worldsim.sound.source.weather import City, Rain, Room, Wind
from worldsim.sound.source.whoosh import Whoosh

CLOCK = Clock()
NOTHING = np.zeros(0, CONTACT_DTYPE)
CAMERA = Camera.looking((0.0, -4.0, 1.5), (0.0, 0.0, 0.5))

GATE = """
ground: {material: concrete}
objects:
  - {name: beam, shape: box, size: [0.1, 0.1, 0.1], at: [0, 0, 3], static: true}
  - {name: flap, shape: box, size: [1.0, 0.6, 0.05], at: [0.6, 0, 2.9], material: wood}
  - {name: ball, shape: sphere, radius: 0.1, at: [9, 9, 30], material: rubber}
joints:
  - {kind: hinge, parent: beam, child: flap, anchor: [0.05, 0, 2.9], axis: [0, 1, 0], damping: 12}
"""


def now(step: int) -> Snapshot:
    """Return a world of nothing at a step."""
    place, turn, still, none = np.zeros((1, 3)), np.zeros((1, 4)), np.zeros((1, 3)), np.zeros(0)
    return Snapshot(step, step / 240, place, turn, still, still, none, none)


def blocks(world: World, seconds: float) -> Iterator[tuple[Snapshot, np.ndarray]]:
    """Let a world run."""
    for _ in range(round(seconds * 60)):
        rows = np.asarray(world.advance())
        yield world.snapshot(), rows


def heard(world: World, kind: type, seconds: float) -> np.ndarray:
    """Return what the first source of a kind gives out."""
    source = next(s for s in sources_of(world) if isinstance(s, kind))
    return np.concatenate([source.advance(s, rows, 800).samples for s, rows in blocks(world, seconds)])


# ---- dogs


def moments(temper: Temper, count: int, start: int = 1, **how: float | bool) -> list[str]:
    """Return what a dog says in so many alike periods."""
    return [word.kind for k in range(count) for word in temper.feel(Moment(start + k, **how))]  # type: ignore[arg-type]


def test_a_resting_dog_hardly_says_anything_and_a_running_one_barks_now_and_then() -> None:
    calm = [len(moments(Temper(seed, 1 / 60), 600)) for seed in range(12)]
    wild = [moments(Temper(seed, 1 / 60), 1_800, work=0.8) for seed in range(12)]
    assert np.mean(calm) < 0.8
    barks = [words.count("bark") for words in wild]
    assert 2 < np.mean(barks) < 15
    assert max(barks) < 25


def test_a_hard_knock_makes_it_yelp_at_once_and_a_crash_makes_it_answer() -> None:
    for seed in range(6):
        temper = Temper(seed, 1 / 60)
        moments(temper, 300)
        assert [w.kind for w in temper.feel(Moment(301, knock=0.5 * KNOCK)) if w.kind == "yelp"] == []
        assert temper.feel(Moment(302, knock=2 * KNOCK))[0].kind == "yelp"
        temper = Temper(seed + 100, 1 / 60)
        moments(temper, 240)
        words = temper.feel(Moment(241, crash=1.5 * STARTLE))
        if words:
            assert words[0].kind in ("bark", "woof")
            assert 0.1 < words[0].delay < 0.4


def test_effort_follows_work_slowly() -> None:
    temper = Temper(1, 1 / 60)
    moments(temper, 420, work=1.0)
    assert 0.55 < temper.effort < 0.7
    moments(temper, 420)
    assert 0.4 < temper.effort < 0.6


def test_a_running_dog_pants_and_jingles_and_a_standing_one_does_not() -> None:
    def run(speed: float) -> tuple[np.ndarray, DogVoice]:
        from worldsim.scene.model import Scene

        scene = Scene.model_validate({"format": 1, "name": "t", "actors": {"rex": {"kind": "dog", "at": [0, 0]}}})
        with World(scene, 3) as world:
            voice = next(s for s in sources_of(world) if isinstance(s, DogVoice))
            out = []
            for _ in range(300):
                rows = np.asarray(world.advance({"rex": np.array([speed, 0.0, 0.0])}))
                emission = voice.advance(world.snapshot(), rows, 800)
                out.append(emission.samples)
            assert emission.name == "rex"
            assert np.allclose(emission.position, world.snapshot().position[world.part_index("rex/head")])
            return np.concatenate(out), voice

    still, _ = run(0.0)
    moving, voice = run(2.5)
    assert np.mean(np.abs(still) > 1e-5) < 0.1
    assert np.mean(np.abs(moving.reshape(-1, 800)).max(axis=1) > 1e-5) > 0.4
    assert voice.temper.effort > 0.15
    assert np.array_equal(moving, run(2.5)[0])


# ---- hinges, chains, what flies


def test_a_flap_creaks_while_it_swings_and_is_silent_when_it_rests(tmp_path: Path) -> None:
    with World(scene_of(tmp_path, GATE), 0) as world:
        wave = heard(world, HingeCreak, 6.0)
        turning = abs(float(world.snapshot().joint_velocity[0]))
    assert np.abs(wave[:96_000]).max() > 1e-3
    assert turning < 0.05
    assert not wave[-8_000:].any()


def test_a_falling_ball_makes_the_air_rush_the_more_the_faster(tmp_path: Path) -> None:
    with World(scene_of(tmp_path, GATE), 0) as world:
        source = next(s for s in sources_of(world) if isinstance(s, Whoosh))
        out, speed = [], []
        for s, rows in blocks(world, 2.2):
            out.append(float(source.advance(s, rows, 800).samples.std()))
            speed.append(float(np.abs(s.velocity[:, 2]).max()))
    level, pace = np.array(out), np.array(speed)
    assert not level[pace < 4].any()
    assert level[pace > 18].mean() > 2 * level[(pace > 9) & (pace < 14)].mean() > 0


def test_the_chain_of_the_tower_rattles_when_it_swings() -> None:
    from worldsim.scene.load import load_scene

    with World(load_scene("tower"), 0) as world:
        wave = heard(world, ChainRattle, 3.0)
    assert np.abs(wave).max() > 5e-3
    assert np.abs(wave[48_000:]).max() > 2 * np.abs(wave[:12_000]).max()
    assert abs(wave.mean()) < 0.01 * wave.std()


# ---- ambience


@pytest.mark.parametrize(
    ("layer", "share"), [(Wind, 0.3), (Rain, 0.8), (City, 0.5), (Room, 0.6), (Birds, 0.9), (Insects, 0.9)]
)
def test_a_layer_is_the_same_in_any_blocks_wide_bounded_and_has_no_dc(layer: type, share: float) -> None:
    def played(sizes: list[int]) -> np.ndarray:
        made, at, out = layer(48_000, 5), 0, []
        for size in sizes:
            out.append(np.zeros((size, 2)))
            made.onto(out[-1], at, share, share)
            at += size
        return np.concatenate(out)

    whole = played([800] * 360)
    assert np.array_equal(played([1_600] * 180), whole)
    assert 1e-4 < whole.std() < 0.06
    assert np.abs(whole).max() < 0.5
    assert abs(whole.mean()) < 0.02 * whole.std()
    if layer not in (Birds, Insects):
        assert abs(np.corrcoef(whole.T)[0, 1]) < 0.25


def test_looks_have_their_sounds() -> None:
    day = look_shares(Look(sky="clear", season="spring", time="08:00"))
    night = look_shares(Look(sky="night", season="summer"))
    storm = look_shares(Look(sky="storm", wetness=0.9))
    studio = look_shares(Look(sky="studio"))
    town = look_shares(Look(prompt="a wet street in the city"))
    assert day["birds"] > 0.5 > day["insects"] == day["rain"] == 0
    assert night["insects"] > 0.5 > night["birds"] == 0
    assert storm["rain"] > 0.5
    assert storm["wind"] > 3 * day["wind"]
    assert studio["room"] > 0 == studio["wind"] == studio["birds"]
    assert town["city"] > 0 == day["city"]
    assert look_shares(Look(sky="night", season="winter"))["insects"] == 0


def test_crickets_tell_the_temperature() -> None:
    for celsius in (12.0, 18.0, 24.0):
        made = Insects(48_000, 3, celsius)
        out = np.zeros((48_000 * 20, 2))
        made.onto(out, 0, 0.001, 0.001)  # one cricket
        loud = np.abs(out).sum(axis=1).reshape(-1, 480).max(axis=1)
        chirping = loud > 0.3 * loud.max()
        gap = 8  # 80 ms
        starts = [k for k in np.flatnonzero(chirping) if not chirping[max(k - gap, 0) : k].any()]
        between = np.median(np.diff(starts)) * 0.01
        assert 60 / between == pytest.approx(chirps_per_minute(celsius), rel=0.09)
    assert chirps_per_minute(3.0) == 0


def test_every_bird_sings_in_its_own_range() -> None:
    lowest = {"tit": 3_000, "finch": 2_200, "blackbird": 1_600, "sparrow": 3_000, "pigeon": 380}
    for kind in KINDS:
        for key in range(5):
            notes = song(kind, key)
            assert min(min(n.start, n.end) for n in notes) > lowest[kind]
            assert max(max(n.start, n.end) for n in notes) < 7_000
            wave = sung(notes, 48_000, key)
            assert np.abs(wave).max() < 2.5
            assert abs(wave[-1]) < 1e-6


def test_another_look_comes_smoothly_and_none_is_silence() -> None:
    def play(ambience: Ambience, first: int, count: int) -> np.ndarray:
        return np.concatenate([ambience.advance(now(4 * (first + k) + 4), NOTHING, 800) for k in range(count)])

    bed = Ambience(Look(sky="clear"), AmbienceSpec(), CLOCK, 3)
    before = play(bed, 0, 120)
    bed.become(Look(sky="storm", wetness=1.0))
    after = play(bed, 120, 240)
    level = np.sqrt(np.mean(np.concatenate([before, after]).reshape(-1, 4_800, 2) ** 2, axis=(1, 2)))
    assert level[-1] > 4 * level[10]
    assert (level[21:] / level[20:-1]).max() < 2.0
    steps = np.abs(np.diff(after, axis=0)).max(axis=1)
    assert np.median(steps[799::800]) < 1.5 * np.median(steps)  # nothing happens at the blocks' seams
    assert not play(Ambience(Look(), None, CLOCK, 3), 0, 60).any()
    louder = play(Ambience(Look(), AmbienceSpec(level=6.0), CLOCK, 3), 0, 60)
    assert louder.std() == pytest.approx(
        1.995 * play(Ambience(Look(), AmbienceSpec(), CLOCK, 3), 0, 60).std(), rel=1e-3
    )


def test_a_world_filmed_at_another_hour_sounds_of_it(tmp_path: Path) -> None:
    with World(scene_of(tmp_path, "sound: {ambience: look}\nlook: {time: '12:00'}"), 0) as world:
        day, night = (programme_of(world, look=look).ambience for look in (None, Look(sky="night")))
    assert isinstance(day, Ambience)
    assert isinstance(night, Ambience)
    assert day.shares["birds"] > 0 == night.shares["birds"]
    assert night.shares["insects"] > 0.5 > day.shares["insects"]


# ---- what a scene asks for

EVENTS = """
ground: {material: concrete}
objects:
  - {name: crate, shape: box, size: [0.3, 0.3, 0.3], at: [0, 0, 1.2], material: wood}
outcomes:
  - {name: late, ends: false, when: {after: 1.0}}
triggers:
  - {name: landing, when: {touched: {body: crate, by: ground}}, sets: landed}
sound:
  events: [{on: landing, play: bell, at: crate}, {on: late, play: chime}]
"""


def test_events_sound_when_they_come_true_in_a_world_and_from_its_middle(tmp_path: Path) -> None:
    with World(scene_of(tmp_path, EVENTS), 0) as world:
        made = programme_of(world)
        assert made.ambience is not None
        caller = next(s for s in made.sources if s.name == "crate")
        told, rung = [], []
        for s, rows in blocks(world, 1.5):
            rung.append(caller.advance(s, rows, 800).samples)
            told.append(made.ambience.advance(s, rows, 800))
        bell, chime = np.concatenate(rung), np.concatenate(told)
        fall = np.sqrt(2 * (1.2 - 0.15) / 9.81)
        assert np.flatnonzero(bell)[0] / 48_000 == pytest.approx(fall, abs=0.03)
        assert np.flatnonzero(chime.any(axis=1))[0] / 48_000 == pytest.approx(1.0, abs=0.02)
        later = programme_of(world)  # heard from the middle on: what was true before does not sound again
        assert later.ambience is not None
        assert not any(later.ambience.advance(s, rows, 800).any() for s, rows in blocks(world, 0.5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sound: {vehicles: [{at: cart}]}", "cart"),
        ("sound: {vehicles: [{at: crate, engine: van}]}", "'car', 'lorry', 'motorbike' or 'electric', found 'van'"),
        ("sound: {events: [{on: landed, play: bell}]}", "no outcome or trigger is called 'landed'; there are: none"),
        ("sound: {events: [{on: x, play: bel}]}", "found 'bel' (did you mean 'bell'?)"),
        ("sound: {ambience: loud}", "expected look, none or a map such as {wind: 0.4, birds: 1}, found 'loud'"),
        ("sound: {ambience: {bird: 1}}", "unknown key 'bird'; allowed here: level, wind, birds"),
        ("sound: {music: {mood: jolly}}", "expected 'calm', 'bright', 'playful', 'tense' or 'night', found 'jolly'"),
        ("sound: {music: {tempo: 300}}", "expected at least 40 and at most 200 beats a minute, found 300"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SceneError) as caught:
        scene_of(tmp_path, text).draw(0, references=True)
    assert message in str(caught.value)


def test_the_same_world_sounds_the_same_to_the_byte(tmp_path: Path) -> None:
    text = EVENTS.replace("sound:", "actors: {rex: {kind: dog, at: [1, 1]}}\nsound:\n  ambience: look\n  music: calm")

    def mixed(seed: int) -> np.ndarray:
        with World(scene_of(tmp_path, text), seed) as world:
            desk = Desk.of(world, stems=True)
            out = [desk.advance(s, rows, CAMERA) for s, rows in blocks(world, 1.5)]
            assert set(desk.stems) == {"contacts", "sources", "ambience", "music"}
            assert all(stem.any() for name, stem in desk.stems.items() if name != "contacts")
            return np.concatenate(out)

    first = mixed(3)
    assert np.isfinite(first).all()
    assert np.array_equal(first, mixed(3))
    assert not np.array_equal(first, mixed(4))
