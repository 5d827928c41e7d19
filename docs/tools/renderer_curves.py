"""Draws docs/images/renderer_curves.png: how good footage is over time, data and parameters, and what the truth allows.

python docs/tools/renderer_curves.py [OUT.png]

The figures are those written down in docs/data/renderer_curves.json; nothing is measured here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

DOCS = Path(__file__).parent.parent
WIDE, HIGH = 620, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 60, 50, 60
BLUE, ORANGE, INK, GRID = (31, 99, 168), (204, 93, 32), (50, 50, 50), (222, 222, 222)


class Panel:
    """One plot: x from 0 to `most`, y from `low` to `high`."""

    def __init__(self, title: str, axis: str, most: float, low: float, high: float, ticks: list[float]) -> None:
        """Draw its frame."""
        self.picture = Image.new("RGB", (WIDE, HIGH), (255, 255, 255))
        self.pen, self.font = ImageDraw.Draw(self.picture), ImageFont.load_default(15)
        self.most, self.low, self.high = most, low, high
        for tick in ticks:
            self.pen.line([self.at(0, tick), self.at(most, tick)], GRID)
            self.pen.text((LEFT - 8, self.at(0, tick)[1]), f"{tick:g}", INK, self.font, anchor="rm")
        self.pen.rectangle([self.at(0, high), self.at(most, low)], outline=INK)
        self.pen.text((LEFT, 14), title, INK, self.font)
        self.pen.text((WIDE / 2, HIGH - 8), axis, INK, ImageFont.load_default(13), anchor="mb")
        if "right edge" not in axis:
            for k in range(5):
                x = most * k / 4
                self.pen.text((self.at(x, low)[0], HIGH - BOTTOM + 6), f"{x:g}", INK, self.font, anchor="mt")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        across, down = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM
        return LEFT + across * x / self.most, TOP + down * (1 - (y - self.low) / (self.high - self.low))

    def curve(self, points: list[list[Any]], colour: tuple[int, int, int]) -> None:
        """Draw points joined by lines, each with its word, if it has one."""
        where = [self.at(x, y) for x, y, *_ in points]
        self.pen.line(where, colour, 3)
        for (x, y), (_, _, *words) in zip(where, points, strict=True):
            self.pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=colour)
            for word in words:
                self.pen.text((x, y + 10), word, INK, ImageFont.load_default(12), anchor="mt")

    def level(self, y: float, words: str, colour: tuple[int, int, int]) -> None:
        """Draw a bar to reach."""
        self.pen.line([self.at(0, y), self.at(self.most, y)], colour, 1)
        self.pen.text((self.at(self.most, y)[0] - 6, self.at(0, y)[1] - 3), words, colour, self.font, anchor="rb")


def main(out: Path = DOCS / "images" / "renderer_curves.png") -> None:
    """Draw all four."""
    found = json.loads((DOCS / "data" / "renderer_curves.json").read_text(encoding="utf-8"))
    panels = []
    for name, most in (("time", 52.0), ("data", 2000.0), ("parameters", 6.0)):
        panel = Panel(f"{name}: dB over the raster", found[name]["axis"], most, 0, 4, [0, 1, 2, 3, 4])
        panel.level(3.0, "bar", ORANGE)
        panel.curve(found[name]["points"], BLUE)
        panels.append(panel.picture)
    truth = found["truth"]
    panel = Panel(
        "edge F1, mask mIoU: raster, footage, reference", truth["axis"], 4.5, 0.6, 1.0, [0.6, 0.7, 0.8, 0.9, 1]
    )
    for name, bar, colour in zip(("edge F1", "mask mIoU"), truth["bars"], (BLUE, ORANGE), strict=True):
        panel.level(bar, f"bar of {name}", colour)
        panel.curve(truth[name], colour)
    panels.append(panel.picture)
    sheet = Image.new("RGB", (2 * WIDE, 2 * HIGH), (255, 255, 255))
    for k, picture in enumerate(panels):
        sheet.paste(picture, (k % 2 * WIDE, k // 2 * HIGH))
    sheet.save(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
