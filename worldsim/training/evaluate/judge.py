"""Judging: raster, learned renderer and reference on the clips kept from training, measured the same way.

The raster is the picture that the learned renderer starts from, so no figure of it stands alone. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from worldsim.errors import DataError
from worldsim.render.metrics.determinism import fingerprint
from worldsim.training.clip import Clip
from worldsim.training.evaluate.measure import MEASURES, Measured, Pictures, measure
from worldsim.training.evaluate.violation import VIOLATIONS
from worldsim.training.manifest import Manifest

if TYPE_CHECKING:
    from worldsim.render.diffusion.network import RendererUNet

HELD_OUT = ("scene", "asset", "look")
RASTER, REFERENCE = "raster", "reference"
Sight = Callable[[Clip, dict[str, Pictures]], None]
"""Told of each clip with the pictures that everybody made of it."""


@dataclass(frozen=True)
class JudgeOptions:
    """What to judge on.

    Attributes:
        data: folder of clips. splits: of them.
        steps: of the learned renderer, one subject each; () judges the raster alone.
        clips: at most so many, evenly from all; 0 for all. every: slow measures of each so manieth frame.
        violations: injected into the references of so many clips at most.
    """

    data: Path
    splits: tuple[str, ...] = HELD_OUT
    steps: tuple[int, ...] = (1, 2, 4)
    clips: int = 0
    every: int = 3
    violations: int = 12


@dataclass
class Findings:
    """What was found; grows while it is judged.

    Attributes:
        values: subject → split → measure → one value a frame.
        injected: violation → measure → (as it was, as it became), one pair a clip.
        clips, frames: how many of each split were judged.
        identical: whether playing a clip twice gave the same bytes; None where nothing was played.
    """

    values: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    injected: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)
    clips: dict[str, int] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    identical: bool | None = None

    def add(self, subject: str, split: str, measured: Measured) -> None:
        """Take in what was measured of a clip."""
        held = self.values.setdefault(subject, {}).setdefault(split, {})
        for name, values in measured.values.items():
            held.setdefault(name, []).extend(values)

    def mean(self, subject: str, name: str, splits: Sequence[str] = ()) -> float | None:
        """Return the mean of a measure over the frames of splits, all if none is named; None where it has none."""
        by_split = self.values.get(subject, {})
        found = [value for split in splits or by_split for value in by_split.get(split, {}).get(name, ())]
        return float(np.mean(found)) if found else None

    def change(self, violation: str, name: str) -> tuple[float, float] | None:
        """Return the means of a measure before and after a violation; None where it was not measured."""
        pairs = self.injected.get(violation, {}).get(name, ())
        before, after = (float(np.mean(column)) for column in zip(*pairs, strict=True)) if pairs else (0.0, 0.0)
        return (before, after) if pairs else None


def judge(
    options: JudgeOptions,
    network: RendererUNet | None,
    tell: Callable[[int, int], None] = lambda done, total: None,
    sight: Sight | None = None,
) -> Iterator[Findings]:
    """Yield the findings after each clip, always the same object: whoever stops keeps what there is.

    Args:
        options: what to judge on.
        network: the learned renderer, or None to judge the raster alone.
        tell: told of clips done and their number.
        sight: gets all pictures.

    Raises:
        DataError: the folder has no clip of the splits, or one is not whole.
    """
    paths = pick(Manifest.load(options.data).of(*options.splits), options.clips)
    if not paths:
        raise DataError(
            f"{options.data} has no clips of the splits {', '.join(options.splits)}; "
            "make more with `worldsim renderer data`, which keeps every eleventh job or so for judging"
        )
    wronged = {*pick(paths, options.violations)} if options.violations > 0 else set()
    found = Findings()
    for number, path in enumerate(paths):
        clip = Clip.load(path)
        pictures = dict(_pictures(clip, options, network, found))
        split = clip.info.split
        measured = {subject: measure(made, clip, options.every) for subject, made in pictures.items()}
        for subject, each in measured.items():
            found.add(subject, split, each)
        if path in wronged:
            _inject(clip, measured[REFERENCE], options.every, found)
        found.clips[split] = found.clips.get(split, 0) + 1
        found.frames[split] = found.frames.get(split, 0) + len(clip)
        if sight is not None:
            sight(clip, pictures)
        tell(number + 1, len(paths))
        yield found


def pick(paths: Sequence[Path], most: int) -> list[Path]:
    """Return at most so many, evenly from all; 0 for all."""
    if most <= 0 or len(paths) <= most:
        return list(paths)
    return [paths[k] for k in np.linspace(0, len(paths) - 1, most).round().astype(int)]


def subject_of(steps: int) -> str:
    """Return what the learned renderer is called with so many steps."""
    return f"diffusion {steps} step{'s' * (steps > 1)}"


def _pictures(
    clip: Clip, options: JudgeOptions, network: RendererUNet | None, found: Findings
) -> Iterator[tuple[str, Pictures]]:
    from worldsim.training.dataset import Loaded
    from worldsim.training.sheet import play

    yield RASTER, clip.raster
    if network is not None:
        item = Loaded.of(clip)
        for steps in options.steps:
            made = play(network, item, steps)
            if found.identical is None:
                found.identical = fingerprint(play(network, item, steps)) == fingerprint(made)
            yield subject_of(steps), made
    yield REFERENCE, clip.reference


def _inject(clip: Clip, before: Measured, every: int, found: Findings) -> None:
    for violation in VIOLATIONS:
        wrong = violation.inject(clip.reference, clip)
        if wrong is None:
            continue
        after = measure(wrong, clip, every)
        held = found.injected.setdefault(violation.name, {})
        for each in MEASURES:
            pair = before.mean(each.name), after.mean(each.name)
            if pair[0] is not None and pair[1] is not None:
                held.setdefault(each.name, []).append((pair[0], pair[1]))
