"""Side by side: what everybody made of a clip, as a picture to look at. It judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.training.clip import Clip

Pictures = NDArray[np.uint8]
MARGIN = 4
TITLE = 18


def sheet_of(clip: Clip, made: Mapping[str, Pictures], frames: int = 3) -> Pictures:
    """Return one picture (H, W, 3): a column a subject, a row for each of so many frames, evenly spaced.

    Args:
        clip: gives the title.
        made: pictures (T, H, W, 3) by subject.
        frames: rows, at most.
    """
    count = len(clip)
    chosen = np.unique(np.linspace(0, count - 1, min(frames, count)).round().astype(int))
    height, width = clip.reference.shape[1:3]
    page = np.full((TITLE + len(chosen) * (height + MARGIN), len(made) * (width + MARGIN) - MARGIN, 3), 24, np.uint8)
    for column, (subject, pictures) in enumerate(made.items()):
        left = column * (width + MARGIN)
        for row, t in enumerate(chosen):
            top = TITLE + row * (height + MARGIN)
            page[top : top + height, left : left + width] = pictures[t]
        _write(page, subject if column else f"{subject}: {clip.info.scene}, {clip.info.look}", left + 4, width - 8)
    return page


def save_sheet(clip: Clip, made: Mapping[str, Pictures], folder: Path) -> Path:
    """Write the sheet of a clip as NAME.png and return where.

    Raises:
        OutputError: the disk is full, or the folder can't be written to.
    """
    import imageio.v3 as iio

    from worldsim.output import write_whole

    path = folder / f"{clip.info.name}.png"
    write_whole(path, iio.imwrite("<bytes>", sheet_of(clip, made), extension=".png"))
    return path


def _write(page: Pictures, text: str, left: int, room: int) -> None:
    """Write a line at the top of the page, cut to fit."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(12)
    while text and font.getlength(text) > room:
        text = text[:-1]
    strip = Image.new("L", (page.shape[1], TITLE), 0)
    ImageDraw.Draw(strip).text((left, 2), text, fill=255, font=font)
    cover = np.asarray(strip, np.float32)[..., None] / 255
    page[:TITLE] = np.round(page[:TITLE] * (1 - cover) + 235 * cover)
