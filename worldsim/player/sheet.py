"""Sheets over the picture: the list of keys, and an error that can be read. They decide nothing."""

from __future__ import annotations

from collections.abc import Sequence

from worldsim.player.ink import ACCENT, INK, QUIET, RED, Ink

Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading and its (key, meaning) rows."""


def draw_help(ink: Ink, columns: Sequence[Sequence[Section]]) -> None:
    """Draw the list of keys in columns, on a sheet as large as the window."""
    gap, head = ink.px(24), ink.px(30)
    longest = max(sum(len(rows) + 2 for _, rows in sections) for sections in columns)
    step = min(ink.px(19), max(8, (ink.size[1] - 2 * gap) // longest))
    width = (ink.size[0] - 2 * gap) // len(columns)
    ink.panel((ink.px(8), ink.px(8), ink.size[0] - ink.px(16), ink.size[1] - ink.px(16)), 224)
    for k, sections in enumerate(columns):
        x, y = gap + k * width, gap
        keys = [ink.width(key) for _, rows in sections for key, _ in rows]
        tab = min(max(keys, default=0) + ink.px(14), width // 2)
        for title, rows in sections:
            ink.write(title, (x, y), QUIET, "title")
            y += min(head, step + step // 2)
            for key, meaning in rows:
                ink.write(ink.fit(key, tab), (x, y), ACCENT)
                ink.write(ink.fit(meaning, width - tab - ink.px(8)), (x + tab, y), INK)
                y += step
            y += step // 2


def draw_error(ink: Ink, title: str, text: str) -> None:
    """Draw an error, wrapped, over the lower part of the window; what does not fit is counted."""
    gap, step = ink.px(16), ink.px(19)
    lines = ink.wrap(text, ink.size[0] - 4 * gap)
    room = max(2, (ink.size[1] * 6 // 10) // step - 3)
    if len(lines) > room:
        lines = [*lines[: room - 1], f"… and {len(lines) - room + 1} lines more: worldsim scene check shows all"]
    height = step * len(lines) + ink.px(44)
    top = ink.size[1] - height - ink.px(48)
    ink.panel((gap, top, ink.size[0] - 2 * gap, height), 232)
    ink.write(title, (2 * gap, top + ink.px(12)), RED, "title")
    for k, line in enumerate(lines):
        ink.write(line, (2 * gap, top + ink.px(38) + k * step), INK)


def draw_notice(ink: Ink, text: str) -> None:
    """Draw a few words in the middle of the window."""
    width, height = ink.width(text, "title") + ink.px(40), ink.px(44)
    x, y = (ink.size[0] - width) // 2, (ink.size[1] - height) // 2
    ink.panel((x, y, width, height), 232)
    ink.write(text, (x + ink.px(20), y + ink.px(14)), INK, "title")
