"""Layers as pictures, the sky, looks and textures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from worldsim.errors import UnknownNameError
from worldsim.render.develop import develop, to_srgb
from worldsim.render.gbuffer import GBuffer
from worldsim.render.noise import spectral_noise
from worldsim.render.raster.tiles import recipe, texels, texture_names
from worldsim.render.sky import bake_sky, hemi_directions, hemi_uv, irradiance
from worldsim.render.visualise import LAYERS, depth_picture, id_picture, layer_picture, motion_picture, normal_picture
from worldsim.scene.look import Look


def buffer(height: int = 5, width: int = 7) -> GBuffer:
    """Return a G-buffer of nothing."""
    zero = np.zeros((height, width), np.float32)
    return GBuffer(
        np.zeros((height, width, 3), np.uint8), zero + np.inf, np.stack([zero] * 3, -1), np.stack([zero] * 3, -1),
        np.stack([zero] * 2, -1), np.stack([zero] * 2, -1), zero.astype(np.int32), zero.astype(np.int32),
        ("background",), zero.astype(np.int32),
    )  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_a_picture(layer: str) -> None:
    picture = layer_picture(buffer(), layer)
    assert picture.shape == (5, 7, 3)
    assert picture.dtype == np.uint8


def test_unknown_layer() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'depth'"):
        layer_picture(buffer(), "dept")


def test_nearer_is_brighter_and_nothing_is_black() -> None:
    picture = depth_picture(np.array([[0.5, 5.0, 50.0, np.inf]], np.float32)).sum(-1)[0]
    assert picture[0] > picture[1] > picture[2] > picture[3] == 0


def test_normals_and_ids_and_motion() -> None:
    assert tuple(normal_picture(np.array([[[0, 0, 1.0]]], np.float32))[0, 0]) == (128, 128, 255)
    ids = id_picture(np.arange(60, dtype=np.int32)[None])[0]
    assert len(np.unique(ids, axis=0)) == 60
    assert not ids[0].any()
    moved = motion_picture(np.array([[[0, 0], [5, 0], [-5, 0], [20, 0]]], np.float32))[0].astype(int)
    assert np.ptp(moved[0]) == 0
    assert np.abs(moved[1] - moved[2]).sum() > 30
    assert moved[3].max() > moved[1].max()


def test_develop_is_monotonous_and_ends_at_black_and_white() -> None:
    grey = develop(np.repeat(np.linspace(0, 20, 200)[:, None], 3, 1))[:, 1].astype(int)
    assert (np.diff(grey) >= 0).all()
    assert grey[0] < 3
    assert grey[-1] > 250
    assert to_srgb([0.0, 0.2140, 1.0]).tolist() == [0, 127, 255]


def test_hemi_map_goes_there_and_back() -> None:
    directions = hemi_directions(32)
    uv = hemi_uv(directions)
    c = (np.arange(32) + 0.5) / 32
    assert np.allclose(uv[..., 0], c[None, :], atol=1e-9)
    assert np.allclose(uv[..., 1], c[:, None], atol=1e-9)
    assert (directions[..., 2] >= -1e-12).all()


def test_irradiance_of_an_even_sky_is_the_sky() -> None:
    sky = bake_sky(Look(sky="overcast"), (0.0, 0.0, 0.0))
    upwards = irradiance(sky.harmonics, np.array([0, 0, 1.0]))
    assert np.allclose(upwards, sky.ambient, rtol=0.06)
    assert (irradiance(sky.harmonics, np.array([0, 0, -1.0])) < 0.2 * upwards).all()


def test_sun_height_follows_the_clock() -> None:
    noon, evening = Look(time="12:00").sun_angles(), Look(time="18:00").sun_angles()
    assert math.degrees(noon[0]) == pytest.approx(90 - 37.5 + 21.5, abs=1.0)
    assert math.degrees(noon[1]) == pytest.approx(-90, abs=0.1)
    assert math.degrees(evening[0]) < 25
    assert abs(math.degrees(evening[1])) > 90
    assert Look(time="23:00").is_night
    assert Look(time="23:00").light().kind == "moon"
    assert not Look(sky="studio", time="23:00").is_night


def test_low_suns_are_redder_and_weaker_and_haze_takes_sight() -> None:
    high, low = Look(sun_elevation_deg=60).light().irradiance, Look(sun_elevation_deg=5).light().irradiance
    assert low[0] < high[0]
    assert low[2] / low[0] < 0.6 * high[2] / high[0]
    assert Look(sky="overcast").light().irradiance == (0, 0, 0)
    assert Look(haze=1.0).haze_density == pytest.approx(3.912 / 60)
    assert Look(haze=0.0).haze_density == pytest.approx(3.912 / 20_000)


@pytest.mark.parametrize("name", texture_names())
def test_textures_repeat_without_a_seam(name: str) -> None:
    tile = texels(name).astype(float)
    assert tile.shape == (512, 512, 4)
    for axis in (0, 1):
        seam = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean()
        inside = np.abs(np.diff(tile, axis=axis)).mean((0, 1) if False else None)
        across = np.abs(np.diff(tile, axis=axis)).mean(axis=tuple(k for k in (0, 1, 2) if k != axis)).max()
        assert seam <= max(1.5 * across, 1.5 * inside, 1.0)


def test_unknown_texture_and_the_hidden_one() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'grass'"):
        recipe("gras")
    with pytest.raises(UnknownNameError, match="no texture is called 'noise'"):
        recipe("noise")


def test_noise_is_the_same_every_time() -> None:
    first = spectral_noise(64, -1.5, 3).copy()
    spectral_noise.cache_clear()
    assert np.array_equal(first, spectral_noise(64, -1.5, 3))
    assert abs(first.mean()) < 1e-9
    assert first.std() == pytest.approx(1)
