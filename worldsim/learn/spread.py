"""Seeds shared out among processes, and what came of each, in order.

Whatever is spread must give the same for a seed in whichever process and after whichever other seed it is done: then
how many processes there are changes nothing but the time. It knows nothing of envs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from worldsim.errors import TrainingError

T = TypeVar("T")


def spread(work: Callable[[Sequence[int]], list[T]], seeds: Sequence[int], processes: int) -> list[T]:
    """Return what `work` returns for each seed.

    Args:
        work: a function of a module, or a `functools.partial` of one, whose arguments can be pickled.
        seeds: to be shared out.
        processes: at most so many; with 1, or one seed, it is done in this one.

    Raises:
        TrainingError: one of the processes was killed.
    """
    count = min(processes, len(seeds))
    if count <= 1:
        return work(seeds)
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _end_with_the_first)
    try:
        parts = list(pool.map(work, [seeds[k::count] for k in range(count)]))
    except BrokenProcessPool as error:
        raise TrainingError(
            "a process that drove episodes was killed, perhaps for want of memory: go on by --resume, with fewer "
            '`processes` in the config (in a script of your own, begin it under `if __name__ == "__main__":`)'
        ) from error
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return [parts[k % count][k // count] for k in range(len(seeds))]


def _end_with_the_first() -> None:
    """Let Ctrl-C, which all processes of a terminal get, end this one without a word, and the first one's end too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    first = multiprocessing.parent_process()
    assert first is not None

    def watch() -> None:
        first.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
