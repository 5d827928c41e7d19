"""What the window is made of, without a window: time, keys, cameras, the last minute, sessions, takes.

It is longer than other tests because all of it is tried on the same scene of two dogs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.worlds import body, world_of
from worldsim import load_scene
from worldsim.errors import OutputError, UnknownNameError, WorldsimError
from worldsim.physics.event import Throw
from worldsim.physics.state import Snapshot
from worldsim.player.blend import TELEPORT, blend
from worldsim.player.clock import MAX_DUE, SPEEDS, StepClock
from worldsim.player.controls import DEAD, Controls
from worldsim.player.film import Film
from worldsim.player.hand import grab, pull, throw
from worldsim.player.held import Held
from worldsim.player.history import FLASH, Flash, History
from worldsim.player.keymap import ALIASES, HOTKEYS, MOUSE, PAD, PAD_BUTTONS, REPEATING, hotkey
from worldsim.player.reload import EVERY, Watcher
from worldsim.player.session import Session
from worldsim.player.view_camera import ViewCamera, pixel_ray, project
from worldsim.render.camera import Camera
from worldsim.scene.layout import Shape
from worldsim.scene.model import Scene
from worldsim.take import Take

SIZE = (480, 270)
SCENE = """
format: 1
name: den
ground: {material: grass}
objects:
  - {name: crate, shape: box, size: [0.3, 0.3, 0.3], at: [1, 0, 0.15], material: wood}
actors:
  rex: {kind: dog, breed: beagle, at: [0, 0]}
  kim: {kind: dog, breed: corgi, at: [0, 2]}
cameras:
  chase: {follow: rex, distance: 2.5, height: 1.0, fov_deg: 60}
  side: {at: [2, -4, 1.5], look_at: [1, 0, 0.2]}
keys:
  h: {kim: {speed: 1.5}}
  escape: {rex: {jump: 1}}
