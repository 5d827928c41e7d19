"""What commands print: progress and notes on stderr, one JSON document or a table on stdout."""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO

import click

SHOW_AFTER = 1.0  # s: what ends sooner needs no bar
LINE_EVERY = 10.0  # s between lines where stderr is no terminal


def print_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print one JSON document, strictly JSON: no NaN, no infinity."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def note(message: str) -> None:
    """Tell the person something; scripts that read stdout don't see it."""
    click.echo(message, err=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns, as wide as they need; plain text, fit for grep and cut."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    for i, row in enumerate([columns, *rows]):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if i == 0 else line)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show each warning as one line without its source, `worldsim: the message`, once."""
    seen: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = str(message)
        if text not in seen:
            seen.add(text)
            note(f"worldsim: {text}")

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.showwarning = show
        yield


class Progress:
    """Progress with speed and time left on stderr, from the second second on; a context manager.

    On a terminal it is a bar; elsewhere a line every ten seconds, so that a log stays short.
    """

    def __init__(self, doing: str, total: int, unit: str) -> None:
        """Take what is being done ("recording"), how many there are of what ("frames")."""
        self.doing = doing
        self.total = total
        self.unit = unit
        self._bar: Any = None
        self._task: Any = None
        self._start = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, total: int | None = None) -> None:
        """Say how many are done; `total` where it has become another."""
        self.total = total or self.total
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=self.total, speed=self._speed(done, now))
        elif now - self._start >= SHOW_AFTER:
            if sys.stderr.isatty():
                self._open(done, now)
            elif now - self._said >= LINE_EVERY:
                self._said = now
                speed = done / (now - self._start)
                left = (self.total - done) / speed if speed else 0.0
                note(f"{self.doing}: {done} of {self.total} {self.unit}, {self._speed(done, now)}, {left:.0f} s left")

    def _speed(self, done: int, now: float) -> str:
        return f"{done / max(now - self._start, 1e-9):.3g} {self.unit}/s"

    def _open(self, done: int, now: float) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn(self.doing),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(self.doing, total=self.total, completed=done, speed=self._speed(done, now))
        self._bar.start()
