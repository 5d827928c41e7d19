"""GIF, PNG sequences, layers, and the choice between writers."""

from __future__ import annotations

import os
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from worldsim.errors import ClosedError, OutputError, UnknownNameError
from worldsim.record.gif import GifWriter
from worldsim.record.layers import LAYERS, Layers, LayerWriter, layers_folder
from worldsim.record.png import PngWriter
from worldsim.record.video import VideoWriter
from worldsim.record.writer import open_writer
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer


def frames(count: int, size: tuple[int, int] = (40, 30)) -> np.ndarray:
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return np.stack([np.stack([6 * x, 8 * y, 0 * x + 20 * k], -1) for k in range(count)]).astype(np.uint8)


def test_the_suffix_chooses_the_writer(tmp_path: Path) -> None:
    for name, kind in (("a.mp4", VideoWriter), ("a.MOV", VideoWriter), ("a.gif", GifWriter), ("a.png", PngWriter)):
        writer = open_writer(tmp_path / name, (40, 30), 25, sample_rate=48_000)
        assert isinstance(writer, kind)
        assert writer.takes_sound == (kind is VideoWriter)
        writer.abort()
    for name, message in (
        ("a.mp5", r"nothing writes \.mp5; did you mean '\.mp4'\? known: \.mp4 \(H\.264 video with sound\); "),
        ("a", "nothing writes a name without a suffix; known: "),
    ):
        with pytest.raises(OutputError, match=message):
            open_writer(tmp_path / name, (40, 30))
    assert os.listdir(tmp_path) == []


def test_a_gif_comes_back_with_its_colours_and_times(tmp_path: Path) -> None:
    pictures = frames(10)
    with GifWriter(tmp_path / "a.gif", (40, 30), 30) as writer:
        for picture in pictures:
            writer.frame(picture)
    back = iio.imread(tmp_path / "a.gif", index=None)
    assert back.shape == pictures.shape
    assert np.abs(back.astype(int) - pictures).mean() < 6
    times = [iio.immeta(tmp_path / "a.gif", index=k)["duration"] for k in range(10)]
    assert set(times) == {30, 40}
    assert sum(times) == pytest.approx(1000 / 3, abs=5)  # ms: no drift
    assert os.listdir(tmp_path) == ["a.gif"]


def test_a_gif_of_one_colour_and_of_one_pixel(tmp_path: Path) -> None:
    for size in ((1, 1), (7, 3)):
        path = tmp_path / f"{size[0]}.gif"
        with GifWriter(path, size, 10) as writer:
            for level in (0, 128, 255):
                writer.frame(np.full((size[1], size[0], 3), level, np.uint8))
        back = iio.imread(path, index=None)
        assert [int(picture.mean()) for picture in back] == [0, 128, 255]


def test_png_sequences_are_lossless(tmp_path: Path) -> None:
    pictures = frames(4)
    with PngWriter(tmp_path / "a.png", (40, 30)) as writer:
        for picture in pictures:
            writer.frame(picture)
    assert sorted(os.listdir(tmp_path)) == [f"a_{k:05d}.png" for k in range(4)]
    assert all(np.array_equal(iio.imread(tmp_path / f"a_{k:05d}.png"), pictures[k]) for k in range(4))
    with pytest.raises(OutputError, match=r"a_00000\.png exists: a new sequence would mix with the old one"):
        PngWriter(tmp_path / "a.png", (40, 30))


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_refusals(tmp_path: Path, name: str) -> None:
    writer = open_writer(tmp_path / name, (40, 30), 20)
    with pytest.raises(ValueError, match=r"expected \(30, 40, 3\) uint8"):
        writer.frame(np.zeros((40, 30, 3), np.uint8))
    with pytest.raises(ValueError, match="no sound"):
        writer.audio(np.zeros((8, 2)))
    with pytest.raises(OutputError, match="nothing was recorded"):
        writer.close()
    writer.close()
    with pytest.raises(ClosedError, match="is closed"):
        writer.frame(frames(1)[0])
    with pytest.raises(OutputError, match="no folder"):
        open_writer(tmp_path / "nowhere" / name, (40, 30), 20)
    again = open_writer(tmp_path / name, (40, 30), 20)
    again.frame(frames(1)[0])
    again.abort()
    assert os.listdir(tmp_path) == []
    with pytest.raises(OutputError, match="at most 50 frames a second, not 60"):
        open_writer(tmp_path / "b.gif", (40, 30), 60)


def buffer(k: int, height: int = 6, width: int = 8) -> GBuffer:
    rng = np.random.default_rng(k)
    depth = rng.uniform(0.1, 60, (height, width)).astype(np.float32)
    depth[0] = np.inf
    depth[1, 0] = 400
    depth[1, 1] = 0.0001
    normal = rng.normal(size=(height, width, 3))
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    return GBuffer(
        rng.integers(0, 255, (height, width, 3)).astype(np.uint8),
        depth,
        normal.astype(np.float32),
        np.zeros((height, width, 3), np.float32),
        np.zeros((height, width, 2), np.float32),
        rng.normal(0, 100, (height, width, 2)).astype(np.float32),
        rng.integers(0, 900, (height, width)).astype(np.int32),
        rng.integers(0, 3, (height, width)).astype(np.int32),
        ("background", "box", "dog"),
        np.zeros((height, width), np.int32),
    )


def test_layers_come_back(tmp_path: Path) -> None:
    folder = layers_folder(tmp_path / "clip.mp4")
    assert folder.name == "clip.layers"
    camera = Camera.looking((1, 2, 3), (0, 0, 0.5), 0.9)
    writer = LayerWriter(folder, list(LAYERS), (8, 6), 30, {1: "ground", 2: "rex"}, ("background", "box", "dog"))
    for k in range(3):
        writer.frame(buffer(k), camera, k / 30)
    layers = Layers(folder)
    assert len(layers) == 3  # also before it is closed: a crash loses nothing
    writer.close()
    writer.close()
    layers = Layers(folder)
    assert len(layers) == 3
    assert layers.index["instances"] == {"1": "ground", "2": "rex"}
    assert layers.index["classes"] == ["background", "box", "dog"]
    for k in range(3):
        truth = buffer(k)
        depth = layers.read("depth", k)
        near = truth.depth < 65
        assert np.abs(depth[near] - truth.depth[near]).max() <= 0.001
        assert np.isinf(depth[~near]).all()
        assert np.abs(layers.read("normals", k) - truth.normal).max() < 5e-4
        assert np.array_equal(layers.read("motion", k), truth.motion)
        assert np.array_equal(layers.read("instances", k), truth.instance)
        assert np.array_equal(layers.read("classes", k), truth.class_id)
        assert np.array_equal(layers.cameras[k].rotation, camera.rotation)
    with pytest.raises(OutputError, match="would mix with old ones"):
        LayerWriter(folder, ["depth"], (8, 6), 30, {}, ())
    with pytest.raises(UnknownNameError, match="no layer is called 'depht'; did you mean 'depth'"):
        LayerWriter(tmp_path / "x.layers", ["depht"], (8, 6), 30, {}, ())


def test_the_same_layers_are_the_same_bytes(tmp_path: Path) -> None:
    camera = Camera.looking((1, 2, 3), (0, 0, 0.5), 0.9)
    files = []
    for name in ("a", "b"):
        writer = LayerWriter(tmp_path / name, list(LAYERS), (8, 6), 30, {}, ())
        writer.frame(buffer(0), camera, 0.0)
        writer.close()
        paths = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        files.append({p.relative_to(tmp_path / name): p.read_bytes() for p in paths})
    assert files[0] == files[1]
    assert len(files[0]) == 7