"""
AHEAD = {"rex": np.array([1.5, 0.3, 0.0])}


def state_at(step: int, x: float = 0.0) -> Snapshot:
    """Return a state of one part at x, 240 steps a second."""
    zero = np.zeros((1, 3))
    return Snapshot(
        step,
        step / 240,
        np.array([[x, 0.0, 0.0]]),
        np.array([[0.0, 0.0, 0.0, 1.0]]),
        zero,
        zero,
        np.zeros(0),
        np.zeros(0),
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    path = tmp_path_factory.mktemp("scene") / "den.yaml"
    path.write_text(SCENE)
    return load_scene(str(path))


@pytest.fixture
def session(scene: Scene) -> Iterator[Session]:
    made = Session(scene)
    yield made
    made.close()


@pytest.fixture(scope="module")
def controls(scene: Scene) -> Iterator[Controls]:
    made = Session(scene)
    yield Controls(scene, made.world.actors)
    made.close()


def go(session: Session, periods: int) -> list[str]:
    """Walk on; return the hash of each state."""
    hashes = []
    for _ in range(periods):
        session.advance(AHEAD)
        hashes.append(session.world.state_hash())
    return hashes


# ---- time


@given(st.lists(st.floats(0, 0.05), min_size=1, max_size=200), st.sampled_from(SPEEDS))
@settings(max_examples=40, deadline=None)
def test_clock_neither_gains_nor_loses(turns: list[float], speed: float) -> None:
    clock = StepClock(60)
    clock.speed = speed
    done = sum(clock.due(turn) for turn in turns)
    assert 0 <= clock.fraction <= 1
    assert done + clock.fraction == pytest.approx(sum(turns) * speed * 60, abs=1e-6)


def test_clock_drops_what_cannot_be_made_up() -> None:
    clock = StepClock(60)
    assert clock.due(10.0) == MAX_DUE
    assert clock.due(0.0) <= 1  # ten seconds of debt are not worked off later


def test_clock_stands_still_while_paused() -> None:
    clock = StepClock(60)
    clock.due(0.5 / 60)
    clock.paused = True
    assert clock.due(1.0) == 0
    assert clock.fraction == 1.0
    clock.paused = False
    assert clock.due(0.5 / 60 + 1e-9) == 1  # the pause cost nothing


def test_speeds_go_from_an_eighth_to_double() -> None:
    clock = StepClock(60)
    seen = []
    for _ in range(6):
        clock.faster(-1)
        seen.append(clock.speed)
    assert seen[-1] == seen[2] == 0.125
    for _ in range(9):
        clock.faster(1)
    assert clock.speed == 2.0


def test_blend_is_exact_at_both_ends_and_linear_between() -> None:
    before, after = state_at(0, 0.0), state_at(4, 0.4)
    half = np.sqrt(0.5)
    after = replace(after, orientation=np.array([[0.0, 0.0, half, half]]))  # a quarter turn about z
    assert blend(before, after, 0.0) is before
    assert blend(before, after, 1.0) is after
    middle = blend(before, after, 0.5)
    assert middle.position[0, 0] == pytest.approx(0.2)
    assert middle.time == pytest.approx(2 / 240)
    assert middle.orientation[0] == pytest.approx([0, 0, np.sin(np.pi / 8), np.cos(np.pi / 8)])


def test_blend_does_not_draw_a_jump_as_a_flight() -> None:
    before, after = state_at(0, 0.0), state_at(4, TELEPORT * 1.01)
    assert blend(before, after, 0.5).position[0, 0] == after.position[0, 0]


# ---- keys


def test_every_order_has_one_key_and_is_told() -> None:
    orders = [order for order, _ in HOTKEYS.values()]
    assert len(set(orders)) == len(orders)
    assert all(meaning for _, meaning in HOTKEYS.values())
    assert set(ALIASES.values()) <= set(HOTKEYS)
    assert {order for _, order, _ in PAD_BUTTONS.values()} <= set(orders)
    assert set(orders) >= REPEATING
    assert hotkey("f1") == "help"
    assert hotkey("w") is None


def test_held_keys_drive(controls: Controls) -> None:
    still = controls.commands(())
    assert not still["rex"].any()
    assert controls.commands(("w",))["rex"][0] > 0
    assert controls.commands(("s",))["rex"][0] < 0
    assert controls.commands(("w", "left"))["rex"][1] > 0
    assert not controls.commands(("a", "d"))["rex"].any()  # opposite keys cancel
    walk, run = controls.commands(("w",))["rex"][0], controls.commands(("w", "left shift"))["rex"][0]
    assert run > walk
    assert (controls.commands(("left shift", "w"))["rex"][0]) == run  # in whatever order they went down
    assert not controls.commands(("w",))["kim"].any()  # keys are the first actor's


def test_scene_keys_come_before_hotkeys_but_not_before_escape(controls: Controls) -> None:
    assert controls.claims("h")
    assert controls.commands(("h",))["kim"][0] == 1.5
    assert not controls.claims("escape")
    assert not controls.claims("p")
    assert any("kim" in keys or "h" in keys for keys, _ in controls.words())


def test_pad_has_a_dead_zone_and_reaches_the_bounds(controls: Controls, scene: Scene) -> None:
    with_rest = controls.commands((), (DEAD * 0.9, -DEAD * 0.9, 0.0))
    assert not with_rest["rex"].any()
    with closing(Session(scene)) as session:
        channels = session.world.actors["rex"].command_channels
    full = controls.commands((), (1.0, -1.0, 1.0))["rex"]
    assert full == pytest.approx([channels[0].high, channels[1].low, channels[2].high])


def test_a_tap_counts_once_and_lost_focus_lets_go() -> None:
    held = Held()
    held.press("w")
    held.release("w")
    assert "w" in held.keys  # shorter than a picture, but pressed
    held.used()
    assert not held.keys
    held.press("w")
    held.used()
    assert "w" in held.keys
    held.clear()
    assert not held.keys


# ---- what is seen


@given(st.floats(0, SIZE[0] - 1), st.floats(0, SIZE[1] - 1), st.floats(0.5, 40))
@settings(max_examples=60, deadline=None)
def test_pixel_and_ray_are_inverse(x: float, y: float, distance: float) -> None:
    camera = Camera.looking((3, -2, 1.5), (0, 0.5, 0.4), fov=0.9)
    point = camera.position + distance * pixel_ray(camera, SIZE, (x, y))
    pixels, depth = project(camera, SIZE, point[None])
    assert pixels[0] == pytest.approx([x + 0.5, y + 0.5], abs=1e-6)
    assert 0 < depth[0] <= distance


def test_what_is_behind_has_no_depth() -> None:
    camera = Camera.looking((0, 0, 1), (1, 0, 1))
    _, depth = project(camera, SIZE, np.array([[-1.0, 0.0, 1.0]]))
    assert depth[0] < 0


def test_the_mouse_takes_what_it_points_at() -> None:
    box = body("box", Shape("box", (0.2, 0.2, 0.2)), (0, 0, 0.5))
    wall = body("wall", Shape("box", (0.2, 0.2, 0.2)), (0, 2, 0.5), mass=0.0)
    with world_of([box, wall], gravity=(0, 0, 0), spare_balls=1) as world:
        camera = Camera.looking((4, 0, 1), (0, 1, 0.5))
        for name in ("box", "wall"):
            index = world.part_index(name)
            pixels, _ = project(camera, SIZE, world.snapshot().position[index][None])
            x, y = pixels[0] - 0.5
            grip = grab(world, camera, SIZE, (float(x), float(y)))
            if name == "wall":
                assert grip is None
                continue
            assert grip is not None
            assert grip.part == index
            target = np.array(pull(grip, camera, SIZE, (float(x), float(y))).target)
            local = np.array(grip.local) + world.snapshot().position[index]
            assert target == pytest.approx(local, abs=1e-6)  # not moved yet: the spring is slack
        ball = throw(camera, SIZE, (SIZE[0] / 2, SIZE[1] / 2))
        assert np.array(ball.velocity) @ pixel_ray(camera, SIZE, (SIZE[0] / 2, SIZE[1] / 2)) > 5


def test_cameras_go_round_and_the_free_one_starts_where_one_was(session: Session, scene: Scene) -> None:
    view = ViewCamera(scene, session.world.parts, SIZE[0] / SIZE[1])
    now = session.history.now
    assert view.name == "chase"
    seen = view.look(now)
    free = view.release(now)
    assert view.name == "free"
    assert view.look(now).position == pytest.approx(seen.position)
    free.zoom(1.5)
    assert not np.allclose(view.look(now).position, seen.position)
    view.next()
    assert view.name == "chase"
    view.next()
    assert view.name == "side"
    view.next()
    assert view.name == "chase"


# ---- the last minute


def test_history_keeps_what_it_promises_and_looking_changes_nothing() -> None:
    history = History(60, state_at(0))
    for k in range(1, 200):
        history.append(state_at(4 * k))
    assert history.now.step == 4 * 199
    assert history.span == pytest.approx(59 / 60)
    history.seek(0.0)
    assert history.looking
    assert history.shown.step == 4 * 140
    assert history.place == 0.0
    history.move(-5)
    assert history.shown.step == 4 * 140  # there is nothing before
    history.move(7)
    assert history.shown.step == 4 * 147
    assert history.now.step == 4 * 199
    history.append(state_at(4 * 200))
    assert not history.looking


def test_history_cut_forgets_what_came_after() -> None:
    history = History(60, state_at(0))
    for k in range(1, 50):
        history.append(state_at(4 * k))
        history.flash(Flash(np.zeros(3), 1.0, 4 * k / 240))
    moment = history.past[20]
    history.cut(moment)
    assert history.now is moment
    assert history.before.step == moment.step - 4
    assert max(flash.time for flash in history.flashes(moment.time)) == moment.time
    assert not history.flashes(moment.time + 2 * FLASH)


# ---- sessions


def test_going_back_and_on_gives_the_same_bytes(session: Session) -> None:
    first = go(session, 40)
    session.history.move(-25)
    assert session.world.state_hash() == first[-1]  # looking alone changes nothing
    session.resume()
    assert session.world.state_hash() == first[14]
    assert go(session, 25) == first[15:]


def test_going_on_from_a_moment_looked_at_drops_what_came_after(session: Session, tmp_path: Path) -> None:
    go(session, 30)
    session.history.seek(1 / 3)
    session.advance({"rex": np.array([0.0, 2.0, 0.0])})
    assert session.world.step_count == 11 * session.world.steps_per_control
    with Take.open(session.keep_take(tmp_path / "short.take")) as take:
        assert len(take) == 11


def test_a_remembered_moment_is_reached_from_any_course(session: Session) -> None:
    assert not session.load()
    go(session, 20)
    session.save()
    there = session.world.state_hash()
    go(session, 10)
    assert session.load()
    assert session.world.state_hash() == there  # back from later
    session.history.seek(0.5)
    session.advance({"rex": np.array([0.0, -2.0, 0.0])})
    assert session.load()
    assert session.world.state_hash() == there  # from another course
    session.reset()
    assert session.load()
    assert session.world.state_hash() == there  # and after starting again


def test_reset_starts_again_and_another_seed_is_another_take(session: Session, tmp_path: Path) -> None:
    start = session.world.state_hash()
    first = go(session, 5)
    session.reset()
    assert session.world.state_hash() == start
    assert go(session, 5) == first
    session.save()
    session.reset(7)
    assert session.world.seed == 7
    assert not session.load()
    go(session, 3)
    with Take.open(session.keep_take(tmp_path / "seven.take")) as take:
        assert take.header.seed == 7
        assert len(take) == 3


def test_a_kept_take_replays_and_play_goes_on(session: Session, tmp_path: Path) -> None:
    go(session, 8)
    session.advance(AHEAD, [Throw((0.0, -1.0, 0.5), (2.0, 4.0, 1.0))])
    hashes = go(session, 6)
    kept = session.keep_take(tmp_path / "kept.take")
    later = go(session, 4)
    with Take.open(kept) as take:
        assert len(take) == 15
        for world in take.replay():
            last = world.state_hash()
        assert last == hashes[-1]
    with Take.open(session.keep_take(tmp_path / "later.take")) as take:
        assert len(take) == 19
        for world in take.replay():
            last = world.state_hash()
        assert last == later[-1]


def test_a_take_that_cannot_be_kept_is_told_and_lost_is_nothing(session: Session, tmp_path: Path) -> None:
    go(session, 3)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        session.keep_take(tmp_path / "file" / "x.take")
    go(session, 2)
    with Take.open(session.keep_take(tmp_path / "x.take")) as take:
        assert len(take) == 5


def test_a_key_swaps_person_and_policy(scene: Scene, tmp_path: Path) -> None:
    with closing(Session(scene)) as session:
        assert not session.driven
        session.swap_driver()
        assert session.driven
        assert session.policy == "wander"
        for _ in range(40):
            session.advance({"rex": np.zeros(3)})
        kept = session.keep_take(tmp_path / "policy.take")
        session.swap_driver()
        assert not session.driven
    with Take.open(kept) as take:
        assert any(take.commands(k)["rex"].any() for k in range(40))  # the policy's, not the person's


def test_an_unknown_policy_is_refused_before_anything_is_left_behind(scene: Scene) -> None:
    with pytest.raises(UnknownNameError, match="wander"):
        Session(scene, policy="wanderr", driven=True)


def test_a_policy_made_for_other_scenes_is_refused(scene: Scene) -> None:
    empty = Scene.model_validate({"format": 1, "name": "empty", "ground": {"material": "grass"}})
    with pytest.raises(WorldsimError):
        Session(empty, policy="dog_agility", driven=True)


# ---- films


class Counting:
    """Draws nothing and remembers which moments it was asked for."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def frame(self, snapshot: Snapshot, camera: Camera) -> NDArray[np.uint8]:
        self.steps.append(snapshot.step)
        return np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


