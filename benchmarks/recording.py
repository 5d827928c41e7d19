"""Recording: memory over its length, its speed, and what keeping a take costs."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from worldsim.benchmarks.measure import Result, resident, taking_turns
from worldsim.benchmarks.scenes import dog_and_crates
from worldsim.physics.world import World

EARLY, FRAMES = 300, 1500  # of a film of 50 s
SECONDS = 5.0  # simulated, of the film that is timed
SIZE = (160, 96)
PERIODS = 240
ROUNDS = 7


def run() -> Iterator[Result]:
    """Yield the share of memory kept flat, frames a second at 640×360, and the share of speed left with a take."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _filming(Path(folder))
        yield _taking(Path(folder))


def _filming(folder: Path) -> Iterator[Result]:
    from worldsim.record.recorder import Shot, record
    from worldsim.record.result import Progress

    readings: dict[int, float] = {}

    def look(progress: Progress) -> None:
        if progress.done in (EARLY, FRAMES):
            gc.collect()
            readings[progress.done] = resident()

    record(dog_and_crates(0), folder / "long.mp4", seconds=FRAMES / 30, shot=Shot(size=SIZE), progress=look)
    before, after = readings[EARLY], readings[FRAMES]
    note = f"{before:.0f} MiB at frame {EARLY}, {after:.0f} MiB at frame {FRAMES}"
    yield Result("recording_memory", before / after, "share", 1.0, note)
    start = time.perf_counter()
    made = record(
        "dog_agility", folder / "course.mp4", seconds=SECONDS, policy="dog_agility", shot=Shot(size=(640, 360))
    )
    took = time.perf_counter() - start
    note = "dog_agility with physics, policy, take and H.264; the floor is real time"
    yield Result("record_640x360_fps", made.frames / took, "frames/s", 30.0, note)


def _taking(folder: Path) -> Result:
    from worldsim.take import TakeWriter

    number = iter(range(10**6))
    with World(dog_and_crates(20)) as world:

        def bare() -> None:
            world.reset()
            states: list[object] = []
            for _ in range(PERIODS):
                world.advance({}, (), states)  # type: ignore[arg-type]

        def taking() -> None:
            world.reset()
            with TakeWriter(folder / f"{next(number)}.take", world) as writer:
                for _ in range(PERIODS):
                    writer.advance({})

        took, floor = taking_turns([taking, bare], ROUNDS)
    size = (folder / "0.take").stat().st_size / (PERIODS / 60)
    note = f"{1e6 * (took - floor) / PERIODS:.0f} µs a control period more, {size / 1024:.0f} KiB a simulated second"
    return Result("take_steps", PERIODS / took, "steps/s", PERIODS / floor, note)
