"""What the window writes over the picture: how things are going, the bar of the past, marks. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldsim.player.ink import ACCENT, FAINT, INK, QUIET, RED, Ink

LABEL = 62  # px of the widest label, before scaling


@dataclass(frozen=True)
class Status:
    """What the display says.

    Attributes:
        title: the scene. aside: beside it, quietly. lines: (label, value) below it.
        badge: the outcome or a short message, "" for none. paused: whether time stands still.
        recording: s of the video so far, None for none.
        place: of the moment shown in the remembered past, 0 to 1. ago: s before the present. span: s remembered.
        marks: (place, impulse in N·s) of strong contacts.
        heard: (name, loudness in [0, 1]) of what is heard, the loudest first; None where that is not shown.
    """

    title: str
    aside: str
    lines: tuple[tuple[str, str], ...]
    badge: str = ""
    paused: bool = False
    recording: float | None = None
    place: float = 1.0
    ago: float = 0.0
    span: float = 0.0
    marks: Sequence[tuple[float, float]] = ()
    heard: Sequence[tuple[str, float]] | None = None


class Hud:
    """Draws the display on a window of one size."""

    def __init__(self, ink: Ink) -> None:
        """Take what writes."""
        self.ink = ink

    def bar(self) -> tuple[int, int, int, int]:
        """Return the rectangle x, y, width, height of the bar of the past, px."""
        ink = self.ink
        left, right = ink.px(88), ink.px(80)
        return left, ink.size[1] - ink.px(25), ink.size[0] - left - right, ink.px(4)

    def on_bar(self, at: tuple[int, int]) -> bool:
        """Whether a pixel of the window is on the bar, with some room round it."""
        x, y, w, h = self.bar()
        room = self.ink.px(11)
        return x - room <= at[0] <= x + w + room and y - room <= at[1] <= y + h + room

    def place_of(self, x: int) -> float:
        """Return the place on the bar, 0 to 1, of a column of the window."""
        left, _, width, _ = self.bar()
        return min(max((x - left) / max(width, 1), 0.0), 1.0)

    def draw(self, status: Status) -> None:
        """Draw the panel, the badge, the lamps and the bar."""
        self._draw_panel(status)
        self._draw_lamps(status)
        self._draw_bar(status)
        if status.heard is not None:
            self._draw_heard(status.heard)

    def flashes(self, places: Sequence[tuple[float, float, float]]) -> None:
        """Ring places x, y in px of the window; the brightness in [0, 1] is also how wide the ring is."""
        for x, y, bright in places:
            self.ink.ring((x, y), self.ink.px(5) + self.ink.px(11) * (1 - bright), ACCENT, int(235 * bright))

    def spring(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw the line from the point that is held to the hand, px of the window."""
        self.ink.line(start, end, ACCENT)
        self.ink.ring(start, self.ink.px(5), ACCENT, 255)
        self.ink.dot(end, self.ink.px(4), INK)

    def _draw_panel(self, status: Status) -> None:
        ink = self.ink
        gap, label = ink.px(12), ink.px(LABEL)
        title, aside = ink.width(status.title, "title"), ink.width(status.aside)
        values = max((ink.width(value) for _, value in status.lines), default=0)
        width = max(title + gap + aside, label + values, ink.px(200)) + 2 * gap
        head, step = ink.px(34), ink.px(18)
        x, y = gap, gap
        ink.panel((x, y, width, head + step * len(status.lines) + ink.px(6)))
        ink.write(status.title, (x + gap, y + ink.px(9)), INK, "title")
        ink.write(status.aside, (x + width - gap - aside, y + ink.px(12)), QUIET)
        for k, (name, value) in enumerate(status.lines):
            top = y + head + k * step
            ink.write(name, (x + gap, top), QUIET)
            ink.write(value, (x + gap + label, top), INK)

    def _draw_lamps(self, status: Status) -> None:
        ink = self.ink
        gap, height = ink.px(12), ink.px(26)
        right = ink.size[0] - gap
        if status.recording is not None:
            text = f"REC  {status.recording:.1f} s"
            width = ink.width(text) + 2 * gap + ink.px(14)
            ink.panel((right - width, gap, width, height))
            ink.dot((right - width + gap + ink.px(4), gap + height / 2), ink.px(5), RED)
            ink.write(text, (right - width + gap + ink.px(14), gap + ink.px(7)), INK)
            right -= width + gap // 2
        if status.paused:
            text = f"{status.ago:.2f} s ago" if status.ago > 0 else "paused"
            width = ink.width(text) + 2 * gap
            ink.panel((right - width, gap, width, height))
            ink.write(text, (right - width + gap, gap + ink.px(7)), ACCENT if status.ago > 0 else INK)
        if status.badge:
            text = ink.fit(status.badge, ink.size[0] - 4 * gap, "title")
            width = ink.width(text, "title") + 3 * gap
            top = gap if ink.size[0] > ink.px(900) else ink.size[1] - ink.px(92)
            ink.panel(((ink.size[0] - width) // 2, top, width, ink.px(34)))
            ink.write(text, ((ink.size[0] - width) // 2 + 3 * gap // 2, top + ink.px(9)), ACCENT, "title")

    def _draw_heard(self, heard: Sequence[tuple[str, float]]) -> None:
        """List who is heard, on the right above the bar, with a bar each."""
        ink = self.ink
        gap, step, width = ink.px(12), ink.px(18), ink.px(210)
        height = ink.px(34) + step * max(len(heard), 1) + ink.px(6)
        x, y = ink.size[0] - gap - width, ink.size[1] - ink.px(50) - height
        ink.panel((x, y, width, height))
        ink.write("heard", (x + gap, y + ink.px(9)), INK, "title")
        if not heard:
            ink.write("nothing", (x + gap, y + ink.px(34)), QUIET)
        for k, (name, loud) in enumerate(heard):
            top = y + ink.px(34) + k * step
            ink.write(ink.fit(name.replace("_", " "), ink.px(100)), (x + gap, top), INK)
            room = width - 2 * gap - ink.px(106)
            ink.box((x + gap + ink.px(106), top + ink.px(5), room, ink.px(4)), FAINT)
            ink.box((x + gap + ink.px(106), top + ink.px(5), int(room * min(loud, 1.0)), ink.px(4)), ACCENT)

    def _draw_bar(self, status: Status) -> None:
        ink = self.ink
        gap = ink.px(12)
        x, y, w, h = self.bar()
        middle = y + h / 2
        ink.panel((gap, int(middle) - ink.px(13), ink.size[0] - 2 * gap, ink.px(26)))
        ink.play_sign((2 * gap + ink.px(4), int(middle)), status.paused)
        ink.box((x, y, w, h), FAINT)
        for place, impulse in status.marks:
            height = ink.px(3) + min(impulse, 3.0) * ink.px(2)
            ink.box((x + int(w * place), int(middle - height), max(1, ink.px(1)), int(2 * height)), QUIET)
        ink.box((x, y, int(w * status.place), h), ACCENT)
        ink.dot((x + w * status.place, middle), ink.px(6), INK)
        words = f"-{status.span:.0f} s" if status.span >= 1 else ""
        ink.write(words, (x - gap - ink.width(words), int(middle) - ink.px(6)), QUIET)
        ink.write("H help", (ink.size[0] - 2 * gap - ink.width("H help"), int(middle) - ink.px(6)), QUIET)
