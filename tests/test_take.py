"""Takes: exact, small, readable after any crash, honest about damage, and the way back into a world.

It is longer than other tests because most of it is asked of one take, recorded once for all.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.worlds import body, world_of
from worldsim import World, load_scene
from worldsim.errors import ClosedError, OutputError, TakeError
from worldsim.output import WholeFile
from worldsim.physics.event import Event, Pull, Throw
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.scene.layout import Shape
from worldsim.take import Take, TakeWriter
from worldsim.take.codec import CodecError, pack_records, pack_rows, unpack_records, unpack_rows

SCENE = """
format: 1
name: small
ground: {material: grass}
include: lights.yaml
objects:
  - {prefab: pair, at: [0.5, 0, 0]}
  - {name: ball, shape: sphere, radius: 0.1, at: [{random: uniform, low: 1, high: 2}, 0, 0.6], material: rubber}
actors:
  rex: {kind: dog, breed: beagle, at: [-1, 0]}
outcomes:
  - {name: gone, when: {fallen: pair/top}}
"""
PREFAB = """
format: 1
objects:
  - {name: top, shape: box, size: [0.2, 0.2, 0.2], at: [0, 0, 0.3], material: wood}
  - {name: bottom, shape: box, size: [0.2, 0.2, 0.2], at: [0, 0, 0.1], material: steel}
