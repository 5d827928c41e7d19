"""A world goes back exactly, keeps to itself, and refuses what makes no sense."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.worlds import body, ground, world_of
from worldsim.errors import ActionError, CheckpointError, ClosedError, UnknownNameError
from worldsim.physics.event import Pull, Throw
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.physics.world import World
from worldsim.rotation import quat_from_rpy_xyzw
from worldsim.scene.layout import Body, Geom, Joint, Shape

BOX = Shape("box", (0.2, 0.2, 0.2))


def heap() -> World:
    """Return a world of tumbling compounds and a gate on a hinge: much that can differ."""
    rng = np.random.default_rng(0)
    bodies: list[Body] = [ground()]
    for k in range(8):
        geoms = (
            Geom(Shape("box", (0.2, 0.1, 0.1)), position=(0.1, 0, 0)),
            Geom(Shape("sphere", (0.08,)), position=(-0.1, 0, 0.05)),
            Geom(Shape("cone", (0.08, 0.2)), position=(0, 0.1, 0)),
        )
        x, y, z, w = quat_from_rpy_xyzw(*rng.uniform(-3, 3, 3)).tolist()
        at = (float(rng.uniform(-0.2, 0.2)), float(rng.uniform(-0.2, 0.2)), 0.5 + 0.3 * k)
        bodies.append(Body(f"c{k}", "c", geoms, at, (x, y, z, w), mass=2.0, velocity=(0, 0, -1)))
    bodies.append(body("post", Shape("cylinder", (0.05, 1)), (0.3, 0, 0.5), 0))
    bodies.append(body("gate", Shape("box", (0.6, 0.04, 0.6)), (0.65, 0, 0.5), 3))
    hinge = Joint("hinge", "hinge", "post", "gate", (0.35, 0, 0.5), (0, 0, 1), lower=-1.5, upper=1.5, damping=0.1)
    return world_of(bodies, [hinge])


def run(world: World, periods: int) -> str:
    for k in range(periods):
        world.advance(events=[Pull(1, (0, 0, 0), (0, 0, 1))] if k % 7 == 0 else ())
    return world.state_hash()


def test_reset_checkpoint_snapshot_and_a_fresh_world_all_continue_to_the_same_bytes() -> None:
    with heap() as world, heap() as fresh:
        start = world.state_hash()
        run(world, 40)
        snapshot = world.snapshot()
        with world.checkpoint() as saved:
            end = run(world, 40)
            for state in (saved, snapshot):
                world.restore(state)
                assert world.time == snapshot.time
                assert run(world, 40) == end
        world.reset()
        assert world.state_hash() == start
        run(world, 40)
        assert run(world, 40) == end
        run(fresh, 40)
        assert run(fresh, 40) == end


def test_anchors_make_no_difference() -> None:
    with heap() as world:
        quick = World(world.scene, 0, layout=world.layout, anchor_every=0.1)
        with quick:
            run(world, 30), run(quick, 30)
            middle = quick.snapshot()
            assert run(world, 30) == run(quick, 30)
            quick.restore(middle)
            world.restore(middle)
            assert run(world, 30) == run(quick, 30)


def test_two_worlds_in_one_process_do_not_interfere() -> None:
    with heap() as alone:
        expected = run(alone, 40)
    with heap() as a, heap() as b:
        for k in range(40):
            for world in (a, b):
                world.advance(events=[Pull(1, (0, 0, 0), (0, 0, 1))] if k % 7 == 0 else ())
        assert a.state_hash() == b.state_hash() == expected


def test_two_processes_give_the_same_bytes() -> None:
    code = "from tests.test_physics_world import heap, run; print(run(heap(), 40))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
        ).stdout
        for _ in range(2)
    }
    assert len(outputs) == 1


def test_a_snapshot_of_another_history_is_refused() -> None:
    with heap() as world:
        run(world, 10)
        snapshot = world.snapshot()
        world.reset()
        with pytest.raises(CheckpointError, match=r"step 40 is not an instant .* ends at step 0"):
            world.restore(snapshot)
        for _ in range(12):
            world.advance()
        with pytest.raises(CheckpointError, match="not from this world's history"):
            world.restore(snapshot)


def test_a_checkpoint_of_another_world_or_a_closed_one_is_refused() -> None:
    with heap() as world, heap() as other:
        saved = other.checkpoint()
        with pytest.raises(CheckpointError, match="another world"):
            world.restore(saved)
        saved.close()
        saved.close()
        with pytest.raises(CheckpointError, match="closed"):
            other.restore(saved)


def test_a_closed_world_says_so() -> None:
    world = heap()
    world.close()
    world.close()
    for use in (world.step, world.advance, world.snapshot, world.reset, world.checkpoint):
        with pytest.raises(ClosedError, match="make a new World"):
            use()


def test_commands_and_events_are_checked_before_anything_happens() -> None:
    with heap() as world:
        before = world.state_hash()
        with pytest.raises(ActionError, match=r"a command for 'rex', but the actors are: none"):
            world.advance({"rex": np.zeros(3)})
        with pytest.raises(ActionError, match="no balls to throw"):
            world.advance(events=[Throw((0, 0, 1), (1, 0, 0))])
        with pytest.raises(ActionError, match="a pull on part 99, but there are 11 parts"):
            world.advance(events=[Pull(99, (0, 0, 0), (0, 0, 0))])
        assert world.state_hash() == before
        with pytest.raises(UnknownNameError, match="did you mean 'gate'"):
            world.part_index("gaet")


def test_contacts_at_rest_are_left_out_and_a_strike_is_reported_once_as_new() -> None:
    pile = [body(f"b{k}", BOX, (0, 0, 0.1 + 0.2 * k)) for k in range(3)]
    with world_of([ground(), *pile]) as world:
        for _ in range(60):
            world.advance()
        assert len(world.advance()) == 0
        ball = world_of(
            [ground(), *pile, body("ball", Shape("sphere", (0.1,)), (-0.5, 0, 0.35), 1, velocity=(4, 0, 0))]
        )
        with ball:
            rows = np.concatenate([np.asarray(ball.advance()) for _ in range(40)])
        assert rows.dtype == CONTACT_DTYPE
        names = [part.name for part in ball.parts]
        strikes = [r for r in rows if names[r["part_a"]] == "ball" or names[r["part_b"]] == "ball"]
        first = strikes[0]
        assert {names[first["part_a"]], names[first["part_b"]]} == {"ball", "b1"}
        assert first["new"]
        assert abs(first["velocity"][0]) == pytest.approx(4, abs=0.05)
        assert first["impulse"] > 1


def test_impulses_of_a_strike_change_the_momentum_by_as_much() -> None:
    with world_of([ground(), body("a", Shape("sphere", (0.1,)), (0, 0, 1), 2.0, restitution=0.5)]) as world:
        before, total = world.snapshot(), 0.0
        for _ in range(240):
            world.step()
            total += float(world.contacts["impulse"].sum())
        change = 2.0 * (world.snapshot().velocity[1, 2] - before.velocity[1, 2])
    assert total == pytest.approx(change + 2.0 * 9.81 * 1.0, rel=1e-3)


def test_snapshots_can_not_be_written_to_and_do_not_change_later() -> None:
    with heap() as world:
        snapshot = world.snapshot()
        kept = snapshot.position.copy()
        with pytest.raises(ValueError, match="read-only"):
            snapshot.position[0, 0] = 1
        world.advance()
        assert np.array_equal(snapshot.position, kept)
        assert isinstance(snapshot, Snapshot)


def test_a_joint_breaks_above_its_impulse_and_is_whole_again_after_a_restore() -> None:
    post = body("post", BOX, (0, 0, 2), 0)
    held = body("held", BOX, (0, 0, 1.7), 3)
    for limit, breaks in ((1.1 * 3 * 9.81 / 240, False), (0.9 * 3 * 9.81 / 240, True)):
        joint = Joint("peg", "fixed", "post", "held", (0, 0, 1.85), breaking_impulse=limit)
        with world_of([post, held], [joint]) as world:
            start = world.checkpoint()
            ends = []
            for _ in range(2):
                for _ in range(60):
                    world.advance()
                ends.append(world.state_hash())
                assert world.broken == (("peg",) if breaks else ())
                assert (world.snapshot().position[1, 2] < 1) == breaks
                world.restore(start)
                assert world.broken == ()
            assert ends[0] == ends[1]


def test_thrown_balls_come_from_the_tray_and_return_to_it_on_reset() -> None:
    with world_of([ground()], spare_balls=2) as world:
        start = world.state_hash()
        for k in range(3):
            world.advance(events=[Throw((k, 0, 1), (0, 5, 0))])
        heights = world.snapshot().position[-2:, 2]
        assert (heights < 2).all()
        world.reset()
        assert world.state_hash() == start


def test_rays_find_the_part() -> None:
    with world_of([ground(), body("a", BOX, (0, 0, 1), 0)]) as world:
        hit = world.ray((0, 0, 5), (0, 0, -5))
        assert hit is not None
        assert world.parts[hit.part].name == "a"
        assert hit.position == pytest.approx([0, 0, 1.1], abs=1e-6)
        assert hit.normal == pytest.approx([0, 0, 1], abs=1e-6)
        assert world.ray((5, 5, 5), (6, 5, 5)) is None
        hits = world.rays(np.tile([0, 0, 5], (40_000, 1)), np.tile([0, 0, -5], (40_000, 1)))
        assert np.allclose(hits.fraction, 0.39)
        assert (hits.part == hit.part).all()


def test_a_forked_child_does_not_close_its_parents_world() -> None:
    with heap() as world:
        child = os.fork()
        if child == 0:
            world.close()
            os._exit(0)
        os.waitpid(child, 0)
        world.advance()
        assert math.isfinite(world.snapshot().position.sum())


def test_only_the_client_imports_pybullet() -> None:
    package = Path(__file__).parents[1] / "worldsim"
    users = [
        path.name
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) pybullet\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert users == ["client.py"]


def test_restores_are_exact_wherever_the_bodies_were_before() -> None:
    """Leftover contacts of the present once changed the eighth digit of what followed a restore."""
    pile = [
        body(f"p{row}_{k}", BOX, ((k - (5 - row) / 2) * 0.21, 0, 0.1 + 0.2 * row), restitution=0.1)
        for row in range(6)
        for k in range(6 - row)
    ]
    with world_of([ground(), *pile], spare_balls=1) as world:

        def advance(k: int) -> None:
            world.advance(events=[Throw((-2, 0, 0.5), (12, 0, 1))] if k == 5 else ())

        hashes, saved = [world.state_hash()], {}
        for k in range(75):
            if k % 15 == 0:
                saved[k] = world.checkpoint()
            advance(k)
            hashes.append(world.state_hash())
        rng = np.random.default_rng(0)
        for start in rng.choice([0, 15, 30, 45, 60], 25):
            world.restore(saved[int(start)])
            for k in range(start, min(75, start + int(rng.integers(5, 40)))):
                advance(k)
                assert world.state_hash() == hashes[k + 1]
