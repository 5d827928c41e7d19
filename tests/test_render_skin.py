"""Skins in the rasteriser: a skin over one part is that part; over two it bends, and its motion is its points'."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.stages import MATERIALS, Builder, snapshot_of
from worldsim.physics.skin import Skin
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.mesh import sphere
from worldsim.render.raster.renderer import RasterRenderer
from worldsim.render.raster.skin import coarser, levels
from worldsim.render.renderer import Moment
from worldsim.render.stage import Stage
from worldsim.rotation import quat_from_rpy_xyzw
from worldsim.scene.layout import Geom, Shape
from worldsim.scene.look import Look

SIZE = (240, 160)
CAMERA = Camera.looking((0.3, -3.0, 1.4), (0, 0, 0.8), 0.8)
RADIUS = 0.5


def skin_of(
    vertices: NDArray[np.float64], normals: NDArray[np.float64], faces: NDArray[np.int32], share: NDArray[np.float64]
) -> Skin:
    """Return a skin that follows part 1 by `share` (V,) and part 0 by the rest; at rest both have no turn."""
    count = len(vertices)
    bones = np.tile(np.array([0, 1, 0, 0], np.int32), (count, 1))
    weights = np.stack([1 - share, share, 0 * share, 0 * share], 1).astype(np.float32)
    rest = np.array([[0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1]], float)
    dominant = np.where(share > 0.5, 1, 0).astype(np.int32)
    return Skin(
        "limb", vertices.astype(np.float32), normals.astype(np.float32), faces, bones, weights,
        np.array([0, 1], np.int32), rest, np.full((count, 3), 180, np.uint8), np.full(count, 0.4, np.float32),
        "grey", dominant, np.zeros(count, np.float32),
    )  # fmt: skip


def ball_skin(share: float) -> Skin:
    """Return a fine sphere about the origin of the rest frame."""
    mesh = sphere(RADIUS, 96, 48)
    place = mesh.position.astype(float)
    return skin_of(place, mesh.normal.astype(float), mesh.faces, np.full(len(place), share))


def builder() -> Builder:
    """Return two parts with a ball each, both covered by a skin where there is one."""
    ball = Geom(Shape("sphere", (RADIUS,)), material="grey", skinned=True)
    return (
        Builder()
        .body("limb", (ball,), (0, 0, 0.8))
        .body("limb.1", (Geom(Shape("sphere", (0.01,)), skinned=True, material="grey"),), (0, 0, 0.8))
    )


def draw(stage: Stage, snapshot: Snapshot, previous: Moment | None) -> GBuffer:
    """Return all layers."""
    renderer = RasterRenderer(stage, SIZE)
    try:
        return renderer.render(snapshot, CAMERA, previous)
    finally:
        renderer.close()


@pytest.fixture(scope="module")
def moments() -> tuple[Snapshot, Snapshot]:
    """A moment, and the one before: moved and turned."""
    turn = np.tile(quat_from_rpy_xyzw(0.3, 0.2, 0.4), (2, 1))
    before = np.tile(quat_from_rpy_xyzw(0.25, 0.2, 0.1), (2, 1))
    return (
        snapshot_of(np.array([[0.0, 0, 0.8], [0.0, 0, 0.8]]), turn),
        snapshot_of(np.array([[-0.1, 0.05, 0.75], [-0.1, 0.05, 0.75]]), before),
    )


def test_a_skin_over_one_part_is_that_part(moments: tuple[Snapshot, Snapshot], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldsim.render.raster.skin.COARSER", (0.0,))
    now, before = moments
    made = builder()
    plain = draw(made.stage(), now, (before, CAMERA))
    skinned = draw(Stage(made.parts, MATERIALS, Look(), "test", [ball_skin(0.0)]), now, (before, CAMERA))
    both = (plain.instance > 0) & (skinned.instance > 0)
    assert (plain.instance != skinned.instance).sum() < 60  # of the outline: both are facetted
    both &= plain.normal[..., 2] > 0.35  # towards the outline a small step aside is a long way back
    assert both.sum() > 2000
    assert np.abs(plain.depth[both] - skinned.depth[both]).max() < 0.02
    assert np.median(np.abs(plain.depth[both] - skinned.depth[both])) < 3e-3  # the plain one is facetted
    assert np.sum(plain.normal * skinned.normal, -1)[both].min() > 0.98
    assert np.abs(plain.motion - skinned.motion)[both].max() < 0.4
    assert np.abs(plain.motion - skinned.motion)[both].mean() < 0.06
    assert np.abs(plain.motion[both]).max() > 5
    assert np.abs(skinned.roughness_metallic[..., 0][both] - 0.4).max() < 0.1


def test_what_two_parts_share_moves_as_their_mean(moments: tuple[Snapshot, Snapshot]) -> None:
    """One part stands, the other moves by 0.2 m along the picture: what follows both by halves moves by 0.1 m."""
    made = builder()
    turn = np.tile([0.0, 0, 0, 1], (2, 1))
    now = snapshot_of(np.array([[0.0, 0, 0.8], [0.2, 0, 0.8]]), turn)
    before = snapshot_of(np.array([[0.0, 0, 0.8], [0.0, 0, 0.8]]), turn)
    stage = Stage(made.parts, MATERIALS, Look(), "test", [ball_skin(0.5)])
    layers = draw(stage, now, (before, CAMERA))
    ball = layers.instance > 0
    right = CAMERA.rotation[:, 0]
    focal = SIZE[1] / 2 / np.tan(CAMERA.fov / 2)
    expected = -0.1 * right[0] * focal / layers.depth
    assert np.abs(layers.motion[..., 0] - expected)[ball].max() < 0.25  # depth changes a little, too
    columns = np.nonzero(ball)[1]
    ahead = (np.array([0.1, 0, 0.8]) - CAMERA.position) @ CAMERA.rotation
    centre = SIZE[0] / 2 + focal * ahead[0] / -ahead[2]
    assert abs(columns.mean() - centre) < 1.5


def test_a_skin_throws_its_shadow_and_hides_what_it_replaces() -> None:
    made = builder().ground()
    turn = np.tile([0.0, 0, 0, 1], (3, 1))
    now = snapshot_of(np.array([[0.0, 0, 0.8], [0.0, 0, 0.8], [0.0, 0, 0]]), turn)
    away = snapshot_of(np.array([[0.0, 0, 80], [0.0, 0, 80], [0.0, 0, 0]]), turn)
    renderer = RasterRenderer(Stage(made.parts, MATERIALS, Look(), "test", [ball_skin(0.0)]), SIZE)
    plain = RasterRenderer(made.stage(), SIZE)
    try:
        shaded, lit, truth = (
            made.frame(moment, CAMERA).astype(int) for made, moment in ((renderer, now), (renderer, away), (plain, now))
        )
    finally:
        renderer.close()
        plain.close()
    ground = plain_ground(made, now)
    darker = (lit - shaded).sum(-1)[ground]
    assert (darker > 60).sum() > 300
    assert np.abs(shaded - truth)[ground].mean() < 1.0


def plain_ground(made: Builder, now: Snapshot) -> NDArray[np.bool_]:
    """Return where the ground is seen."""
    return draw(made.stage(), now, None).instance == 3


def test_coarser_levels_keep_the_shape_and_cost_less() -> None:
    skin = ball_skin(0.0)
    fine, *others = levels(skin)
    last = fine
    for faces in others:
        assert len(last) > 1.4 * len(faces)
        last = faces
        corners = skin.vertices[faces].astype(float)
        volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
        assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.1)


def test_limbs_side_by_side_do_not_grow_together() -> None:
    mesh = sphere(0.05, 24, 12)
    place = np.concatenate([mesh.position, mesh.position + np.array([0.101, 0, 0])]).astype(float)
    count = len(mesh.position)
    faces = np.concatenate([mesh.faces, mesh.faces + count]).astype(np.int32)
    share = np.repeat([0.0, 1.0], count)
    skin = skin_of(place, np.tile(mesh.normal, (2, 1)).astype(float), faces, share)
    left = coarser(skin, 0.06)
    assert len(left) > 8
    assert ((left < count).all(1) | (left >= count).all(1)).all()
