"""Learning from a teacher: the network acts as it was trained, a run is the same again, and bad runs are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch.optim.optimizer import register_optimizer_step_post_hook

from worldsim.cli import run
from worldsim.errors import PolicyError, TrainingError, UnknownNameError
from worldsim.learn.dagger import Dagger
from worldsim.learn.drive import Episode
from worldsim.learn.imitate import ImitateConfig, default_imitation
from worldsim.learn.memory import likeliest
from worldsim.learn.student import Streams, Student, fit
from worldsim.learn.trained import load_trained

SMALL = ImitateConfig(
    env="worldsim/DogFetch-v0", lesson={"max_episode_steps": 25}, teacher="dog_fetch", events=("bite",),
    demonstrations=2, rounds=3, episodes=1, hidden=8, window=10, batch=4, updates=5, finish=5, checks=1,
    processes=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def student(hidden: int = 8, sees: int = 3, sets: int = 2, values: int = 0) -> Student:
    torch.manual_seed(0)
    mean, deviation = np.array([1.0, 0.0, -1.0], np.float32), np.full(3, 2.0, np.float32)
    return Student(mean[:sees], deviation[:sees], np.ones(sees, bool), sets, hidden, values)


def test_numpy_acts_as_torch_was_trained_and_forgets_at_a_reset() -> None:
    pupil, rng = student(), np.random.default_rng(0)
    seen = rng.normal(0, 3, (40, 3)).astype(np.float32)
    seen[5] = 1e6  # clipped by both
    with torch.no_grad():
        expected = pupil(torch.from_numpy(seen)[None])[0][0].numpy()
    network = pupil.exported()
    assert np.abs([network(x) for x in seen] - expected).max() < 1e-5
    assert np.abs(network(seen[0]) - expected[0]).max() > 1e-3  # it remembers
    network.reset()
    assert np.abs(network(seen[0]) - expected[0]).max() < 1e-5


def test_it_learns_what_only_a_memory_of_many_pieces_can_tell() -> None:
    rng = np.random.default_rng(0)
    episodes = []
    for _ in range(20):  # what was last said, 50 periods ago on average, holds until something else is said
        seen = rng.normal(0, 1, (400, 3)).astype(np.float32)
        seen[:, 0] = rng.choice([-3.0, 3.0], 400) * (rng.random(400) < 0.02)
        seen[0, 0] = 3.0
        said = np.maximum.accumulate(np.where(seen[:, 0] != 0, np.arange(400), 0))
        episodes.append(Episode(seen, np.repeat(np.sign(seen[said, :1]), 2, 1)))
    pupil = student(16)
    loss = fit(pupil, episodes, steps=600, window=10, batch=8, rate=1e-2, weights=np.ones(2, np.float32), rng=rng)
    assert loss < 0.2  # 1.6 or more of 2 channels' 2 where only 10 periods are remembered


def test_a_fit_ends_at_the_mean_of_its_last_weights() -> None:
    rng, pupil, passed = np.random.default_rng(0), student(), []
    seen, told = rng.normal(0, 1, (200, 3)).astype(np.float32), rng.normal(0, 1, (200, 2)).astype(np.float32)
    with register_optimizer_step_post_hook(lambda *_: passed.append(pupil.decode.weight.detach().clone())):
        fit(pupil, [Episode(seen, told)], steps=60, window=20, batch=4, rate=0.1, weights=np.ones(2, np.float32),
            rng=rng)  # fmt: skip
    keep = 1 - 1 / 6  # a tenth of sixty steps
    shares = torch.tensor([(1 - keep) * keep**age for age in range(50)])
    mean = (shares[:, None, None] * torch.stack(passed[:-51:-1])).sum(0) / shares.sum()
    assert torch.allclose(pupil.decode.weight, mean, atol=1e-3)
    assert not torch.allclose(pupil.decode.weight, passed[-1], atol=1e-2)


def test_pieces_put_together_are_the_episodes() -> None:
    episodes = [Episode(np.full((n, 1), n, np.float32), np.arange(n, dtype=np.float32)[:, None]) for n in (3, 7, 12)]
    streams = Streams(episodes, 2, np.random.default_rng(0))
    read: list[list[float]] = [[], []]
    began: list[list[int]] = [[], []]
    for _ in range(60):
        seen, told, counts, goes_on = streams.pieces(4)
        for row in range(2):
            if goes_on[0, row, 0] == 0:
                began[row].append(len(read[row]))
            real = counts[row, :, 0] > 0
            assert real.any()
            assert not seen[row][~real].any()
            read[row] += told[row, real, 0].tolist()
    for row in range(2):
        starts = [at for at, number in enumerate(read[row]) if number == 0 and at > 0]
        assert began[row] == starts
        whole = [read[row][a:b] for a, b in pairwise(starts)]
        assert {len(numbers) for numbers in whole} == {3, 7, 12}
        assert all(numbers == list(range(len(numbers))) for numbers in whole)


def test_what_is_not_shown_changes_nothing_and_what_is_small_does() -> None:
    torch.manual_seed(0)
    pupil = Student(np.zeros(2, np.float32), np.full(2, 5.0, np.float32), np.array([True, False]), 1, 8)
    network = pupil.exported()

    def answer(*seen: float) -> float:
        network.reset()
        return float(network(np.array(seen, np.float32))[0])

    assert answer(0.3, 1.0) == pytest.approx(answer(0.3, -50.0), abs=1e-6)
    assert abs(answer(0.1, 0.0) - answer(0.0, 0.0)) > 4 * abs(answer(10.1, 0.0) - answer(10.0, 0.0))


def test_rare_orders_weigh_more() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(0, 1, (2000, 3)).astype(np.float32)
    told = (rng.random((2000, 2)) < 0.1).astype(np.float32)  # nothing says when
    means = []
    for weight in (1.0, 9.0):
        pupil = student()
        fit(pupil, [Episode(seen, told)], steps=200, window=20, batch=16, rate=1e-2,
            weights=np.array([weight, weight], np.float32), rng=rng)  # fmt: skip
        with torch.no_grad():
            means.append(float(pupil(torch.from_numpy(seen)[None])[0].mean()))
    assert means == pytest.approx([0.1, 0.5], abs=0.06)  # w p / (w p + 1 − p)


def test_who_chooses_does_one_of_two_plans_and_who_tells_the_mean_of_both() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(0, 1, (2000, 3)).astype(np.float32)
    told = np.where(rng.random((2000, 2)) < 0.6, 0.82, -0.5).astype(np.float32)  # nothing says which
    done = {}
    for values in (0, 41):
        pupil = student(values=values)
        fit(pupil, [Episode(seen, told)], steps=300, window=20, batch=16, rate=1e-2,
            weights=np.ones(2, np.float32), rng=rng)  # fmt: skip
        network = pupil.exported()
        done[values] = np.array([network(x) for x in seen[:200]])
    assert done[0].mean() == pytest.approx(0.6 * 0.82 - 0.4 * 0.5, abs=0.06)
    assert (np.abs(done[41] - 0.82) < 0.03).mean() > 0.9  # finer than the distance of two values, 0.05


def test_numbers_between_the_values_come_out_again() -> None:
    values = np.linspace(-1, 1, 9).astype(np.float32)
    told = np.array([-1.0, -0.9, 0.05, 0.3, 1.0], np.float32)
    pupil = student(values=9)
    place = (told + 1) * 4
    with np.errstate(divide="ignore"):  # what a perfect student would score: all on the two values beside a number
        scores = np.log(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(9)))).astype(np.float32)
    assert likeliest(scores, values) == pytest.approx(told, abs=1e-6)
    finite = torch.from_numpy(np.maximum(scores, -30))
    worse = finite + torch.randn(finite.shape, generator=torch.Generator().manual_seed(0))
    best = pupil.error(finite.reshape(1, 1, -1), torch.from_numpy(told).reshape(1, 1, -1))
    assert best.shape == (1, 1, 5)
    assert (pupil.error(worse.reshape(1, 1, -1), torch.from_numpy(told).reshape(1, 1, -1)) > best - 1e-6).all()


def test_a_training_is_the_same_again_and_after_a_break(tmp_path: Path) -> None:
    Dagger(SMALL, tmp_path / "a").train()
    Dagger(SMALL.model_copy(update={"rounds": 2, "share": 1.0}), tmp_path / "b").train()
    SMALL.save(tmp_path / "b" / "config.json")
    # a run of two rounds drives as one of three does in its first two where the share does not differ
    Dagger(SMALL.model_copy(update={"share": 1.0}), tmp_path / "c").train()
    Dagger(SMALL.model_copy(update={"share": 1.0}), tmp_path / "b", resume=True).train()
    logs = {name: _log(tmp_path / name) for name in "abc"}
    assert len(logs["a"]) == 3
    assert logs["b"] == logs["c"]
    first, again = (load_file(tmp_path / name / "policy.safetensors") for name in "bc")
    assert all(np.array_equal(first[name], again[name]) for name in first | again)
    policy = load_trained(tmp_path / "a")
    assert policy.passport.task == "worldsim.envs.dog_fetch:FetchTask"
    assert policy.passport.base == ""


def _log(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if not key.endswith("_s")} for line in lines]


def test_two_processes_change_nothing(tmp_path: Path) -> None:
    files = {}
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        config = SMALL.model_copy(update={"processes": processes, "episodes": 3, "rounds": 2, "checks": 3})
        Dagger(config, folder).train()
        lines = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
        told = [{name: value for name, value in line.items() if not name.endswith("_s")} for line in lines]
        arrays = [load_file(folder / f"{name}.safetensors") for name in ("round_00", "round_01", "policy")]
        files[processes] = arrays, told
    (one, alone), (two, beside) = files.values()
    assert len(one[1]) == 6
    for mine, theirs in zip(one, two, strict=True):
        assert mine.keys() == theirs.keys()
        assert all(np.array_equal(mine[name], theirs[name]) for name in mine)
    assert alone == beside


def test_lessons_go_on_after_the_task_is_over(tmp_path: Path) -> None:
    Dagger(SMALL.model_copy(update={"rounds": 1, "beyond": 0.5}), tmp_path).train()
    arrays = load_file(tmp_path / "round_00.safetensors")
    assert {len(array) for array in arrays.values()} == {25 + 30}  # half a second of 60 periods each


def test_the_student_drives_more_and_more() -> None:
    config = default_imitation("worldsim/DogFetch-v0")
    shares = [config.share_in(number) for number in range(config.rounds)]
    assert shares[0] == 0.0
    assert shares[1:] == sorted(shares[1:])
    assert shares[-1] == 1.0


@pytest.mark.parametrize("values", [0, 11])
def test_a_policy_that_remembers_is_saved_and_refuses_another_task(tmp_path: Path, values: int) -> None:
    dagger = Dagger(SMALL.model_copy(update={"rounds": 1, "values": values}), tmp_path)
    dagger.train()
    again, was = load_trained(tmp_path), dagger.policy()
    seen = np.random.default_rng(0).normal(0, 1, (5, len(was.passport.sees))).astype(np.float32)
    assert [again.act(x).tolist() for x in seen] == [was.act(x).tolist() for x in seen]
    import gymnasium as gym

    env: Any = gym.make("worldsim/DogRecover-v0", disable_env_checker=True)
    env.reset(seed=0)
    with pytest.raises(PolicyError, match="this policy sees 51 channels"):
        again.reset(env.unwrapped.task, 0)
    env.close()


def test_the_command_line_teaches_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SMALL.model_copy(update={"rounds": 1}).save(tmp_path / "small.json")
    words = ["train", "DogFetch", "--algo", "dagger", "-o", str(tmp_path / "run")]
    assert run([*words, "--config", str(tmp_path / "small.json"), "--json"]) == 0
    assert "return" in json.loads(capsys.readouterr().out)
    assert run(["eval", "DogFetch", "--policy", str(tmp_path / "run"), "--episodes", "1", "--json"]) == 0
    capsys.readouterr()
    for more, told in (
        (["--steps", "5"], "dagger takes --config, --seed, --resume and -o"),
        (["--resume", "--seed", "3"], "with --resume neither --config nor --seed"),
        ([], "holds a run already"),
    ):
        assert run([*words, *more]) == 2
        assert told in capsys.readouterr().err
    assert run(["train", "Scene", "--algo", "dagger", "-o", str(tmp_path / "x")]) == 2
    assert "nobody teaches worldsim/Scene-v0 by default" in capsys.readouterr().err


def test_a_run_that_is_broken_off_early_says_that_nothing_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    SMALL.save(tmp_path / "small.json")
    words = ["train", "DogFetch", "--algo", "dagger", "-o", str(tmp_path / "run"), "--config"]

    def interrupted(*_: Any, **__: Any) -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("worldsim.learn.dagger.fit", interrupted)
        assert run([*words, str(tmp_path / "small.json")]) == 130
    assert "after 50 steps; too early: no policy was judged yet" in capsys.readouterr().err
    assert run([*words, str(tmp_path / "small.json")]) == 0  # it can begin again there


def test_what_does_not_exist_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'dog_fetch'"):
        Dagger(SMALL.model_copy(update={"teacher": "dog_fetsh"}), tmp_path / "a")
    with pytest.raises(UnknownNameError, match="did you mean 'jump'"):
        Dagger(SMALL.model_copy(update={"events": ("jumps",)}), tmp_path / "b")
    with pytest.raises(PolicyError, match="was made for AgilityTask, not for FetchTask"):
        Dagger(SMALL.model_copy(update={"teacher": "dog_agility"}), tmp_path / "e")
    (tmp_path / "c.json").write_text('{"env": "a", "teacher": "b", "round": 1}')
    with pytest.raises(TrainingError, match="no key is called 'round'; did you mean 'rounds'"):
        ImitateConfig.load(tmp_path / "c.json")
    (tmp_path / "d.json").write_text('{"env": "a", "teacher": "b", "values": 1}')
    with pytest.raises(TrainingError, match=r"values: .*2 and more to choose among, found 1"):
        ImitateConfig.load(tmp_path / "d.json")
