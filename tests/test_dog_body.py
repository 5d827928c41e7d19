"""The drawn body of the dog: closed, held by its bones, on the ground, unlike other breeds', the same every time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tests.dogs import dog_world, drive
from worldsim.actor.dog.body import body_of, skin_of
from worldsim.actor.dog.breed import BREEDS
from worldsim.actor.dog.field import body_distance
from worldsim.actor.dog.head import eye_radius
from worldsim.actor.dog.shapes import eye_spot, rest_frames, shapes_of
from worldsim.actor.dog.trim import trimmings
from worldsim.physics.skin import Skin, part_poses
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.stage import Stage
from worldsim.render.surface import distance
from worldsim.render.tiny import TinyRenderer
from worldsim.rotation import matrix_from_quat_xyzw, quat_multiply_xyzw, quat_rotate_xyzw

NAMES = sorted(BREEDS)


def skin(breed: str) -> Skin:
    """Return the skin of a dog whose bones are the parts 0, 1, 2 …"""
    made = BREEDS[breed]
    return skin_of(made, "rex", range(len(body_of(made).names)), "fur")


def edges_of(faces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return every edge (E, 2) of every triangle, in its own direction."""
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])


def test_there_are_five_breeds_with_a_body() -> None:
    assert {"beagle", "shepherd", "corgi", "greyhound", "poodle"} <= set(BREEDS)


@pytest.mark.parametrize("breed", NAMES)
def test_the_skin_is_one_closed_surface(breed: str) -> None:
    made = skin(breed)
    edges = edges_of(made.faces).astype(np.int64)
    forth, back = edges @ [1 << 32, 1], edges @ [1, 1 << 32]
    assert len(np.unique(forth)) == len(forth), "two triangles on the same side of an edge"
    assert set(forth.tolist()) == set(back.tolist()), "an edge with one triangle"
    assert len(made.vertices) - len(edges) // 2 + len(made.faces) == 2, "a hole, a handle or a crumb"
    corners = made.vertices[made.faces].astype(np.float64)
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    # A dog has about the density of water; its coat is air, and the mass is that of the breed.
    assert 0.6 * BREEDS[breed].mass < 1000 * volume < 2.2 * BREEDS[breed].mass
    assert len(made.vertices) < 16_000


@pytest.mark.parametrize("breed", NAMES)
def test_weights_add_up_and_the_first_is_the_largest(breed: str) -> None:
    made = skin(breed)
    np.testing.assert_allclose(made.weights.sum(1), 1.0, atol=1e-6)
    assert made.weights.min() >= 0
    assert (np.diff(made.weights, axis=1) <= 1e-7).all()
    np.testing.assert_array_equal(made.dominant, made.bones[:, 0])
    assert set(np.unique(made.bones)) == set(made.parts.tolist())
    held = {body_of(BREEDS[breed]).names[part] for part in made.dominant}
    assert held >= {"torso", "neck", "head", "tail", "tail_tip"} | {
        f"{end}_{side}_{piece}"
        for end, side, piece in itertools.product(("front", "rear"), ("left", "right"), ("upper", "lower"))
    }


@pytest.mark.parametrize("breed", NAMES)
def test_at_rest_it_is_the_rest_pose_and_it_follows_a_rigid_motion(breed: str) -> None:
    made = skin(breed)
    rest = body_of(BREEDS[breed]).rest
    vertices, normals = made.posed(rest)
    np.testing.assert_allclose(vertices, made.vertices, atol=2e-6)
    np.testing.assert_allclose(normals, made.normals, atol=1e-5)
    turn = np.array([0.2, -0.5, 0.3, 0.7])
    turn /= np.linalg.norm(turn)
    shift = np.array([1.0, -2.0, 0.5])
    moved = np.concatenate([quat_rotate_xyzw(turn, rest[:, :3]) + shift, quat_multiply_xyzw(turn, rest[:, 3:])], 1)
    vertices, normals = made.posed(moved)
    np.testing.assert_allclose(vertices, made.vertices @ matrix_from_quat_xyzw(turn).T + shift, atol=1e-5)
    np.testing.assert_allclose(normals, made.normals @ matrix_from_quat_xyzw(turn).T, atol=1e-5)
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("breed", ["beagle", "greyhound"])
def test_nothing_tears_in_a_trot(breed: str) -> None:
    with dog_world(breed) as world:
        made = world.skins[0]
        edges = np.unique(np.sort(edges_of(made.faces), 1), axis=0)
        rest = np.linalg.norm(made.vertices[edges[:, 0]] - made.vertices[edges[:, 1]], axis=1)
        edges, rest = edges[rest > 0.002], rest[rest > 0.002]
        speed = 0.6 * BREEDS[breed].speed
        drive(world, (speed, 0, 0), 1.0)
        stretched = []
        for _ in range(12):
            drive(world, (speed, 0, 0), 1 / 15)
            vertices, _ = made.posed(part_poses(world.snapshot()))
            stretched.append(np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1) / rest)
    ratio = np.array(stretched)
    assert np.quantile(ratio, 0.99) < 1.5
    assert np.quantile(ratio, 0.999) < 2.4
    assert ratio.max() < 5.5


