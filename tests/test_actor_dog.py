from __future__ import annotations

import math

import numpy as np
import pytest

from tests.dogs import centre_of_mass, dog_of, dog_world, drive, torso
from worldsim.actor.dog.breed import BREEDS, MASS_SHARES
from worldsim.actor.dog.kinematics import folded_angles, foot_position, leg_angles
from worldsim.actor.dog.skeleton import Skeleton
from worldsim.errors import ActionError
from worldsim.physics.world import World
from worldsim.scene.model import Scene

BREED_NAMES = sorted(BREEDS)


@pytest.mark.parametrize("bend", [-1.0, 1.0])
def test_leg_angles_put_the_foot_where_it_was_asked_for(bend: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        x, y = rng.uniform(-0.12, 0.12, 2)
        z = rng.uniform(-0.22, -0.12)
        angles = leg_angles(x, y, z, 0.125, 0.16, bend)
        assert math.copysign(1, angles[2]) == bend
        assert foot_position(angles, 0.125, 0.16) == pytest.approx((x, y, z), abs=1e-12)


def test_a_leg_reaches_towards_what_is_out_of_reach() -> None:
    x, y, z = foot_position(leg_angles(0.3, 0.0, -0.4, 0.1, 0.1, -1.0), 0.1, 0.1)
    assert math.hypot(x, z) == pytest.approx(0.2, abs=1e-3)
    assert (x / z, y) == (pytest.approx(-0.75, abs=1e-2), 0.0)


def test_folded_angles_are_the_leg_angles_of_the_same_foot() -> None:
    swing, length = 0.4, 0.2
    folded = folded_angles(0.0, length, swing, 0.12, 0.15, 1.0)
    asked = leg_angles(length * math.sin(swing), 0.0, -length * math.cos(swing), 0.12, 0.15, 1.0)
    assert folded == pytest.approx(asked, abs=1e-12)


@pytest.mark.parametrize("breed", BREED_NAMES)
def test_the_bones_weigh_what_the_breed_weighs(breed: str) -> None:
    skeleton = Skeleton.of(BREEDS[breed])
    bones = (skeleton.torso, *skeleton.bones)
    assert sum(bone.mass for bone in bones) == pytest.approx(BREEDS[breed].mass, rel=1e-9)
    assert skeleton.torso.mass == pytest.approx(MASS_SHARES["torso"] * BREEDS[breed].mass)
    for bone in bones:
        a, b, c = sorted(bone.inertia)
        assert a > 0
        assert c <= a + b + 1e-12, f"{bone.name}: no body has such moments of inertia"


@pytest.mark.parametrize("breed", BREED_NAMES)
def test_it_stands_still_on_the_ground(breed: str) -> None:
    with dog_world(breed) as world:
        start, heading, _ = torso(world)
        drive(world, (0, 0, 0), 5.0)
        end, turned, up = torso(world)
        paws = [world.part_index(f"rex/{leg}_{side}_lower") for leg in ("front", "rear") for side in ("left", "right")]
        lowest = min(world.client.getAABB(dog_of(world).body, 3 * k + 2)[0][2] for k in range(4))
        assert np.linalg.norm(end - start) < 0.03
        assert abs(turned - heading) < 0.03
        assert up > 0.995
        assert len(paws) == 4
        assert -0.04 < lowest < 0.02  # PyBullet's boxes are 2 cm wider than what they hold


@pytest.mark.parametrize("speed", [0.5, 1.5, 2.5, -0.5])
def test_it_goes_as_fast_as_it_is_told(speed: float) -> None:
    with dog_world() as world:
        drive(world, (speed, 0, 0), 3.0)
        start = torso(world)[0]
        drive(world, (speed, 0, 0), 3.0)
        end, heading, up = torso(world)
        assert (end[0] - start[0]) / 3 == pytest.approx(speed, rel=0.15)
        assert abs(end[1] - start[1]) < 0.35
        assert abs(heading) < 0.12
        assert up > 0.9


@pytest.mark.parametrize(("speed", "turn"), [(0.0, 1.0), (0.0, -2.0), (1.2, 1.0)])
def test_it_turns_as_fast_as_it_is_told(speed: float, turn: float) -> None:
    with dog_world() as world:
        drive(world, (speed, turn, 0), 1.5)
        total, last = 0.0, torso(world)[1]
        for _ in range(30):
            drive(world, (speed, turn, 0), 0.1)
            now = torso(world)[1]
            total += (now - last + math.pi) % (2 * math.pi) - math.pi
            last = now
        assert total / 3 == pytest.approx(turn, rel=0.15)
        assert torso(world)[2] > 0.85


def test_it_stops_and_stands_after_a_run() -> None:
    with dog_world() as world:
        drive(world, (2.0, 0, 0), 2.5)
        drive(world, (0, 0, 0), 3.0)
        start = torso(world)[0]
        drive(world, (0, 0, 0), 1.0)
        assert np.linalg.norm(torso(world)[0] - start) < 0.02


def test_a_shove_moves_it_but_does_not_throw_it_over() -> None:
    with dog_world() as world:
        drive(world, (1.0, 0, 0), 2.0)
        client, body = world.client, dog_of(world).body
        for _ in range(12):  # 220 N in one physics step of four, 12 times: 11 N·s
            client.applyExternalForce(body, -1, (0, 220, 0), torso(world)[0].tolist(), client.WORLD_FRAME)
            drive(world, (1.0, 0, 0), 1 / 60)
        drive(world, (1.0, 0, 0), 2.0)
        assert torso(world)[2] > 0.95
        assert dog_of(world).doing == "gait"


@pytest.mark.parametrize("breed", BREED_NAMES)
def test_it_jumps_and_lands_on_its_paws(breed: str) -> None:
    landed = 0
    with dog_world(breed) as world:
        for wait in (0.4, 0.5, 0.6, 0.7):
            world.reset()
            drive(world, (0, 0, 0), wait)
            height = torso(world)[0][2]
            highest, clear = height, 0.0
            for k in range(90):
                drive(world, (0, 0, 1.0 if k < 6 else 0.0), 1 / 60)
                highest = max(highest, torso(world)[0][2])
                boxes = [world.client.getAABB(dog_of(world).body, 3 * leg + 2)[0][2] for leg in range(4)]
                clear = max(clear, min(boxes))
            assert highest - height > 0.6 * BREEDS[breed].hip_height
            assert clear > 0.5 * BREEDS[breed].hip_height
            landed += torso(world)[2] > 0.95 and dog_of(world).doing == "gait"
    assert landed >= 3  # one in thirty tips over


def test_it_jumps_over_a_barrier_at_a_run() -> None:
    barrier = {"name": "bar", "shape": "box", "size": [0.04, 2.0, 0.30], "at": [4.0, 0, 0.15], "static": True}
    with dog_world(objects=[barrier]) as world:
        touched = False
        for _ in range(300):
            x = torso(world)[0][0]
            drive(world, (2.0, 0, 1.0 if 3.2 < x < 3.35 else 0.0), 1 / 60)
            parts = {int(row) for row in world.contacts["part_a"]} | {int(row) for row in world.contacts["part_b"]}
            touched = touched or world.part_index("bar") in parts
        position, _, up = torso(world)
        assert position[0] > 5.5
        assert up > 0.9
        assert not touched


def test_it_climbs_a_ramp() -> None:
    ramp = {"name": "ramp", "shape": "box", "size": [3, 2, 0.1], "at": [2.65, 0, 0.34], "rotation_deg": [0, -15, 0]}
    with dog_world(objects=[{**ramp, "static": True, "material": "wood"}]) as world:
        drive(world, (1.0, 0, 0), 3.5)
        position, heading, _ = torso(world)
        assert position[2] > 0.6
        assert abs(heading) < 0.3


def test_its_joints_never_exceed_their_torque() -> None:
    with dog_world() as world:
        dog = dog_of(world)
        limits = np.array([bone.torque for bone in dog.skeleton.bones])
        plan = ((0, 0, 0), (2.5, 0, 0), (2.5, 1, 1), (1, -2, 0), (0, 0, 1))
        for command in plan:
            for _ in range(40):
                drive(world, command, 1 / 60)
                torques = [state[3] for state in world.client.getJointStates(dog.body, dog.joint_indices)]
                assert (np.abs(torques) <= limits * (1 + 1e-6)).all()


def test_in_free_fall_no_motion_of_its_legs_moves_its_centre_of_mass() -> None:
    with dog_world(ground=False) as world:
        start = centre_of_mass(world)
        rng = np.random.default_rng(3)
        for _ in range(60):
            drive(world, (rng.uniform(-0.6, 2.5), rng.uniform(-2, 2), rng.uniform(0, 1)), 1 / 60)
        # Semi-implicit Euler falls g dt²/2 · n(n+1): half a step more than ½ g t².
        t, dt = world.time, 1 / world.step_rate
        expected = start - np.array([0.0, 0.0, 0.5 * 9.81 * t * (t + dt)])
        assert centre_of_mass(world) == pytest.approx(expected, abs=2e-3)


def test_two_runs_are_the_same_to_the_byte() -> None:
    hashes = []
    for _ in range(2):
        with dog_world() as world:
            drive(world, (1.5, 0.5, 0), 1.0)
            drive(world, (1.5, 0, 1), 1.0)
            hashes.append(world.state_hash())
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("when", [0.4, 1.3, 1.6])
def test_going_on_from_a_checkpoint_is_never_having_stopped(when: float) -> None:
    with dog_world() as world:
        drive(world, (1.5, 0.3, 0), 1.2)
        drive(world, (1.5, 0.3, 1), when)
        with world.checkpoint() as saved:
            drive(world, (1.0, -0.5, 1), 1.0)
            first, felt = world.state_hash(), world.observe("rex")
            world.restore(saved)
            drive(world, (1.0, -0.5, 1), 1.0)
            assert world.state_hash() == first
            assert (world.observe("rex") == felt).all()


def test_a_reset_is_the_same_start() -> None:
    with dog_world() as world:
        drive(world, (1.0, 0, 0), 0.5)
        first = world.state_hash()
        drive(world, (0.0, 0, 1), 0.7)
        world.reset()
        drive(world, (1.0, 0, 0), 0.5)
        assert world.state_hash() == first


def test_its_senses_are_named_bounded_and_true() -> None:
    with dog_world() as world:
        drive(world, (1.0, 0, 0), 3.0)
        dog, felt = dog_of(world), world.observe("rex")
        names = [channel.name for channel in dog.sensor_channels]
        assert len(set(names)) == len(names) == len(felt)
        assert all(c.low <= value <= c.high for c, value in zip(dog.sensor_channels, felt, strict=True))
        value = dict(zip(names, felt.tolist(), strict=True))
        assert value["gravity_z"] < -0.98
        assert value["velocity_x"] == pytest.approx(1.0, abs=0.25)
        assert value["last_speed"] == 1.0
        assert value["phase_sin"] ** 2 + value["phase_cos"] ** 2 == pytest.approx(1.0)
        assert sum(value[name] for name in names if name.endswith("touches")) >= 1
        assert value["height"] == pytest.approx(torso(world)[0][2])


def test_a_command_that_is_no_number_is_refused_before_anything_moves() -> None:
    with dog_world() as world:
        before = world.state_hash()
        with pytest.raises(ActionError, match="NaN"):
            world.advance({"rex": np.array([np.nan, 0, 0])})
        assert world.state_hash() == before


def test_every_key_names_a_channel_within_its_bounds() -> None:
    with dog_world("corgi") as world:
        channels = {channel.name: channel for channel in dog_of(world).command_channels}
        for held in dog_of(world).keys.values():
            for name, value in held.items():
                assert channels[name].low <= value <= channels[name].high


@pytest.mark.slow
@pytest.mark.parametrize("breed", BREED_NAMES)
def test_it_gets_up_from_almost_any_fall(breed: str) -> None:
    rng = np.random.default_rng(1)
    stood = 0
    with dog_world(breed) as world, world.checkpoint() as start:
        for _ in range(60):
            world.restore(start)
            turn = rng.standard_normal(4)
            high = 1.6 * BREEDS[breed].hip_height
            world.client.resetBasePositionAndOrientation(
                dog_of(world).body, (0, 0, high), (turn / np.linalg.norm(turn)).tolist()
            )
            drive(world, (0, 0, 0), 4.0)
            position, _, up = torso(world)
            stood += up > 0.9 and position[2] > 0.8 * BREEDS[breed].hip_height
    assert stood >= 54


@pytest.mark.parametrize(("breed", "number", "near"), [("beagle", 3, 0.35), ("corgi", 1, 0.32), ("shepherd", 3, 0.5)])
def test_it_gets_up_in_a_corner(breed: str, number: int, near: float) -> None:
    wall = {"shape": "box", "static": True, "material": "wood"}
    walls = [
        {**wall, "name": "side", "size": [3, 0.1, 0.8], "at": [0, near, 0.4]},
        {**wall, "name": "front", "size": [0.1, 3, 0.8], "at": [near, 0, 0.4]},
    ]
    rex = {"kind": "dog", "breed": breed, "at": [0, 0], "tumble": number}
    scene = {"format": 1, "name": "corner", "ground": {"material": "grass"}, "objects": walls, "actors": {"rex": rex}}
    with World(Scene.model_validate(scene), seed=0, detailed=False) as world:
        for _ in range(12):
            drive(world, [0.0, 0.0, 0.0], 1.0)
            if torso(world)[2] > 0.9 and dog_of(world).doing == "gait":
                return
    pytest.fail("it still lies there after 12 s")


def test_it_falls_when_it_is_hit_hard_and_gets_up_again() -> None:
    with dog_world() as world:
        drive(world, (0, 0, 0), 0.5)
        client, dog, lowest = world.client, dog_of(world), 1.0
        for _ in range(6):  # 480 N in one physics step of four, 6 times, above the middle: 12 N·s
            x, y, z = torso(world)[0].tolist()
            client.applyExternalForce(dog.body, -1, (0, 480, 0), (x, y, z + 0.05), client.WORLD_FRAME)
            drive(world, (0, 0, 0), 1 / 60)
        for _ in range(60):
            drive(world, (0, 0, 0), 1 / 60)
            lowest = min(lowest, torso(world)[2])
        drive(world, (0, 0, 0), 3.0)
        position, _, up = torso(world)
        assert lowest < 0.5
        assert up > 0.95
        assert position[2] > 0.8 * BREEDS["beagle"].hip_height
