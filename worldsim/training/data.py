"""Filling a folder with clips: what is there already is left alone, a crash loses one job at most.

Several processes may fill one folder: each takes every n-th job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from worldsim.errors import DataError, OutputError
from worldsim.training.manifest import CLIPS, Manifest
from worldsim.training.plan import GROUPS, Group, Job, job
from worldsim.training.rollout import TracerMaker, film, path_tracer


@dataclass(frozen=True)
class DataOptions:
    """What to make.

    Attributes:
        folder: where; it is made. jobs: how many of each group: worlds filmed in one or three shots.
        seed: draws them. samples: paths a pixel of training clips; those kept for judging get twice as many.
        groups: "props" without and "dogs" with a dog, "lights" in more lights of fewer frames.
        kept: only those kept for judging (True), only those to train with (False), or all (None).
        part, of: which of how many processes this is: jobs whose number is `part` modulo `of`.
        commit: of the code, for the record.
    """

    folder: Path
    jobs: int
    seed: int = 0
    samples: int = 8
    groups: tuple[Group, ...] = GROUPS
    kept: bool | None = None
    part: int = 0
    of: int = 1
    commit: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be.

        Raises:
            DataError: a number out of its range.
        """
        if self.jobs < 1 or self.samples < 1:
            raise DataError(f"jobs {self.jobs} and samples {self.samples} must be at least 1")
        if not 0 <= self.part < self.of:
            raise DataError(f"part {self.part} of {self.of}: parts are numbered from 0 to {self.of - 1}")


@dataclass(frozen=True)
class Progress:
    """How far it is: jobs done now, of how many, and clips and frames that are in the folder."""

    done: int
    total: int
    clips: int
    frames: int


def wanted(options: DataOptions) -> list[tuple[Group, int]]:
    """Return the jobs of this process, by group and number, those of all groups in turns."""
    numbers = range(options.part, options.jobs, options.of)
    return [(group, number) for number in numbers for group in options.groups]


def make_data(
    options: DataOptions, tell: Callable[[Progress], None] = lambda _: None, tracer: TracerMaker = path_tracer
) -> Manifest:
    """Film what is missing and return what the folder holds.

    The manifest is written after every job.

    Raises:
        PathTraceError: the path tracer is not set up, or failed twice at a picture.
        OutputError: the disk is full, or the folder can't be written to.
        DataError: a file in the folder is not a whole clip.
    """
    clips = options.folder / CLIPS
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{clips} can't be made: {error.strerror}; choose another place") from None
    manifest = Manifest.scan(options.folder)
    todo = wanted(options)
    for place, (group, number) in enumerate(todo):
        found = job(options.seed, group, number, options.samples)
        asked = options.kept is None or options.kept == (found.split != "train")
        if asked and not _there(found, clips):
            for clip in film(found, tracer, options.commit):
                clip.save(clips / f"{clip.info.name}.npz")
        manifest = Manifest.scan(options.folder, manifest)
        manifest.save()
        tell(Progress(place + 1, len(todo), len(manifest.entries), manifest.frames()))
    return manifest


def _there(found: Job, clips: Path) -> bool:
    return all((clips / f"{name}.npz").is_file() for name in found.clip_names())
