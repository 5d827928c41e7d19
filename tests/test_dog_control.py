"""The dog's control modes, its further senses, and dogs that differ from the standard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from worldsim.actor.dog.breed import BREEDS
from worldsim.actor.dog.control.cpg import Cpg
from worldsim.actor.dog.control.randomise import Randomise
from worldsim.errors import SceneError
from worldsim.physics.world import World
from worldsim.scene.model import Scene

MODES = {"command": 3, "gait+residual": 15, "cpg": 21, "cpg+residual": 33, "joint": 12, "torque": 12}


def lawn(objects: tuple[dict, ...] = (), seed: int = 0, **options: Any) -> World:
    scene = {"format": 1, "name": "lawn", "objects": list(objects), "actors": {"rex": {"kind": "dog", **options}}}
    return World(Scene.model_validate(scene), seed, detailed=False)


def see(world: World) -> dict[str, float]:
    channels = world.actors["rex"].sensor_channels
    return dict(zip([channel.name for channel in channels], world.observe("rex").tolist(), strict=True))


def up(world: World) -> float:
    return -see(world)["gravity_z"]


@pytest.mark.parametrize(("mode", "size"), MODES.items())
def test_every_mode_has_its_channels_and_feels_finite(mode: str, size: int) -> None:
    with lawn(control=mode, sensors=["imu", "effort", "rays", "scan"]) as world:
        dog = world.actors["rex"]
        assert len(dog.command_channels) == size
        rng = np.random.default_rng(0)
        low, high = (np.array([getattr(c, w) for c in dog.command_channels]) for w in ("low", "high"))
        for _ in range(60):
            world.advance({"rex": rng.uniform(low, high)})
            values = world.observe("rex")
            assert values.shape == (len(dog.sensor_channels),)
            assert np.isfinite(values).all()


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "torque"])
def test_a_neutral_command_stands(mode: str) -> None:
    with lawn(control=mode) as world:
        for _ in range(120):
            world.advance()
        assert up(world) > 0.98
        assert see(world)["height"] > 0.2


def test_no_torque_lies_down_and_a_torque_moves_its_joint() -> None:
    with lawn(control="torque") as world:
        for _ in range(90):
            world.advance()
        assert see(world)["height"] < 0.2
    with lawn(control="torque") as world:
        order = np.zeros(12)
        order[2] = -3.0
        before = see(world)["front_left_knee_position"]
        for _ in range(12):
            world.advance({"rex": order})
        assert see(world)["front_left_knee_position"] < before - 0.1


def test_a_rhythm_walks() -> None:
    with lawn(control="cpg") as world:
        names = [channel.name for channel in world.actors["rex"].command_channels]
        set_to = {"stride": 0.1, "lift": 0.06, "side": 0.03}
        order = np.array([set_to.get(name.split("_")[-1], 0.0) for name in names])
        order[0] = 3.5
        for _ in range(180):
            world.advance({"rex": order})
        assert up(world) > 0.8
        assert world.pose(world.part_index("rex"))[0][0] == pytest.approx(
            3 * 2 * 3.5 * 0.1, rel=0.15
        )  # two steps a turn


def test_a_paw_of_the_rhythm_is_on_the_ground_half_the_time() -> None:
    home = [0.1, 0.1, -0.2] * 4
    cpg = Cpg(home, 1 / 60)
    order = (1.0, *([0.1, 0.05, 0.0, 0.0, 0.0] * 4))
    for _ in range(120):
        cpg.update(order)
    heights, along = [], []
    for _ in range(60):
        cpg.update(order)
        heights.append(cpg.feet[2] + 0.2)
        along.append(cpg.feet[0] - 0.1)
    assert sum(height < 1e-9 for height in heights) == pytest.approx(30, abs=1)
    assert max(heights) == pytest.approx(0.05, abs=1e-3)
    assert max(along) - min(along) == pytest.approx(0.1, abs=5e-3)


def test_a_residual_bends_the_gait() -> None:
    with lawn(control="gait+residual") as world:
        before = see(world)["rear_right_knee_position"]
        order = np.zeros(15)
        order[14] = 0.3
        angles = []
        for _ in range(90):
            world.advance({"rex": order})
            angles.append(see(world)["rear_right_knee_position"])
        assert 0.15 < np.median(angles[30:]) - before < 0.55  # the median: a dog with a bent leg shifts its paws


def test_it_looks_where_it_is_told_and_only_then() -> None:
    with lawn(look=True) as world:
        for _ in range(90):
            world.advance({"rex": np.array([0, 0, 0, 0.8, 0.0])})
        names = [name.split("/")[-1] for name in world.joint_names]
        yaw = world.snapshot().joint_position[names.index("head_yaw")]
        assert yaw == pytest.approx(0.8, abs=0.3)
    with lawn() as world:
        assert len(world.actors["rex"].command_channels) == 3


def test_an_accelerometer_reads_gravity_at_rest_and_nothing_in_free_fall() -> None:
    with lawn(sensors=["imu"]) as world:
        for _ in range(120):
            world.advance()
        assert see(world)["acceleration_z"] == pytest.approx(9.81, abs=0.3)
    scene = {"format": 1, "name": "sky", "ground": "none", "actors": {"rex": {"kind": "dog", "sensors": ["imu"]}}}
    with World(Scene.model_validate(scene), 0) as world:
        readings = []
        for _ in range(20):
            world.advance()
            readings.append(see(world)["acceleration_z"])
        assert abs(np.mean(readings)) < 1.0


def test_rays_see_a_wall_and_not_the_dog() -> None:
    wall = {"name": "wall", "shape": "box", "size": [0.1, 4, 2], "at": [2.0, 0, 1], "static": True, "material": "wood"}
    with lawn((wall,), sensors=["rays"]) as world:
        seen = see(world)
        assert seen["ray0"] == pytest.approx(1.95, abs=0.03)
        assert seen["ray8"] == 4.0
        for _ in range(180):  # up to the wall: one that goes on pushing at it rears
            world.advance({"rex": np.array([0.5, 0, 0])})
        assert see(world)["ray0"] == pytest.approx(0.45, abs=0.12)
        assert up(world) > 0.9


def test_the_scan_feels_a_step_ahead() -> None:
    step = {"name": "step", "shape": "box", "size": [2, 4, 0.1], "at": [1.35, 0, 0.05], "static": True,
            "material": "stone"}  # fmt: skip
    with lawn((step,), sensors=["scan"]) as world:
        seen = see(world)
        assert seen["scan_0_1"] == pytest.approx(0.0, abs=0.03)
        assert seen["scan_6_1"] == pytest.approx(0.1, abs=0.03)


# ---- dogs that differ


def dynamics(world: World) -> tuple[float, float]:
    dog = world.actors["rex"]
    info = [world.client.getDynamicsInfo(dog.body, link)[:2] for link in range(-1, len(dog.joint_names))]
    return sum(mass for mass, _ in info), info[3][1]


def test_masses_grip_and_strength_are_drawn_anew_for_every_seed_and_back() -> None:
    with lawn(randomise={"mass": [0.8, 1.2], "friction": [0.5, 1.0], "strength": [0.8, 1.0]}) as world:
        first = dynamics(world)
        world.reset(1)
        assert dynamics(world) != first
        world.reset(0)
        assert dynamics(world) == pytest.approx(first, rel=1e-12)
    with lawn() as world:
        assert dynamics(world)[0] == pytest.approx(BREEDS["beagle"].mass)


def test_an_order_takes_its_latency() -> None:
    def moves(latency: float) -> int:
        with lawn(control="joint", randomise={"latency_s": [latency, latency]}) as world:
            order = np.array([channel.neutral for channel in world.actors["rex"].command_channels])
            order[2] -= 0.5
            before = see(world)["front_left_knee_position"]
            for k in range(20):
                world.advance({"rex": order})
                if abs(see(world)["front_left_knee_position"] - before) > 0.05:
                    return k
        return 99

    assert moves(5 / 60) - moves(0.0) == 5


def test_a_knock_gives_the_whole_dog_its_momentum() -> None:
    knocks = {"push_every_s": [0.25, 0.25], "push_speed": [0.6, 0.6]}
    actors = {"rex": {"kind": "dog", "randomise": knocks}}
    scene = {"format": 1, "name": "space", "gravity": [0, 0, 0], "ground": "none", "actors": actors}
    with World(Scene.model_validate(scene), 0) as world:
        mass = np.array([link.mass for link in world.actors["rex"].links])
        for _ in range(24):  # 0.4 s: one knock
            world.advance()
        speed = (mass[:, None] * world.motion().velocity).sum(axis=0) / mass.sum()
        assert np.hypot(speed[0], speed[1]) == pytest.approx(0.6, rel=0.05)
        assert abs(speed[2]) < 3e-3  # nothing pushes it up: what is left is the engine's integrator and moving legs


@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_restored_dog_goes_on_to_the_byte(mode: str) -> None:
    odd = {"mass": [0.8, 1.2], "strength": [0.9, 1.1], "latency_s": [0.0, 0.05], "push_every_s": [0.2, 0.4]}
    with lawn(control=mode, randomise=odd, sensors=["imu", "effort", "scan"]) as world:
        rng = np.random.default_rng(1)
        channels = world.actors["rex"].command_channels
        low, high = (np.array([getattr(c, w) for c in channels]) for w in ("low", "high"))
        orders = [rng.uniform(low, high) for _ in range(60)]

        def run(orders: list[np.ndarray]) -> list[bytes]:
            out = []
            for order in orders:
                world.advance({"rex": order})
                out.append(world.observe("rex").tobytes())
            return out

        run(orders[:25])
        with world.checkpoint() as state:
            after = run(orders[25:])
            world.reset(3)
            run(orders[:5])
            world.restore(state)
            assert run(orders[25:]) == after


def test_unknown_modes_and_upside_down_pairs_are_refused() -> None:
    with pytest.raises(SceneError, match="control"):
        lawn(control="telepathy")
    with pytest.raises(ValueError, match="low at most high"):
        Randomise(mass=(1.2, 0.8))
