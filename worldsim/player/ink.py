"""Writing and drawing on the window in a few colours and two sizes of one face. The only user of pygame's drawing."""

from __future__ import annotations

from typing import Any

INK = (243, 245, 247)
QUIET = (165, 174, 184)
FAINT = (84, 92, 102)
PAPER = (13, 16, 20)
ACCENT = (255, 199, 92)
RED = (242, 86, 74)

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

GLASS = 172  # alpha of a panel over the picture
KEPT = 300  # texts drawn ahead


class Ink:
    """Draws on one surface; lengths grow with the window.

    Attributes:
        size: of the window, px.
    """

    def __init__(self, pygame: Any, screen: Any) -> None:
        """Load the face that comes with pygame, for a window of the surface's size."""
        self._pg, self._screen = pygame, screen
        pygame.font.init()
        self.size: tuple[int, int] = screen.get_size()
        self._scale = min(max(min(self.size[1] / 540, self.size[0] / 960), 0.7), 2.5)
        self._faces = {"text": self._face(18), "title": self._face(24)}
        self._texts: dict[tuple[str, Colour, str], Any] = {}
        self._panels: dict[tuple[int, int, int], Any] = {}

    def _face(self, height: float) -> Any:
        return self._pg.font.Font(None, round(height * self._scale))

    def px(self, length: float) -> int:
        """Return a length that was meant for a window of 960×540."""
        return round(length * self._scale)

    # ---- words

    def width(self, text: str, face: str = "text") -> int:
        """Return how wide a text is, px."""
        return int(self._faces[face].size(text)[0])

    def write(self, text: str, at: tuple[int, int], colour: Colour, face: str = "text") -> None:
        """Write one line, its top left corner at a pixel."""
        wanted = (text, colour, face)
        if wanted not in self._texts:
            if len(self._texts) >= KEPT:
                self._texts.clear()
            self._texts[wanted] = self._faces[face].render(text.replace("\0", " "), True, colour)
        self._screen.blit(self._texts[wanted], at)

    def fit(self, text: str, width: int, face: str = "text") -> str:
        """Return the text, shortened by dots in its middle until it is that narrow, px."""
        if self.width(text, face) <= width:
            return text
        half = len(text) // 2
        while half > 1 and self.width(f"{text[:half]}…{text[-half:]}", face) > width:
            half -= 1
        return f"{text[:half]}…{text[-half:]}"

    def wrap(self, text: str, width: int) -> list[str]:
        """Return the lines of a text no wider than that, px; words that are wider are broken."""
        lines: list[str] = []
        for paragraph in text.splitlines():
            line = ""
            for word in paragraph.split(" "):
                if line and self.width(f"{line} {word}") > width:
                    lines.append(line)
                    line = "    "
                line = f"{line} {word}" if line.strip() else line + word
                while self.width(line) > width and len(line) > 1:
                    cut = next(k for k in range(len(line) - 1, 0, -1) if self.width(line[:k]) <= width or k == 1)
                    lines.append(line[:cut])
                    line = line[cut:]
            lines.append(line)
        return lines

    # ---- shapes

    def panel(self, box: Box, alpha: int = GLASS) -> None:
        """Lay dark glass over a box x, y, width, height."""
        key = (box[2], box[3], alpha)
        if key not in self._panels:
            if len(self._panels) >= KEPT:
                self._panels.clear()
            glass = self._pg.Surface(box[2:], self._pg.SRCALPHA)
            self._pg.draw.rect(glass, (*PAPER, alpha), (0, 0, *box[2:]), border_radius=self.px(8))
            self._panels[key] = glass
        self._screen.blit(self._panels[key], box[:2])

    def box(self, box: Box, colour: Colour) -> None:
        """Fill a box with round ends."""
        self._pg.draw.rect(self._screen, colour, box, border_radius=max(1, min(box[2:]) // 2))

    def dot(self, at: tuple[float, float], radius: float, colour: Colour) -> None:
        """Fill a disc."""
        self._pg.draw.circle(self._screen, colour, (round(at[0]), round(at[1])), max(1, round(radius)))

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: Colour) -> None:
        """Draw a line."""
        self._pg.draw.line(self._screen, colour, start, end, max(1, self.px(2)))

    def ring(self, at: tuple[float, float], radius: float, colour: Colour, alpha: int) -> None:
        """Draw a circle that the picture shines through."""
        reach = round(radius) + 2
        if not (-reach < at[0] < self.size[0] + reach and -reach < at[1] < self.size[1] + reach):
            return
        glass = self._pg.Surface((2 * reach, 2 * reach), self._pg.SRCALPHA)
        self._pg.draw.circle(glass, (*colour, alpha), (reach, reach), max(2, round(radius)), max(2, self.px(2)))
        self._screen.blit(glass, (round(at[0]) - reach, round(at[1]) - reach))

    def play_sign(self, at: tuple[int, int], paused: bool) -> None:
        """Draw what time does: a triangle where it passes, two bars where it stands."""
        x, y, r = at[0], at[1], self.px(6)
        if paused:
            for left in (x - r // 2 - r // 4, x + r // 4):
                self._pg.draw.rect(self._screen, INK, (left, y - r, max(2, r // 2), 2 * r))
        else:
            self._pg.draw.polygon(self._screen, INK, [(x - r // 2, y - r), (x - r // 2, y + r), (x + r, y)])
