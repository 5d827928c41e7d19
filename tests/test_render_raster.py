"""The rasteriser against closed forms: depth, normals, ids, motion, albedo, shadows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.stages import MATERIALS, Builder
from worldsim.errors import ClosedError, UnknownNameError
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.raster.renderer import RasterRenderer
from worldsim.render.renderer import Moment
from worldsim.render.stage import Stage
from worldsim.rotation import quat_from_rpy_xyzw
from worldsim.scene.layout import Shape
from worldsim.scene.look import Look

SIZE = (160, 120)
FRONT = Camera.looking((0, -4, 0), (0, 0, 0), math.radians(50))


def draw(builder: Builder, camera: Camera, previous: Moment | None = None, look: Look | None = None) -> GBuffer:
    """Return all layers of a builder's stage."""
    renderer = RasterRenderer(builder.stage(look), SIZE)
    try:
        return renderer.render(builder.snapshot(), camera, previous)
    finally:
        renderer.close()


def rays(camera: Camera) -> np.ndarray:
    """Return (H, W, 3) directions in camera space with z = −1, written out here once more on purpose."""
    half = math.tan(camera.fov / 2)
    x = (np.arange(SIZE[0]) + 0.5 - SIZE[0] / 2) / (SIZE[1] / 2) * half
    y = (SIZE[1] / 2 - np.arange(SIZE[1]) - 0.5) / (SIZE[1] / 2) * half
    u, v = np.meshgrid(x, y)
    return np.stack([u, v, -np.ones_like(u)], -1)


@pytest.fixture(scope="module")
def ball() -> GBuffer:
    return draw(Builder().add("ball", Shape("sphere", (1.0,)), (0, 0, 0), "red"), FRONT)


