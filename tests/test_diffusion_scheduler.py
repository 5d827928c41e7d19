"""The bridge's schedule against closed forms."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from worldsim.render.diffusion.scheduler import BridgeScheduler


def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(2, 3, 8, 8, generator=generator), torch.rand(2, 3, 8, 8, generator=generator)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_the_true_velocity_leads_to_the_end(steps: int) -> None:
    start, end = pictures()
    scheduler = BridgeScheduler()
    scheduler.set_timesteps(steps)
    sample, generator = start, torch.Generator().manual_seed(2)
    for t in scheduler.timesteps:
        output = scheduler.step(scheduler.velocity(sample, end, t[None]), t, sample, generator=generator)
        torch.testing.assert_close(output.pred_original_sample, end)
        sample = output.prev_sample
    torch.testing.assert_close(sample, end)


def test_sampling_and_training_stand_at_the_same_places() -> None:
    """Half way in two steps has the mean and the deviation that training shows the network."""
    start, end = torch.zeros(1, 3, 256, 256), torch.ones(1, 3, 256, 256)
    scheduler = BridgeScheduler(sigma=0.2)
    scheduler.set_timesteps(2)
    generator = torch.Generator().manual_seed(3)
    walked = scheduler.step(end - start, 0.0, start, generator=generator).prev_sample
    shown = scheduler.add_noise(start, end, torch.randn(start.shape, generator=generator), torch.tensor([0.5]))
    for sample in (walked, shown):
        assert float(sample.mean()) == pytest.approx(0.5, abs=2e-3)
        assert float(sample.std()) == pytest.approx(0.1, abs=2e-3)


def test_ends_of_the_bridge_are_exact() -> None:
    start, end = pictures()
    scheduler = BridgeScheduler()
    noise = torch.ones_like(start)
    assert torch.equal(scheduler.add_noise(start, end, noise, torch.zeros(2)), start)
    torch.testing.assert_close(scheduler.add_noise(start, end, noise, torch.ones(2)), end)


def test_same_seed_same_path() -> None:
    start, end = pictures()
    scheduler = BridgeScheduler()
    scheduler.set_timesteps(4)
    paths = [
        scheduler.step(end - start, 0.25, start, generator=torch.Generator().manual_seed(seed), return_dict=False)[0]
        for seed in (5, 5, 6)
    ]
    assert torch.equal(paths[0], paths[1])
    assert not torch.equal(paths[0], paths[2])


@pytest.mark.parametrize("steps", [0, 9])
def test_too_many_steps_are_refused(steps: int) -> None:
    with pytest.raises(ValueError, match=f"{steps} steps were asked for; the bridge takes 1 to 8"):
        BridgeScheduler().set_timesteps(steps)


def test_saved_and_loaded(tmp_path: Path) -> None:
    BridgeScheduler(sigma=0.01).save_pretrained(tmp_path)
    loaded = BridgeScheduler.from_pretrained(tmp_path)
    assert loaded.sigma == 0.01
    assert loaded.num_inference_steps == 1
