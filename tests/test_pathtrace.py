"""The reference path tracer against the G-buffer, closed forms and broken processes. Needs `make reference`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import worldsim
from tests.stages import MATERIALS, Builder, material
from worldsim.errors import ClosedError, PathTraceError
from worldsim.physics.state import Snapshot
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.pathtrace.process import reference_python
from worldsim.render.pathtrace.renderer import PathTracer
from worldsim.render.rig import CameraRig
from worldsim.render.sky import irradiance
from worldsim.render.stage import Stage
from worldsim.scene.layout import Shape
from worldsim.scene.look import Look

try:
    reference_python()
    ABSENT = ""
except PathTraceError as error:
    ABSENT = str(error)

pytestmark = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)

SIZE = (240, 160)


def scene(name: str, camera: str) -> tuple[Stage, Snapshot, Camera]:
    """Return a shipped scene as its camera sees it at the start."""
    found = worldsim.load_scene(name)
    world = worldsim.World(found, seed=0)
    snapshot = world.snapshot()
    return Stage.of(world), snapshot, CameraRig(found.cameras[camera], world.parts).camera(snapshot)


def card(look: Look | None = None) -> tuple[Stage, Snapshot, Camera]:
    """Return a white card over the ground, and a camera that sees nothing else."""
    builder = Builder().ground().add("card", Shape("box", (4.0, 4.0, 0.02)), (0, 0, 1.0), "white")
    stage = Stage(builder.parts, MATERIALS | {"white": material("white", (0.8, 0.8, 0.8), roughness=1.0)}, look)
    return stage, builder.snapshot(), Camera.looking((0.2, -0.3, 2.2), (0, 0, 1.0), 0.6)


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[PathTracer, Snapshot, Camera]]:
    """A tracer of one thread on a small stage that several tests share."""
    stage, snapshot, camera = card(Look(sky="clear", haze=0.0))
    tracer = PathTracer(stage, (48, 32), samples=16, threads=1)
    yield tracer, snapshot, camera
    tracer.close()


@pytest.mark.parametrize(("name", "camera"), [("dog_rampage", "chase"), ("tower", "wide"), ("bowling", "low")])
def test_outlines_are_those_of_the_layers(name: str, camera: str) -> None:
    stage, snapshot, view = scene(name, camera)
    raster = make_renderer("raster", stage, SIZE)
    truth = raster.render(snapshot, view).instance
    raster.close()
    tracer = PathTracer(stage, SIZE)
    seen = stage.instance_of[tracer.parts(snapshot, view)]
    tracer.close()
    overlaps, weights = [], []
    for number in np.unique(truth[truth > 0]):
        mine, theirs = seen == number, truth == number
        if theirs.sum() >= 40:
            overlaps.append((mine & theirs).sum() / (mine | theirs).sum())
            weights.append(theirs.sum())
    assert len(overlaps) > 5
    assert np.average(overlaps, weights=weights) > 0.98
    assert np.mean(overlaps) > 0.97
    # No thing is shifted by as much as a pixel: what differs lies on an edge of the truth.
    edge = np.zeros(truth.shape, bool)
    edge[:, 1:] |= truth[:, 1:] != truth[:, :-1]
    edge[1:] |= truth[1:] != truth[:-1]
    near = edge.copy()
    near[:, :-1] |= edge[:, 1:]
    near[:-1] |= edge[1:]
    wide = near.copy()
    wide[1:] |= near[:-1]
    wide[:-1] |= near[1:]
    wide[:, 1:] |= near[:, :-1]
    wide[:, :-1] |= near[:, 1:]
    off = (seen != truth) & (truth > 0) & ~wide
    assert off.mean() < 0.0005


@pytest.mark.parametrize("sky", ["clear", "overcast", "studio"])
def test_a_white_card_has_the_radiance_of_the_closed_form(sky: str) -> None:
    stage, snapshot, view = card(Look.model_validate({"sky": sky, "haze": 0.0}))
    tracer = PathTracer(stage, (32, 24), samples=64, threads=1)
    found = tracer.radiance(snapshot, view).mean((0, 1))
    sun = tracer.sky.sun * max(tracer.sky.light.direction[2], 0.0) / np.pi
    tracer.close()
    up = np.array([0.0, 0.0, 1.0])
    expected = 0.8 * (sun + irradiance(tracer.sky.harmonics, up))
    # The mirror-like share of a dielectric takes from the diffuse what it adds: the sum stays the albedo.
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_pictures_repeat_to_the_byte_and_follow_the_seed(small: tuple[PathTracer, Snapshot, Camera]) -> None:
    tracer, snapshot, view = small
    first, second = tracer.frame(snapshot, view), tracer.frame(snapshot, view)
    assert first.shape == (32, 48, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)
    fresh = PathTracer(tracer.stage, (48, 32), samples=16, threads=1)
    np.testing.assert_array_equal(fresh.frame(snapshot, view), first)
    fresh.close()
    other = PathTracer(tracer.stage, (48, 32), samples=16, threads=1, seed=5)
    assert (other.radiance(snapshot, view) != tracer.radiance(snapshot, view)).any()
    other.close()


def test_a_killed_process_loses_no_picture(small: tuple[PathTracer, Snapshot, Camera]) -> None:
    tracer, snapshot, view = small
    before = tracer.frame(snapshot, view)
    restarts = tracer.restarts
    assert tracer._process is not None
    os.kill(tracer._process.pid, signal.SIGKILL)
    np.testing.assert_array_equal(tracer.frame(snapshot, view), before)
    assert tracer.restarts == restarts + 1


def test_a_process_that_hangs_is_ended_and_told() -> None:
    stage, snapshot, view = card()
    tracer = PathTracer(stage, (32, 24), samples=4, threads=1, timeout=0.01)
    with pytest.raises(PathTraceError, match=r"failed twice at step 0: it gave no answer in 0\.01 s.*(?s:.*)timeout"):
        tracer.frame(snapshot, view)
    tracer.close()


def test_layers_are_the_rasters_and_the_picture_is_traced(small: tuple[PathTracer, Snapshot, Camera]) -> None:
    tracer, snapshot, view = small
    raster = make_renderer("raster", tracer.stage, tracer.size)
    truth, found = raster.render(snapshot, view), tracer.render(snapshot, view)
    raster.close()
    np.testing.assert_array_equal(found.depth, truth.depth)
    np.testing.assert_array_equal(found.instance, truth.instance)
    np.testing.assert_array_equal(found.color, tracer.frame(snapshot, view))
    assert not np.array_equal(found.color, truth.color)
    # Both show the same card in the same light.
    assert abs(found.color.mean() - truth.color.mean()) < 12


def test_a_grey_stays_grey_under_a_borrowed_sky() -> None:
    stage, snapshot, view = card()
    tracer = PathTracer(stage, (32, 24), samples=16, threads=1, sky="hdri:studio")
    found: NDArray[np.float32] = tracer.radiance(snapshot, view)
    tracer.close()
    assert 0.1 < found.mean() < 2.0
    assert found.std((0, 1)).max() < 0.2


def test_an_open_shutter_smears_what_moves_over_its_way() -> None:
    builder = Builder().add("ball", Shape("sphere", (0.3,)), (0.0, 0.0, 0.5), "red")
    stage, before = builder.stage(Look(sky="overcast")), builder.snapshot()
    builder.position[0] = (0.8, 0.0, 0.5)
    now, view = builder.snapshot(1 / 30), Camera.looking((0.4, -4.0, 0.5), (0.4, 0, 0.5), 0.6)
    across = []
    for share, moment in ((0.0, (before, view)), (0.5, (before, view)), (0.5, None), (1.0, (before, view))):
        tracer = PathTracer(stage, (64, 48), samples=64, threads=1, motion_blur=share, denoise=False)
        empty = tracer.radiance(far_away(now), view)
        seen = np.abs(tracer.radiance(now, view, moment) - empty).sum(2).sum(0)
        again = np.abs(tracer.radiance(now, view) - empty).sum(2).sum(0)
        tracer.close()
        place = (np.arange(64) + 0.5 - 32) * (2 * np.tan(0.3) * 4 / 48)  # m right of the middle
        across.append(float((seen * place).sum() / seen.sum()))
        assert (again * place).sum() / again.sum() == pytest.approx(0.4, abs=0.03)  # nothing stays of the motion
    # The middle of the way within the shutter, which closes at the moment itself.
    np.testing.assert_allclose(across, [0.4, 0.2, 0.4, 0.0], atol=0.05)  # a pixel is 5 cm wide


def far_away(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with everything out of sight."""
    return replace(snapshot, position=snapshot.position + np.array([0.0, 50.0, -500.0]))


