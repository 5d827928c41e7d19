"""The pipeline gives what the streaming sampler gives, and is saved and loaded as diffusers' own are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.test_diffusion_network import BUCKETS, KINDS, LOOK, busy, past, sampler, truth
from worldsim.render.diffusion.conditions import Truth
from worldsim.render.diffusion.network import make_network
from worldsim.render.diffusion.pipeline import RendererPipeline
from worldsim.render.diffusion.scheduler import BridgeScheduler


def labels(scene: Truth) -> tuple[torch.Tensor, torch.Tensor]:
    kind, bucket = (torch.from_numpy(table.astype("int64"))[scene.part.long()] for table in (KINDS, BUCKETS))
    return kind, bucket


@pytest.mark.parametrize("steps", [1, 3])
def test_it_agrees_with_the_sampler(steps: int) -> None:
    network, scene = busy(), truth(37, 51)
    pipeline = RendererPipeline(network, BridgeScheduler())
    look = torch.from_numpy(LOOK)[None]
    images = pipeline(scene, look, *labels(scene), past(scene), num_inference_steps=steps, return_dict=False)[0]
    streamed = sampler(network, steps)
    expected = streamed.pictures(scene, past(scene), streamed.table(KINDS, BUCKETS))
    assert int((images.int() - expected.int()).abs().max()) <= 1


def test_saved_and_loaded(tmp_path: Path) -> None:
    scene, look = truth(), torch.from_numpy(LOOK)[None]
    pipeline = RendererPipeline(busy(), BridgeScheduler(sigma=0.02))
    pipeline.save_pretrained(tmp_path, safe_serialization=True)
    assert json.loads((tmp_path / "model_index.json").read_text())["_class_name"] == "RendererPipeline"
    assert [path.suffix for path in (tmp_path / "unet").glob("diffusion*")] == [".safetensors"]
    loaded = RendererPipeline.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    assert loaded.scheduler.sigma == 0.02
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    pictures = [
        made(scene, look, *labels(scene), num_inference_steps=2, generator=generator, return_dict=False)[0]
        for made, generator in zip((pipeline, loaded), generators, strict=True)
    ]
    assert torch.equal(pictures[0], pictures[1])


def test_untrained_it_gives_the_raster() -> None:
    scene = truth()
    pipeline = RendererPipeline(make_network("tiny"), BridgeScheduler())
    images = pipeline(scene, torch.from_numpy(LOOK)[None], *labels(scene), return_dict=False)[0]
    assert torch.equal(images, scene.raster)
