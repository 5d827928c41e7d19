"""Pretrained renderers without a model: controls, chunks, options, prompts, folders of weights, the painter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from worldsim.errors import PretrainedError, UnknownNameError
from worldsim.render.gbuffer import GBuffer
from worldsim.render.pretrained.backend import Cancelled, Watch, noise_of
from worldsim.render.pretrained.chunk import CrossFade, Frames, Lengths, blend, fill
from worldsim.render.pretrained.control import KINDS, Controls, check_video, control_picture, near_of, pictures
from worldsim.render.pretrained.options import PretrainedOptions, read_options
from worldsim.render.pretrained.painter import Painter
from worldsim.render.pretrained.prompt import prompt_of
from worldsim.render.pretrained.weights import check_part, folder_of, index_of
from worldsim.scene.look import Look

WAN = Lengths(usual=9, overlap=5, step=4, most=21, fixed=False, side=16)


def truth(level: int = 0, depth: float = 2.0, size: tuple[int, int] = (32, 16)) -> GBuffer:
    width, height = size
    ids = np.zeros((height, width), np.int32)
    ids[:, width // 2 :] = 1  # a thing on the right, sky on the left
    normal = np.zeros((height, width, 3), np.float32)
    normal[ids == 1] = (-1, 0, 0)
    return GBuffer(
        color=np.full((height, width, 3), level, np.uint8),
        depth=np.where(ids == 1, depth, np.inf).astype(np.float32),
        normal=normal,
        albedo=np.zeros((height, width, 3), np.float32),
        roughness_metallic=np.zeros((height, width, 2), np.float32),
        motion=np.zeros((height, width, 2), np.float32),
        instance=ids,
        class_id=ids,
        class_names=("background", "dog"),
        part=ids,
    )


class Echo:
    """Returns the raster's pictures plus a number for each chunk, and remembers what it was told."""

    name = "echo"
    lengths = WAN

    def __init__(self) -> None:
        self.controls: tuple[str, ...] = ("depth",)
        self.watch: Watch | None = None
        self.told: list[tuple[int, int, Frames | None]] = []

    def render_chunk(self, controls: Controls, history: Frames | None, look: Look) -> Frames:
        self.told.append((controls.start, len(controls), history))
        for step in (1, 2):
            if self.watch is not None and not self.watch(step, 2):
                raise Cancelled
        return (controls.raster.astype(int) + 100 * (len(self.told) - 1)).astype(np.uint8)

    def close(self) -> None:
        """Nothing was held."""


def painted(painter: Painter, count: int) -> NDArray[np.uint8]:
    parts = [*(painter.add(truth(level)) for level in range(count)), painter.finish()]
    return np.concatenate([part for part in parts if part is not None])[:, 0, 0, 0]


def test_controls_say_what_models_were_trained_with() -> None:
    buffer = truth(level=51)
    depth = control_picture(buffer, "depth", near=1.0)
    assert depth[0, 0].tolist() == [0, 0, 0]  # nothing there is black
    assert depth[0, -1] == pytest.approx(0.5)  # twice as far as white
    assert control_picture(buffer, "depth", near=4.0)[0, -1] == pytest.approx(1)
    normals = control_picture(buffer, "normals", 1.0)
    assert normals[0, -1].tolist() == [1, 0.5, 0.5]  # red is left, as ControlNet 1.1 says of ScanNet's colours
    edges = control_picture(buffer, "edge", 1.0)
    assert set(np.unique(edges)) == {0.0, 1.0}
    assert np.flatnonzero(edges[8, :, 0]).tolist() == [16]  # the outline belongs to the thing
    assert control_picture(buffer, "grey", 1.0) == pytest.approx(0.2)
    for kind in KINDS:
        check_video(kind, control_picture(buffer, kind, 1.0)[None], (1, 16, 32))
    with pytest.raises(UnknownNameError, match="no control is called 'dept'; did you mean 'depth'"):
        control_picture(buffer, "dept", 1.0)


def test_near_follows_from_what_is_seen() -> None:
    assert near_of([truth(depth=3.0).depth]) == pytest.approx(3)
    assert near_of([np.full((2, 2), np.inf, np.float32)]) == 1.0


