"""What the path tracer makes before Blender sees it: solids, fur, leaves, grass, sky, messages. Needs no Blender."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.stages import Builder
from worldsim.errors import PathTraceError
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.instances import gather
from worldsim.render.mesh import box, cone, cylinder, sphere
from worldsim.render.pathtrace import coat, foliage, grass
from worldsim.render.pathtrace.export import equirectangular, write_stage
from worldsim.render.pathtrace.options import PathTraceOptions
from worldsim.render.pathtrace.solid import Solid, ground_mesh, solid
from worldsim.render.pathtrace.worker.frames import BrokenPipeline, receive, send
from worldsim.render.sky import bake_sky, hemi_directions
from worldsim.scene.layout import Shape
from worldsim.scene.look import Look


def volume(shape: Solid) -> float:
    a, b, c = (shape.position[shape.faces[:, k]].astype(np.float64) for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (solid(box(), 1, (0.3, 0.2, 0.1)), 0.006),
        (solid(cylinder(), 2, (0.1, 0.1, 0.5)), math.pi * 0.005),
        (solid(cone(), 3, (0.1, 0.1, 0.5)), math.pi * 0.005 / 3),
        (solid(sphere(1.0), 0, (0.2, 0.2, 0.2)), 4 / 3 * math.pi * 0.008),
    ],
)
def test_solids_are_closed_and_as_large_as_they_should_be(shape: Solid, expected: float) -> None:
    assert volume(shape) == pytest.approx(expected, rel=0.02)
    a, b, c = (shape.position[shape.faces[:, k]] for k in range(3))
    outward = (np.cross(b - a, c - a) * shape.normal[shape.faces].mean(1)).sum(1)
    assert (outward > 0).all()
    np.testing.assert_allclose(np.linalg.norm(shape.normal, axis=1), 1, atol=1e-5)


def test_a_boxs_grain_runs_along_the_longer_edge_in_metres() -> None:
    shape = solid(box(), 1, (0.3, 0.2, 0.1))
    flat = np.abs(np.abs(shape.normal).max(1) - 1) < 1e-6
    along = np.abs(shape.along[flat])
    on_x = np.abs(shape.normal[flat, 0]) > 0.5
    assert (along[on_x, 1] == 1).all()
    assert (along[~on_x, 0] == 1).all()
    assert np.ptp(shape.place[:, 0][np.abs(shape.normal[:, 2]) > 0.99]) > 0.29


def test_the_ground_is_finest_in_the_middle_and_faces_up() -> None:
    mesh = ground_mesh()
    a, b, c = (mesh.position[mesh.faces[:, k]] for k in range(3))
    up = np.cross(b - a, c - a)
    assert (up[:, 2] > 0).all()
    assert 0.5 * up[:, 2].sum() == pytest.approx(4000.0**2, rel=1e-5)


def test_hair_stays_within_a_millimetre_of_the_outline() -> None:
    skin = solid(sphere(1.0), 0, (0.08, 0.08, 0.08))
    hairs = coat.grow(skin, 0.014, (0.3, 0.2, 0.1), (0.4, 0.3, 0.2), np.random.default_rng(0))
    away = np.linalg.norm(hairs.points, axis=2)
    assert away.max() < 0.081
    assert away.min() > 0.08 - 2 * hairs.depth
    assert 500 < len(hairs.points) <= coat.MOST
    assert ((hairs.colour >= 0) & (hairs.colour <= 1)).all()
    backwards = hairs.points[:, -1, 0] - hairs.points[:, 0, 0]
    assert (backwards < 0).mean() > 0.8
    again = coat.grow(skin, 0.014, (0.3, 0.2, 0.1), (0.4, 0.3, 0.2), np.random.default_rng(0))
    np.testing.assert_array_equal(again.points, hairs.points)


def test_leaves_stay_inside_the_outline_and_face_outwards() -> None:
    body = solid(sphere(1.0), 0, (1.0, 1.0, 1.0))
    leaves = foliage.sprout(body, (0.1, 0.2, 0.05), (0.2, 0.3, 0.1), np.random.default_rng(1))
    away = np.linalg.norm(leaves.position, axis=1)
    assert away.max() < 1.01
    assert away.min() > 0.9
    a, b, c = (leaves.position[leaves.faces[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    assert ((faces * leaves.normal[leaves.faces[:, 0]]).sum(1) > 0).all()


def test_a_blade_of_grass_stands_where_it_stood_when_the_camera_moves() -> None:
    first = Camera.looking((0.0, -3.0, 1.0), (0, 0, 0.3), 1.0)
    second = Camera.looking((0.4, -2.8, 1.1), (0.3, 0.4, 0.2), 1.0)
    seen = []
    for camera in (first, second):
        variant, squares = grass.around(camera, 0.0, 1.5)
        assert len(variant) <= grass.MOST
        assert ((squares[:, 3] > 0) & (squares[:, 3] <= 1)).all()
        seen.append({(x, y): (v, turn) for v, (x, y, turn, _) in zip(variant.tolist(), squares.tolist(), strict=True)})
    both = seen[0].keys() & seen[1].keys()
    assert len(both) > 20
    assert all(seen[0][place] == seen[1][place] for place in both)
    assert len({v for v, _ in seen[0].values()}) == grass.VARIANTS
    blades = grass.patch(np.random.default_rng(0))
    assert blades.position[:, 2].max() <= grass.HEIGHT[1]


def test_the_sky_keeps_its_directions() -> None:
    directions = hemi_directions(64).astype(np.float32)
    picture = equirectangular(directions, 128)
    assert picture.shape == (32, 128, 3)
    azimuth = np.pi - (np.arange(128) + 0.5) / 128 * 2 * np.pi
    elevation = (np.arange(32) + 0.5) / 64 * np.pi
    expected = np.stack(
        [
            np.cos(elevation)[:, None] * np.cos(azimuth),
            np.cos(elevation)[:, None] * np.sin(azimuth),
            np.broadcast_to(np.sin(elevation)[:, None], (32, 128)),
        ],
        -1,
    )
    np.testing.assert_allclose(picture[1:], expected[1:], atol=0.04)


def test_every_geom_is_shipped_once_and_shared_by_size(tmp_path: Path) -> None:
    crate = Shape("box", (0.2, 0.2, 0.2))
    builder = Builder().ground("lawn")
    for number in range(5):
        builder.add(f"crate.{number}", crate, (float(number), 0, 0.1), "red")
    builder.add("bush", Shape("sphere", (0.4,)), (0, 2, 0.3), "lawn")
    stage = builder.stage()
    write_stage(tmp_path, stage, gather(stage), bake_sky(stage.look), (32, 16), PathTraceOptions())
    document = json.loads((tmp_path / "stage.json").read_text())
    assert sorted({entry["row"] for entry in document["objects"]}) == list(range(7))
    crates = [entry["prototype"] for entry in document["objects"] if 2 <= entry["part"] + 1 <= 6]
    assert len(crates) == 5
    assert len(set(crates)) == 1
    kinds = [entry["kind"] for entry in document["prototypes"]]
    assert kinds.count("blades") == grass.VARIANTS
    assert kinds.count("leaves") == 1
    with np.load(tmp_path / "stage.npz", allow_pickle=False) as arrays:
        assert arrays["sky"].dtype == np.float32
        assert "tile_grass" in arrays.files


def test_messages_arrive_whole_and_a_cut_one_is_noticed() -> None:
    pipe = io.BytesIO()
    send(pipe, {"do": "frame", "seed": 3}, b"\x00\xff" * 1000)
    send(pipe, {"do": "end"})
    whole = pipe.getvalue()
    pipe.seek(0)
    assert receive(pipe) == ({"do": "frame", "seed": 3}, b"\x00\xff" * 1000)
    assert receive(pipe) == ({"do": "end"}, b"")
    with pytest.raises(BrokenPipeline, match="ended"):
        receive(pipe)
    with pytest.raises(BrokenPipeline, match="ended"):
        receive(io.BytesIO(whole[:50]))


def test_a_missing_environment_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLDSIM_REFERENCE", str(tmp_path))
    with pytest.raises(PathTraceError, match=r"Cycles.*make reference"):
        make_renderer("pathtrace", Builder().ground().stage(Look(sky="overcast")), (16, 16))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 0}, "samples is 0; it must be 1 to"),
        ({"motion_blur": 1.5}, "motion_blur is 1.5; it must be 0.0 to 1.0"),
        ({"sky": "hdri:moon"}, "hdri:forest"),
        ({"timeout": 0.0}, "timeout is 0.0 s"),
        ({"quality": "ultra"}, "known: fast, good, film"),
        ({"sample": 3}, "options are samples, denoise"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_renderer("pathtrace", Builder().ground().stage(), (16, 16), **options)
