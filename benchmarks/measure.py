"""Measuring one thing beside another. It knows nothing of what is measured."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Set before NumPy and PyTorch are imported: one thread each. OpenGL's software driver takes every core."""


@dataclass(frozen=True)
class Result:
    """One figure.

    Attributes:
        name: what was measured. unit: of value and floor.
        value: bigger is better. floor: what it is measured against, in the same run.
        note: the same in words a person would use; may be empty.
    """

    name: str
    value: float
    unit: str
    floor: float
    note: str = ""

    @property
    def ratio(self) -> float:
        """Value over floor: bigger is better."""
        return self.value / self.floor

    def document(self) -> dict[str, Any]:
        """Return it as `worldsim bench --json` prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "floor": round(self.floor, 4),
            "ratio": round(self.ratio, 4),
            "note": self.note,
        }


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes, s."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def taking_turns(actions: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Run the actions in turn, so many rounds after one unmeasured, and return the median time of each, s."""
    for action in actions:
        action()
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, found in zip(actions, times, strict=True):
            found.append(seconds(action))
    return [statistics.median(found) for found in times]


def python(*arguments: str) -> Callable[[], object]:
    """Return an action that runs this Python with these arguments and waits for it."""
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def resident() -> float:
    """Return this process's resident memory, MiB."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def machine() -> str:
    """Say in a line what this ran on: processor, cores, system, Python, threads."""
    threads = ", ".join(f"{name}={os.environ[name]}" for name in THREADS if name in os.environ) or "threads not set"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores, {platform.system()}, Python {platform.python_version()}, {threads}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
