"""What the figures of a judgement come to: bars met or missed, violations noticed or not; as tables and plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worldsim.training.evaluate.judge import RASTER, REFERENCE, Findings
from worldsim.training.evaluate.measure import BY_NAME, MEASURES
from worldsim.training.evaluate.violation import VIOLATIONS

TINY = 1e-6


@dataclass(frozen=True)
class Bar:
    """One thing that a learned renderer has to reach.

    Attributes:
        name: its key. about: what is compared, and with what. wanted: the bar, in words. value: what was reached.
        met: whether that is enough.
    """

    name: str
    about: str
    wanted: str
    value: float
    met: bool

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"about": self.about, "wanted": self.wanted, "value": self.value, "met": self.met}


def bars(found: Findings, subject: str) -> tuple[Bar, ...]:
    """Return the bars of a subject, over all that was judged; those that can't be told are left out."""
    rules = (
        ("psnr_gain", "PSNR over the raster's, dB", _gain(found, subject, "psnr"), 3.0, math.inf),
        ("flip_ratio", "FLIP over the raster's", _ratio(found, subject, "flip", RASTER), 0.0, 0.75),
        ("ssim_gain", "SSIM over the raster's", _gain(found, subject, "ssim"), TINY, math.inf),
        ("edge_f1", "edge F1 to the G-buffer, 1 px", found.mean(subject, "edge_f1"), 0.85, math.inf),
        ("mask_iou", "mask mIoU from pixels alone", found.mean(subject, "mask_iou"), 0.90, math.inf),
        ("warp_ratio", "warp error over the reference's", _ratio(found, subject, "warp", REFERENCE), 0.0, 1.2),
    )
    return tuple(
        Bar(name, about, _words(low, high), value, low <= value <= high)
        for name, about, value, low, high in rules
        if value is not None
    )


def _words(low: float, high: float) -> str:
    if high < math.inf:
        return f"at most {high:g}"
    return "above 0" if low == TINY else f"at least {low:g}"


def _gain(found: Findings, subject: str, name: str) -> float | None:
    own, raster = found.mean(subject, name), found.mean(RASTER, name)
    return None if own is None or raster is None else own - raster


def _ratio(found: Findings, subject: str, name: str, other: str) -> float | None:
    own, theirs = found.mean(subject, name), found.mean(other, name)
    return None if own is None or not theirs else own / theirs


def table(found: Findings, splits: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of the table of measures, a row a subject."""
    rows = []
    for subject in found.values:
        cells = [subject]
        for each in MEASURES:
            value = found.mean(subject, each.name, splits)
            cells.append("–" if value is None or _trivial(subject, each.name) else format(value, each.form))
        rows.append(cells)
    return ["", *(each.title for each in MEASURES)], rows


def violation_table(found: Findings) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of the table of violations: by how much each measure changes, over the same clips.

    "*" a measure that has to notice and does; "!" one that has to and does not.
    """
    rows = []
    for violation in VIOLATIONS:
        if violation.name not in found.injected:
            continue
        cells = [violation.name]
        for each in MEASURES:
            pair = found.change(violation.name, each.name)
            if pair is None:
                cells.append("–")
                continue
            mark = ("*" if each.worse(pair[1], pair[0]) > 0 else "!") if each.name in violation.must else ""
            cells.append(format(pair[1] - pair[0], f"+{each.form}") + mark)
        rows.append(cells)
    return ["injected", *(each.title for each in MEASURES)], rows


def unnoticed(found: Findings) -> tuple[tuple[str, str], ...]:
    """Return the pairs (violation, measure) where a measure did not become worse though it has to."""
    missed = []
    for violation in VIOLATIONS:
        for name in violation.must:
            pair = found.change(violation.name, name)
            if pair is not None and not BY_NAME[name].worse(pair[1], pair[0]) > 0:
                missed.append((violation.name, name))
    return tuple(missed)


def document(found: Findings, subjects: Sequence[str]) -> dict[str, Any]:
    """Return everything as plain data for JSON: means by subject and split, bars, violations."""
    measures = {
        subject: {
            split: {each.name: found.mean(subject, each.name, () if split == "all" else (split,)) for each in MEASURES}
            for split in ("all", *sorted(by_split))
        }
        for subject, by_split in found.values.items()
    }
    injected = {
        violation.name: {
            "about": violation.about,
            "must_notice": list(violation.must),
            "measures": {
                name: {"before": pair[0], "after": pair[1]}
                for name in (each.name for each in MEASURES)
                if (pair := found.change(violation.name, name)) is not None
            },
        }
        for violation in VIOLATIONS
        if violation.name in found.injected
    }
    return {
        "clips": found.clips,
        "frames": found.frames,
        "measures": measures,
        "units": {each.name: {"about": each.about, "better": each.better} for each in MEASURES},
        "bars": {
            subject: {
                bar.name: {"value": bar.value, "wanted": bar.wanted, "met": bar.met} for bar in bars(found, subject)
            }
            for subject in subjects
        },
        "violations": injected,
        "unnoticed": [list(pair) for pair in unnoticed(found)],
        "identical": found.identical,
    }


def _trivial(subject: str, name: str) -> bool:
    """Whether a measure compares the reference with itself."""
    return subject == REFERENCE and name in ("psnr", "ssim", "flip", "moving", "phantom")