def test_another_stage_in_the_same_process_is_traced_as_by_a_new_one() -> None:
    stage, snapshot, view = card()
    grass = Builder().add("ball", Shape("sphere", (0.3,)), (0.2, 0.0, 0.4), "lawn")
    other, there = grass.stage(Look(sky="sunset", season="snow")), grass.snapshot()
    tracer = PathTracer(stage, (32, 24), samples=2, threads=1)
    first = tracer.frame(snapshot, view)
    assert tracer._process is not None
    pid = tracer._process.pid
    tracer.restage(other)
    found = tracer.frame(there, view)
    assert tracer._process.pid == pid
    tracer.restage(stage)
    np.testing.assert_array_equal(tracer.frame(snapshot, view), first)
    tracer.close()
    with pytest.raises(ClosedError, match="closed"):
        tracer.restage(stage)
    fresh = PathTracer(other, (32, 24), samples=2, threads=1)
    np.testing.assert_array_equal(found, fresh.frame(there, view))
    fresh.close()


def test_closing_leaves_neither_process_nor_files() -> None:
    stage, snapshot, view = card()
    tracer = PathTracer(stage, (16, 16), samples=1, threads=1)
    tracer.frame(snapshot, view)
    assert tracer._process is not None
    assert tracer._folder is not None
    pid, folder = tracer._process.pid, tracer._folder
    tracer.close()
    tracer.close()
    assert not folder.exists()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(ClosedError, match="closed"):
        tracer.frame(snapshot, view)
