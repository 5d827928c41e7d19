"""The drawing process, as the window starts it (see `studio.py` for what it serves)."""

from __future__ import annotations

import os

from worldsim.player.worker import Worker


class Painter(Worker):
    """Draws any number of stages; each has its number."""

    def __init__(self) -> None:
        """Start it. Mesa's software driver is left all cores but one: that one is the world's.

        Raises:
            HelperError: it can't be started.
        """
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
        super().__init__("worldsim.player.studio", "draws", LP_NUM_THREADS=str(max(1, cores - 1)))
        self._stages = 0

    def number(self) -> int:
        """Return a number that no stage has yet."""
        self._stages += 1
        return self._stages
