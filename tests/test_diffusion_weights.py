"""The weights that come with worldsim: there, small enough, with a card that says what they are, and of use."""

from __future__ import annotations

import json

import pytest

from worldsim.render.catalogue import catalogue
from worldsim.render.diffusion.weights import CARD, NETWORK_FILES, SHIPPED, TRAINING, load_network, shipped

LARGEST = 30_000_000  # bytes


def test_small_is_there_and_the_catalogue_says_so() -> None:
    assert "small" in shipped()
    entry = next(item for item in catalogue() if item.name == "diffusion")
    assert entry.ready


@pytest.mark.parametrize("size", shipped())
def test_files_and_card(size: str) -> None:
    folder = SHIPPED / size
    assert {path.name for path in folder.iterdir()} == {*NETWORK_FILES, CARD, TRAINING}
    assert all(path.stat().st_size < LARGEST for path in folder.iterdir())
    record = json.loads((folder / TRAINING).read_text())
    network = load_network(size)
    assert record["parameters"] == sum(parameter.numel() for parameter in network.parameters())
    assert f"{record['frames']} path-traced frames" in (folder / CARD).read_text()


@pytest.mark.parametrize("size", shipped())
def test_kept_clips_were_nearer_to_the_reference_than_the_raster(size: str) -> None:
    scores = json.loads((SHIPPED / size / TRAINING).read_text())["held_out"]["scores"]
    raster, made = (
        next(row for row in scores if row["split"] == "all" and row["by"] == by) for by in ("raster", "1 step")
    )
    assert made["psnr"] > raster["psnr"]
    assert made["ssim"] > raster["ssim"]
    assert made["flip"] < raster["flip"]
