"""Pretrained renderers with tiny random weights: the real loading code, from folders, to films. No net is touched."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests import pretrained_models
from worldsim.cli import run
from worldsim.errors import MissingExtraError, PretrainedError
from worldsim.record.recorder import Shot, record, render_take
from worldsim.record.result import Progress
from worldsim.render import CLIP_RENDERERS, make_renderer
from worldsim.render.pretrained.backend import Backend, Cancelled
from worldsim.render.pretrained.control import Controls
from worldsim.render.pretrained.models import MODELS, make_backend
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.scene.look import Look
from worldsim.sound import SoundStream

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="the extra `pretrained` is not here"),
]

SIZE = (48, 32)
SAVE = {
    "wan-vace": pretrained_models.save_wan,
    "animatediff-controlnet": pretrained_models.save_animatediff,
    "cosmos-transfer": pretrained_models.save_cosmos,
}
CHUNK = {"wan-vace": 9, "animatediff-controlnet": 6, "cosmos-transfer": 9}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: save(tmp_path_factory.mktemp("weights") / name) for name, save in SAVE.items()}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Nets this small are 20 times slower where two threads wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _no_net(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something tried to reach the net")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    video = tmp_path_factory.mktemp("take") / "yard.mp4"
    record("yard", video, seconds=14 / 30, shot=Shot(size=SIZE))
    return video.with_suffix(".take")


def options_of(name: str, folders: dict[str, Path], **more: Any) -> PretrainedOptions:
    base = PretrainedOptions(weights=folders[name], steps=2, chunk=CHUNK[name], guardrail=True)
    return replace(base, **({"guardrail": False} if name == "cosmos-transfer" else {}) | more)


def controls_of(backend: Backend, count: int, start: int = 0, seed: int = 0) -> Controls:
    rng = np.random.default_rng(seed)
    width, height = SIZE
    videos = {kind: rng.random((count, height, width, 3), dtype=np.float32) for kind in backend.controls}
    return Controls(videos, rng.integers(0, 256, (count, height, width, 3), np.uint8), start)


@pytest.mark.parametrize("name", CLIP_RENDERERS)
def test_loaded_from_a_folder_it_paints_as_many_frames_as_asked_and_the_same_again(
    name: str, folders: dict[str, Path]
) -> None:
    backend = make_backend(name, options_of(name, folders))
    whole, part = controls_of(backend, CHUNK[name]), controls_of(backend, 3)
    first = backend.render_chunk(whole, None, Look())
    assert first.shape == (CHUNK[name], SIZE[1], SIZE[0], 3)
    assert first.dtype == np.uint8
    assert first.std() > 1
    assert backend.render_chunk(part, None, Look()).shape[0] == 3  # filled up, then trimmed
    again = make_backend(name, options_of(name, folders))
    assert (again.render_chunk(whole, None, Look()) == first).all()
    other = make_backend(name, options_of(name, folders, seed=1))
    assert (other.render_chunk(whole, None, Look()) != first).any()
    assert (again.render_chunk(controls_of(backend, CHUNK[name], seed=5), None, Look()) != first).any()
    backend.close()


@pytest.mark.parametrize("name", CLIP_RENDERERS)
def test_steps_are_told_and_a_chunk_can_be_given_up(name: str, folders: dict[str, Path]) -> None:
    backend = make_backend(name, options_of(name, folders, steps=3))
    told: list[tuple[int, int]] = []

    def watch(done: int, total: int) -> bool:
        told.append((done, total))
        return len(told) != 5

    backend.watch = watch
    frames = backend.render_chunk(controls_of(backend, 5), None, Look())
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled):
        backend.render_chunk(controls_of(backend, 5), None, Look())
    assert len(told) == 5
    assert (backend.render_chunk(controls_of(backend, 5), None, Look()) == frames).all()  # it is as it was


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("wan-vace", {}),
        ("animatediff-controlnet", {"strength": 0.6}),
        ("cosmos-transfer", {}),
    ],
)
def test_the_end_of_the_chunk_before_is_seen(name: str, more: dict[str, Any], folders: dict[str, Path]) -> None:
    backend = make_backend(name, options_of(name, folders, **more))
    controls = controls_of(backend, CHUNK[name], start=4)
    black, white = (np.full((5, SIZE[1], SIZE[0], 3), level, np.uint8) for level in (0, 255))
    assert (backend.render_chunk(controls, black, Look()) != backend.render_chunk(controls, white, Look())).any()


def test_wan_takes_references_scale_prompt_and_sixteen_bits(folders: dict[str, Path], tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "dog.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)).save(picture)
    plain = make_backend("wan-vace", options_of("wan-vace", folders))
    controls = controls_of(plain, 5)
    frames = plain.render_chunk(controls, None, Look())
    for more in ({"reference": (picture,)}, {"scale": (0.2,)}, {"prompt": "a cat"}, {"guidance": 1.0}):
        changed = make_backend("wan-vace", options_of("wan-vace", folders, **more)).render_chunk(controls, None, Look())
        assert changed.shape == frames.shape
        assert (changed != frames).any(), more
    half = make_backend("wan-vace", options_of("wan-vace", folders, dtype="bfloat16", tiling=True))
    assert half.render_chunk(controls, None, Look()).shape == frames.shape
    with pytest.raises(PretrainedError, match=r"reference picture .*none.png can't be read"):
        make_backend("wan-vace", options_of("wan-vace", folders, reference=(tmp_path / "none.png",)))


def test_scales_weigh_controlnets_each(folders: dict[str, Path]) -> None:
    name = "animatediff-controlnet"
    controls = controls_of(make_backend(name, options_of(name, folders)), 6)
    made = [
        make_backend(name, options_of(name, folders, scale=scale)).render_chunk(controls, None, Look())
        for scale in ((1.0,), (1.0, 0.0), (0.0, 1.0))
    ]
    assert (made[0] != made[1]).any()
    assert (made[1] != made[2]).any()
    one = make_backend(name, options_of(name, folders, control=("depth",)))
    assert one.render_chunk(controls_of(one, 6), None, Look()).shape[0] == 6


def test_cosmos_takes_several_controls_and_wants_its_guard(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "cosmos-transfer"
    with pytest.raises(PretrainedError, match="its guard, which is not installed: pip install cosmos_guardrail; or"):
        make_backend(name, options_of(name, folders, guardrail=True))
    with pytest.raises(PretrainedError, match=r"weighs all its controls alike; found scale=\(1.0, 2.0\)"):
        make_backend(name, options_of(name, folders, scale=(1.0, 2.0)))
    both = make_backend(name, options_of(name, folders))
    controls = controls_of(both, 5)
    frames = both.render_chunk(controls, None, Look())
    depth = make_backend(name, options_of(name, folders, control=("depth",)))
    alone = Controls({"depth": controls.videos["depth"]}, controls.raster)
    assert (depth.render_chunk(alone, None, Look()) != frames).any()

    class Guard:
        asked: list[str] = []  # noqa: RUF012

        def to(self, _device: str) -> None: ...

        def check_text_safety(self, text: str) -> bool:
            self.asked.append(text)
            return "unsafe" not in text

        def check_video_safety(self, video: np.ndarray) -> np.ndarray:
            self.asked.append(f"{video.dtype} {video.shape}")
            return video

    package = types.ModuleType("cosmos_guardrail")
    package.__spec__ = importlib.util.spec_from_loader("cosmos_guardrail", None)
    package.CosmosSafetyChecker = Guard  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cosmos_guardrail", package)
    guarded = make_backend(name, options_of(name, folders, guardrail=True, prompt="a dog"))
    assert guarded.render_chunk(controls, None, Look()).shape == frames.shape
    assert Guard.asked == ["a dog", "uint8 (9, 32, 48, 3)"]


@pytest.mark.parametrize("name", CLIP_RENDERERS)
def test_what_it_can_not_take_is_refused(name: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for more, message in (
        (
            {"weights": None},
            rf"{name} needs weights, --weights FOLDER, and downloads none itself; fetch .* hf download",
        ),
        ({"weights": Path("org/model")}, "org/model is no folder here, and .* downloads nothing"),
        ({"weights": folders["wan-vace"] / "vae"}, "has no (model_index.json|folder 'base')"),
        ({"control": ("pose",)}, f"{name} has no control 'pose'; it takes: depth"),
        ({"control": ("depth", "depth")}, "named twice"),
        ({"scale": (1.0, 1.0, 1.0)}, "3 scales were given for"),
        ({"chunk": 999}, "a chunk of 999 frames can't be painted"),
        ({"device": "cpu", "dtype": "float16"}, "float16 needs a GPU"),
        ({"device": "cpu", "offload": "model"}, "offload=model needs a GPU"),
    ):
        with pytest.raises(PretrainedError, match=message):
            make_backend(name, options_of(name, folders, **more))
    if "reference" not in dict(MODELS[name].facts)["options"]:
        with pytest.raises(PretrainedError, match=f"{name} has no use for the option 'reference'"):
            make_backend(name, options_of(name, folders, reference=(Path("x.png"),)))
    with pytest.raises(PretrainedError, match=f"{name} paints whole clips, not frame after frame"):
        make_renderer(name, None)  # type: ignore[arg-type]
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n == "transformers" else there(n, *a))
    with pytest.raises(MissingExtraError, match=r"needs the extra 'pretrained': pip install 'worldsim\[pretrained\]'"):
        make_backend(name, options_of(name, folders))
    assert MODELS[name].missing().startswith("transformers not installed: pip install 'worldsim[pretrained]'; needs")


def test_a_take_becomes_a_film_in_blended_chunks(folders: dict[str, Path], take: Path, tmp_path: Path) -> None:
    import av

    shot = Shot("wan-vace", {"pretrained": options_of("wan-vace", folders)}, size=SIZE, sound=SoundStream.of)
    told: list[Progress] = []
    first = render_take(take, tmp_path / "a.mp4", shot=shot, progress=told.append)
    assert (first.frames, first.seconds, first.interrupted) == (14, pytest.approx(14 / 30), None)
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == told[-1].total == 14
    with av.open(str(tmp_path / "a.mp4")) as file:
        lengths = [float((stream.duration or 0) * (stream.time_base or 0)) for stream in file.streams]
    assert lengths == pytest.approx([14 / 30] * 2, abs=0.02)
    assert render_take(take, tmp_path / "b.mp4", shot=shot).frame_hash == first.frame_hash
    cut = replace(shot, options={"pretrained": options_of("wan-vace", folders, overlap=1)})
    assert render_take(take, tmp_path / "c.mp4", shot=cut).frame_hash != first.frame_hash


def test_ctrl_c_keeps_finished_chunks_and_their_sound(folders: dict[str, Path], take: Path, tmp_path: Path) -> None:
    import av

    def interrupt(filmed: Progress) -> None:
        if filmed.done > 9:  # the second chunk is under way
            os.kill(os.getpid(), signal.SIGINT)

    shot = Shot("wan-vace", {"pretrained": options_of("wan-vace", folders)}, size=SIZE, sound=SoundStream.of)
    result = render_take(take, tmp_path / "cut.mp4", shot=shot, progress=interrupt)
    assert (result.frames, result.interrupted) == (9, "SIGINT")
    with av.open(str(tmp_path / "cut.mp4")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 9
        sound = file.streams.audio[0]
        assert float((sound.duration or 0) * (sound.time_base or 0)) == pytest.approx(9 / 30, abs=0.03)


def test_the_command_line_films_with_it_and_says_what_is_missing(
    folders: dict[str, Path], take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = ["render", str(take), "-o", str(tmp_path / "x.mp4"), "--size", "48x32", "--no-sound"]
    assert run([*film, "--renderer", "wan-vace"]) == 2
    assert "needs weights, --weights FOLDER" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())  # nothing is left behind
    assert run([*film, "--renderer", "wan-vace", "--size", "50x32", "--weights", str(folders["wan-vace"])]) == 2
    assert "50x32 is not, 48x32 is: --size 48x32" in capsys.readouterr().err
    assert run([*film, "--weights", str(folders["wan-vace"])]) == 2
    assert "raster has no use for --weights" in capsys.readouterr().err
    assert run([*film, "--renderer", "wan-vace", "--option", "steps"]) == 2
    assert "'steps' is no KEY=VALUE, such as steps=20" in capsys.readouterr().err
    name = "animatediff-controlnet"
    own = ["--renderer", name, "--weights", str(folders[name]), "--option", "steps=1", "--option", "chunk=8"]
    assert run([*film, *own, "--json"]) == 0
    assert '"frames": 14' in capsys.readouterr().out
    for each in CLIP_RENDERERS:
        assert run(["renderer", "info", each]) == 0
        told = capsys.readouterr().out
        for word in ("licence:", "download:", "memory:", "fetch: hf download ", f"--renderer {each} --weights"):
            assert word in told
        assert "ready here: no; needs weights" in told
