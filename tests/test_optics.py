"""What a lens, a shutter and film do to a picture: against geometry, light that is neither lost nor made, and truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from worldsim.errors import OptionError, UnknownNameError
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.record.recorder import Shot, record, render_take
from worldsim.render import make_renderer
from worldsim.render.blur import blur_depth, blur_motion
from worldsim.render.camera import Camera
from worldsim.render.exposure import Exposure, out_of_focus
from worldsim.render.gbuffer import GBuffer
from worldsim.render.optics import NAMED, Optics, read_optics
from worldsim.render.stage import Stage
from worldsim.scene.load import load_scene

PLAIN = Optics(aperture=64, sensor=1, shutter=0, bloom=0, vignette=0, grain=0)
"""As near to a pinhole as it gets."""
SIZE = (96, 64)
LOOKING = Camera.looking((0, 0, 0), (1, 0, 0), 0.6)


def moment(step: int = 0) -> Snapshot:
    at = np.array([[4.0, 0.0, 0.0]])
    still = np.zeros((1, 3))
    return Snapshot(step, step / 240, at, np.array([[0.0, 0, 0, 1]]), still, still, np.zeros(0), np.zeros(0))


def layers(colour: np.ndarray, depth: float = 5.0) -> GBuffer:
    height, width = colour.shape[:2]
    zeros = {n: np.zeros((height, width, n), np.float32) for n in (2, 3)}
    whole = np.zeros((height, width), np.int32)
    deep = np.full((height, width), depth, np.float32)
    return GBuffer(colour, deep, zeros[3], zeros[3], zeros[2], zeros[2], whole, whole, ("background",), whole)


@pytest.mark.parametrize("depth", [0.6, 1.5, 3.0, 3.2, 40.0])
def test_a_disc_is_as_large_as_the_cone_of_light_where_it_meets_the_sensor(depth: float) -> None:
    optics, fov, focus, width, height = Optics(aperture=1.4, sensor=24.0), 0.7, 3.0, 960, 540
    found = out_of_focus(np.full((height, width), depth, np.float32), focus, fov, optics)[0, 0]
    focal = 0.012 * height / width / np.tan(fov / 2)  # m, from the triangle of the angle of view
    image, plane = (1 / (1 / focal - 1 / d) for d in (depth, focus))  # where the lens brings both together
    cone = focal / 1.4 * abs(image - plane) / image  # m, similar triangles behind the iris
    assert abs(found) == pytest.approx(cone / 2 / 0.024 * width, rel=1e-4, abs=1e-6)
    assert np.sign(found) == np.sign(round(depth - focus, 9))


def test_a_point_out_of_focus_is_a_disc_of_the_same_light() -> None:
    colour = np.zeros((61, 61, 3), np.float32)
    colour[30, 30] = 100.0
    for radius in (3.2, 8.0):
        seen = blur_depth(colour, np.full((61, 61), radius, np.float32))
        assert seen.sum() == pytest.approx(colour.sum(), rel=0.01)
        y, x = np.nonzero(seen[..., 0] > 0.2 * seen.max())
        assert np.hypot(y - 30, x - 30).max() == pytest.approx(radius, abs=2.0)
    assert np.array_equal(blur_depth(colour, np.zeros((61, 61), np.float32)), colour)


def test_one_colour_stays_that_colour_however_its_depths_differ() -> None:
    rng = np.random.default_rng(0)
    colour = np.full((40, 50, 3), 0.3, np.float32)
    radius = rng.uniform(-6, 6, (40, 50)).astype(np.float32)
    assert blur_depth(colour, radius) == pytest.approx(colour, abs=1e-4)


def test_what_is_in_focus_keeps_its_edge_before_a_blurred_background() -> None:
    colour, radius = np.zeros((60, 60, 3), np.float32), np.full((60, 60), 7.0, np.float32)
    colour[:, :, 2] = 1.0  # blue behind
    colour[20:40, 20:40], radius[20:40, 20:40] = (1.0, 0, 0), 0.0
    seen = blur_depth(colour, radius)
    assert np.array_equal(seen[20:40, 20:40], colour[20:40, 20:40])
    assert seen[18, 30] == pytest.approx((0, 0, 1), abs=1e-3)  # no dark rim, and no red that leaks out


def test_what_is_nearer_than_the_focus_spreads_over_what_is_behind_it() -> None:
    colour, radius = np.zeros((60, 60, 3), np.float32), np.zeros((60, 60), np.float32)
    colour[20:40, 20:40], radius[20:40, 20:40] = 1.0, -6.0
    seen = blur_depth(colour, radius)[..., 0]
    assert 0.1 < seen[30, 17] < 0.5 < seen[30, 22] < 1.0
    assert seen[30, 10] == pytest.approx(0.0, abs=1e-3)


def test_what_moves_smears_along_its_way_and_nothing_else_does() -> None:
    colour, depth = np.zeros((64, 96, 3), np.float32), np.full((64, 96), 9.0, np.float32)
    way = np.zeros((64, 96, 2), np.float32)
    bar = np.s_[20:30, 40:44]
    colour[bar], depth[bar], way[bar] = 1.0, 4.0, (12.0, 0.0)
    seen = blur_motion(colour, depth, way, 12.0)[..., 0]
    lit = np.nonzero(seen[25] > 0.02)[0]
    assert lit[0] in range(33, 37)
    assert lit[-1] in range(47, 51)  # 6 px either way
    assert seen[25].sum() == pytest.approx(4.0, rel=0.25)
    assert seen[:19].max() == seen[31:].max() == 0.0
    assert np.array_equal(blur_motion(colour, depth, 0 * way, 12.0), colour)


def test_a_turning_camera_smears_near_and_far_alike() -> None:
    colour, depth = np.zeros((64, 128, 3), np.float32), np.full((64, 128), np.inf, np.float32)
    colour[:, 50:65], depth[:, 50:65] = 1.0, 8.0
    seen = blur_motion(colour, depth, np.broadcast_to(np.array((30.0, 0.0), np.float32), (64, 128, 2)), 40.0)
    exact = np.convolve(colour[0, :, 0], np.full(31, 1 / 31), "same")
    assert seen[:, :, 0].mean(0) == pytest.approx(exact, abs=0.03)


def test_what_stands_in_front_of_what_moves_stays_sharp() -> None:
    rng = np.random.default_rng(1)
    colour, depth = rng.random((64, 96, 3)).astype(np.float32), np.full((64, 96), 9.0, np.float32)
    way = np.broadcast_to(np.array((14.0, 0.0), np.float32), (64, 96, 2)).copy()
    post = np.s_[:, 40:60]
    colour[post], depth[post], way[post] = (1.0, 0.0, 0.0), 3.0, 0.0
    seen = blur_motion(colour, depth, way, 20.0)
    assert seen[post] == pytest.approx(colour[post], abs=0.02)
    assert seen[:, 70:].std() < 0.6 * colour[:, 70:].std()


def test_a_pinhole_gives_the_picture_back() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (64, 96, 3), np.uint8)
    seen = Exposure(PLAIN, 0)(layers(picture), LOOKING, moment())
    assert np.abs(seen.astype(int) - picture).max() <= 1


def test_corners_darken_as_the_cosine_says() -> None:
    picture = np.full((64, 96, 3), 100, np.uint8)
    wide = replace(LOOKING, fov=1.2)
    seen = Exposure(replace(PLAIN, vignette=1.0), 0)(layers(picture), wide, moment())[..., 0] / 255
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    light = linear / (1.1 - linear)
    off = np.arctan(np.tan(0.6) / 32 * np.hypot(47.5, 31.5))
    assert light[0, 0] / light[32, 48] == pytest.approx(np.cos(off) ** 4, rel=0.03)


def test_grain_is_as_strong_as_asked_and_another_in_every_frame() -> None:
    grey = np.full((256, 256, 3), 128, np.uint8)
    film = Exposure(replace(PLAIN, grain=0.05), 0)
    first, again, later = (film(layers(grey), LOOKING, moment(step)).astype(float) for step in (0, 0, 8))
    assert np.array_equal(first, again)
    assert first.std() == pytest.approx(0.05 * 255, rel=0.1)
    assert first.mean() == pytest.approx(128, abs=1)
    assert abs(np.corrcoef(first.ravel(), later.ravel())[0, 1]) < 0.05
    white = film(layers(grey + 127), LOOKING, moment())
    assert white.min() == 255


def test_bloom_spreads_light_and_keeps_its_sum() -> None:
    picture = np.zeros((128, 192, 3), np.uint8)
    picture[60:68, 92:100] = 255
    seen = Exposure(replace(PLAIN, bloom=0.2), 0)(layers(picture), LOOKING, moment())
    assert seen[64, 104].min() > 5
    assert seen[64, 96].max() < 255


def test_focus_follows_the_actor_and_otherwise_the_middle() -> None:
    deep = np.full((64, 96), np.inf, np.float32)
    assert Exposure(PLAIN, 0).distance(deep, LOOKING, moment()) == pytest.approx(4.0)
    assert Exposure(PLAIN, None).distance(deep, LOOKING, moment()) == LOOKING.far
    deep[30:34, 45:50] = 7.0
    assert Exposure(PLAIN, None).distance(deep, LOOKING, moment()) == 7.0
    behind = Camera.looking((0, 0, 0), (-1, 0, 0), 0.6)
    assert Exposure(PLAIN, 0).distance(deep, behind, moment()) == 7.0


def test_optics_are_read_from_words() -> None:
    assert read_optics("cinema") == NAMED["cinema"] == Optics()
    assert read_optics("phone, aperture=2.4, focus=ball") == replace(NAMED["phone"], aperture=2.4, focus="ball")
    assert read_optics("shutter=90") == Optics(shutter=90.0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cinma", "did you mean 'cinema'"),
        ("cinema,apperture=2", "did you mean 'aperture'"),
        ("cinema,aperture=wide", "a number is needed"),
        ("cinema,1.2", "is no KEY=VALUE"),
        ("aperture=0.1", "optics take 0.5 to 64"),
        ("grain=nan", "grain is nan"),
    ],
)
def test_mistakes_are_told(words: str, told: str) -> None:
    with pytest.raises((OptionError, UnknownNameError), match=told):
        read_optics(words)


def test_a_film_through_a_lens_is_the_same_from_world_and_take_and_leaves_the_truth(tmp_path: Path) -> None:
    shot = Shot(renderer="raster", size=SIZE, fps=24, optics=read_optics("cinema,aperture=0.95"), layers=("depth",))
    lived = record("tower", tmp_path / "a.mp4", seconds=0.5, shot=shot)
    again = render_take(tmp_path / "a.take", tmp_path / "b.mp4", shot=shot)
    plain = render_take(tmp_path / "a.take", tmp_path / "c.mp4", shot=replace(shot, optics=None))
    assert lived.frame_hash == again.frame_hash != plain.frame_hash
    depths = [sorted((tmp_path / f"{name}.layers").rglob("*depth*")) for name in "ac"]
    assert depths[0]
    files = [[path for path in found if path.is_file()] for found in depths]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]


def test_what_can_not_be_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="part"):
        record("tower", tmp_path / "a.mp4", shot=Shot(renderer="raster", size=SIZE, optics=Optics(focus="cat")))
    with pytest.raises(OptionError, match="optics have no use there"):
        record("tower", tmp_path / "a.mp4", shot=Shot(renderer="wan-vace", optics=Optics()))
    assert not list(tmp_path.iterdir())


def test_a_dog_is_sharp_and_what_is_far_behind_it_is_not() -> None:
    scene = load_scene("dog_rampage")
    with World(scene, 0) as world:
        at = world.snapshot()
        rex = at.position[next(part.index for part in world.parts if part.actor)]
        camera = Camera.looking(rex + np.array((2.0, -2.0, 0.4)), rex, 0.5)
        renderer = make_renderer("raster", Stage.of(world), (192, 128))
        buffer = renderer.render(at, camera)
        renderer.close()
        exposure = Exposure.of(Optics(), world.parts)
        distance = exposure.distance(buffer.depth, camera, at)
    radius = np.abs(out_of_focus(buffer.depth, distance, camera.fov, replace(exposure.optics, aperture=0.95)))
    dog = buffer.class_id == buffer.class_names.index("dog")
    assert dog.any()
    assert radius[dog].max() < 0.5 < radius[np.isinf(buffer.depth)].min()
