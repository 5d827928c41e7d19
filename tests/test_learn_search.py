"""The search for gains: the strategy finds an optimum, candidates are compared fairly, a run is gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from worldsim.cli import run
from worldsim.errors import TrainingError, UnknownNameError
from worldsim.learn.evolve import EvolveConfig, cloud, default_search, draw, moved
from worldsim.learn.search import Search
from worldsim.learn.trained import Network, load_trained

SMALL = EvolveConfig(
    env="worldsim/DogWalk-v0", lesson={"terrain": "flat", "max_episode_steps": 20}, base="dog_walk",
    gains={"speed": ("1", "velocity_x"), "turn": ("heading_error",)}, generations=2, population=4, episodes=1,
    check_every=1, checks=1,
)  # fmt: skip


def found(size: int, count: int, generations: int, stretch: float) -> float:
    """Return how far the strategy ends from the optimum of a stretched bowl."""
    rng, at, target = np.random.default_rng(0), cloud(size, 0.3), np.linspace(-1, 1, size)
    for _ in range(generations):
        candidates = draw(at, count, rng)
        scores = -((candidates - target) ** 2 * stretch ** np.linspace(0, 1, size)).sum(1)
        at = moved(at, candidates, scores)
    return float(np.abs(at.mean - target).max())


def test_the_strategy_finds_the_optimum_of_a_stretched_bowl() -> None:
    assert found(10, 12, 200, 100.0) < 1e-4
    assert found(2, 6, 80, 1.0) < 1e-4


def test_a_generation_follows_the_better_half_whatever_the_scores_scale() -> None:
    rng = np.random.default_rng(1)
    at = cloud(3, 0.5)
    candidates = draw(at, 8, rng)
    assert np.allclose(candidates.mean(0), 0)  # mirrored pairs
    scores = candidates[:, 0]
    one, other = moved(at, candidates, scores), moved(at, candidates, 1000 * scores - 7)
    assert one.mean[0] > 0.1
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.shape, one.shape.T)
    assert np.linalg.eigvalsh(one.shape).min() > 0


def test_no_gains_are_the_base_and_gains_go_where_they_are_named(tmp_path: Path) -> None:
    search = Search(SMALL, tmp_path)
    network = search.policy(np.array([0.1, 0.2, 0.3])).network
    assert isinstance(network, Network)
    layer = network.layers[0]
    names = search.policy(np.zeros(3)).passport
    weight, bias = layer
    assert bias.tolist() == pytest.approx([0.1, 0, 0])
    assert weight[0, names.sees.index("velocity_x")] == pytest.approx(0.2)
    assert weight[1, names.sees.index("heading_error")] == pytest.approx(0.3)
    assert np.count_nonzero(weight) == 2
    search.train()


def test_a_search_is_the_same_again_and_after_a_break(tmp_path: Path) -> None:
    Search(SMALL, tmp_path / "a").train()
    once = SMALL.model_copy(update={"generations": 1})
    Search(once, tmp_path / "b").train()
    Search(SMALL, tmp_path / "b", resume=True).train()
    first, again = (json.loads((tmp_path / name / "resume.json").read_text())["at"] for name in "ab")
    assert first == again
    lines = [json.loads(line) for line in (tmp_path / "a" / "progress.jsonl").read_text().splitlines()]
    assert lines[0]["best"]
    assert len(lines) == 3
    assert load_trained(tmp_path / "a").passport.base == "dog_walk"


def test_the_command_line_searches_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SMALL.model_copy(update={"generations": 1}).save(tmp_path / "small.json")
    words = ["train", "DogWalk", "--algo", "es", "-o", str(tmp_path / "run")]
    assert run([*words, "--config", str(tmp_path / "small.json"), "--json"]) == 0
    assert "return" in json.loads(capsys.readouterr().out)
    for more, told in (
        (["--steps", "5"], "es takes --config, --seed, --resume and -o"),
        (["--resume", "--seed", "3"], "with --resume neither --config nor --seed"),
        ([], "holds a run already"),
    ):
        assert run([*words, *more]) == 2
        assert told in capsys.readouterr().err
    assert run(["train", "DogFetch", "--algo", "es", "-o", str(tmp_path / "x")]) == 2
    assert "no search for worldsim/DogFetch-v0 by default" in capsys.readouterr().err


def test_what_does_not_exist_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'velocity_x'"):
        Search(SMALL.model_copy(update={"gains": {"speed": ("velocity_xx",)}}), tmp_path / "a")
    with pytest.raises(UnknownNameError, match="did you mean 'turn'"):
        Search(SMALL.model_copy(update={"gains": {"turns": ("1",)}}), tmp_path / "b")
    (tmp_path / "c.json").write_text('{"env": "a", "base": "b", "gains": {}, "sigm": 1}')
    with pytest.raises(TrainingError, match="no key is called 'sigm'; did you mean 'sigma'"):
        EvolveConfig.load(tmp_path / "c.json")
    assert EvolveConfig.model_validate_json(default_search(SMALL.env).model_dump_json()) == default_search(SMALL.env)