@pytest.mark.parametrize("breed", NAMES)
def test_the_skin_lies_about_what_collides_and_stands_on_the_ground(breed: str) -> None:
    with dog_world(breed) as world:
        drive(world, (0, 0, 0), 0.5)
        now = world.snapshot()
        vertices, _ = world.skins[0].posed(part_poses(now))
        away = np.full(len(vertices), np.inf)
        for part in (part for part in world.parts if part.actor == "rex"):
            local = (vertices - now.position[part.index]) @ matrix_from_quat_xyzw(now.orientation[part.index])
            for geom in (geom for geom in part.geoms if geom.collides):
                away = np.minimum(away, distance(geom, local.astype(np.float64)))
    tall = BREEDS[breed].hip_height
    body = ~np.isin(world.skins[0].dominant, [p.index for p in world.parts if "ear" in p.name or "tail" in p.name])
    assert np.median(np.abs(away[body])) < 0.10 * tall
    assert away[body].max() < 0.55 * tall  # tips of pricked ears
    assert np.quantile(away[body], 0.9) < 0.2 * tall
    assert -0.004 < vertices[:, 2].min() < 0.003


@pytest.mark.parametrize("breed", NAMES)
def test_eyes_look_out_of_the_head_and_lids_hold_them(breed: str) -> None:
    made = BREEDS[breed]
    spot, way = eye_spot(made)
    size = eye_radius(made)
    assert 0.008 < size < 0.014
    head = [group for group in shapes_of(made) if group[1][0].bone == "head"]
    middle, front = body_distance(head, np.array([spot, spot + size * way]))
    assert middle < 0 < front
    assert front < 0.9 * size
    kinds = [geom.material for geom in trimmings(made)["head"]]
    assert kinds.count("glass") == 4
    collar, tag = trimmings(made)["neck"]
    assert (collar.material, tag.material) == ("leather", "steel")
    assert not collar.collides


def test_left_and_right_are_the_same() -> None:
    vertices = skin("beagle").vertices.astype(np.float64)
    away, _ = cKDTree(vertices).query(vertices * [1, -1, 1])
    assert np.median(away) < 1e-7
    assert np.quantile(away, 0.99) < 0.003  # where a quadrilateral is cut the other way, its corners settle elsewhere
    assert away.max() < 0.01


def test_breeds_differ_in_build_coat_and_mass() -> None:
    bodies = {name: body_of(BREEDS[name]) for name in NAMES}
    for one, other in itertools.combinations(NAMES, 2):
        sizes = [np.ptp(bodies[name].vertices, axis=0) for name in (one, other)]
        shape = [size / size[0] for size in sizes]
        colour = [np.mean(bodies[name].colour, axis=0) for name in (one, other)]
        apart = np.abs(shape[0] - shape[1]).max() + np.abs(colour[0] - colour[1]).max() / 100
        assert apart > 0.1, (one, other)
    assert len({BREEDS[name].figure.hair for name in NAMES}) >= 4
    assert {BREEDS[name].ears for name in NAMES} == {"floppy", "pricked", "rose"}


def test_the_beagle_is_black_above_and_white_below() -> None:
    body, frames = body_of(BREEDS["beagle"]), rest_frames(BREEDS["beagle"])
    bright = body.colour.mean(1)
    x, y, z = body.vertices.T
    trunk = (x > -0.1) & (x < 0.1) & (np.abs(y) < 0.03)
    assert bright[trunk & (z > 0.05)].mean() < 60
    assert bright[trunk & (z < -0.05)].mean() > 180
    foot = frames["front_left_lower"][:, 3]
    assert bright[(np.abs(x - foot[0]) < 0.08) & (z < -0.22)].mean() > 180
    tip = body.vertices[:, 0] < body.vertices[:, 0].min() + 0.02
    assert bright[tip].mean() > 180


def test_the_same_bytes_every_time() -> None:
    first = body_of(BREEDS["corgi"])
    for cached in (body_of, shapes_of, rest_frames, eye_spot):
        cached.cache_clear()
    again = body_of(BREEDS["corgi"])
    assert again is not first
    for name in ("vertices", "normals", "faces", "bones", "weights", "rest", "colour", "roughness", "hair"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes(), name


def test_a_world_that_nobody_sees_makes_no_skin() -> None:
    body_of.cache_clear()
    with dog_world() as world:
        drive(world, (0, 0, 0), 0.1)
        assert body_of.cache_info().currsize == 0
        assert world.skins[0].owner == "rex"
        assert body_of.cache_info().currsize == 1


def test_a_renderer_without_skins_draws_the_shapes_that_stand_in() -> None:
    with dog_world() as world:
        stage, now = Stage.of(world), world.snapshot()
        middle = now.position[world.part_index("rex/torso")]
        view = Camera.looking((middle[0] + 0.3, middle[1] - 1.2, middle[2] + 0.3), tuple(middle), 0.6)
        tiny, raster = TinyRenderer(stage, (96, 64)), make_renderer("raster", stage, (96, 64))
        dog = next(part.instance for part in world.parts if part.owner == "rex")
        stand_in, skinned = tiny.render(now, view).instance == dog, raster.render(now, view).instance == dog
        tiny.close()
        raster.close()
    assert len(stage.skins) == 1
    assert (stand_in & skinned).sum() / (stand_in | skinned).sum() > 0.7
