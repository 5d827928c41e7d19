"""What the card writes for the network is what the conditions say of its layers, and the picture is the same."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.stages import snapshot_of
from tests.test_diffusion_stream import FRONT, SIZE, at, scene, weights
from tests.test_render_skin import ball_skin, builder
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.diffusion import channels
from worldsim.render.diffusion.conditions import Truth, directions, pixels_of
from worldsim.render.diffusion.object_noise import block_noise, object_noise, of_blocks, to_parts
from worldsim.render.diffusion.stream import DiffusionRenderer
from worldsim.render.raster.renderer import RasterRenderer
from worldsim.render.stage import Stage
from worldsim.scene.look import Look
from worldsim.scene.look_vector import look_vector

__all__ = ["weights"]

Moments = tuple[tuple[Snapshot, Camera], tuple[Snapshot, Camera]]


def ball_rolls() -> tuple[Stage, Moments]:
    away = Camera.looking((0.1, -4.1, 1.25), (0.05, 0, 0.4), math.radians(50))
    return scene().stage(), ((at(1 / 30, 0.4), FRONT), (at(0, 0.3), away))


def skin_bends() -> tuple[Stage, Moments]:
    made, camera = builder(), Camera.looking((0.3, -3.0, 1.4), (0, 0, 0.8), 0.8)
    place, still = np.array([[0, 0, 0.8], [0.1, 0, 0.9]]), np.array([[0.0, 0, 0, 1]] * 2)
    now, before = snapshot_of(place, still, 1 / 30), snapshot_of(place - 0.05, still, 0.0)
    whole = made.stage()
    stage = Stage(whole.parts, whole.materials, whole.look, whole.name, (ball_skin(0.6),))
    return stage, ((now, camera), (before, camera))


@pytest.mark.parametrize("size", [SIZE, (71, 53)])
@pytest.mark.parametrize("case", [ball_rolls, skin_bends])
@pytest.mark.parametrize("far", [1000.0, 4.2])
@pytest.mark.parametrize("quality", ["good", "fast"])
def test_the_card_writes_what_the_conditions_say(case, size, far, quality) -> None:  # type: ignore[no-untyped-def]
    stage, (now, before) = case()
    now = (now[0], replace(now[1], far=far))
    look = look_vector(Look())
    renderer = RasterRenderer(stage, (32, 24), quality=quality)
    table = np.random.default_rng(0).integers(0, 2**32, (len(stage.parts) + 1, 4), dtype=np.uint32)
    renderer.teach(table, channels.NEAR, channels.FAST)
    renderer.resize(size)
    axes = directions(now[1].rotation, look)
    for previous in (before, None):
        layers = renderer.render(*now, previous)
        words = renderer.tell(*now, previous, axes)
        told = torch.from_numpy(np.concatenate(words.channels[:3], 2).view(np.int16)).view(torch.bfloat16).float()
        expected = pixels_of(Truth.of(layers, np.zeros_like(layers.depth), now[1], look), None)[0].permute(1, 2, 0)
        assert (told.std((0, 1))[:14] > 0).all()
        # One in the last place of a bfloat16 below 1.
        assert (told - expected.bfloat16().float()).abs().max() <= 2**-8
        assert (told == expected.bfloat16().float()).float().mean() > 0.999
        assert np.array_equal(words.channels[3], table[layers.part])
        assert np.array_equal(words.picture, layers.color)
        assert words.layers is None
        depth, part = of_blocks(words.depth), of_blocks(words.part).astype(np.int32) & 0xFFFF
        part[depth > far] = 0
        noise = block_noise(depth, part, size, to_parts(now[1], now[0].position, now[0].orientation), now[1].fov)
        assert np.array_equal(of_blocks(object_noise(layers.depth, layers.part, *now)), noise)
        again = renderer.tell(*now, previous, axes, layers=True).layers
        assert again is not None
        for name in ("color", "depth", "normal", "albedo", "roughness_metallic", "motion", "instance", "part"):
            assert np.array_equal(getattr(again, name), getattr(layers, name)), name
    renderer.close()


def test_film_cannot_be_told() -> None:
    renderer = RasterRenderer(scene().stage(), (32, 24), quality="film")
    with pytest.raises(ValueError, match="quality 'film'"):
        renderer.teach(np.zeros((4, 4), np.uint32), 4.0, 16.0)
    renderer.close()


@pytest.mark.parametrize("steps", [1, 2])
def test_frame_and_render_give_the_picture_of_the_layers(weights, steps) -> None:  # type: ignore[no-untyped-def]
    made = DiffusionRenderer(scene().stage(), (71, 53), weights=weights, device="cpu", steps=steps)
    if not made._direct:
        pytest.skip("this processor has no bfloat16: every picture is made from the layers")
    moments = [(at(k / 30, 0.3 + 0.04 * k), FRONT) for k in range(3)]
    frames = [made.frame(*moment) for moment in moments]
    made.reset()
    rendered = [made.render(*moment).color for moment in moments]
    assert all(np.array_equal(a, b) for a, b in zip(frames, rendered, strict=True))
    made.reset()
    made._direct = False
    plain = [made.frame(*moment) for moment in moments]
    made.close()
    worst = max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(frames, plain, strict=True))
    assert worst <= 1, worst
    assert not np.array_equal(frames[0], frames[2])