def ball_truth() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return depth, normal and mask of the unit sphere 4 m ahead."""
    d = rays(FRONT)
    centre = np.array([0, 0, -4.0])
    a, b, c = (d * d).sum(-1), d @ centre, 16.0 - 1.0
    inside = b * b - a * c
    depth = (b - np.sqrt(np.maximum(inside, 0))) / a
    return depth, d * depth[..., None] - centre, inside > 0


def test_sphere_depth_is_that_of_the_formula(ball: GBuffer) -> None:
    depth, _, mask = ball_truth()
    both = mask & (ball.instance == 1)
    error = np.abs(ball.depth - depth)[both]
    assert np.percentile(error, 95) < 0.012
    assert np.isinf(ball.depth[~mask & (ball.instance == 0)]).all()


def test_sphere_normals_are_unit_and_right(ball: GBuffer) -> None:
    _, normal, mask = ball_truth()
    both = mask & (ball.instance == 1)
    assert np.allclose(np.linalg.norm(ball.normal[both], axis=-1), 1, atol=1e-5)
    cosine = (ball.normal * normal).sum(-1)[both]
    assert np.percentile(cosine, 5) > 0.995
    assert (ball.normal[ball.instance == 0] == 0).all()


def test_sphere_covers_the_area_it_should(ball: GBuffer) -> None:
    mask = ball_truth()[2]
    assert abs(int((ball.instance == 1).sum()) / int(mask.sum()) - 1) < 0.02


def test_albedo_and_surface_are_the_materials(ball: GBuffer) -> None:
    seen = ball.instance == 1
    assert np.allclose(ball.albedo[seen], (0.6, 0.1, 0.05), atol=0.006)
    assert np.allclose(ball.roughness_metallic[seen], (0.3, 0.0), atol=0.003)
    assert (ball.albedo[~seen] == 0).all()


def test_layers_have_their_shapes_and_types(ball: GBuffer) -> None:
    width, height = SIZE
    for layer, tail, kind in (
        (ball.color, (3,), np.uint8),
        (ball.depth, (), np.float32),
        (ball.normal, (3,), np.float32),
        (ball.albedo, (3,), np.float32),
        (ball.roughness_metallic, (2,), np.float32),
        (ball.motion, (2,), np.float32),
        (ball.instance, (), np.int32),
        (ball.class_id, (), np.int32),
    ):
        assert layer.shape == (height, width, *tail)
        assert layer.dtype == kind
        assert layer.flags.writeable
    assert ball.class_names == ("background", "ball")


def test_box_face_has_the_area_and_depth_of_the_pinhole() -> None:
    found = draw(Builder().add("box", Shape("box", (1.0, 1.0, 1.0)), (0, 0, 0)), FRONT)
    focal = SIZE[1] / 2 / math.tan(FRONT.fov / 2)
    edge = focal / 3.5  # the face is 3.5 m away
    assert abs(int((found.instance == 1).sum()) - round(edge) ** 2) <= 2 * edge
    assert np.allclose(found.depth[found.instance == 1], 3.5, atol=1e-4)
    assert np.allclose(found.normal[found.instance == 1], (0, 0, 1), atol=1e-4)


def test_row_0_is_the_top_and_column_0_the_left() -> None:
    builder = Builder()
    builder.add("up", Shape("box", (0.3, 0.3, 0.3)), (0, 0, 1.0)).add(
        "right", Shape("box", (0.3, 0.3, 0.3)), (1.0, 0, 0)
    )
    found = draw(builder, FRONT)
    assert np.argwhere(found.instance == 1)[:, 0].mean() < SIZE[1] / 3
    assert np.argwhere(found.instance == 2)[:, 1].mean() > 2 * SIZE[0] / 3


def test_nearer_things_hide_farther_ones_and_ids_meet_without_a_third() -> None:
    builder = (
        Builder().add("far", Shape("box", (2, 0.1, 2)), (0, 1, 0)).add("near", Shape("box", (0.5, 0.1, 0.5)), (0, 0, 0))
    )
    found = draw(builder, FRONT)
    assert found.instance[SIZE[1] // 2, SIZE[0] // 2] == 2
    assert set(np.unique(found.instance)) == {0, 1, 2}
    assert np.array_equal(found.class_id > 0, found.instance > 0)


def test_translating_box_moves_by_the_focal_length_over_depth() -> None:
    now = Builder().add("box", Shape("box", (1.0, 1.0, 1.0)), (0.2, 0, 0.1))
    before = Builder().add("box", Shape("box", (1.0, 1.0, 1.0)), (0.0, 0, 0.0))
    found = draw(now, FRONT, (before.snapshot(), FRONT))
    focal = SIZE[1] / 2 / math.tan(FRONT.fov / 2)
    seen = (found.instance == 1) & (np.abs(found.depth - 3.5) < 1e-3)
    assert seen.sum() > 500
    assert np.allclose(found.motion[seen], (-0.2 * focal / 3.5, 0.1 * focal / 3.5), atol=2e-3)
    assert np.allclose(found.motion[found.instance == 0], 0, atol=1e-4)


def test_turning_box_moves_by_the_poses_of_both_frames() -> None:
    turn = tuple(quat_from_rpy_xyzw(0, 0, 0.2))
    now = Builder().add("box", Shape("box", (1.0, 1.0, 1.0)), (0, 0, 0), turn=turn)
    before = Builder().add("box", Shape("box", (1.0, 1.0, 1.0)), (0, 0, 0))
    found = draw(now, FRONT, (before.snapshot(), FRONT))
    seen = found.instance == 1
    point = rays(FRONT)[seen] * found.depth[seen][:, None] @ FRONT.rotation.T + FRONT.position
    cos, sin = math.cos(-0.2), math.sin(-0.2)
    was = point @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    local = (was - FRONT.position) @ FRONT.rotation
    focal = SIZE[1] / 2 / math.tan(FRONT.fov / 2)
    pixel = np.stack(
        [local[:, 0] / -local[:, 2] * focal + SIZE[0] / 2, SIZE[1] / 2 - local[:, 1] / -local[:, 2] * focal], 1
    )
    rows, columns = np.nonzero(seen)
    assert np.allclose(found.motion[seen], pixel - np.stack([columns + 0.5, rows + 0.5], 1), atol=5e-3)


def test_sky_turns_with_the_camera_and_does_not_come_nearer() -> None:
    angle = 0.05
    before = Camera.looking((0, 0, 1), (math.sin(angle), math.cos(angle), 1), FRONT.fov)
    now = Camera.looking((0, 0, 1), (0, 1, 1), FRONT.fov)
    empty = Builder().add("away", Shape("sphere", (0.1,)), (0, -5, 0))
    found = draw(empty, now, (empty.snapshot(), before))
    focal = SIZE[1] / 2 / math.tan(FRONT.fov / 2)
    middle = found.motion[SIZE[1] // 2, SIZE[0] // 2]
    offset = 0.5 / focal
    assert middle[0] == pytest.approx(focal * math.tan(math.atan(offset) - angle) - 0.5, abs=0.01)
    moved = replace(before, position=np.array([3.0, 1.0, 2.0]))
    assert np.array_equal(found.motion, draw(empty, now, (empty.snapshot(), moved)).motion)


def test_without_a_previous_frame_nothing_moved(ball: GBuffer) -> None:
    assert (ball.motion == 0).all()


def test_beyond_the_far_plane_there_is_nothing_in_the_layers() -> None:
    found = draw(Builder().ground(), replace(Camera.looking((0, 0, 1.5), (0, 10, 0)), far=20.0))
    assert found.depth[np.isfinite(found.depth)].max() <= 20.0
    assert ((found.instance == 0) == np.isinf(found.depth)).all()
    assert (found.albedo[found.instance == 0] == 0).all()


def test_a_shadow_falls_on_the_side_away_from_the_sun() -> None:
    look = Look(sun_elevation_deg=45, sun_azimuth_deg=180)
    above = Camera.looking((0, -0.01, 8), (0, 0, 0), math.radians(50))
    found = draw(Builder().ground().add("box", Shape("box", (1, 1, 1)), (0, 0, 0.5)), above, look=look)
    brightness = found.color.astype(float).mean(-1)
    east, west = brightness[56:64, 98:100].mean(), brightness[56:64, 60:62].mean()
    assert found.instance[60, 99] == 1
    assert east < 0.75 * west
    flipped = draw(
        Builder().ground().add("box", Shape("box", (1, 1, 1)), (0, 0, 0.5)),
        above,
        look=Look(sun_elevation_deg=45, sun_azimuth_deg=0),
    )
    other = flipped.color.astype(float).mean(-1)
    assert other[56:64, 60:62].mean() < 0.75 * other[56:64, 98:100].mean()


def test_lit_ground_has_no_shadow_acne() -> None:
    found = draw(
        Builder().ground().add("box", Shape("box", (1, 1, 1)), (6, 0, 0.5)), Camera.looking((0, -3, 2), (0, 0, 0))
    )
    rows = found.color[70:110, 30:110].astype(float)
    assert rows.std() < 6.0


def test_contact_darkens_the_ground_under_an_overcast_sky() -> None:
    camera = Camera.looking((0, -3, 1.2), (0, 0, 0.2))
    plain = draw(Builder().ground(), camera, look=Look(sky="overcast"))
    boxed = draw(
        Builder().ground().add("box", Shape("box", (0.8, 0.8, 0.8)), (0, 0, 0.4)), camera, look=Look(sky="overcast")
    )
    foot = np.argwhere(boxed.instance == 2)[:, 0].max() + 2
    assert boxed.color[foot, 80].mean() < 0.93 * plain.color[foot, 80].mean()


def test_night_is_darker_than_noon_and_looks_differ() -> None:
    builder = Builder().ground("lawn").add("box", Shape("box", (1, 1, 1)), (0, 0, 0.5))
    pictures = {
        name: draw(builder, Camera.looking((0, -4, 1.5), (0, 0, 0.5)), look=look).color.astype(float)
        for name, look in (("noon", Look(time="12:00")), ("night", Look(sky="night")), ("sunset", Look(sky="sunset")))
    }
    assert pictures["night"].mean() < 0.6 * pictures["noon"].mean()
    assert np.abs(pictures["sunset"] - pictures["noon"]).mean() > 8
    brighter = draw(builder, Camera.looking((0, -4, 1.5), (0, 0, 0.5)), look=Look(time="12:00", exposure=1.0)).color
    assert brighter.mean() > 1.1 * pictures["noon"].mean()


def test_every_look_is_neither_black_nor_burnt() -> None:
    builder = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5), "steel")
    for look in (
        *(Look(sky=sky) for sky in ("clear", "partly_cloudy", "overcast", "sunset", "night", "studio")),
        *(Look(time=f"{hour:02d}:00") for hour in range(0, 24, 3)),
        Look(haze=1.0),
        Look(sun_elevation_deg=90),
        Look(sun_elevation_deg=-3),
    ):
        color = draw(builder, Camera.looking((0, -3, 1), (0, 0, 0.5)), look=look).color
        assert 15 < color.mean() < 225, look
        assert color.std() > 3, look


def test_same_inputs_same_bytes() -> None:
    builder = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5), "steel")
    camera = Camera.looking((0, -3, 1), (0, 0, 0.5))
    moment = (builder.snapshot(), Camera.looking((0.1, -3, 1), (0, 0, 0.5)))
    a, b = draw(builder, camera, moment), draw(builder, camera, moment)
    for layer in ("color", "depth", "normal", "albedo", "roughness_metallic", "motion", "instance", "class_id"):
        assert np.array_equal(getattr(a, layer), getattr(b, layer)), layer


def test_frame_is_the_colour_of_render_whatever_came_before() -> None:
    builder = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5), "steel")
    with _raster(builder.stage()) as renderer:
        camera = Camera.looking((0, -3, 1), (0, 0, 0.5))
        first = renderer.frame(builder.snapshot(), camera)
        renderer.frame(builder.snapshot(), FRONT)
        assert np.array_equal(first, renderer.render(builder.snapshot(), camera).color)


class _raster:
    """A raster renderer that closes itself."""

    def __init__(self, stage: Stage, size: tuple[int, int] = SIZE, quality: str = "good") -> None:
        self.renderer = RasterRenderer(stage, size, quality=quality)

    def __enter__(self) -> RasterRenderer:
        return self.renderer

    def __exit__(self, *_: object) -> None:
        self.renderer.close()


@pytest.mark.parametrize("size", [(1, 1), (37, 23), (3, 101)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    builder = Builder().ground().add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5))
    with _raster(builder.stage(), size) as renderer:
        found = renderer.render(builder.snapshot(), FRONT)
        assert found.color.shape == (size[1], size[0], 3)
        assert found.depth.shape == (size[1], size[0])


@pytest.mark.parametrize("quality", ["fast", "good", "film"])
def test_qualities_agree_on_the_truth(quality: str) -> None:
    builder = Builder().ground().add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5))
    camera = Camera.looking((0, -3, 1), (0, 0, 0.5))
    with _raster(builder.stage(), quality=quality) as renderer, _raster(builder.stage()) as plain:
        found, expected = renderer.render(builder.snapshot(), camera), plain.render(builder.snapshot(), camera)
        assert np.array_equal(found.instance, expected.instance)
        assert np.array_equal(found.depth, expected.depth)
        assert np.abs(found.color.astype(int) - expected.color).mean() < 8


def test_two_renderers_in_one_process_do_not_disturb_each_other() -> None:
    builder = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5), "steel")
    with _raster(builder.stage()) as one, _raster(builder.stage(Look(sky="night")), (80, 60)) as two:
        first = one.frame(builder.snapshot(), FRONT)
        dark = two.frame(builder.snapshot(), FRONT)
        assert np.array_equal(first, one.frame(builder.snapshot(), FRONT))
        assert np.array_equal(dark, two.frame(builder.snapshot(), FRONT))


@pytest.fixture
def stage() -> Stage:
    return Builder().ground().stage()


def test_closed_renderer_says_so(stage: Stage) -> None:
    renderer = make_renderer("raster", stage, (16, 16))
    renderer.close()
    renderer.close()
    with pytest.raises(ClosedError, match="closed"):
        renderer.frame(Builder().ground().snapshot(), FRONT)


def test_unknown_names_are_refused_with_what_exists(stage: Stage) -> None:
    with pytest.raises(UnknownNameError, match=r"no renderer is called 'rastr'; did you mean 'raster'"):
        make_renderer("rastr", stage)
    with pytest.raises(ValueError, match="0×16"):
        make_renderer("raster", stage, (0, 16))
    with pytest.raises(ValueError, match="quality 'ultra' is unknown; known: fast, good, film"):
        make_renderer("raster", stage, (16, 16), quality="ultra")
    odd = {**MATERIALS, "grey": replace(MATERIALS["grey"], texture="gras")}
    with pytest.raises(UnknownNameError, match=r"no texture is called 'gras'; did you mean 'grass'"):
        make_renderer("raster", Stage(stage.parts, odd, Look()), (16, 16))
    with pytest.raises(UnknownNameError, match="no material is called 'grey'"):
        Stage(stage.parts, {}, Look())


def test_create_and_close_leaks_nothing() -> None:
    psutil = pytest.importorskip("psutil")
    process = psutil.Process()
    stage = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5)).stage()
    snapshot = Builder().ground("lawn").add("ball", Shape("sphere", (0.5,)), (0, 0, 0.5)).snapshot()
    used, files = [], []
    for _ in range(30):
        with _raster(stage, (64, 48)) as renderer:
            renderer.frame(snapshot, FRONT)
        used.append(process.memory_info().rss)
        files.append(process.num_fds())
    assert files[-1] <= files[5]
    assert used[-1] - used[9] < 60e6
