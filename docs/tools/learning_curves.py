"""Draw learning curves from the progress of runs: python docs/tools/learning_curves.py OUT.png LABEL=FILE,FILE ...

Each label is one training, each file the progress.jsonl of one seed. Drawn are every seed's success, or another share
that the task measures (`--of fallen_share`), over the time or the steps that it took, and the mean of the seeds, with
Pillow alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDE, HIGH = 1000, 520
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 50, 60
COLOURS = ((31, 99, 168), (204, 93, 32), (46, 125, 80), (130, 70, 150))
INK, GRID = (50, 50, 50), (222, 222, 222)
UNITS = {"cpu_s": (60, "minutes of one core"), "steps": (1000, "thousands of actions")}
"""What success may be drawn over: how many make one on the axis, and the axis's name."""


def read(file: Path, over: str = "cpu_s", of: str = "success") -> tuple[np.ndarray, np.ndarray]:
    """Return how far a run had come (N,) at its evaluations, and success or a measure (N,), as trained.

    Of several evaluations at one point the last counts; those by another renderer than the run's own don't.
    """
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    points = {
        line[over] / UNITS[over][0]: {**line.get("measures", {}), **line}[of]
        for line in lines
        if line.get("seen_by") == line.get("trained_on")
    }
    return np.array(list(points)), np.array(list(points.values()))


def until(came: np.ndarray, success: np.ndarray, share: float = 0.8) -> float:
    """Return how far a run had come when it first reached a share of its best score."""
    return float(came[np.argmax(success >= share * success.max())])


def draw(curves: dict[str, list[tuple[np.ndarray, np.ndarray]]], axis: str, title: str) -> Image.Image:
    """Return the picture: success, 0 to 100 %, over how far each run had come."""
    picture = Image.new("RGB", (WIDE, HIGH), (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(18)
    longest = max(float(came.max()) for runs in curves.values() for came, _ in runs)

    def at(far: float, share: float) -> tuple[float, float]:
        wide, high = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM
        return LEFT + wide * far / longest, TOP + high * (1 - share)

    for tenth in range(0, 11, 2):
        pen.line([at(0, tenth / 10), at(longest, tenth / 10)], GRID)
        pen.text((LEFT - 10, at(0, tenth / 10)[1]), f"{10 * tenth} %", INK, font, anchor="rm")
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if longest / s <= 10)
    for k in range(int(longest / step) + 1):
        x, y = at(k * step, 0)
        pen.line([(x, y), (x, y + 6)], INK)
        pen.text((x, y + 10), f"{k * step:g}", INK, font, anchor="mt")
    pen.text((WIDE / 2, HIGH - 6), axis, INK, font, anchor="mb")
    pen.text((LEFT, 12), f"{title}; thin: each seed, thick: their mean", INK, font)
    last = [(min(came.max() for came, _ in runs), runs) for runs in curves.values()]
    ends = [at(float(far), float(np.mean([np.interp(far, *run) for run in runs]))) for far, runs in last]
    for (label, runs), colour in zip(curves.items(), COLOURS, strict=False):
        faint = tuple((255 + c) // 2 for c in colour)
        for came, success in runs:
            pen.line([at(c, s) for c, s in zip(came, success, strict=True)], faint, 2)
        begun, ended = max(came.min() for came, _ in runs), min(came.max() for came, _ in runs)
        grid = np.linspace(begun, ended, 60)  # where all seeds have been judged
        mean = np.mean([np.interp(grid, *run) for run in runs], 0)
        pen.line([at(m, s) for m, s in zip(grid, mean, strict=True)], colour, 5, joint="curve")
        x, y = at(float(grid[-1]), float(mean[-1]))
        close = any(abs(x - left) < 200 and 0 < y - high < 40 for left, high in ends)
        y += 34 if close else -14  # a curve that ends just under another has its name below
        pen.text((min(x, WIDE - RIGHT - 8), y), label, colour, font, anchor="rb")
    pen.rectangle([at(0, 1), at(longest, 0)], outline=INK)
    return picture


def main(
    out: Path, words: list[str], over: str = "cpu_s", title: str = "episodes survived", of: str = "success"
) -> dict[str, Any]:
    """Draw and return, for each label and seed, the best success and when 80 % of it was reached."""
    curves: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for word in words:
        label, _, files = word.partition("=")
        curves[label] = [read(Path(file), over, of) for file in files.split(",")]
    draw(curves, UNITS[over][1], title).save(out)
    return {
        label: [{"best": float(s.max()), "to_80": round(until(c, s), 1)} for c, s in runs]
        for label, runs in curves.items()
    }


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("out", type=Path)
    asked.add_argument("words", nargs="+", metavar="LABEL=FILE,FILE")
    asked.add_argument("--over", choices=UNITS, default="cpu_s")
    asked.add_argument("--of", default="success")
    asked.add_argument("--title", default="episodes survived")
    print(json.dumps(main(**vars(asked.parse_args())), indent=1))
