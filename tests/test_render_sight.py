"""A following camera and what never moves: it comes to the near side of a wall, and leaves posts and gates alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.stages import Builder, snapshot_of
from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.rig import CLEARANCE, CameraRig
from worldsim.render.sight import MARGIN, NEAREST, Sight
from worldsim.rotation import quat_from_rpy_xyzw
from worldsim.scene.camera import FollowCamera
from worldsim.scene.layout import Shape

BEHIND = FollowCamera(follow="rex", distance=4.0, height=0.6, aim_height=0.0, smooth=0.0)
WALL = Shape("box", (0.1, 6.0, 2.0))


def stage(*things: tuple[Shape, tuple[float, float, float], float], moves: bool = False) -> tuple[Part, ...]:
    """Return a ground, an actor at the origin that looks along x, and things at their places, turned by so many rad."""
    builder = Builder().ground()
    for k, (shape, at, _) in enumerate(things):
        builder.add(f"thing{k}", shape, at)
        builder.parts[-1] = replace(builder.parts[-1], static=not moves)
    builder.add("rex", Shape("box", (0.5, 0.2, 0.3)), (0, 0, 0.4))
    builder.parts[-1] = replace(builder.parts[-1], name="rex/torso", owner="rex", actor="rex")
    return tuple(builder.parts)


def moment(*things: tuple[Shape, tuple[float, float, float], float], y: float = 0.0, time: float = 0.0) -> Snapshot:
    """Return where they are, the actor at y."""
    position = np.array([(0, 0, 0), *(at for _, at, _ in things), (0, y, 0.4)], float)
    turned = [quat_from_rpy_xyzw(0, 0, turn) for _, _, turn in things]
    orientation = np.array([(0, 0, 0, 1), *turned, (0, 0, 0, 1)], float)
    return snapshot_of(position, orientation, time)


def first(
    *things: tuple[Shape, tuple[float, float, float], float], spec: FollowCamera = BEHIND, **more: bool
) -> Camera:
    """Return the camera of the first frame."""
    return CameraRig(spec, stage(*things, **more)).camera(moment(*things))


FREE = first()


def how_near(camera: Camera) -> float:
    """Return the share of its distance from the actor that a camera keeps."""
    aim = np.array([0, 0, 0.4])
    return float(np.linalg.norm(camera.position - aim) / np.linalg.norm(FREE.position - aim))


@pytest.mark.parametrize("x", [-3.0, -2.0, -1.5])
def test_it_stays_on_this_side_of_a_wall(x: float) -> None:
    camera = first((WALL, (x, 0, 1), 0.0))
    face = x + 0.05
    assert face + 0.5 * MARGIN < camera.position[0] < face + 2 * MARGIN
    assert np.allclose(np.cross(camera.position - (0, 0, 0.4), FREE.position - (0, 0, 0.4)), 0, atol=1e-9)
    assert np.allclose(camera.rotation, FREE.rotation)


def test_a_wall_that_stands_askew_is_as_good() -> None:
    turn = 0.6
    camera = first((WALL, (-2.0, 0, 1), turn))
    normal = np.array([math.cos(turn), math.sin(turn)])
    gap = float((camera.position[:2] - (-2.0, 0)) @ normal) - 0.05
    assert 0 < gap < 2 * MARGIN


@pytest.mark.parametrize(
    "thing",
    [
        (WALL, (-5.0, 0, 1), 0.0),  # behind the camera
        (WALL, (2.0, 0, 1), 0.0),  # beyond the actor
        (Shape("box", (0.1, 6.0, 0.3)), (-2.0, 0, 0.15), 0.0),  # it looks over it
        (Shape("plane", (6.0, 6.0)), (-2.0, 0, 1), 0.0),
    ],
)
def test_what_hides_nothing_changes_nothing(thing: tuple[Shape, tuple[float, float, float], float]) -> None:
    assert np.array_equal(first(thing).position, FREE.position)


def test_what_moves_is_no_wall_and_an_author_can_look_through_all() -> None:
    wall = (WALL, (-2.0, 0, 1), 0.0)
    assert np.array_equal(first(wall, moves=True).position, FREE.position)
    through = BEHIND.model_copy(update={"in_sight": False})
    assert np.array_equal(first(wall, spec=through).position, FREE.position)


def test_a_wall_that_the_eye_cannot_stay_before_leaves_it_a_quarter_of_its_distance() -> None:
    camera = first((WALL, (-0.4, 0, 1), 0.0))
    assert how_near(camera) == pytest.approx(NEAREST)


def test_a_post_hides_too_little_of_a_dog_that_has_parts_aside() -> None:
    post = (Shape("cylinder", (0.05, 2.0)), (-2.0, 0, 1), 0.0)
    things = (post,)
    parts = list(stage(*things))
    torso = parts[-1]
    for k, name in enumerate(("head", "left", "right")):
        parts.append(replace(torso, index=torso.index + 1 + k, name=f"rex/{name}"))
    now = moment(*things)
    places = np.vstack((now.position, [(0.5, 0.6, 0.5), (0, 0.4, 0.2), (0, -0.4, 0.2)]))
    now = snapshot_of(places, np.vstack((now.orientation, [(0, 0, 0, 1)] * 3)), 0.0)
    aim, eye = np.array([0, 0, 0.4]), FREE.position
    assert Sight(parts, torso.index).reach(now, aim, eye) == 1.0  # one of four
    wall = (WALL, (-2.0, 0, 1), 0.0)
    parts[1] = stage(wall)[1]
    assert Sight(parts, torso.index).reach(now, aim, eye) < 0.5


def test_what_it_stands_in_is_no_wall() -> None:
    builder = Builder().ground().add("arch", Shape("box", (0.1, 0.1, 2.0)), (0, 0, 0))
    geom = builder.parts[1].geoms[0]
    sides = [replace(geom, shape=Shape("box", (3.0, 0.05, 1.5)), position=(0.0, y, 0.75)) for y in (-0.5, 0.5)]
    lid = replace(geom, shape=Shape("box", (3.0, 1.0, 0.05)), position=(0.0, 0.0, 0.7))
    arch = replace(builder.parts[1], geoms=(*sides, lid), static=True)
    parts = list(stage((WALL, (0, 0, 0), 0.0)))
    parts[1] = arch
    now = moment((WALL, (0, 0, 0), 0.0))
    steep = np.array([-1.0, 0, 3.0])
    assert Sight(parts, 2).reach(now, np.array([0, 0, 0.4]), steep) == 1.0
    parts[1] = replace(arch, geoms=(lid,))  # it stands below this one, not in it
    assert Sight(parts, 2).reach(now, np.array([0, 0, 0.4]), steep) < 1.0


def test_it_comes_quickly_goes_back_slowly_and_is_a_function_of_the_sequence() -> None:
    wall = (WALL, (-2.0, 0, 1), 0.0)
    parts = stage(wall)
    frames = [moment(wall, y=-6.05 + 0.1 * k, time=k / 30) for k in range(180)]  # past the wall, and on
    rig = CameraRig(BEHIND, parts)
    positions = [rig.camera(snapshot).position for snapshot in frames]
    shares = [np.linalg.norm(p - s.position[-1]) / math.hypot(4, 0.6) for p, s in zip(positions, frames, strict=True)]
    hidden = [k for k, snapshot in enumerate(frames) if abs(snapshot.position[-1][1]) < 3.0]
    free = (1.95 - MARGIN * 4 / math.hypot(4, 0.6)) / 4
    assert shares[: hidden[0]] == pytest.approx([1.0] * hidden[0])
    assert shares[hidden[12]] == pytest.approx(free, abs=0.03)  # 0.4 s later
    assert shares[hidden[-1]] == pytest.approx(free, abs=1e-3)
    assert shares[hidden[-1] + 24] == pytest.approx(1 - (1 - free) * math.exp(-1), abs=0.02)  # 0.8 s after its end
    back = CameraRig(BEHIND, parts).camera(frames[hidden[0]]).position
    assert np.array_equal(rig.camera(frames[hidden[0]]).position, back)
    rig.reset()
    assert np.array_equal([rig.camera(snapshot).position for snapshot in frames], positions)


def test_it_stays_above_the_ground() -> None:
    spec = BEHIND.model_copy(update={"height": -3.0, "aim_height": -0.39})
    assert first((WALL, (-2.0, 0, 1), 0.0), spec=spec).position[2] == pytest.approx(CLEARANCE)
