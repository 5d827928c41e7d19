"""The diffusion renderer as a renderer: raster before training, a past that is dropped at cuts, same bytes again."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.stages import Builder, snapshot_of
from worldsim.errors import ClosedError, WeightsError
from worldsim.physics.state import Snapshot
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.diffusion.batch import frames
from worldsim.render.diffusion.conditions import Past
from worldsim.render.diffusion.cut import is_cut, jumped
from worldsim.render.diffusion.network import make_network
from worldsim.render.diffusion.stream import DiffusionRenderer
from worldsim.render.stage import Stage
from worldsim.scene.layout import Shape

SIZE = (72, 56)
FRONT = Camera.looking((0, -4, 1.2), (0, 0, 0.4), math.radians(50))


def scene() -> Builder:
    builder = Builder().ground("lawn").add("ball", Shape("sphere", (0.4,)), (0.3, 0, 0.4), "red")
    return builder.add("post", Shape("box", (0.2, 0.2, 1.2)), (-0.5, 0.5, 0.6), "steel", static=True)


def at(time: float, ball: float = 0.3) -> Snapshot:
    place = scene().snapshot().position.copy()
    place[1, 0] = ball
    return snapshot_of(place, np.array([[0.0, 0.0, 0.0, 1.0]] * 3), time)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of a tiny network with something in every parameter."""
    torch.manual_seed(2)
    network = make_network("tiny")
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    folder = tmp_path_factory.mktemp("weights")
    network.save_pretrained(folder)
    return folder


@pytest.fixture
def renderer(weights: Path):  # type: ignore[no-untyped-def]
    made = DiffusionRenderer(scene().stage(), SIZE, weights=weights, device="cpu", history=True)
    yield made
    made.close()


def watch(renderer: DiffusionRenderer) -> list[Past | None]:
    """Return a list that fills with the past of every frame from now on."""
    seen: list[Past | None] = []
    prepare = renderer.prepare

    def noted(snapshot: Snapshot, camera: Camera):  # type: ignore[no-untyped-def]
        found = prepare(snapshot, camera)
        seen.append(found[2])
        return found

    renderer.prepare = noted  # type: ignore[method-assign]
    return seen


def test_without_history_a_frame_stands_for_itself(weights: Path) -> None:
    """Nothing can build up over a long film: the thousandth picture is what the first would have been."""
    stage, made = scene().stage(), []
    for before in (0, 3):
        renderer = DiffusionRenderer(stage, SIZE, weights=weights, device="cpu")
        for k in range(before):
            renderer.frame(at(k / 30), FRONT)
        made.append(renderer.frame(at(4 / 30), FRONT))
        renderer.close()
    assert np.array_equal(made[0], made[1])


def test_without_history_a_film_depends_on_one_frame_before_and_no_more(weights: Path) -> None:
    """What has moved since the last frame is told; what was made of it is not."""
    stage, made = scene().stage(), []
    for first in (0, 5, 6):
        renderer = DiffusionRenderer(stage, SIZE, weights=weights, device="cpu")
        for k in range(first, 7):
            picture = renderer.frame(at(k / 30, 0.3 + 0.06 * k), FRONT)
        made.append(picture)
        renderer.close()
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_untrained_it_is_the_raster() -> None:
    made = make_renderer("diffusion", scene().stage(), SIZE, weights=None, device="cpu")
    plain = make_renderer("raster", scene().stage(), SIZE)
    for k in range(3):
        moment = at(k / 30, 0.3 + 0.02 * k)
        assert np.array_equal(made.frame(moment, FRONT), plain.frame(moment, FRONT))
    assert isinstance(made, DiffusionRenderer)
    assert made.start is not None
    assert np.array_equal(made.start, plain.frame(at(2 / 30, 0.34), FRONT))
    made.close()
    plain.close()


def test_same_calls_same_bytes(renderer: DiffusionRenderer, weights: Path) -> None:
    other = DiffusionRenderer(scene().stage(), SIZE, weights=weights, device="cpu", history=True)
    runs = []
    for made in (renderer, other, renderer):
        made.reset()
        runs.append([made.frame(at(k / 30, 0.3 + 0.03 * k), FRONT).tobytes() for k in range(3)])
    other.close()
    assert runs[0] == runs[1] == runs[2]
    assert len(set(runs[0])) == 3


def test_seed_and_steps_matter(weights: Path, renderer: DiffusionRenderer) -> None:
    first = renderer.frame(at(0), FRONT)
    for option in ({"seed": 1}, {"steps": 2}):
        made = DiffusionRenderer(scene().stage(), SIZE, weights=weights, device="cpu", history=True, **option)  # type: ignore[arg-type]
        assert not np.array_equal(made.frame(at(0), FRONT), first)
        made.close()


