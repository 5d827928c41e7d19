"""Which keys are down. A tap shorter than a picture still counts for one control period. Knows nothing of windows."""

from __future__ import annotations

from collections.abc import Set


class Held:
    """Keys by name, as people press and release them."""

    def __init__(self) -> None:
        """Nothing is down."""
        self._down: set[str] = set()
        self._tapped: set[str] = set()

    @property
    def keys(self) -> Set[str]:
        """What is down, and what was pressed since the last `used`."""
        return self._down | self._tapped

    def press(self, key: str) -> None:
        """A key goes down."""
        self._down.add(key)
        self._tapped.add(key)

    def release(self, key: str) -> None:
        """A key comes up."""
        self._down.discard(key)

    def used(self) -> None:
        """A control period has passed with `keys`: taps have had their effect."""
        self._tapped.clear()

    def clear(self) -> None:
        """Let go of everything: the window has lost the keyboard."""
        self._down.clear()
        self._tapped.clear()
