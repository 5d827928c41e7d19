"""Several networks act as one: what all think likely is done, and only what was made for the same is joined."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from worldsim.cli import run
from worldsim.errors import PolicyError
from worldsim.learn.ensemble import Ensemble
from worldsim.learn.join import joined
from worldsim.learn.memory import Recurrent
from worldsim.learn.student import Student
from worldsim.learn.trained import Network, Passport, Trained, load_trained

PASSPORT = Passport("worldsim/DogFetch-v0", "worldsim.envs.dog_fetch:FetchTask", ("a", "b", "c"), ("speed", "turn"))
SEEN = np.random.default_rng(0).normal(0, 1, (5, 3)).astype(np.float32)


def trained(seed: int, values: int = 0, passport: Passport = PASSPORT) -> Trained:
    torch.manual_seed(seed)
    mean, deviation = np.full(3, 0.1 * seed, np.float32), np.full(3, 1.0 + seed, np.float32)
    return Trained(Student(mean, deviation, np.ones(3, bool), 2, 6 + seed, values).exported(), passport)


@pytest.mark.parametrize("values", [0, 11])
def test_they_act_as_before_when_read_again(tmp_path: Path, values: int) -> None:
    parts = [trained(seed, values) for seed in range(3)]
    one = joined(parts)
    one.save(tmp_path)
    again = load_trained(tmp_path)
    assert isinstance(again.network, Ensemble)
    assert isinstance(one.network, Ensemble)
    assert [member.memory.size for member in again.network.members] == [6, 7, 8]
    done = [again.act(x).tolist() for x in SEEN]
    assert done == [one.act(x).tolist() for x in SEEN]
    assert done != [one.act(x).tolist() for x in SEEN]  # they remember
    one.network.reset()
    assert done == [one.act(x).tolist() for x in SEEN]
    if not values:
        one.network.reset()
        alone = [[part.act(x).tolist() for x in SEEN] for part in parts]
        assert np.mean(alone, 0) == pytest.approx(np.array(done), abs=1e-6)


def test_what_all_think_likely_is_done_and_not_what_one_is_sure_of() -> None:
    values, members = np.linspace(-1, 1, 5).astype(np.float32), []
    for liked in ({0: 4.0, 4: 3.0}, {0: 4.0, 4: 3.0}, {0: -20.0, 4: 3.0}):  # the third can't bear the first value
        network = trained(0, 5).network
        assert isinstance(network, Recurrent)
        tensors = {name: np.zeros_like(array) for name, array in network.tensors.items()} | {"values": values}
        tensors["decode_bias"] = np.array([liked.get(k, -9.0) for k in range(5)] * 2, np.float32)
        members.append(Recurrent(network.mean, network.deviation, tensors))
    assert members[0](SEEN[0]) == pytest.approx([-1.0, -1.0], abs=1e-3)
    assert Ensemble(members[:2])(SEEN[0]) == pytest.approx([-1.0, -1.0], abs=1e-3)
    assert Ensemble(members)(SEEN[0]) == pytest.approx([1.0, 1.0], abs=1e-3)


def test_an_ensemble_joins_as_its_members() -> None:
    parts = [trained(seed) for seed in range(3)]
    network = joined([joined(parts[:2]), parts[2]]).network
    assert isinstance(network, Ensemble)
    assert [member.memory.size for member in network.members] == [6, 7, 8]


def test_what_does_not_fit_together_is_refused() -> None:
    plain = Trained(Network(np.zeros(3), np.ones(3), ((np.zeros((2, 3)), np.zeros(2)),)), PASSPORT)
    other = trained(1, passport=replace(PASSPORT, sets=("speed", "jump")))
    for parts, told in (
        ([trained(0)], "two policies or more"),
        ([trained(0), plain], "policy 2 has no memory"),
        ([trained(0), other], r"policy 2 was made for another sets than the first: \('speed', 'jump'\)"),
        ([trained(0), trained(1, 11)], "choose among values and others do not"),
        ([trained(0, 9), trained(1, 11)], "other numbers of values"),
    ):
        with pytest.raises(PolicyError, match=told):
            joined(parts)


def test_the_command_line_joins_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for seed in range(2):
        (tmp_path / str(seed)).mkdir()
        names.append(str(trained(seed).save(tmp_path / str(seed)).parent))
    whole = str(tmp_path / "all")
    assert run(["policy", "join", *names, "-o", whole, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["members"] == 2
    assert isinstance(load_trained(Path(whole)).network, Ensemble)
    (tmp_path / "file").write_text("")
    for words, told in (
        ([*names, "-o", whole], "holds a policy already"),
        ([names[0], "dog_fetch", "-o", str(tmp_path / "b")], "dog_fetch is a rule and no network"),
        ([names[0], str(tmp_path / "none"), "-o", str(tmp_path / "b")], "none"),
        ([*names, "-o", str(tmp_path / "file" / "x")], "can't be written"),
    ):
        assert run(["policy", "join", *words]) == 2
        assert told in capsys.readouterr().err
