"""The fallback: it agrees with the rasteriser on the truth, and says what it loses."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from tests.stages import Builder
from worldsim.errors import ClosedError
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.tiny import TinyRenderer, normals_of, rays
from worldsim.scene.layout import Geom, Shape
from worldsim.scene.look import Look

SIZE = (160, 120)
CAMERA = Camera.looking((-1.5, -3, 1.4), (0.3, 0, 0.3), math.radians(50))
BEFORE = Camera.looking((-1.6, -3, 1.4), (0.3, 0, 0.3), math.radians(50))


def scene() -> Builder:
    """Return one of each shape on the ground."""
    skin = (
        Geom(Shape("capsule", (0.15, 0.7)), material="red", smooth=True),
        Geom(Shape("sphere", (0.25,)), (0, 0, 0.3), material="green", smooth=True),
    )
    return (
        Builder()
        .ground()
        .add("box", Shape("box", (0.5, 0.5, 0.5)), (0, 0.6, 0.25), "red")
        .add("ball", Shape("sphere", (0.3,)), (0.7, -0.4, 0.3), "steel")
        .add("can", Shape("cylinder", (0.2, 0.5)), (-0.6, 0.2, 0.25), "green")
        .add("cone", Shape("cone", (0.2, 0.5)), (0.9, 0.8, 0.25))
        .add("egg", Shape("ellipsoid", (0.3, 0.2, 0.5)), (1.3, -0.1, 0.25), "red")
        .body("skin", skin, (-0.2, -0.6, 0.4))
    )


@pytest.fixture(scope="module")
def both() -> tuple[GBuffer, GBuffer]:
    builder = scene()
    moved = scene()
    moved.position[2] = (0.65, -0.4, 0.3)
    found = []
    for name in ("raster", "tiny"):
        stage = builder.stage()
        renderer = make_renderer("raster", stage, SIZE) if name == "raster" else TinyRenderer(stage, SIZE)
        assert renderer.name == name
        found.append(renderer.render(builder.snapshot(), CAMERA, (moved.snapshot(), BEFORE)))
        renderer.close()
    return found[0], found[1]


def test_ids_agree_but_for_outlines(both: tuple[GBuffer, GBuffer]) -> None:
    raster, tiny = both
    assert (raster.instance == tiny.instance).mean() > 0.97
    assert set(np.unique(tiny.instance)) == set(np.unique(raster.instance))
    assert tiny.class_names == raster.class_names


def test_depth_normals_motion_and_albedo_agree(both: tuple[GBuffer, GBuffer]) -> None:
    raster, tiny = both
    same = (raster.instance == tiny.instance) & (raster.instance > 0)
    assert np.median(np.abs(raster.depth[same] - tiny.depth[same]) / raster.depth[same]) < 0.01
    assert np.percentile((raster.normal * tiny.normal).sum(-1)[same], 10) > 0.97
    assert np.abs(raster.albedo - tiny.albedo)[same].mean() < 0.01
    assert np.allclose(raster.roughness_metallic[same], tiny.roughness_metallic[same], atol=0.003)
    still = raster.instance == tiny.instance
    assert np.percentile(np.abs(raster.motion - tiny.motion)[still], 95) < 0.2
    assert np.isinf(tiny.depth[tiny.instance == 0]).all()


def test_motion_of_the_moved_ball_is_seen(both: tuple[GBuffer, GBuffer]) -> None:
    tiny = both[1]
    ball, box = tiny.instance == 3, tiny.instance == 2
    assert tiny.motion[ball, 0].mean() < tiny.motion[box, 0].mean() - 1


def test_normals_of_a_plane_are_exact() -> None:
    normal = np.array([0.2, 0.3, 0.93])
    normal /= np.linalg.norm(normal)
    direction = rays(CAMERA, (40, 30))
    depth = (-2.0 / (direction @ normal)).astype(np.float32)
    found = normals_of(depth, np.ones((30, 40), np.int32), CAMERA)
    assert np.allclose(found, normal, atol=2e-3)


def test_fallback_says_what_is_lost_and_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDSIM_NO_GL", "1")
    builder = Builder().ground().add("box", Shape("box", (1, 1, 1)), (0, 0, 0.5))
    with pytest.warns(RuntimeWarning, match=r"no textures.*WORLDSIM_NO_GL") as record:
        renderer = make_renderer("raster", builder.stage(Look(sky="overcast")), (33, 21))
    assert len(record) == 1
    assert "\n" not in str(record[0].message)
    assert renderer.name == "tiny"
    assert renderer.frame(builder.snapshot(), CAMERA).shape == (21, 33, 3)
    renderer.close()
    renderer.close()
    with pytest.raises(ClosedError, match="closed"):
        renderer.frame(builder.snapshot(), CAMERA)


def test_missing_driver_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import moderngl

    def fail(**_: object) -> None:
        raise OSError("libEGL.so not found")

    monkeypatch.setattr(moderngl, "create_context", fail)
    with pytest.warns(RuntimeWarning, match=r"libEGL.so not found.*apt-get install -y libegl1 libgl1 libgl1-mesa-dri"):
        make_renderer("raster", Builder().ground().stage(), (16, 16)).close()


def test_a_forked_child_of_a_process_that_drew_falls_back_instead_of_hanging() -> None:
    code = """
import os, sys, warnings
from tests.stages import Builder
from worldsim.errors import ClosedError
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
builder = Builder().ground()
camera = Camera.looking((0, -3, 1), (0, 0, 0))
drawn = make_renderer("raster", builder.stage(), (16, 16))
drawn.frame(builder.snapshot(), camera)
child = os.fork()
if child == 0:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        name = make_renderer("raster", builder.stage(), (16, 16)).name
    try:
        drawn.frame(builder.snapshot(), camera)
    except ClosedError as error:
        os._exit(7 if name == "tiny" and "forked" in str(caught[-1].message) and "forked" in str(error) else 1)
    os._exit(2)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    found = subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=60, check=False)
    assert found.returncode == 7
