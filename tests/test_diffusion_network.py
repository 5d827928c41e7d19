"""The network: it starts as the raster, folds without a change, agrees in bands, and is saved and refused rightly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from worldsim.errors import UnknownNameError, WeightsError
from worldsim.render.diffusion import channels as at
from worldsim.render.diffusion.conditions import Past, Truth, known_of, leave_out, pixels_of, unit
from worldsim.render.diffusion.fold import FoldedUNet
from worldsim.render.diffusion.network import RendererUNet, make_network
from worldsim.render.diffusion.sampler import Sampler, in_bands
from worldsim.render.diffusion.weights import find_weights, load_network
from worldsim.training.lesson import past_of

LOOK = np.linspace(-1, 1, 16).astype(np.float32)
KINDS = np.array([0, 11, 18], np.uint8)
BUCKETS = np.array([0, 8, 1], np.uint8)


def busy(size: str = "tiny") -> RendererUNet:
    """Return a network with something in every parameter."""
    torch.manual_seed(4)
    network = make_network(size).eval().requires_grad_(False)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return network


def truth(height: int = 40, width: int = 56, count: int = 1) -> Truth:
    generator = torch.Generator().manual_seed(7)

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(count, height, width, *shape, generator=generator)

    part = torch.randint(0, 3, (count, height, width), generator=generator, dtype=torch.int32)
    depth = torch.where(part > 0, noise().abs() * 3, torch.inf)
    normal = torch.nn.functional.normalize(noise(3), dim=-1) * (part > 0)[..., None]
    raster = torch.randint(0, 256, (count, height, width, 3), generator=generator, dtype=torch.uint8)
    axis = torch.tensor([[0.0, 0.6, 0.8]]).repeat(count, 1)
    return Truth(raster, depth, normal, noise(3).abs(), noise(2).abs(), noise(2) * 9, noise(), part, axis, axis)


def past(scene: Truth) -> Past:
    return Past(unit(scene.raster.flip(2)).permute(0, 3, 1, 2), scene.part != 1)


def sampler(network: RendererUNet, steps: int = 1, most: int = 10**9) -> Sampler:
    return Sampler(network, LOOK, steps, torch.device("cpu"), torch.float32, most)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("size", ["tiny", "small"])
def test_untrained_it_gives_the_raster(size: str, steps: int) -> None:
    scene, made = truth(), sampler(make_network(size), steps)
    pictures = made.pictures(scene, past(scene), made.table(KINDS, BUCKETS)).int()
    worst = 0 if steps == 1 else 4  # further steps add the bridge's noise, of deviation 0.6 in all
    assert int((pictures - scene.raster.int()).abs().max()) <= worst


def test_folded_it_gives_the_same() -> None:
    network, known = busy(), known_of(torch.from_numpy(LOOK)[None])
    scene = truth(32, 48)
    pixels = pixels_of(scene, past(scene))
    kind = torch.from_numpy(KINDS.astype(np.int64))[scene.part.long()]
    bucket = torch.from_numpy(BUCKETS.astype(np.int64))[scene.part.long()]
    expected = network(pixels, kind, bucket, torch.tensor([0.25]), known)
    found = FoldedUNet(network, 0.25, known, torch.float32)(network.embed(pixels, kind, bucket))
    assert float(expected.abs().max()) > 0.01
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_it_needs_every_condition() -> None:
    """Whatever is left out changes the answer, and its channels are then zero."""
    network, scene = busy(), truth(32, 48)
    pixels = pixels_of(scene, past(scene))
    kind = bucket = torch.zeros(1, 32, 48, dtype=torch.long)
    everything = torch.ones(1, len(at.GROUPS))
    look = torch.from_numpy(LOOK)[None]
    full = network(pixels, kind, bucket, torch.zeros(1), known_of(look, everything))
    for place, group in enumerate(at.GROUPS):
        given = everything.clone()
        given[0, place] = 0
        without = leave_out(pixels, given)
        for span in at.SPANS:
            assert bool(without[:, span.channels].any()) != (span.group == group)
        answer = network(without, kind, bucket, torch.zeros(1), known_of(look, given))
        assert not torch.equal(answer, full), group


def test_bands_agree_with_the_whole() -> None:
    network = busy("small")
    folded = FoldedUNet(network, 0.0, known_of(torch.from_numpy(LOOK)[None]), torch.float32)
    torch.manual_seed(1)
    inputs = torch.randn(1, at.PIXELS + 8, 640, 16).contiguous(memory_format=torch.channels_last)
    whole = folded(inputs)
    parts = in_bands(folded, inputs, 640 * 16 // 3)
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-4)


def test_bytes_repeat_and_any_size_works() -> None:
    made = sampler(busy(), 2)
    table = made.table(KINDS, BUCKETS)
    for height, width in ((40, 56), (37, 51), (8, 8)):
        scene = truth(height, width)
        first, second = (made.pictures(scene, past(scene), table) for _ in range(2))
        assert first.shape == (1, height, width, 3)
        assert torch.equal(first, second)


def test_a_batch_gives_what_each_gives() -> None:
    made, scene = sampler(busy()), truth(count=3)
    table, before = made.table(KINDS, BUCKETS), past(scene)
    together = made.pictures(scene, before, table)
    for k in range(3):
        one = Truth(*(getattr(scene, name)[k : k + 1] for name in scene.__dataclass_fields__))
        alone = made.pictures(one, Past(before.change[k : k + 1], before.held[k : k + 1]), table)
        assert int((alone[0].int() - together[k].int()).abs().max()) <= 1


def test_light_that_moves_over_a_surface_that_stays_leaves_no_trail() -> None:
    """What the raster shows anew is not overlaid with what it showed before: only what was made of it is carried."""
    scene = truth()
    before = replace(scene, raster=scene.raster.flip(1))
    unmade = past_of(unit(before.raster).permute(0, 3, 1, 2), scene, before)
    assert not unmade.change.any()
    assert not pixels_of(scene, unmade)[:, at.HISTORY].any()
    still = replace(scene, motion=torch.zeros_like(scene.motion))
    darker = past_of(unit(before.raster).permute(0, 3, 1, 2) - 0.25, still, before)
    assert darker.held.float().mean() > 0.9
    assert torch.allclose(pixels_of(still, darker)[:, at.HISTORY], -0.25 * darker.held.float()[:, None], atol=1e-5)


def test_saved_and_loaded(tmp_path: Path) -> None:
    network = busy()
    network.save_pretrained(tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    loaded = load_network(tmp_path)
    for name, value in network.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no weights of the size 'large' come with worldsim; .*renderer train"):
        find_weights("large")
    with pytest.raises(WeightsError, match=r"nowhere is no folder with config\.json and .*safetensors"):
        find_weights(tmp_path / "nowhere")


def test_weights_for_other_conditions_are_refused(tmp_path: Path) -> None:
    busy().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"kinds": 31}))
    with pytest.raises(WeightsError, match=r"can't be read as a network|31 kinds, and this version gives 32"):
        load_network(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    busy().save_pretrained(tmp_path)
    file = tmp_path / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="can't be read as a network"):
        load_network(tmp_path)


def test_unknown_size() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'small'"):
        make_network("smal")