def test_the_past_matters_and_reset_drops_it(renderer: DiffusionRenderer) -> None:
    fresh = renderer.frame(at(1 / 30), FRONT)
    seen = watch(renderer)
    followed = renderer.frame(at(2 / 30), FRONT)
    renderer.reset()
    again = renderer.frame(at(2 / 30), FRONT)
    assert seen[0] is not None
    assert seen[1] is None
    assert not np.array_equal(followed, again)
    assert np.array_equal(again, fresh)


def test_what_moves_is_followed_and_what_it_uncovers_is_fresh(renderer: DiffusionRenderer) -> None:
    seen = watch(renderer)
    renderer.frame(at(0, 0.3), FRONT)
    layers = renderer.render(at(1 / 30, 0.5), FRONT)
    past = seen[1]
    assert past is not None
    held = past.held[0].numpy()
    ball = layers.part == 2
    assert held[ball].mean() > 0.85
    was = renderer.render(at(2 / 30, 0.3), FRONT).part == 2
    assert not held[was & ~ball & (layers.part == 1)].any()


@pytest.mark.parametrize("cut", ["time", "gap", "camera", "turn", "zoom"])
def test_cuts_drop_the_past(renderer: DiffusionRenderer, cut: str) -> None:
    seen = watch(renderer)
    renderer.frame(at(5.0), FRONT)
    later = {"time": 4.9, "gap": 7.0}.get(cut, 5.0 + 1 / 30)
    camera = {
        "camera": Camera.looking((3, -4, 1.2), (3, 0, 0.4), FRONT.fov),
        "turn": Camera.looking((0, -4, 1.2), (2.5, 0, 0.4), FRONT.fov),
        "zoom": replace(FRONT, fov=FRONT.fov / 2),
    }.get(cut, FRONT)
    renderer.frame(at(later), camera)
    assert seen[1] is None


def test_a_part_that_was_put_elsewhere_starts_afresh(renderer: DiffusionRenderer) -> None:
    before, after = (at(0, -3.0), FRONT), (at(1 / 30, 0.3), FRONT)
    assert not is_cut(before, after)
    assert jumped(before, after).tolist() == [False, False, True, False]
    seen = watch(renderer)
    renderer.frame(*before)
    layers = renderer.render(*after)
    assert seen[1] is not None
    held = seen[1].held[0].numpy()
    assert not held[layers.part == 2].any()
    assert held[layers.part == 3].mean() > 0.8


def test_motion_is_that_of_the_frame_that_is_named(renderer: DiffusionRenderer) -> None:
    plain = make_renderer("raster", scene().stage(), SIZE)
    moments = [(at(k / 30, 0.3 + 0.1 * k), FRONT) for k in range(3)]
    for moment in moments[:2]:
        renderer.render(*moment)
    for previous in (moments[1], moments[0], None):
        found, expected = renderer.render(*moments[2], previous), plain.render(*moments[2], previous)
        assert np.abs(found.motion - expected.motion).max() < 0.05
        assert np.array_equal(found.part, expected.part)
    plain.close()


def test_a_batch_gives_what_each_gives(weights: Path) -> None:
    stage = scene().stage()
    alone, together = (
        [DiffusionRenderer(stage, SIZE, weights=weights, device="cpu", history=True) for _ in range(3)]
        for _ in range(2)
    )
    for step in range(3):
        moments = [(at(step / 30, 0.3 + 0.05 * step + 0.1 * k), FRONT) for k in range(3)]
        expected = [made.frame(*moment) for made, moment in zip(alone, moments, strict=True)]
        found = frames(together, moments)
        assert found.shape == (3, SIZE[1], SIZE[0], 3)
        assert max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(expected, found, strict=True)) <= 2
    for made in (*alone, *together):
        made.close()


def test_refusals(weights: Path) -> None:
    stage = scene().stage()
    for option, message in (
        ({"steps": 9}, "9 steps were asked for; the bridge takes 1 to 8"),
        ({"device": "tpu"}, "device 'tpu' is unknown; known: auto, cpu, cuda"),
        ({"threads": 0}, "0 threads were asked for"),
        ({"quality": "best"}, "quality 'best' is unknown"),
    ):
        with pytest.raises(ValueError, match=message):
            DiffusionRenderer(stage, SIZE, weights=weights, **option)
    with pytest.raises(WeightsError, match="train some with `worldsim renderer train`"):
        DiffusionRenderer(stage, SIZE, weights="nowhere")


def test_closed_it_says_so(weights: Path) -> None:
    made = DiffusionRenderer(scene().stage(), SIZE, weights=weights, device="cpu", history=True)
    made.close()
    made.close()
    with pytest.raises(ClosedError, match="this renderer is closed"):
        made.frame(at(0), FRONT)


def test_stage_kinds_reach_the_network() -> None:
    from worldsim.render.diffusion.channels import KIND_NAMES
    from worldsim.render.diffusion.conditions import kinds_of

    stage: Stage = scene().stage()
    assert [KIND_NAMES[k] for k in kinds_of(stage)] == ["background", "grass", "plain", "plain"]
