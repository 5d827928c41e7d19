"""What the window writes over the picture: how things are going, the keys, errors. It decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

INK = (244, 246, 248)
QUIET = (176, 184, 192)
PAPER = (14, 17, 21, 168)
ACCENT = (255, 196, 84)
RED = (240, 84, 72)
PAD = 10  # px


@dataclass(frozen=True)
class Status:
    """What the display says.

    Attributes:
        lines: (label, value) of the panel. badge: the outcome or a short message, "" for none.
        paused, recording: lamps.
        progress: place in the remembered past, 0 to 1. remembered: s of it.
    """

    lines: tuple[tuple[str, str], ...]
    badge: str = ""
    paused: bool = False
    recording: bool = False
    progress: float = 1.0
    remembered: float = 0.0


class Hud:
    """Panels, the bar of the past, marks of contacts, the help and the error sheet."""

    def __init__(self, pygame: Any, size: tuple[int, int]) -> None:
        """Load the font for a window of that size."""
        self._pg = pygame
        pygame.font.init()
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        """Fit another window."""
        self.size = size
        scale = max(0.75, min(size[1] / 540, 2.0))
        self._small = self._pg.font.Font(None, int(20 * scale))
        self._large = self._pg.font.Font(None, int(30 * scale))
        self._line = int(19 * scale)

    def bar(self) -> tuple[int, int, int, int]:
        """Return the rectangle x, y, width, height of the bar of the past, px."""
        return (PAD * 2, self.size[1] - 20, self.size[0] - PAD * 4, 6)

    def draw(self, screen: Any, status: Status) -> None:
        """Draw the panel, the badge and the bar."""
        width = max(
            self._small.size(f"{label}  {value}")[0] + self._small.size("m")[0] * 2 for label, value in status.lines
        )
        self._panel(screen, (PAD, PAD, width + 2 * PAD, self._line * len(status.lines) + PAD))
        label_width = max(self._small.size(label)[0] for label, _ in status.lines) + 12
        for k, (label, value) in enumerate(status.lines):
            y = PAD + PAD // 2 + k * self._line
            screen.blit(self._small.render(label, True, QUIET), (2 * PAD, y))
            screen.blit(self._small.render(value, True, INK), (2 * PAD + label_width, y))
        if status.badge:
            text = self._large.render(status.badge, True, ACCENT)
            x = (self.size[0] - text.get_width()) // 2
            self._panel(screen, (x - PAD, PAD, text.get_width() + 2 * PAD, text.get_height() + PAD))
            screen.blit(text, (x, PAD + PAD // 2))
        right = self.size[0] - PAD
        for word, colour, on in (("REC", RED, status.recording), ("PAUSED", INK, status.paused)):
            if on:
                text = self._small.render(word, True, colour)
                right -= text.get_width() + 2 * PAD
                self._panel(screen, (right, PAD, text.get_width() + 2 * PAD, self._line + PAD))
                screen.blit(text, (right + PAD, PAD + PAD // 2))
                right -= PAD
        x, y, w, h = self.bar()
        self._panel(screen, (x - 6, y - 6, w + 12, h + 12))
        self._pg.draw.rect(screen, (70, 78, 88), (x, y, w, h), border_radius=3)
        self._pg.draw.rect(screen, ACCENT, (x, y, int(w * status.progress), h), border_radius=3)
        self._pg.draw.circle(screen, INK, (x + int(w * status.progress), y + h // 2), 6)

    def hint(self, screen: Any, text: str) -> None:
        """Write one quiet line above the bar."""
        drawn = self._small.render(text, True, QUIET)
        screen.blit(drawn, (self.size[0] - drawn.get_width() - 2 * PAD, self.size[1] - 30 - self._line))

    def flashes(self, screen: Any, pixels: NDArray[np.float64], strength: NDArray[np.float64]) -> None:
        """Ring the places (N, 2) px where something struck; `strength` (N,) in [0, 1] is how bright and wide."""
        if not len(pixels):
            return
        layer = self._pg.Surface(self.size, self._pg.SRCALPHA)
        for (x, y), s in zip(pixels, strength, strict=True):
            if -50 < x < self.size[0] + 50 and -50 < y < self.size[1] + 50:
                self._pg.draw.circle(layer, (*ACCENT, int(210 * s)), (int(x), int(y)), int(4 + 10 * s), 2)
        screen.blit(layer, (0, 0))

    def spring(self, screen: Any, start: NDArray[np.float64], end: tuple[int, int]) -> None:
        """Draw the line from the point that is held, (2,) px, to the hand."""
        self._pg.draw.line(screen, ACCENT, (int(start[0]), int(start[1])), end, 2)
        self._pg.draw.circle(screen, ACCENT, (int(start[0]), int(start[1])), 5, 2)

    def help(self, screen: Any, columns: list[list[tuple[str, str]]]) -> None:
        """Draw the list of keys, (key, meaning) in columns."""
        self._panel(screen, (0, 0, *self.size), alpha=200)
        step = self.size[0] // len(columns)
        for k, rows in enumerate(columns):
            for row, (name, meaning) in enumerate(rows):
                y = 4 * PAD + row * (self._line + 2)
                screen.blit(self._small.render(name, True, ACCENT), (k * step + 3 * PAD, y))
                screen.blit(self._small.render(meaning, True, INK), (k * step + 3 * PAD + min(170, step // 3), y))

    def error(self, screen: Any, title: str, text: str) -> None:
        """Draw a sheet with an error, wrapped, over the lower half of the window."""
        room = self.size[0] - 6 * PAD
        lines: list[str] = []
        for paragraph in text.splitlines():
            line = ""
            for word in paragraph.split(" "):
                if self._small.size(f"{line} {word}")[0] > room and line:
                    lines.append(line)
                    line = word
                else:
                    line = f"{line} {word}".strip()
            lines.append(line)
        lines = lines[: max(1, self.size[1] // 2 // self._line)]
        height = self._line * (len(lines) + 2) + PAD
        top = self.size[1] - height - 50
        self._panel(screen, (2 * PAD, top, self.size[0] - 4 * PAD, height), alpha=225)
        screen.blit(self._small.render(title, True, RED), (3 * PAD, top + PAD))
        for k, line in enumerate(lines):
            screen.blit(self._small.render(line, True, INK), (3 * PAD, top + PAD + (k + 1) * self._line))

    def _panel(self, screen: Any, box: tuple[int, int, int, int], alpha: int = PAPER[3]) -> None:
        panel = self._pg.Surface(box[2:], self._pg.SRCALPHA)
        self._pg.draw.rect(panel, (*PAPER[:3], alpha), (0, 0, *box[2:]), border_radius=8)
        screen.blit(panel, box[:2])
