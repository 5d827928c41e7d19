"""The dog's skin in the path tracer: the raster's outline, fur that bends with it, motion. Needs `make reference`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.dogs import dog_world, drive
from worldsim.errors import PathTraceError
from worldsim.physics.skin import Skin, part_poses
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.pathtrace import coat
from worldsim.render.pathtrace.process import reference_python
from worldsim.render.pathtrace.renderer import PathTracer
from worldsim.render.stage import Stage
from worldsim.scene.look import Look

try:
    reference_python()
    ABSENT = ""
except PathTraceError as error:
    ABSENT = str(error)

traced = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)


def beside(world: World, snapshot: Snapshot, away: float = 1.2) -> Camera:
    """Return a camera that sees the whole dog from its right."""
    middle = snapshot.position[world.part_index("rex/torso")]
    return Camera.looking((middle[0] + 0.4 * away, middle[1] - away, middle[2] + 0.3 * away), tuple(middle), 0.6)


@traced
@pytest.mark.parametrize(("breed", "away"), [("beagle", 1.2), ("poodle", 1.9)])
def test_the_outline_is_the_rasters(breed: str, away: float) -> None:
    with dog_world(breed) as world:
        stage = Stage.of(world)
        drive(world, (1.2, 0, 0), 1.5)
        now = world.snapshot()
        view = beside(world, now, away)
        raster, tracer = make_renderer("raster", stage, (360, 240)), PathTracer(stage, (360, 240))
        truth, found = raster.render(now, view).instance, tracer.parts(now, view)
        raster.close()
        tracer.close()
        dog = next(part.instance for part in world.parts if part.owner == "rex")
        mine, theirs = stage.instance_of[found] == dog, truth == dog
        assert theirs.sum() > 4000
        assert (mine & theirs).sum() / (mine | theirs).sum() > 0.98
        # Which part is seen is told from the skin, not from the object.
        head, paw = world.part_index("rex/head") + 1, world.part_index("rex/front_right_lower") + 1
        rows, columns = np.nonzero(found == head)
        low_rows, _ = np.nonzero(found == paw)
        assert len(rows) > 50
        assert rows.mean() < low_rows.mean() - 20
        assert columns.mean() > np.nonzero(mine)[1].mean()


@traced
def test_an_open_shutter_smears_a_running_dog_and_the_next_picture_is_sharp() -> None:
    with dog_world() as world:
        stage = Stage.of(world, Look(sky="overcast"))
        drive(world, (2.5, 0, 0), 2.0)
        before = world.snapshot()
        drive(world, (2.5, 0, 0), 1 / 15)
        now = world.snapshot()
        view = beside(world, now)
        still = PathTracer(stage, (120, 80), samples=16, threads=1)
        sharp = still.frame(now, view).astype(np.float64)
        still.close()
        tracer = PathTracer(stage, (120, 80), samples=16, threads=1, motion_blur=0.8)
        smeared = tracer.frame(now, view, (before, view)).astype(np.float64)
        again = tracer.frame(now, view).astype(np.float64)
        tracer.close()
    assert np.abs(again - sharp).mean() < 0.3
    assert np.abs(smeared - sharp).mean() > 3 * np.abs(again - sharp).mean() + 1.0
    edges = [np.abs(np.diff(picture.sum(2), axis=1)).sum() for picture in (sharp, smeared)]
    assert edges[1] < 0.9 * edges[0]


def test_hairs_follow_the_skin_they_stand_on() -> None:
    with dog_world() as world:
        skin = world.skins[0]
        drive(world, (1.5, 0, 0), 1.5)
        poses = part_poses(world.snapshot())
    hairs = coat.cover(skin, (0.25, 0.14, 0.06), (0.15, 0.08, 0.03), 0)
    np.testing.assert_allclose(hairs.weights.sum(1), 1.0, atol=1e-5)
    assert len(hairs.points) <= coat.MOST_OF_A_BODY
    again = coat.cover(skin, (0.25, 0.14, 0.06), (0.15, 0.08, 0.03), 0)
    assert again.points.tobytes() == hairs.points.tobytes()
    for vertices, points in ((skin.vertices, hairs.points), _bent(skin, hairs, poses)):
        picked = points[::97].reshape(-1, 3)
        away = np.sqrt(((picked[:, None] - vertices[None]) ** 2).sum(2).min(1))
        assert np.quantile(away, 0.99) < 0.02  # a mesh's edges are up to 2 cm long
        assert away.max() < 0.04


def _bent(skin: Skin, hairs: coat.BentCoat, poses: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the vertices and the hairs in a pose, by the formula that the tracing process uses."""
    vertices, _ = skin.posed(poses)
    blend = (hairs.weights @ skin.matrices(poses).reshape(-1, 12)).reshape(-1, 1, 3, 4)
    points = (blend[..., :3] @ hairs.points[..., None])[..., 0] + blend[..., 3]
    return vertices, points
