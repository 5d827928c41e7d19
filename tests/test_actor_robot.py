from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from worldsim import load_scene
from worldsim.actor.robot import Robot, RobotOptions
from worldsim.errors import SceneError
from worldsim.physics.stl import stl_bounds
from worldsim.physics.world import World
from worldsim.scene.model import Scene

KUKA = "pybullet_data:kuka_iiwa/model.urdf"
ARM = """<robot name="arm">
<link name="base"><inertial><mass value="1"/>
<inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial></link>
<link name="rod">{inertial}<visual><geometry><box size="0.1 0.1 0.4"/></geometry></visual>
<collision><geometry><box size="0.1 0.1 0.4"/></geometry></collision></link>
<joint name="turn" type="revolute"><parent link="base"/><child link="rod"/><origin xyz="0 0 1"/><axis xyz="0 1 0"/>
<limit lower="-1" upper="2" effort="50" velocity="4"/></joint></robot>"""
INERTIAL = '<inertial><mass value="2"/><inertia ixx=".03" iyy=".03" izz=".01" ixy="0" ixz="0" iyz="0"/></inertial>'


def robot_world(**options: object) -> World:
    scene = Scene.model_validate({"format": 1, "name": "t", "actors": {"arm": {"kind": "robot", **options}}})
    world = World(scene, detailed=False)
    world.reset()
    return world


def file_world(folder: Path, **options: object) -> World:
    """Return the world of a scene file beside an "arm.urdf"."""
    file = folder / "arm.yaml"
    keys = {"kind": "robot", "urdf": "arm.urdf", **options}
    file.write_text(json.dumps({"format": 1, "name": "t", "actors": {"arm": keys}}))
    world = World(load_scene(file), detailed=False)
    world.reset()
    return world


def robot_of(world: World) -> Robot:
    robot = world.actors["arm"]
    assert isinstance(robot, Robot)
    return robot


def test_an_imported_arm_reaches_the_joint_targets_it_is_given() -> None:
    with robot_world(urdf=KUKA) as world:
        robot = robot_of(world)
        command = np.array([0.3, -0.4, 0.2, 0.5, -0.3, 0.4, 0.1])
        for _ in range(120):
            world.advance({"arm": command})
        limits = [world.client.getJointInfo(robot.body, index)[8:10] for index in robot.joint_indices]
        wanted = [low + 0.5 * (c + 1) * (high - low) for c, (low, high) in zip(command, limits, strict=True)]
        assert world.snapshot().joint_position == pytest.approx(wanted, abs=0.01)
        felt = world.observe("arm")
        assert len(felt) == len(robot.sensor_channels) == 4 * 7 + 4
        assert felt[:7] == pytest.approx(wanted, abs=0.01)


def test_it_holds_its_starting_pose_when_nobody_asks_for_anything() -> None:
    with robot_world(urdf=KUKA, pose={"lbr_iiwa_joint_2": 0.5, "lbr_iiwa_joint_4": -1.2}) as world:
        before = world.snapshot().joint_position
        for _ in range(60):
            world.advance()
        assert world.snapshot().joint_position == pytest.approx(before, abs=0.02)
        assert before[1] == pytest.approx(0.5)


def test_velocity_drive_turns_joints_at_the_share_of_their_speed(tmp_path: Path) -> None:
    file = tmp_path / "arm.urdf"
    file.write_text(ARM.format(inertial=INERTIAL))
    with file_world(tmp_path, drive="velocity") as world:
        for _ in range(12):
            world.advance({"arm": np.array([0.5])})
        assert world.snapshot().joint_velocity == pytest.approx([2.0], abs=0.05)


def test_its_parts_are_drawn_in_the_frame_of_their_centre_of_mass() -> None:
    with robot_world(urdf=KUKA) as world:
        drawn = [geom for part in world.parts if part.actor == "arm" for geom in part.geoms]
        assert len(drawn) >= 8
        assert all(geom.shape.mesh is not None and geom.shape.mesh.is_file() for geom in drawn)
        link = robot_of(world).links[3]
        offset = world.client.getDynamicsInfo(robot_of(world).body, link.link)[3]
        assert link.geoms[0].position == pytest.approx([-value for value in offset], abs=1e-6)


def test_restoring_goes_on_as_if_nothing_had_happened() -> None:
    with robot_world(urdf=KUKA) as world:
        rng = np.random.default_rng(2)
        commands = rng.uniform(-0.5, 0.5, (40, 7))
        for command in commands[:20]:
            world.advance({"arm": command})
        with world.checkpoint() as saved:
            hashes = []
            for _ in range(2):
                for command in commands[20:]:
                    world.advance({"arm": command})
                hashes.append(world.state_hash())
                world.restore(saved)
        assert hashes[0] == hashes[1]


def test_a_link_without_inertial_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "arm.urdf"
    file.write_text(ARM.format(inertial=""))
    with pytest.warns(RuntimeWarning, match=r"no <inertial> in rod; PyBullet takes a mass of 1 kg"):
        file_world(tmp_path).close()
    file.write_text(ARM.format(inertial=INERTIAL))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file_world(tmp_path).close()


def test_a_pose_for_a_joint_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "arm.urdf"
    file.write_text(ARM.format(inertial=INERTIAL))
    with pytest.raises(SceneError, match=r"pose names the joint 'trun'; .* has: turn"):
        file_world(tmp_path, pose={"trun": 1.0})


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(SceneError, match="no URDF file"):
        robot_world(urdf="pybullet_data:nowhere/robot.urdf")


@pytest.mark.parametrize("urdf", ["../x.urdf", "pybullet_data:../../etc/x.urdf", "pybullet_data:/etc/x.urdf"])
def test_a_path_that_leaves_its_folder_is_refused(urdf: str) -> None:
    with pytest.raises(ValidationError, match="leaves its folder"):
        RobotOptions(urdf=urdf)


def test_what_is_no_urdf_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"ends in \.urdf"):
        RobotOptions(urdf="robot.py")


def test_the_bounds_of_binary_and_text_stl_files(tmp_path: Path) -> None:
    corners = [(0, 0, 0), (1, 0, -2), (0, 3, 0)]
    text = tmp_path / "text.stl"
    vertices = "\n".join(f"vertex {x} {y} {z}" for x, y, z in corners)
    text.write_text(f"solid a\nfacet normal 0 0 1\nouter loop\n{vertices}\nendloop\nendfacet\nendsolid a\n")
    packed = tmp_path / "packed.stl"
    numbers = [0.0, 0.0, 1.0, *(float(c) for corner in corners for c in corner)]
    packed.write_bytes(b"\0" * 80 + struct.pack("<I12fH", 1, *numbers, 0))
    for file in (text, packed):
        assert stl_bounds(file) == ((0, 0, -2), (1, 3, 0))
    text.write_text("solid a\nendsolid a\n")
    with pytest.raises(SceneError, match="holds no triangle"):
        stl_bounds(text)
