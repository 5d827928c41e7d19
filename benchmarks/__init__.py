"""What `worldsim bench` runs: one file a subject, each figure beside its floor, both measured in the same run.

Subject and floor take turns, so that a busy machine slows both; figures are medians. A figure is a rate or a share,
bigger is better; `ratio` is value over floor. Nothing here fails on a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldsim.benchmarks.measure import Result

SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "startup": "import and --help, beside `python -c pass`",
        "stepping": "steps of an env, beside a bare PyBullet loop that does the same physics and reads the same state",
        "gait": "slip, depth, motors and cost of every breed walking, trotting, running, beside 5 % and 5 mm",
        "throughput": "control steps of DogWalk a second, beside 1 200 a core; what a skin and more cores change",
        "resetting": "resets of a world, beside PyBullet's own restoreState",
        "memory": "resident memory after 10 000 resets and 1 000 envs made and closed",
        "gbuffer": "all layers at 256x256, beside PyBullet's TinyRenderer",
        "shaded": "the shaded picture at 640x360 in both qualities, beside 60 frames/s",
        "diffusion": "footage at 384x256, one step, beside 24 frames/s and 30 times the reference; memory",
        "dominoes": "simulated seconds a second with 200 dominoes, beside real time",
        "sound": "sound made from contacts, beside 20 times real time (a dog), 5 times (dominoes, a collapse)",
        "materials": "share of struck materials that a listener names rightly in scenes it has not heard, beside 85 %",
        "playing": "the window's loop at 960x540, beside 30 frames/s",
        "recording": "memory over the length of a recording; what writing a take costs",
    }
)
"""Every subject and what it measures; the module of that name has `run()`."""


def subject(name: str) -> Callable[[], Iterable[Result]]:
    """Return what measures a subject: a function that yields its results as they come.

    Raises:
        UnknownNameError: no such subject.
    """
    import importlib

    from worldsim.errors import UnknownNameError

    if name not in SUBJECTS:
        raise UnknownNameError("benchmark", name, SUBJECTS)
    run: Callable[[], Iterable[Result]] = importlib.import_module(f"worldsim.benchmarks.{name}").run
    return run
