"""Draw learning curves from the progress of runs: python docs/tools/learning_curves.py OUT.png LABEL=FILE,FILE ...

Each label is one training, each file the progress.jsonl of one seed. Drawn are every seed's success over the time that
it took, and the mean of the seeds, with Pillow alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDE, HIGH = 1000, 520
LEFT, RIGHT, TOP, BOTTOM = 80, 30, 50, 60
COLOURS = ((31, 99, 168), (204, 93, 32), (46, 125, 80), (130, 70, 150))
INK, GRID = (50, 50, 50), (222, 222, 222)


def read(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return CPU minutes (N,) and success (N,) of a run's evaluations."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return np.array([line["cpu_s"] / 60 for line in lines]), np.array([line["success"] for line in lines])


def until(minutes: np.ndarray, success: np.ndarray, share: float = 0.8) -> float:
    """Return the minutes after which a run first reached a share of its best score."""
    return float(minutes[np.argmax(success >= share * success.max())])


def draw(curves: dict[str, list[tuple[np.ndarray, np.ndarray]]]) -> Image.Image:
    """Return the picture: success, 0 to 100 %, over CPU minutes."""
    picture = Image.new("RGB", (WIDE, HIGH), (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(18)
    longest = max(float(minutes.max()) for runs in curves.values() for minutes, _ in runs)

    def at(minute: float, share: float) -> tuple[float, float]:
        wide, high = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM
        return LEFT + wide * minute / longest, TOP + high * (1 - share)

    for tenth in range(0, 11, 2):
        pen.line([at(0, tenth / 10), at(longest, tenth / 10)], GRID)
        pen.text((LEFT - 10, at(0, tenth / 10)[1]), f"{10 * tenth} %", INK, font, anchor="rm")
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if longest / s <= 10)
    for k in range(int(longest / step) + 1):
        x, y = at(k * step, 0)
        pen.line([(x, y), (x, y + 6)], INK)
        pen.text((x, y + 10), f"{k * step:g}", INK, font, anchor="mt")
    pen.text((WIDE / 2, HIGH - 6), "minutes of one core", INK, font, anchor="mb")
    pen.text((LEFT, 12), "episodes survived; thin: each seed, thick: their mean", INK, font)
    for (label, runs), colour in zip(curves.items(), COLOURS, strict=False):
        faint = tuple((255 + c) // 2 for c in colour)
        for minutes, success in runs:
            pen.line([at(m, s) for m, s in zip(minutes, success, strict=True)], faint, 2)
        grid = np.linspace(0, min(minutes.max() for minutes, _ in runs), 60)
        mean = np.mean([np.interp(grid, *run) for run in runs], 0)
        pen.line([at(m, s) for m, s in zip(grid, mean, strict=True)], colour, 5, joint="curve")
        x, y = at(float(grid[-1]), float(mean[-1]))
        pen.text((min(x, WIDE - RIGHT - 8), y - 14), label, colour, font, anchor="rb")
    pen.rectangle([at(0, 1), at(longest, 0)], outline=INK)
    return picture


def main(out: Path, words: list[str]) -> dict[str, Any]:
    """Draw and return, for each label and seed, the best success and the minutes to 80 % of it."""
    curves: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for word in words:
        label, _, files = word.partition("=")
        curves[label] = [read(Path(file)) for file in files.split(",")]
    draw(curves).save(out)
    return {
        label: [{"best": float(s.max()), "minutes_to_80": round(until(m, s), 1)} for m, s in runs]
        for label, runs in curves.items()
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2:]), indent=1))
