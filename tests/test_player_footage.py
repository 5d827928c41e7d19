"""Footage in the window: toggled while it plays, split by a divider, frozen with the world, refused without weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from worldsim.errors import WeightsError
from worldsim.player.compare import LINE, Divider
from worldsim.player.detail import SHARES, Detail
from worldsim.player.game import Game
from worldsim.player.options import LAYERS, PlayOptions
from worldsim.render.diffusion.network import SIZES, RendererUNet
from worldsim.scene.load import load_scene

SCENE = """
format: 1
name: heap
ground: {material: grass}
objects:
  - {name: ball, shape: sphere, radius: 0.3, at: [0, 0, 1.5], material: rubber, colour: red}
"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights of an untrained network: its footage is the raster's picture."""
    folder = tmp_path_factory.mktemp("weights")
    RendererUNet(**SIZES["small"]).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A scene file in a folder to play in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "heap.yaml").write_text(SCENE)
    return "heap.yaml"


@pytest.fixture
def game(scene: str, weights: str) -> Iterator[Game]:
    """A game that shows the raster's picture."""
    made = Game(PlayOptions(scene, size=(160, 96), sound=False, weights=weights), load_scene(scene))
    yield made
    made.close()


def show(game: Game, layer: str) -> None:
    """Press the key until that layer is shown."""
    for _ in LAYERS:
        if game.projector.layer != layer:
            game.order("layer")
    assert game.projector.layer == layer


def test_an_untrained_network_shows_what_the_raster_shows(game: Game) -> None:
    show(game, "diffusion")
    projector = game.projector
    picture = projector.still(game.moment())
    assert picture.shape == (96, 160, 3)
    game.order("compare")
    assert projector.divider.turned
    assert np.abs(projector.still(game.moment()).astype(int) - picture).max() <= 1
    for wanted in ("split", *LAYERS[:-2]):
        game.order("layer")
        assert projector.layer == wanted
        assert projector.still(game.moment()).std() > 1 or wanted == "motion"


def test_nothing_is_drawn_again_while_time_stands_still(game: Game) -> None:
    show(game, "diffusion")
    game.order("pause")
    game.tick(1 / 30)
    game.picture()
    first = game.picture()
    begun = game.projector._begun
    assert np.array_equal(game.picture(), first)
    assert game.projector._begun is begun
    game.order("forward")
    game.picture()
    assert game.projector._begun is not begun


def test_the_divider_is_dragged(game: Game) -> None:
    show(game, "split")
    projector = game.projector
    assert projector.grips((80.0, 10.0))
    assert not projector.grips((120.0, 10.0))
    projector.divider.move(40.0, 160)
    assert projector.grips((40.0, 10.0))
    picture = projector.still(game.moment())
    assert (picture[:, 39:41] == LINE).all()


def test_a_split_picture_is_of_both() -> None:
    start, footage = (np.full((4, 20, 3), value, np.uint8) for value in (10, 200))
    picture = Divider(0.25).split(start, footage)
    assert (picture[:, :4] == 10).all()
    assert (picture[:, 6:] == 200).all()
    assert (Divider(0.0).split(start, footage) == 200).all()
    assert (Divider(1.0).split(start, footage) == 10).all()


def test_without_weights_it_says_so_and_shows_the_picture(scene: str) -> None:
    game = Game(PlayOptions(scene, size=(160, 96), sound=False, weights="nowhere"), load_scene(scene))
    try:
        for _ in range(LAYERS.index("diffusion")):
            game.order("layer")
        assert "nowhere" in game.message
        assert game.projector.layer == "raster"
        assert game.picture().std() > 1
    finally:
        game.close()
    with pytest.raises(WeightsError, match="worldsim renderer train"):
        Game(PlayOptions(scene, "diffusion", size=(160, 96), sound=False, weights="nowhere"), load_scene(scene))


def test_footage_starts_at_a_size_that_can_be_made() -> None:
    assert Detail().share == 1
    assert Detail(960 * 540, 100_000).share == SHARES[-1]
    assert Detail(384 * 256, 100_000).share == 1
    assert Detail(8000 * 4000, 100_000).share == SHARES[-1]
