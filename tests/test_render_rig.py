"""Cameras in motion: what the author asked for, above the ground, smooth, the same for the same snapshots."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.stages import Builder, snapshot_of
from worldsim.errors import UnknownNameError
from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.rig import CLEARANCE, CameraRig, FreeCamera, default_camera
from worldsim.rotation import quat_from_rpy_xyzw
from worldsim.scene.camera import FixedCamera, FollowCamera, MountedCamera, OrbitCamera
from worldsim.scene.layout import Shape


def world() -> Builder:
    """Return a ground, an actor and a ball."""
    builder = Builder().ground()
    builder.add("rex", Shape("box", (0.5, 0.2, 0.3)), (0, 0, 0.4)).add("ball", Shape("sphere", (0.1,)), (1, 0, 0.1))
    builder.parts[1] = replace(builder.parts[1], name="rex/torso", owner="rex", actor="rex")
    return builder


def running(count: int, speed: float = 3.0, turn: float = 0.0) -> list[Snapshot]:
    """Return `count` snapshots, 1/30 s apart, of the actor running along x and the heading `turn`."""
    out = []
    for k in range(count):
        time = k / 30
        position = np.array([[0, 0, 0], [speed * time, 0, 0.4 + 0.05 * math.sin(40 * time)], [1, 0, 0.1]], float)
        orientation = np.array([[0, 0, 0, 1], quat_from_rpy_xyzw(0, 0, turn), [0, 0, 0, 1]])
        velocity = np.array([[0, 0, 0], [speed, 0, 0], [0, 0, 0]], float)
        out.append(replace(snapshot_of(position, orientation, time), velocity=velocity))
    return out


@pytest.fixture
def parts() -> tuple[Part, ...]:
    return tuple(world().parts)


def test_fixed_looks_where_it_should(parts: tuple[Part, ...]) -> None:
    spec = FixedCamera(at=(2, -4, 1.5), look_at=(2, 0, 0.4), fov_deg=40, near=0.1, far=80)
    camera = CameraRig(spec, parts).camera(world().snapshot())
    assert np.allclose(camera.position, (2, -4, 1.5))
    gaze = -camera.rotation[:, 2]
    assert np.allclose(np.cross(gaze, (0, 4, -1.1)), 0, atol=1e-12)
    assert (camera.fov, camera.near, camera.far) == (math.radians(40), 0.1, 80)


def test_follow_starts_behind_and_keeps_a_runner_in_the_middle(parts: tuple[Part, ...]) -> None:
    rig = CameraRig(FollowCamera(follow="rex", distance=2.5, height=1.0), parts)
    frames = running(120)
    first = rig.camera(frames[0])
    assert np.allclose(first.position, (-2.5, 0, 1.4), atol=1e-9)
    for snapshot in frames[1:]:
        camera = rig.camera(snapshot)
    local = (snapshot.position[1] - camera.position) @ camera.rotation
    assert abs(local[0] / -local[2]) < 0.02
    assert abs(np.linalg.norm((snapshot.position[1] - camera.position)[:2]) - 2.5) < 0.15


def test_follow_does_not_shake_with_the_gait(parts: tuple[Part, ...]) -> None:
    rig = CameraRig(FollowCamera(follow="rex"), parts)
    heights = [rig.camera(snapshot).position[2] for snapshot in running(120)][60:]
    assert np.ptp(heights) < 0.3 * 0.1


def test_follow_swings_round_smoothly_and_arrives(parts: tuple[Part, ...]) -> None:
    rig = CameraRig(FollowCamera(follow="rex", smooth=0.3), parts)
    rig.camera(running(1)[0])
    positions = [rig.camera(snapshot).position for snapshot in running(120, speed=0.0, turn=math.pi / 2)]
    assert np.abs(np.diff(positions, axis=0)).max() < 0.6
    assert positions[-1][1] == pytest.approx(-2.5, abs=0.02)


def test_follow_is_a_function_of_the_sequence_and_starts_afresh_after_a_jump_back(parts: tuple[Part, ...]) -> None:
    frames = running(40, turn=0.4)
    one, two = (CameraRig(FollowCamera(follow="rex"), parts) for _ in range(2))
    a, b = [one.camera(s).position for s in frames], [two.camera(s).position for s in frames]
    assert np.array_equal(a, b)
    assert np.array_equal(one.camera(frames[0]).position, a[0])
    two.reset()
    assert np.array_equal(two.camera(frames[0]).position, a[0])


def test_cameras_stay_above_the_ground(parts: tuple[Part, ...]) -> None:
    snapshot = world().snapshot()
    for spec in (FollowCamera(follow="rex", height=-3), OrbitCamera(orbit="ball", height=-5)):
        assert CameraRig(spec, parts).camera(snapshot).position[2] == pytest.approx(CLEARANCE)


def test_orbit_goes_round_in_its_period(parts: tuple[Part, ...]) -> None:
    rig = CameraRig(OrbitCamera(orbit=(1, 1, 0), radius=4, height=2, period=8, start_deg=90), parts)
    at = [rig.camera(replace(world().snapshot(), time=t)).position for t in (0.0, 2.0, 8.0)]
    assert np.allclose(at[0], (1, 5, 2))
    assert np.allclose(at[1], (-3, 1, 2))
    assert np.allclose(at[2], at[0])


def test_mounted_turns_with_its_part(parts: tuple[Part, ...]) -> None:
    snapshot = running(1, turn=math.pi / 2)[0]
    camera = CameraRig(MountedCamera(mount="rex/torso", at=(0.3, 0, 0.1)), parts).camera(snapshot)
    assert np.allclose(camera.position, (0, 0.3, 0.5))
    assert np.allclose(-camera.rotation[:, 2], (0, 1, 0), atol=1e-12)
    assert np.allclose(camera.rotation[:, 1], (0, 0, 1), atol=1e-12)


def test_unknown_target_names_those_that_exist(parts: tuple[Part, ...]) -> None:
    with pytest.raises(UnknownNameError, match=r"no part is called 'rax'.*rex/torso"):
        CameraRig(FollowCamera(follow="rax"), parts)


def test_free_camera_sees_what_another_saw_and_moves() -> None:
    other = Camera.looking((3, -4, 2), (0, 0, 0.5), 0.9)
    free = FreeCamera.of(other, floor=0.0)
    assert np.allclose(free.camera().position, other.position)
    assert np.allclose(free.camera().rotation, other.rotation)
    target, distance = free.target.copy(), free.distance
    free.orbit(0.3, 0.2)
    assert np.allclose(free.target, target)
    assert np.linalg.norm(free.camera().position - target) == pytest.approx(distance)
    free.zoom(2.0)
    assert free.distance == pytest.approx(distance / 2)
    free.pan(0.5, 0.0)
    assert np.linalg.norm(free.target - target) == pytest.approx(0.5 * 2 * math.tan(0.45) * distance / 2)
    free.orbit(0.0, -9.0)
    assert free.camera().position[2] >= CLEARANCE - 1e-12


def test_default_camera_has_everything_in_the_picture() -> None:
    builder = world().add("far", Shape("box", (1, 1, 1)), (6, 3, 0.5))
    snapshot = builder.snapshot()
    camera = default_camera(builder.parts, snapshot)
    matrix = camera.projection(1600, 900) @ camera.view()
    for place in snapshot.position[1:]:
        clip = matrix @ np.array([*place, 1.0])
        assert np.abs(clip[:2] / clip[3]).max() < 1
    assert default_camera([], replace(snapshot, position=np.zeros((0, 3)))).position[2] > 0
