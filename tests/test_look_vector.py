"""A look as numbers: length, names, what moves which entry."""

import numpy as np
import pytest

from worldsim.scene.look import Look
from worldsim.scene.look_vector import LOOK_VECTOR_NAMES, look_vector


def test_sixteen_named_numbers_in_range() -> None:
    assert len(LOOK_VECTOR_NAMES) == len(set(LOOK_VECTOR_NAMES)) == 16
    for sky in ("clear", "partly_cloudy", "overcast", "storm", "sunset", "night", "studio"):
        for exposure in (-8, 8):
            vector = look_vector(Look(sky=sky, exposure=exposure, haze=1, warmth=-1))
            assert vector.shape == (16,)
            assert vector.dtype == np.float32
            assert (np.abs(vector) <= 2).all()
            assert vector[-1] == 0


def test_first_three_are_the_unit_direction_towards_the_light() -> None:
    vector = look_vector(Look(sun_elevation_deg=30, sun_azimuth_deg=90))
    assert vector[:3] == pytest.approx([0.5, 0.0, np.sqrt(0.75)], abs=1e-6)
    for hour in range(24):
        assert np.linalg.norm(look_vector(Look(time=f"{hour}:00"))[:3]) == pytest.approx(1, abs=1e-6)


def test_strength_falls_with_haze_with_the_sun_and_behind_clouds() -> None:
    strength = LOOK_VECTOR_NAMES.index("light_strength")
    high, low = look_vector(Look(sun_elevation_deg=80)), look_vector(Look(sun_elevation_deg=5))
    assert 0 < low[strength] < high[strength] < 1
    assert look_vector(Look(sun_elevation_deg=80, haze=1))[strength] < high[strength]
    assert look_vector(Look(sky="overcast"))[strength] == 0
    assert 0.5 < look_vector(Look(sky="night"))[strength] < 1  # beside the moon, not beside the sun


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("clouds", Look(sky="overcast")),
        ("haze", Look(haze=0.9)),
        ("night", Look(sky="night")),
        ("studio", Look(sky="studio")),
        ("exposure", Look(exposure=1)),
        ("warmth", Look(warmth=0.5)),
        ("contrast", Look(contrast=0.5)),
        ("saturation", Look(saturation=0.5)),
        ("wetness", Look(wetness=0.5)),
        ("growth", Look(season="autumn")),
        ("snow", Look(season="snow")),
    ],
)
def test_each_key_moves_its_own_entry(name: str, look: Look) -> None:
    place = LOOK_VECTOR_NAMES.index(name)
    assert look_vector(look)[place] != look_vector(Look())[place]
