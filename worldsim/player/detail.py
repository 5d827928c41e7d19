"""How finely the window's picture is drawn, so that it stays steady on a slow machine. It draws nothing itself.

The picture is drawn at a share of its size and enlarged. A share too large for the machine is left after a third of a
second; a finer one is tried only where the times measured so far say that it fits with room to spare.
"""

from __future__ import annotations

from statistics import median

SHARES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4)
"""Of width and height that are drawn, finest first."""

BUDGET = 1 / 32
"""s a turn of the window's loop may take: 30 pictures a second and a little to spare."""

TURNS = 10
"""Turns between two looks at their times."""

ROOM = 0.8
"""Share of the budget that a finer picture may be expected to fill."""


class Detail:
    """Watches what turns of the loop cost.

    Attributes:
        share: of width and height to draw, one of `SHARES`.
    """

    def __init__(self, pixels: int = 0, affordable: int = 0) -> None:
        """Start with the whole picture, or with what leaves no more than the affordable number of its pixels."""
        fits = [level for level, share in enumerate(SHARES) if pixels * share**2 <= affordable]
        self._level = 0 if not affordable else fits[0] if fits else len(SHARES) - 1
        self._turns: list[tuple[float, float]] = []

    @property
    def share(self) -> float:
        """What is drawn now."""
        return SHARES[self._level]

    def guess(self, drawing: float) -> None:
        """Take the seconds that drawing took once, and begin with the finest picture that fits for sure."""
        while self._level > 0:
            finer = SHARES[self._level - 1]
            drawing *= (finer / self.share) ** 2
            if drawing > ROOM * BUDGET:
                break
            self._level -= 1

    def note(self, turn: float, drawing: float) -> None:
        """Take the seconds a turn took without waiting, and those of them that the renderer took."""
        self._turns.append((turn, drawing))
        if len(self._turns) < TURNS:
            return
        whole, drawn = (median(column) for column in zip(*self._turns, strict=True))
        self._turns.clear()
        if whole > BUDGET:
            self._level = min(self._level + 1, len(SHARES) - 1)
        elif self._level > 0:
            growth = (SHARES[self._level - 1] / self.share) ** 2
            if whole + drawn * (growth - 1) < ROOM * BUDGET:
                self._level -= 1

    def forget(self) -> None:
        """Drop what was noted: it was of other pictures."""
        self._turns.clear()
