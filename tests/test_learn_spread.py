"""Seeds shared out among processes: in order, and what is said when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from worldsim.errors import TrainingError
from worldsim.learn.spread import spread


def square(seeds: Sequence[int]) -> list[tuple[int, int]]:
    return [(seed**2, os.getpid()) for seed in seeds]


def die(seeds: Sequence[int]) -> list[int]:
    if 1 in seeds:
        os.kill(os.getpid(), signal.SIGTERM)
    return list(seeds)


def fail(seeds: Sequence[int]) -> list[int]:
    raise TrainingError(f"no {seeds[0]}")


def wait(seeds: Sequence[int]) -> list[int]:
    time.sleep(300)
    return list(seeds)


@pytest.mark.parametrize(("processes", "used"), [(1, 1), (3, 3), (9, 5)])
def test_what_comes_of_each_is_in_order_whoever_did_it(processes: int, used: int) -> None:
    found = spread(square, range(5), processes)
    assert [number for number, _ in found] == [0, 1, 4, 9, 16]
    assert len({pid for _, pid in found}) == used
    assert (os.getpid() in {pid for _, pid in found}) == (processes == 1)


def test_what_goes_wrong_is_told_once() -> None:
    with pytest.raises(TrainingError, match="no 3"):
        spread(fail, [3, 4], 2)
    with pytest.raises(TrainingError, match=r"was killed.*--resume"):
        spread(die, [1, 2], 2)


@pytest.mark.skipif(os.name == "nt", reason="signals to one process")
def test_an_interrupt_ends_all_of_them_at_once() -> None:
    code = "from test_learn_spread import spread, wait\nif __name__ == '__main__':\n    spread(wait, [1, 2], 2)\n"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=os.path.dirname(__file__), stderr=subprocess.PIPE, text=True
    ) as process:
        time.sleep(6)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert said.count("Traceback") == 1  # the first one's own
    assert "KeyboardInterrupt" in said
