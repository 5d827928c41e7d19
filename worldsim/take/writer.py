"""Writing a take while it happens. Memory does not grow with its length; a crash costs at most the last half second.

Chunks are compressed and written by a thread of their own, in order; what is in the file does not depend on it.
"""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import ClosedError, TakeError
from worldsim.output import WholeFile, check_place, failed, part_of, publish
from worldsim.physics.event import Event
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.take.chunk import Chunk, read_payload, write_chunk, write_preamble
from worldsim.take.codec import join, pack_rows
from worldsim.take.header import Header
from worldsim.take.table import Table, row_of

if TYPE_CHECKING:
    from worldsim.physics.contacts import Contacts
    from worldsim.physics.world import World
    from worldsim.take.reader import Take

CHUNK_SECONDS = 0.5
CHUNK_BYTES = 8 << 20  # of states, before compression
CHUNK_CONTACTS = 65_536  # rows
QUEUED = 2  # chunks that may wait for the disk before `append` does

Job = tuple[int, Table]


class TakeWriter:
    """A take being written. It lies in `NAME.part` until `close`; that file can be read at any time.

    Attributes:
        path: the finished file. part: where it is until then. header: what it says of itself.
    """

    def __init__(self, path: Path | str, world: World, *, policy: str | None = None, start: Take | None = None) -> None:
        """Start a take of a world that is at its start, or at a moment of the take `start`, whose past it then copies.

        Args:
            path: NAME.take.
            world: what is recorded.
            policy: who acts, in words; kept in the header.
            start: the take that `world` was forked from.

        Raises:
            OutputError: a file can't be written there.
            TakeError: the world is under way and no take tells its past, or another one.
        """
        self.path = check_place(Path(path))
        self.part = part_of(self.path)
        self.world = world
        self.header = Header.of(world, policy)
        if world.step_count and start is None:
            raise TakeError(
                f"a take starts at the reset, but this world is at step {world.step_count}: reset it, or give the take "
                "that it was forked from as start"
            )
        header = self.header
        most = CHUNK_BYTES // (8 * header.columns * header.steps_per_control) if header.columns else 1 << 20
        self._capacity = max(1, min(most, int(header.control_rate * CHUNK_SECONDS)))
        self._states = np.empty((self._capacity * header.steps_per_control, header.columns))
        self._commands = np.empty((self._capacity, header.channels))
        self._events: list[tuple[Event, ...]] = []
        self._contacts: list[NDArray[np.void]] = []
        self._first = 0  # the first period in the buffers
        self._state = "open"
        self._chunks: list[Chunk] = []  # one small entry for each half second
        self._error: OSError | None = None
        try:
            self._file = WholeFile(self.part)
        except OSError as error:
            raise failed(self.path, error) from None
        self._queue: queue.Queue[Job | None] = queue.Queue(QUEUED)
        self._thread = threading.Thread(target=self._work, name=f"take {self.path.name}", daemon=True)
        try:
            initial = np.empty((1, header.columns))
            row_of(world.snapshot() if start is None else start.step_snapshot(0), initial[0])
            write_preamble(self._file)
            self._write(b"HEAD", 0, 0, join([header.to_bytes(), pack_rows(initial)]))
            self._thread.start()
            if start is not None:
                self._copy(start)
        except OSError as error:
            self.abort()
            raise failed(self.path, error) from None
        except BaseException:
            self.abort()
            raise

    def __len__(self) -> int:
        """Return the control periods so far."""
        return self._first + len(self._events)

    def advance(
        self, commands: Mapping[str, ArrayLike] | None = None, events: Sequence[Event] = ()
    ) -> tuple[Contacts, list[Snapshot]]:
        """Let the world pass one control period and record it.

        Returns:
            Its contacts, and the state after each of its physics steps.

        Raises:
            ActionError: as `World.advance`; nothing has happened then.
            OutputError: it can't be written.
        """
        self._open()
        asked = {name: np.asarray(value, np.float64) for name, value in (commands or {}).items()}
        states: list[Snapshot] = []
        contacts = self.world.advance(asked, events, states)
        self.append(asked, events, contacts, states)
        return contacts, states

    def append(
        self,
        commands: Mapping[str, ArrayLike] | None,
        events: Sequence[Event],
        contacts: ArrayLike | Contacts,
        states: Sequence[Snapshot],
    ) -> None:
        """Record a control period that `World.advance(commands, events, states)` has just let pass.

        Args:
            commands: what was asked, by actor; the neutral command for an actor left out.
            events: what people did.
            contacts: what `advance` returned.
            states: one for each of its physics steps.

        Raises:
            TakeError: these are not the states that follow the last ones.
            OutputError: an earlier chunk could not be written; what came before it is kept in `part`.
        """
        self._open()
        header, place = self.header, len(self._events)
        steps, first = header.steps_per_control, len(self) * header.steps_per_control + 1
        if [state.step for state in states] != list(range(first, first + steps)):
            raise TakeError(
                f"this take goes on with steps {first} to {first + steps - 1}, but the states given are of steps "
                f"{[state.step for state in states]}: every control period since the reset must be recorded, in order"
            )
        for k, state in enumerate(states):
            row_of(state, self._states[place * steps + k])
        self._commands[place] = self._flat(commands or {})
        self._events.append(tuple(events))
        self._contacts.append(np.array(contacts, CONTACT_DTYPE))
        if len(self._events) == self._capacity or sum(map(len, self._contacts)) > CHUNK_CONTACTS:
            self._flush()

    def rewind(self, period: int) -> None:
        """Take back everything from that control period on: the next `append` is the one after it.

        Raises:
            TakeError: there is no such period.
            OutputError: the file can't be changed.
        """
        self._open()
        if not 0 <= period <= len(self):
            raise TakeError(f"this take has {len(self)} control periods; it can't go back to {period}")
        self._queue.join()
        self._raise()
        if period < self._first:
            self._reload(period)
        del self._events[period - self._first :]
        del self._contacts[period - self._first :]

    def close(self, outcome: str | None = None) -> None:
        """Finish the file; a second call does nothing.

        Args:
            outcome: how it ended; by default what the world's scene says now.

        Raises:
            OutputError: the disk is full; what could be written is kept in `part` and can be read.
        """
        if self._state != "open":
            return
        if outcome is None and not self.world.closed:
            outcome = self.world.outcome()
        self._state = "closed"
        try:
            self._flush()
            self._stop()
            self._raise()
            end = {"periods": len(self), "outcome": outcome}
            self._write(b"DONE", len(self), 0, json.dumps(end).encode())
            self._file.close()
            publish(self.part, self.path)
        except OSError as error:
            raise self._failure(error) from None
        finally:
            self._stop()
            self._file.close()

    def copy_to(self, path: Path | str, outcome: str | None = None) -> Path:
        """Write what there is so far as a finished take of another name, and go on.

        Args:
            path: NAME.take.
            outcome: how things stand; by default what the world's scene says now.

        Returns:
            The path.

        Raises:
            OutputError: it can't be written there, or an earlier chunk of this take could not be.
        """
        self._open()
        path = check_place(Path(path))
        if outcome is None and not self.world.closed:
            outcome = self.world.outcome()
        self._flush()
        self._queue.join()
        self._raise()
        end = json.dumps({"periods": len(self), "outcome": outcome}).encode()
        part = part_of(path)
        try:
            shutil.copyfile(self.part, part)
            with part.open("ab") as file:
                write_chunk(file, len(self._chunks), b"DONE", len(self), 0, end, self._chunks[-1].digest)
            publish(part, path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise failed(path, error) from None
        return path

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        if self._state == "open":
            self._state = "closed"
            self._stop()
            self._file.close()
            self.part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- inside

    def _open(self) -> None:
        if self._state != "open":
            raise ClosedError(f"{self.path.name} is closed: start a new TakeWriter")
        self._raise()

    def _flat(self, commands: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """Return all actors' commands in one row, clipped as the world clips them."""
        rows = []
        for name, actor in self.world.actors.items():
            channels = actor.command_channels
            value = commands.get(name)
            row = np.array([c.neutral for c in channels]) if value is None else np.asarray(value, np.float64)
            rows.append(np.clip(row, [c.low for c in channels], [c.high for c in channels]))
        return np.concatenate(rows) if rows else np.empty(0)

    def _flush(self) -> None:
        """Hand the buffers to the thread."""
        count = len(self._events)
        if count:
            table = Table(
                self._commands[:count].copy(),
                tuple(self._events),
                np.array([len(rows) for rows in self._contacts], np.uint32),
                self._states[: count * self.header.steps_per_control].copy(),
                np.concatenate(self._contacts),
            )
            self._queue.put((self._first, table))
            self._first += count
            self._events.clear()
            self._contacts.clear()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                if self._error is None:
                    first, table = job
                    self._write(b"DATA", first, len(table.events), table.to_bytes())
            except OSError as error:
                self._error = error
            finally:
                self._queue.task_done()

    def _write(self, kind: bytes, first: int, count: int, payload: bytes) -> None:
        before = self._chunks[-1].digest if self._chunks else bytes(32)
        self._chunks.append(write_chunk(self._file, len(self._chunks), kind, first, count, payload, before))

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _reload(self, period: int) -> None:
        """Take the chunk of that period back into the buffers and cut the file before it."""
        place = next(k for k, c in enumerate(self._chunks) if c.kind == b"DATA" and c.first + c.count > period)
        chunk = self._chunks[place]
        try:
            payload = read_payload(self._file, self.part.name, chunk, self._chunks[place - 1].digest)
            self._file.truncate(chunk.offset)
            self._file.seek(chunk.offset)
        except OSError as error:
            raise self._failure(error) from None
        del self._chunks[place:]
        table = Table.from_bytes(payload, self.header, chunk.count)
        self._first = chunk.first
        self._commands[: chunk.count] = table.commands
        self._states[: len(table.states)] = table.states
        self._events = list(table.events)
        self._contacts = np.split(table.contacts, np.cumsum(table.counts)[:-1])

    def _copy(self, start: Take) -> None:
        """Record the past of a forked world as its take tells it."""
        steps = self.header.steps_per_control
        period, rest = divmod(self.world.step_count, steps)
        if rest or period > len(start) or start.header.parts != self.header.parts:
            raise TakeError(f"step {self.world.step_count} of this world is no moment of {start.name}")
        for k in range(period):
            states = [start.step_snapshot(k * steps + s) for s in range(1, steps + 1)]
            self.append(start.commands(k), start.events(k), start.contacts(k), states)
        now, then = np.empty((2, self.header.columns))
        row_of(self.world.snapshot(), now)
        row_of(start.snapshot(period), then)
        if now.tobytes() != then.tobytes():
            raise TakeError(f"this world was not forked from {start.name}: its state at step {period * steps} differs")

    def _raise(self) -> None:
        if self._error is not None:
            raise self._failure(self._error) from None

    def _failure(self, error: OSError) -> Exception:
        self._state = "closed"
        with contextlib.suppress(OSError):
            self._file.close()
        done = self._chunks[-1].first + self._chunks[-1].count if self._chunks else 0
        seconds = done / self.header.control_rate
        return failed(self.path, error, f"the first {seconds:.1f} s are kept in {self.part}, a take that can be read")