"""
PERIODS = 75  # two chunks and a half


def scene_file(folder: Path) -> Path:
    """Write a scene with an include and a prefab of its own."""
    (folder / "prefabs").mkdir(parents=True)
    (folder / "small.yaml").write_text(SCENE)
    (folder / "prefabs" / "pair.yaml").write_text(PREFAB)
    (folder / "lights.yaml").write_text("format: 1\nlook: {time: '09:00'}\n")
    return folder / "small.yaml"


def inputs(world: World, period: int) -> tuple[dict[str, np.ndarray], tuple[Event, ...]]:
    """Return what is done in a period: a dog that runs and turns, a ball thrown, a box pulled."""
    events: list[Event] = []
    if period == 10:
        events.append(Throw((0.0, -2.0, 0.4), (1.0, 7.0, 0.5)))
    if 20 <= period < 40:
        events.append(Pull(world.part_index("pair/top"), (0.05, 0.0, 0.1), (0.1 * period / 3, 0.3, 1 / 3)))
    return {"rex": np.array([1.2, 0.3 * np.sin(period / 9), 0.0])}, tuple(events)


def record(path: Path, world: World, periods: int = PERIODS) -> list[Snapshot]:
    """Record a take; return the states of all steps."""
    states = [world.snapshot()]
    with TakeWriter(path, world, policy="test") as writer:
        for period in range(periods):
            states += writer.advance(*inputs(world, period))[1]
    return states


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Snapshot], str]:
    """Return a take, the states that were recorded and the hash of the last; its scene's files are gone."""
    folder = tmp_path_factory.mktemp("take")
    scene = scene_file(folder / "scene")
    with World(load_scene(scene), 3, spare_balls=2) as world:
        states = record(folder / "a.take", world)
        final = world.state_hash()
    for file in sorted((folder / "scene").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    return folder / "a.take", states, final


@pytest.fixture
def take(recorded: tuple[Path, list[Snapshot], str]) -> Iterator[Take]:
    with Take.open(recorded[0]) as opened:
        yield opened


def same(a: Snapshot, b: Snapshot) -> bool:
    names = ("position", "orientation", "velocity", "angular_velocity", "joint_position", "joint_velocity")
    return (a.step, a.time) == (b.step, b.time) and all(
        getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in names
    )


# ---- what comes back


def test_every_state_comes_back_to_the_bit(take: Take, recorded: tuple[Path, list[Snapshot], str]) -> None:
    states = recorded[1]
    assert (len(take), take.steps, take.truncated, take.seconds) == (PERIODS, PERIODS * 4, False, 1.25)
    order = np.random.default_rng(0).permutation(take.steps + 1).tolist()
    assert all(same(take.step_snapshot(step), states[step]) for step in order)
    assert all(same(take.snapshot(i), states[4 * i]) for i in (0, 1, 29, 30, 31, PERIODS))
    assert not take.snapshot(3).position.flags.writeable
    assert [s.step for s in take.states(7)] == [29, 30, 31, 32]


def test_inputs_and_contacts_come_back(take: Take, tmp_path: Path) -> None:
    with take.world() as world:
        for period in range(PERIODS):
            commands, events = inputs(world, period)
            assert np.array_equal(take.commands(period)["rex"], commands["rex"])
            assert take.events(period) == events
            rows = np.asarray(world.advance(commands, events))
            assert take.contacts(period).tobytes() == rows.tobytes()
    assert take.contacts(0).dtype == CONTACT_DTYPE


def test_the_header_says_what_was_recorded(take: Take) -> None:
    header = take.header
    assert (header.scene_name, header.seed, header.spare_balls, header.policy) == ("small", 3, 2, "test")
    assert sorted(header.files) == ["lights.yaml", "prefabs/pair.yaml", "small.yaml"]
    assert (header.step_rate, header.control_rate, header.frame_rate, header.sample_rate) == (240, 60, 30, 48000)
    assert set(header.versions) == {"worldsim", "python", "numpy", "pybullet"}
    assert header.parts[:2] == ("ground", "pair/top") or "pair/top" in header.parts
    assert header.differences() == ""


def test_the_scene_opens_without_its_files(take: Take) -> None:
    assert str(take.scene.look.time).startswith("09:00") or take.scene.look is not None
    assert {body.name for body in take.layout.bodies} >= {"pair/top", "pair/bottom", "ball"}


def test_the_same_run_gives_the_same_bytes(recorded: tuple[Path, list[Snapshot], str], tmp_path: Path) -> None:
    for other in ("x", "y"):
        with World(load_scene(scene_file(tmp_path / other)), 3, spare_balls=2) as world:
            record(tmp_path / f"{other}.take", world)
    assert (tmp_path / "x.take").read_bytes() == (tmp_path / "y.take").read_bytes() == recorded[0].read_bytes()


def test_the_outcome_is_kept(tmp_path: Path) -> None:
    scene = load_scene(scene_file(tmp_path / "scene"))
    with World(scene, 0) as world, TakeWriter(tmp_path / "a.take", world) as writer:
        top = world.part_index("pair/top")
        for k in range(120):
            writer.advance(events=[Pull(top, (0.0, 0.0, 0.0), (0.5, 3.0, 0.5))] if k < 30 else [])
        assert world.outcome() == "gone"
    with Take.open(tmp_path / "a.take") as take:
        assert take.outcome == "gone"


def test_meshes_travel_along(tmp_path: Path) -> None:
    folder = tmp_path / "scene"
    folder.mkdir()
    (folder / "m.yaml").write_text(
        "format: 1\nname: m\nobjects:\n  - {name: t, shape: mesh, file: tetra.obj, at: [0, 0, 1], mass: 1}\n"
    )
    obj = "v 0 0 0\nv .3 0 0\nv 0 .3 0\nv 0 0 .3\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    (folder / "tetra.obj").write_text(obj)
    with World(load_scene(folder / "m.yaml"), 0) as world, TakeWriter(tmp_path / "a.take", world) as writer:
        for _ in range(5):
            writer.advance()
    for file in list(folder.iterdir()):
        file.unlink()
    with Take.open(tmp_path / "a.take") as take:
        assert len(list(take.replay())) == 5
        mesh = take.layout.bodies[-1].geoms[0].shape.mesh
        assert mesh is not None
        assert mesh.is_file()
    assert not mesh.exists()


# ---- the way back


def test_a_replay_ends_in_the_same_state(take: Take, recorded: tuple[Path, list[Snapshot], str]) -> None:
    hashes = [world.state_hash() for world in take.replay()]
    assert len(hashes) == PERIODS
    assert hashes[-1] == recorded[2]


@pytest.mark.parametrize("period", [0, 1, 31, PERIODS])
def test_a_fork_goes_on_as_the_take_did(take: Take, recorded: tuple[Path, list[Snapshot], str], period: int) -> None:
    with take.fork(period) as world:
        assert same(world.snapshot(), take.snapshot(period))
        for k in range(period, min(period + 5, PERIODS)):
            world.advance(*inputs(world, k))
            assert same(world.snapshot(), take.snapshot(k + 1))


def test_a_fork_can_be_recorded_with_its_past(take: Take, tmp_path: Path) -> None:
    with take.fork(40) as world, TakeWriter(tmp_path / "b.take", world, start=take) as writer:
        for _ in range(20):
            writer.advance({"rex": np.zeros(3)})
    with Take.open(tmp_path / "b.take") as fork:
        assert len(fork) == 60
        assert same(fork.snapshot(40), take.snapshot(40))
        assert not same(fork.snapshot(41), take.snapshot(41))
        assert sum(1 for _ in fork.replay()) == 60


@pytest.mark.parametrize("period", [0, 30, 44, 65, 70])
def test_a_rewound_take_is_as_if_the_rest_had_never_been(take: Take, tmp_path: Path, period: int) -> None:
    with take.world() as world, TakeWriter(tmp_path / "a.take", world, policy="test") as writer:
        for k in range(70):
            writer.advance(*inputs(world, k))
        world.restore(take.snapshot(period))
        writer.rewind(period)
        assert len(writer) == period
        for k in range(period, PERIODS):
            writer.advance(*inputs(world, k))
    with Take.open(tmp_path / "a.take") as again:
        assert [again.contacts(k).tobytes() for k in range(PERIODS)] == [
            take.contacts(k).tobytes() for k in range(PERIODS)
        ]
        assert all(same(again.step_snapshot(s), take.step_snapshot(s)) for s in range(take.steps + 1))
        assert all(again.events(k) == take.events(k) for k in range(PERIODS))
        assert all(np.array_equal(again.commands(k)["rex"], take.commands(k)["rex"]) for k in range(PERIODS))
        again.verify()


def test_a_replay_that_leaves_the_take_names_the_first_step(take: Take, tmp_path: Path) -> None:
    with take.world() as world, TakeWriter(tmp_path / "a.take", world) as writer:
        for k in range(50):
            states: list[Snapshot] = []
            commands, events = inputs(world, k)
            contacts = world.advance(commands, events, states)
            told = {"rex": np.array([-1.0, 0.0, 0.0])} if k == 37 else commands  # not what happened
            writer.append(told, events, contacts, states)
    with Take.open(tmp_path / "a.take") as lie, pytest.raises(TakeError) as caught:
        deque(lie.replay(), maxlen=0)
    step = int(str(caught.value).split("step ")[1].split()[0])
    assert 37 * 4 < step <= 39 * 4
    assert "is the first that differs" in str(caught.value)
    assert "can still be rendered" in str(caught.value)
    with Take.open(tmp_path / "a.take") as lie, pytest.raises(TakeError, match="is the first that differs"):
        lie.fork(45)


# ---- damage


def test_a_take_cut_off_anywhere_gives_all_before(recorded: tuple[Path, list[Snapshot], str], tmp_path: Path) -> None:
    whole, states = recorded[0].read_bytes(), recorded[1]
    cut_file = tmp_path / "cut.take"
    lengths = []
    chosen = [3, 8, 40, 100, len(whole) - 40, len(whole) - 1]
    for cut in sorted([*chosen, *np.random.default_rng(1).integers(0, len(whole), 300).tolist()]):
        cut_file.write_bytes(whole[:cut])
        try:
            take = Take.open(cut_file)
        except TakeError as error:
            lengths.append(-1)
            assert "cut off" in str(error) or "is not a take" in str(error)  # noqa: PT017
            continue
        with take:
            assert take.truncated
            assert take.outcome is None
            take.verify()
            assert same(take.snapshot(len(take)), states[4 * len(take)])
            with pytest.raises(TakeError, match="cut off there"):
                take.snapshot(len(take) + 1)
            lengths.append(len(take))
    assert lengths == sorted(lengths)
    assert set(lengths) == {-1, 0, 30, 60, 75}


def test_any_changed_bit_is_found(recorded: tuple[Path, list[Snapshot], str], tmp_path: Path) -> None:
    whole = recorded[0].read_bytes()
    rng = np.random.default_rng(2)
    places = [*range(60), *rng.integers(60, len(whole), 250).tolist(), *range(len(whole) - 80, len(whole))]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        file = tmp_path / "bad.take"
        file.write_bytes(damaged)
        with pytest.raises(TakeError, match=r"chunk \d+|is not a take|of version"):
            read_all(file)


def read_all(file: Path) -> None:
    with Take.open(file) as take:
        take.verify()


@pytest.mark.parametrize("change", ["remove", "swap", "repeat", "append"])
def test_moved_chunks_are_found(
    recorded: tuple[Path, list[Snapshot], str], take: Take, tmp_path: Path, change: str
) -> None:
    whole = recorded[0].read_bytes()
    a, b = take._chunks[0], take._chunks[1]
    one, two = whole[a.offset : a.end], whole[b.offset : b.end]
    before, after = whole[: a.offset], whole[b.end :]
    middle = {"remove": two, "swap": two + one, "repeat": one + one + two, "append": one + two}[change]
    tail = after + two if change == "append" else after
    (tmp_path / "bad.take").write_bytes(before + middle + tail)
    with pytest.raises(TakeError, match="out of order: a chunk was removed, added or moved"):
        read_all(tmp_path / "bad.take")


def test_a_chunk_of_another_take_is_found(take: Take, tmp_path: Path) -> None:
    for name, speed in (("x", 0.5), ("y", 0.6)):
        with take.world() as world, TakeWriter(tmp_path / name, world) as writer:
            for _ in range(60):
                writer.advance({"rex": np.array([speed, 0.0, 0.0])})
    files = {name: (tmp_path / name).read_bytes() for name in "xy"}
    with Take.open(tmp_path / "x") as x, Take.open(tmp_path / "y") as y:
        a, b = x._chunks[1], y._chunks[1]
    (tmp_path / "z").write_bytes(files["x"][: a.offset] + files["y"][b.offset : b.end] + files["x"][a.end :])
    with pytest.raises(TakeError, match=r"chunk [23]: its contents are not what was written"):
        read_all(tmp_path / "z")


def test_what_is_no_take_is_refused(tmp_path: Path) -> None:
    for data, message in (
        (b"", "is not a take"),
        (b"PK\x03\x04 a zip", "is not a take: it starts with"),
        (b"WSTK", "is cut off after 4 bytes"),
        (b"WSTK\x09\x00\x00\x00", "a take of version 9; this worldsim reads version 1"),
        (b"WSTK\x01\x00\x00\x00", "nothing was recorded in it"),
    ):
        (tmp_path / "a.take").write_bytes(data)
        with pytest.raises(TakeError, match=message):
            Take.open(tmp_path / "a.take")
    with pytest.raises(TakeError, match="can't be read: No such file"):
        Take.open(tmp_path / "none.take")


def test_what_is_not_there_is_refused(take: Take) -> None:
    with pytest.raises(TakeError, match="has no moment 76: it has 0 to 75"):
        take.snapshot(76)
    with pytest.raises(TakeError, match="has no control period 75"):
        take.contacts(75)
    with pytest.raises(TakeError, match="has no physics step -1"):
        take.step_snapshot(-1)
    with pytest.raises(TakeError, match="has no moment"):
        take.fork(-1)
    take.close()
    take.close()
    with pytest.raises(ClosedError, match="open it again"):
        take.snapshot(75)


# ---- writing


def test_only_what_follows_can_be_appended(take: Take, tmp_path: Path) -> None:
    with take.world() as world:
        writer = TakeWriter(tmp_path / "a.take", world)
        writer.advance()
        world.advance()  # behind the take's back
        states: list[Snapshot] = []
        contacts = world.advance({}, (), states)
        with pytest.raises(TakeError, match=r"goes on with steps 5 to 8, but the states given are of steps \[9,"):
            writer.append({}, (), contacts, states)
        with pytest.raises(TakeError, match="can't go back to 2"):
            writer.rewind(2)
        with pytest.raises(TakeError, match="starts at the reset, but this world is at step 12"):
            TakeWriter(tmp_path / "b.take", world)
        with pytest.raises(TakeError, match=r"was not forked from a\.take"):
            TakeWriter(tmp_path / "b.take", world, start=take)
        writer.abort()
        with pytest.raises(ClosedError, match="is closed"):
            writer.advance()
    assert os.listdir(tmp_path) == []


def test_a_world_of_its_own_layout_is_refused(tmp_path: Path) -> None:
    ball = body("b", Shape("sphere", (0.1,)), (0.0, 0.0, 1.0))
    with world_of([ball]) as world, pytest.raises(TakeError, match="built from a layout of its own"):
        TakeWriter(tmp_path / "a.take", world)


def test_a_full_disk_keeps_what_was_written(take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = WholeFile.write, [30_000]

    def write(self: WholeFile, data: Any) -> int:
        view = memoryview(data).cast("B")
        fits = min(len(view), left[0])
        left[0] -= fits
        real(self, view[:fits])
        if fits < len(view):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return fits

    monkeypatch.setattr(WholeFile, "write", write)
    with take.world() as world:
        writer = TakeWriter(tmp_path / "a.take", world)

        def go_on() -> None:
            for _ in range(400):
                writer.advance()

        with pytest.raises(OutputError, match=r"the disk is full; the first [\d.]+ s are kept in .*a\.take\.part"):
            go_on()
        writer.close()
    with Take.open(tmp_path / "a.take.part") as kept:
        assert kept.truncated
        kept.verify()


KILLED = """
import sys, worldsim
from worldsim.take import TakeWriter
world = worldsim.World(worldsim.load_scene(sys.argv[1]), 3)
writer = TakeWriter(sys.argv[2], world)
for k in range(100000):
    writer.advance()
    print(k, flush=True)
"""


def test_a_killed_take_can_be_read(tmp_path: Path) -> None:
    scene, path = scene_file(tmp_path / "scene"), tmp_path / "a.take"
    arguments = [sys.executable, "-c", KILLED, str(scene), str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 200:
                process.send_signal(signal.SIGKILL)
                break
    from worldsim.record.remux import recover

    found = recover(path)
    assert found.frames >= 120
    with Take.open(path) as take:
        assert take.truncated
        assert sum(1 for _ in take.replay()) == len(take)


def test_importing_takes_loads_nothing_heavy() -> None:
    code = "import sys, worldsim.take; print([m for m in ('pybullet', 'torch', 'av', 'moderngl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- the codec

DOUBLES = hnp.arrays(np.uint64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=20)).map(
    lambda bits: bits.view(np.float64)
)


@settings(max_examples=200, deadline=None)
@given(DOUBLES, st.booleans())
def test_any_table_comes_back_to_the_bit(table: np.ndarray, still: bool) -> None:
    if still and len(table):
        table = np.repeat(table[:1], 5, axis=0)
    back = unpack_rows(pack_rows(table))
    assert back.shape == table.shape
    assert back.tobytes() == np.ascontiguousarray(table).tobytes()


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        unpack_rows(b"\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00" + data)
    with pytest.raises(CodecError):
        unpack_records(data[:11], CONTACT_DTYPE)


def test_records_come_back() -> None:
    rng = np.random.default_rng(0)
    rows = np.frombuffer(rng.bytes(CONTACT_DTYPE.itemsize * 7), CONTACT_DTYPE)
    for count in (0, 1, 7):
        assert unpack_records(pack_records(rows[:count]), CONTACT_DTYPE).tobytes() == rows[:count].tobytes()
