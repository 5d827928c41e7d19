"""Seeds shared out among processes: in order, and what is said when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from worldsim.errors import TrainingError
from worldsim.learn.spread import spread

HERE = "WORLDSIM_TEST_HERE"
"""Where processes leave their number in a file's name."""


def square(seeds: Sequence[int], here: Path, processes: int) -> list[tuple[int, int]]:
    """Return squares, and whose; go on when as many processes as there should be are at it: each has its share."""
    (here / str(os.getpid())).touch()
    until(lambda: [int(path.name) for path in here.iterdir()], processes)
    return [(seed**2, os.getpid()) for seed in seeds]


def die(seeds: Sequence[int]) -> list[int]:
    if 1 in seeds:
        os.kill(os.getpid(), signal.SIGTERM)
    return list(seeds)


def fail(seeds: Sequence[int]) -> list[int]:
    raise TrainingError(f"no {seeds[0]}")


def wait(seeds: Sequence[int]) -> list[int]:
    (Path(os.environ[HERE]) / str(os.getpid())).touch()
    time.sleep(300)
    return list(seeds)


def until(look: Callable[[], list[int]], count: int) -> list[int]:
    """Look until there are so many, for 20 s at most."""
    for _ in range(200):
        if len(found := look()) == count:
            return found
        time.sleep(0.1)
    pytest.fail(f"{found} and no more")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("processes", "used"), [(1, 1), (3, 3), (9, 5)])
def test_what_comes_of_each_is_in_order_whoever_did_it(processes: int, used: int, tmp_path: Path) -> None:
    found = spread(partial(square, here=tmp_path, processes=used), range(5), processes)
    assert [number for number, _ in found] == [0, 1, 4, 9, 16]
    assert len({pid for _, pid in found}) == used
    assert (os.getpid() in {pid for _, pid in found}) == (processes == 1)


def test_what_goes_wrong_is_told_once() -> None:
    with pytest.raises(TrainingError, match="no 3"):
        spread(fail, [3, 4], 2)
    with pytest.raises(TrainingError, match=r"was killed.*--resume"):
        spread(die, [1, 2], 2)


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_of_them_end_with_the_first(how: signal.Signals, tmp_path: Path) -> None:
    code = (
        "import signal\nfrom test_learn_spread import spread, wait\nif __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n    spread(wait, [1, 2], 2)\n"
    )  # a shell's job in the background ignores Ctrl-C, and so would this
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, env={**os.environ, HERE: str(tmp_path)},
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        others = until(lambda: [int(file.name) for file in tmp_path.iterdir()], 2)
        process.send_signal(how)
        _, said = process.communicate(timeout=20)
        assert until(lambda: [pid for pid in others if not alive(pid)], 2)
    assert said.count("Traceback") == (how == signal.SIGINT)  # the first one's own
    assert ("KeyboardInterrupt" in said) == (how == signal.SIGINT)
