"""Ctrl-C and SIGTERM as a request to finish: the loop that is under way ends where it can, and files are completed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Request:
    """Whether somebody asked to stop, and how: "SIGINT", "SIGTERM" or None."""

    def __init__(self) -> None:
        """Nobody has."""
        self.name: str | None = None

    def __bool__(self) -> bool:
        return self.name is not None


@contextmanager
def stop_request() -> Iterator[Request]:
    """Catch the first Ctrl-C or SIGTERM within the block; a second one raises KeyboardInterrupt.

    In a thread other than the main one nothing is caught: only the main thread gets signals.
    """
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def note(number: int, frame: FrameType | None) -> None:
        if request.name is not None:
            raise KeyboardInterrupt
        request.name = signal.Signals(number).name

    before = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