def test_pipelines_would_misread_bytes_so_they_are_refused() -> None:
    from diffusers.video_processor import VideoProcessor

    video = np.full((5, 16, 32, 3), 1.0, np.float32)
    read = VideoProcessor(vae_scale_factor=8).preprocess_video((video * 255).astype(np.uint8))
    assert float(read.max()) == 509  # the trap
    assert float(VideoProcessor(vae_scale_factor=8).preprocess_video(pictures(video)).max()) == 1
    with pytest.raises(PretrainedError, match=r"uint8; pipelines would .* make −1 to 509 of it: divide by 255"):
        check_video("depth", (video * 255).astype(np.uint8), (5, 16, 32))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.astype(np.float64), "is float64; expected float32"),
        (lambda v: v[:4], "has 4 frames; expected 5"),
        (lambda v: v[:, :, :16], "is 16x16 pixels; expected 32x16"),
        (lambda v: v * 2, r"runs from 0 to 2; expected 0 to 1"),
        (lambda v: v - 0.5, r"runs from -0.5 to 0.5"),
        (lambda v: v * np.float32("nan"), "not finite"),
        (lambda v: v[..., 0], r"expected \(T, H, W, 3\)"),
        (lambda v: list(v), "is a list; expected an array"),
    ],
)
def test_controls_of_another_kind_are_refused(change: object, message: str) -> None:
    video = np.zeros((5, 16, 32, 3), np.float32)
    video[2] = 1
    assert callable(change)
    with pytest.raises(PretrainedError, match=message):
        check_video("depth", change(video), (5, 16, 32))


def test_chunks_are_of_lengths_the_model_can_paint() -> None:
    assert WAN.check(None, None) == (9, 5)
    assert WAN.check(5, None) == (5, 1)  # what is usual shrinks with the chunk
    assert [WAN.filled(count, 9) for count in (1, 2, 5, 6, 9)] == [1, 5, 5, 9, 9]
    fixed = Lengths(usual=16, overlap=4, step=1, most=32, fixed=True, side=8)
    assert fixed.check(None, None) == (16, 4)
    assert fixed.filled(3, 16) == 16
    for chunk, overlap, message in (
        (10, None, "10 frames can't be painted; expected 4k \\+ 1, such as 9 or 13"),
        (25, None, "expected 2 to 21"),
        (9, 4, "overlap of 4 frames can't be kept; expected 0 or 4k"),
        (9, 9, "leaves nothing of a chunk of 9"),
    ):
        with pytest.raises(PretrainedError, match=message):
            WAN.check(chunk, overlap)
    with pytest.raises(PretrainedError, match=r"multiples of 16; 960x540 is not, 960x544 is: --size 960x544"):
        WAN.check_size((960, 540), "wan-vace")


def test_neighbours_go_over_into_each_other() -> None:
    before, after = np.zeros((3, 2, 2, 3), np.uint8), np.full((7, 2, 2, 3), 200, np.uint8)
    assert blend(before, after)[:, 0, 0, 0].tolist() == [50, 100, 150]
    fade = CrossFade(3)
    first = fade.add(np.zeros((7, 2, 2, 3), np.uint8))
    assert len(first) == 4
    assert fade.add(after)[:, 0, 0, 0].tolist() == [50, 100, 150, 200]
    rest = fade.finish()
    assert rest is not None
    assert len(rest) == 3
    assert fade.finish() is None
    with pytest.raises(ValueError, match="nothing beyond the 3 that are shared"):
        fade.add(before)
    assert fill(before, 5).shape == (5, 2, 2, 3)


def test_noise_belongs_to_places_of_the_film() -> None:
    early, late = noise_of(3, 0, 6, (2, 4, 4)), noise_of(3, 4, 6, (2, 4, 4))
    assert (early[:, :, 4:] == late[:, :, :2]).all()
    assert not (early[:, :, 0] == early[:, :, 1]).any()
    assert not (noise_of(4, 0, 1, (2, 4, 4)) == early[:, :, :1]).any()
    assert abs(float(noise_of(0, -2, 4, (8, 32, 32)).std()) - 1) < 0.02


@pytest.mark.parametrize("count", [1, 3, 9, 10, 13, 30])
def test_painter_gives_every_frame_once_in_its_order(count: int) -> None:
    echo = Echo()
    seen: list[float] = []
    painter = Painter(echo, Look(), (32, 16), report=seen.append)
    out = painted(painter, count)
    assert len(out) == painter.painted == count
    assert (out[:4] == np.arange(count)[:4]).all()  # of the first chunk alone
    assert [start for start, _, _ in echo.told] == list(range(0, max(count - 5, 1), 4))
    assert seen == sorted(seen)
    assert seen[-1] == count


def test_painter_blends_where_chunks_overlap_and_hands_the_past_on() -> None:
    echo = Echo()
    out = painted(Painter(echo, Look(), (32, 16)), 13)
    share = np.arange(1, 6) / 6
    assert out[4:9].tolist() == [round(float(level)) for level in np.arange(4, 9) + 100 * share]
    assert out[9:].tolist() == [109, 110, 111, 112]
    (_, _, first), (_, _, second) = echo.told
    assert first is None
    assert second is not None
    assert second[:, 0, 0, 0].tolist() == [4, 5, 6, 7, 8]