def test_a_film_has_its_frames_in_simulated_time(session: Session, scene: Scene, tmp_path: Path) -> None:
    world = session.world
    fps = scene.rates.frame_rate
    camera = ViewCamera(scene, world.parts, SIZE[0] / SIZE[1])
    film = Film(tmp_path / "film.mp4", world, SIZE, fps, camera)
    renderer = Counting()
    for _ in range(30):
        session.advance(AHEAD)
        film.add(session.states, session.contacts, renderer.frame)
    session.history.move(-20)  # back in time: the film goes on from there
    for _ in range(30):
        session.advance(AHEAD)
        film.add(session.states, session.contacts, renderer.frame)
    assert film.seconds == pytest.approx(1.0)
    film.close()
    assert len(renderer.steps) == fps
    every = world.step_rate // fps
    gaps = np.diff(renderer.steps)
    assert sorted(set(gaps.tolist())) == [every - 20 * world.steps_per_control, every]  # one cut, no frame lost
    with av.open(str(film.path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == fps
        assert sum(1 for _ in container.decode(stream)) == fps


# ---- files that change


def test_watcher_says_once_that_a_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("1")
    watcher = Watcher([path])
    assert not watcher.changed(EVERY)
    path.unlink()
    assert not watcher.changed(EVERY)  # an editor is at it
    path.write_text("2")
    assert not watcher.changed(EVERY / 2)
    assert watcher.changed(EVERY)
    assert not watcher.changed(EVERY)


# ---- the page about it


def test_the_page_lists_every_key_button_and_drag() -> None:
    page = Path(__file__).parent.parent / "docs" / "window.md"
    if not page.exists():
        pytest.skip("only in a checkout")
    rows = {
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and line.count("|") == 3
    }
    heads = {("key", "does"), ("mouse", "does"), ("pad", "does")}
    assert rows - heads == {(f"`{key}`", meaning) for key, (_, meaning) in HOTKEYS.items()} | set(MOUSE) | set(PAD)
