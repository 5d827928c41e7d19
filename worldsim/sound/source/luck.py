"""Chance by control period: the same numbers for the same period, drawn many at once to be cheap."""

from __future__ import annotations

from worldsim.sound.chance import uniform

PERIODS = 64  # drawn at once


class Luck:
    """A few numbers in [0, 1) for each period."""

    def __init__(self, width: int, *keys: int) -> None:
        """Fix how many numbers a period gets and the keys of chance."""
        self._width, self._keys = width, keys
        self._page = -1
        self._numbers: list[float] = []

    def at(self, period: int) -> list[float]:
        """Return (width,) of a period, numbered from 0 on."""
        page, row = divmod(period, PERIODS)
        if page != self._page:
            self._page = page
            self._numbers = uniform(PERIODS * self._width, *self._keys, page).tolist()
        return self._numbers[row * self._width : (row + 1) * self._width]