def test_a_stop_keeps_finished_chunks_and_gives_up_the_one_under_way() -> None:
    echo, calls = Echo(), 0

    def stop() -> bool:
        nonlocal calls
        calls = len(echo.told)
        return calls == 2  # the second chunk has begun

    out = painted(Painter(echo, Look(), (32, 16), stop=stop), 30)
    assert out.tolist() == list(range(9))  # the first chunk whole, its overlap included
    assert len(echo.told) == 2


def test_painter_refuses_another_size() -> None:
    with pytest.raises(PretrainedError, match="a frame of 32x16 came; expected 48x32"):
        Painter(Echo(), Look(), (48, 32)).add(truth())


def test_options_are_read_from_words_and_checked() -> None:
    options = read_options({"steps": "20", "control": "depth, edge", "scale": "1,0.5", "tiling": "yes", "weights": "w"})
    assert options == PretrainedOptions(
        weights=Path("w"), control=("depth", "edge"), scale=(1.0, 0.5), steps=20, tiling=True
    )
    for words, message in (
        ({"stepz": "1"}, "did you mean 'steps'"),
        ({"steps": "many"}, "steps='many' is no number"),
        ({"steps": "0"}, "steps=0 is too small; expected 1 or more"),
        ({"guidance": "nan"}, "guidance=nan is out of range"),
        ({"strength": "2"}, "strength=2 is out of range; expected 0.01 to 1"),
        ({"tiling": "maybe"}, "expected yes or no"),
        ({"dtype": "int8"}, "no option dtype is called 'int8'"),
    ):
        with pytest.raises((PretrainedError, UnknownNameError), match=message):
            read_options(words)
    with pytest.raises(PretrainedError, match=r"x has no use for the option 'strength'; it takes: .*steps"):
        PretrainedOptions(strength=0.5).check_taken("x", ())


def test_folders_of_weights_are_looked_at_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(
        PretrainedError, match=r"needs weights, --weights FOLDER, and downloads none itself; fetch .* GET"
    ):
        folder_of(None, "x", "GET")
    with pytest.raises(PretrainedError, match="org/model is no folder here, and x downloads nothing"):
        folder_of(Path("org/model"), "x", "GET")
    with pytest.raises(PretrainedError, match=r"has no model_index.json: x reads weights in the layout of diffusers"):
        index_of(tmp_path, "model_index.json", ("Good",), "x", "GET")
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(PretrainedError, match=r"can't be read: .*; fetch it again"):
        index_of(tmp_path, "model_index.json", ("Good",), "x", "GET")
    (tmp_path / "model_index.json").write_text('{"_class_name": "Bad"}')
    with pytest.raises(PretrainedError, match="is of a Bad; x needs a Good: GET"):
        index_of(tmp_path, "model_index.json", ("Good",), "x", "GET")
    with pytest.raises(PretrainedError, match="has no folder 'vae', which x needs"):
        check_part(tmp_path, "vae", "x", "GET")
    vae = tmp_path / "vae"
    vae.mkdir()
    with pytest.raises(PretrainedError, match=r"has no config.json"):
        check_part(tmp_path, "vae", "x", "GET")
    (vae / "config.json").write_text("{}")
    with pytest.raises(PretrainedError, match=r"no .safetensors: the download is not complete"):
        check_part(tmp_path, "vae", "x", "GET")
    (vae / "model.bin").write_bytes(b"")
    with pytest.raises(PretrainedError, match=r"only as pickle \(model.bin\), which can run code and is not opened"):
        check_part(tmp_path, "vae", "x", "GET")
    (vae / "a.safetensors").write_bytes(b"")
    (vae / "m.safetensors.index.json").write_text('{"weight_map": {"w": "a.safetensors", "v": "b.safetensors"}}')
    with pytest.raises(PretrainedError, match=r"lacks b.safetensors: the download is not complete"):
        check_part(tmp_path, "vae", "x", "GET")


def test_prompts_say_what_the_author_said_then_what_the_look_adds() -> None:
    said = prompt_of(Look(prompt="a backyard, filmed by hand", sky="overcast"), ("background", "dog", "flower_pot"))
    assert said.startswith("a backyard, filmed by hand, dog, flower pot, realistic video")
    assert said.endswith("overcast sky, soft light")
    assert "dog" not in prompt_of(Look(prompt="a big dog"), ("dog",)).removeprefix("a big dog")
    assert "snow on the ground" in prompt_of(Look(name="snow"))
    assert "clear sky" not in prompt_of(Look(prompt="foggy"))
