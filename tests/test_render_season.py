"""Seasons, wetness and moods: what changes, what does not, and that pictures follow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.stages import Builder
from worldsim.render.camera import Camera
from worldsim.render.develop import develop
from worldsim.render.grade import LUMA, Grade
from worldsim.render.raster.renderer import RasterRenderer
from worldsim.render.season import PLANTS
from worldsim.render.stage import Stage
from worldsim.scene.layout import Shape
from worldsim.scene.load import load_scene
from worldsim.scene.look import Look, Season
from worldsim.scene.look_names import NAMED_LOOKS

SEASONS: tuple[Season, ...] = ("spring", "dry", "autumn", "winter", "snow")


def yard(look: Look | None = None) -> Stage:
    from worldsim.physics.world import World

    with World(load_scene("yard"), seed=0) as world:
        return Stage.of(world).with_look(look or Look())


def ground_colour(stage: Stage) -> np.ndarray:
    found = stage.ground()
    assert found is not None
    return np.array(stage.materials[found[1].material].colour)


def test_summer_is_what_the_scene_says() -> None:
    stage = yard()
    assert stage.parts == yard(Look(haze=0.9)).parts
    assert "grass in snow" not in stage.materials


@pytest.mark.parametrize("season", SEASONS)
def test_a_season_changes_ground_and_leaves_and_nothing_else(season: Season) -> None:
    before, after = yard(), yard(Look(season=season))
    assert not np.allclose(ground_colour(before), ground_colour(after))
    assert [part.name for part in before.parts] == [part.name for part in after.parts]
    for old, new in zip(before.parts, after.parts, strict=True):
        assert [geom.shape for geom in old.geoms] == [geom.shape for geom in new.geoms]
        plants = [before.materials[geom.material].texture in PLANTS for geom in old.geoms if geom.visible]
        assert (old == new) is not any(plants), old.name
    back = after.with_look(Look())
    assert back.parts == before.parts
    assert back.materials == before.materials


def test_snow_is_white_and_autumn_leaves_differ_among_neighbours() -> None:
    snow = ground_colour(yard(Look(season="snow")))
    assert (snow > 0.75).all()
    autumn = yard(Look(season="autumn"))
    leaves = {
        geom.colour
        for part in autumn.parts
        for geom in part.geoms
        if part.name != "ground" and autumn.materials[geom.material].texture == "grass"
    }
    assert len(leaves) > 3
    assert autumn.parts == yard(Look(season="autumn")).parts  # the same every time


def test_floors_indoors_have_no_snow() -> None:
    stage = Builder().ground("grey").stage(Look(season="snow"))
    assert stage.materials == Builder().ground("grey").stage(Look()).materials


def test_wet_ground_is_darker_and_smoother_and_metal_stays() -> None:
    dry, wet = yard(), yard(Look(wetness=1.0))
    soil, soaked = dry.materials["soil"], wet.materials["soil"]
    assert np.array(soaked.colour) == pytest.approx(0.55 * np.array(soil.colour))
    assert soaked.roughness < soil.roughness
    assert wet.materials["steel"] == dry.materials["steel"]


def test_albedo_layer_follows_the_season() -> None:
    camera = Camera.looking((0, -3, 2), (0, 0, 0))
    means = {}
    for season in ("summer", "snow"):
        builder = Builder().ground("lawn")
        renderer = RasterRenderer(builder.stage(Look(season=season)), (64, 48))
        means[season] = renderer.render(builder.snapshot(), camera).albedo[40].mean()
        renderer.close()
    assert means["snow"] > 4 * means["summer"]


def test_neutral_mood_is_the_identity() -> None:
    grade = Grade.of(Look())
    assert grade.neutral
    values = np.linspace(0, 3, 30).reshape(10, 3)
    assert (develop(values, grade) == develop(values)).all()


def test_moods_do_what_they_say() -> None:
    colour = np.array([0.3, 0.2, 0.1])
    grey = Grade.of(Look(saturation=-1))(colour)
    assert grey == pytest.approx(np.full(3, colour @ LUMA))
    white = Grade.of(Look(warmth=1))(np.ones(3))
    assert white[0] > white[1] > white[2]
    assert white @ LUMA == pytest.approx(1.0)
    flat, hard = (Grade.of(Look(contrast=c)) for c in (-1, 1))
    assert flat(np.full(3, 0.18)) == pytest.approx(np.full(3, 0.18))
    assert hard(np.full(3, 0.36))[0] == pytest.approx(0.18 * 2 ** np.sqrt(2))
    assert flat(np.full(3, 0.36))[0] == pytest.approx(0.18 * 2 ** np.sqrt(0.5))
    assert (Grade.of(Look(saturation=1))(np.array([0.9, 0.0, 0.0])) >= 0).all()


def test_shader_and_processor_grade_alike() -> None:
    """A wall as wide as the picture, lit by a studio: the graded picture is the ungraded radiance, graded here."""
    look = Look(sky="studio", warmth=0.6, saturation=-0.4, contrast=0.4)
    camera = Camera.looking((0, -4, 1.0), (0, 0, 1.0))
    builder = Builder().add("wall", Shape("box", (20, 0.2, 20)), (0, 0, 0))
    pictures = []
    for each in (Look(sky="studio"), look):
        renderer = RasterRenderer(builder.stage(each), (48, 32))
        pictures.append(renderer.frame(builder.snapshot(), camera)[16, 24].astype(int))
        renderer.close()
    levels = np.linspace(0, 2, 4001)[:, None] * np.ones(3)
    plain = develop(levels).astype(int)
    radiance = np.array([levels[np.abs(plain[:, k] - pictures[0][k]).argmin(), k] for k in range(3)])
    assert np.abs(develop(radiance, Grade.of(look)).astype(int) - pictures[1]).max() <= 6


def test_named_looks_are_obviously_different() -> None:
    """Mean colours of the lower and upper half: every pair of looks is at least 12 of 255 apart in one of them."""
    builder = Builder().ground("lawn").add("box", Shape("box", (0.8, 0.8, 0.8)), (0, 0, 0.4))
    camera = Camera.looking((0, -4, 1.5), (0, 0, 0.7))
    found = {}
    for name in NAMED_LOOKS:
        renderer = RasterRenderer(builder.stage(Look.model_validate(name)), (48, 32))
        picture = renderer.frame(builder.snapshot(), camera).astype(float)
        renderer.close()
        found[name] = np.concatenate([picture[:16].mean((0, 1)), picture[16:].mean((0, 1))])
    near = [
        (a, b, float(np.abs(found[a] - found[b]).max()))
        for a in found
        for b in found
        if a < b and np.abs(found[a] - found[b]).max() < 12
    ]
    assert not near
