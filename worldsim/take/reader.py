"""Reading a take: any moment of it at once, its world again, a fork from any control period.

Memory does not grow with the take's length. Use a take in one thread.
"""

from __future__ import annotations

import json
import tempfile
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError, SceneError, TakeError
from worldsim.physics.event import Event
from worldsim.physics.state import Snapshot
from worldsim.take.chunk import Chunk, damaged, read_payload, scan
from worldsim.take.codec import CodecError, split, unpack_rows
from worldsim.take.header import Header
from worldsim.take.table import Table, row_of, snapshot_of

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.layout import Layout
    from worldsim.scene.model import Scene

CACHED = 4
"""Chunks kept unpacked: about two seconds."""


class Take:
    """What happened in a world, N control periods of S physics steps. Made by `Take.open`; close it when done.

    Attributes:
        name: of the file, for messages. header: scene, seed, rates, names, versions.
        truncated: whether the file stops before its end was written: a crash, a full disk, or it is being written.
        outcome: how it ended, or None.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; see `open`."""
        self.path = path
        self.name = path.name
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise TakeError(f"{path} can't be read: {error.strerror or error}") from None
        try:
            chunks, cut = scan(self._file, self.name)
            if not chunks:
                raise TakeError(f"{self.name} is cut off within its header: nothing was recorded in it")
            self._before = [bytes(32), *(chunk.digest for chunk in chunks)]
            self._chunks = [chunk for chunk in chunks if chunk.kind == b"DATA"]
            self.header, self._initial = self._head(chunks[0])
            self.truncated = cut or chunks[-1].kind != b"DONE"
            self.outcome = None if self.truncated else self._end(chunks[-1])
        except BaseException:
            self._file.close()
            raise
        self._firsts = [chunk.first for chunk in self._chunks]
        self._tables: OrderedDict[int, Table] = OrderedDict()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @classmethod
    def open(cls, path: Path | str) -> Take:
        """Open a take: only headers are read; each part is checked when it is used, all of it by `verify`.

        Raises:
            TakeError: no such file, not a take, of another version, altered, or cut off before anything was recorded.
        """
        return cls(Path(path))

    # ---- what is in it

    def __len__(self) -> int:
        """Return the number of control periods, N."""
        return self._chunks[-1].first + self._chunks[-1].count if self._chunks else 0

    @property
    def steps(self) -> int:
        """Physics steps, N·S."""
        return len(self) * self.header.steps_per_control

    @property
    def seconds(self) -> float:
        """Simulated time from the reset to the end."""
        return len(self) / self.header.control_rate

    @cached_property
    def scene(self) -> Scene:
        """The scene, from the files the take carries.

        Raises:
            TakeError: this version of worldsim refuses it.
        """
        from worldsim.scene.load import load_bundle, load_scene

        bundle = self.header.bundle()
        try:
            if all(name.endswith((".yaml", ".yml")) for name in bundle):
                return load_bundle(bundle, self.header.main)
            return load_scene(self._unpack(bundle))
        except SceneError as error:
            tail = f" (made with {self.header.differences()})" if self.header.differences() else ""
            raise TakeError(f"the scene of {self.name} can't be built here{tail}: {error}") from None

    @cached_property
    def layout(self) -> Layout:
        """The scene as drawn with the take's seed."""
        return self.scene.layout(self.header.seed)

    def snapshot(self, period: int) -> Snapshot:
        """Return the state after `period` control periods, 0 … N.

        Raises:
            TakeError: there is no such moment, or that part of the file was altered.
        """
        self._check(period, len(self), "moment")
        return self.step_snapshot(period * self.header.steps_per_control)

    def step_snapshot(self, step: int) -> Snapshot:
        """Return the state after `step` physics steps, 0 … N·S."""
        self._check(step, self.steps, "physics step")
        if step == 0:
            return snapshot_of(self._initial, 0, self.header)
        size = self.header.steps_per_control
        first, table = self._at((step - 1) // size)
        return snapshot_of(table.states[step - 1 - first * size], step, self.header)

    def states(self, period: int) -> list[Snapshot]:
        """Return the state after each physics step of a control period, 0 … N − 1."""
        self._check(period, len(self) - 1, "control period")
        size = self.header.steps_per_control
        return [self.step_snapshot(period * size + s) for s in range(1, size + 1)]

    def contacts(self, period: int) -> NDArray[np.void]:
        """Return the contacts of a control period, 0 … N − 1: (K,) `CONTACT_DTYPE`."""
        self._check(period, len(self) - 1, "control period")
        first, table = self._at(period)
        end = int(table.counts[: period - first + 1].sum())
        return table.contacts[end - int(table.counts[period - first]) : end]

    def commands(self, period: int) -> dict[str, NDArray[np.float64]]:
        """Return every actor's command in a control period, 0 … N − 1, clipped as the world clipped it."""
        self._check(period, len(self) - 1, "control period")
        first, table = self._at(period)
        out, place = {}, 0
        for name, channels in self.header.actors.items():
            out[name] = table.commands[period - first, place : place + len(channels)]
            place += len(channels)
        return out

    def events(self, period: int) -> tuple[Event, ...]:
        """Return what people did in a control period, 0 … N − 1."""
        self._check(period, len(self) - 1, "control period")
        first, table = self._at(period)
        return table.events[period - first]

    def verify(self) -> None:
        """Read the whole file.

        Raises:
            TakeError: a part of it is not what was written; the message has the number of the chunk.
        """
        for chunk in self._chunks:
            self._table(chunk)

    # ---- the world again

    def world(self, **options: Any) -> World:
        """Return a new world at the take's start; close it when done.

        Args:
            options: further ones of `World`: `anchor_every`, `detailed`.

        Raises:
            TakeError: this version of worldsim builds another world from the scene.
        """
        from worldsim.physics.world import World

        world = World(self.scene, self.header.seed, spare_balls=self.header.spare_balls, **options)
        parts = tuple(part.name for part in world.parts)
        if (parts, tuple(world.joint_names)) != (self.header.parts, self.header.joints):
            world.close()
            raise TakeError(
                f"the scene of {self.name} gives {len(parts)} parts here, and {len(self.header.parts)} in the take, "
                f"or other ones: {self.header.differences() or 'the file was altered'}"
            )
        return world

    def replay(self) -> Iterator[World]:
        """Simulate the take again, and yield the world after each control period while checking every bit of its state.

        The world is closed when the iterator ends.

        Raises:
            TakeError: the first physics step whose state differs.
        """
        with self.world(detailed=False) as world:
            for period in range(len(self)):
                self._again(world, period)
                yield world

    def fork(self, period: int, **options: Any) -> World:
        """Return a new world at the end of `period` control periods, 0 … N, reached by replay; close it when done.

        To go on recording: `TakeWriter(path, world, start=take)`.

        Args:
            period: where to.
            options: further ones of `World`.

        Raises:
            TakeError: there is no such moment, or the replay leaves the take.
        """
        self._check(period, len(self), "moment")
        world = self.world(**options)
        try:
            for k in range(period):
                self._again(world, k)
        except BaseException:
            world.close()
            raise
        return world

    # ---- the end

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- inside

    def _head(self, chunk: Chunk) -> tuple[Header, NDArray[np.float64]]:
        payload = read_payload(self._file, self.name, chunk, self._before[0])
        try:
            head, initial = split(payload, 2)
            header = Header.from_bytes(head, self.name)
            row = unpack_rows(initial)
        except CodecError as error:
            raise damaged(self.name, chunk.number, str(error)) from None
        if row.shape != (1, header.columns):
            raise damaged(self.name, chunk.number, f"an initial state of shape {row.shape}")
        return header, row[0]

    def _end(self, chunk: Chunk) -> str | None:
        try:
            end = json.loads(read_payload(self._file, self.name, chunk, self._before[chunk.number]))
            outcome = end["outcome"]
        except (ValueError, KeyError, TypeError):
            raise damaged(self.name, chunk.number, "its end can't be read") from None
        return None if outcome is None else str(outcome)

    def _at(self, period: int) -> tuple[int, Table]:
        """Return the first period of the chunk that has this one, and its contents."""
        chunk = self._chunks[bisect_right(self._firsts, period) - 1]
        return chunk.first, self._table(chunk)

    def _table(self, chunk: Chunk) -> Table:
        if self._file.closed:
            raise ClosedError(f"{self.name} is closed: open it again")
        table = self._tables.get(chunk.number)
        if table is None:
            payload = read_payload(self._file, self.name, chunk, self._before[chunk.number])
            try:
                table = Table.from_bytes(payload, self.header, chunk.count)
            except CodecError as error:
                raise damaged(self.name, chunk.number, str(error)) from None
            self._tables[chunk.number] = table
            if len(self._tables) > CACHED:
                self._tables.popitem(last=False)
        self._tables.move_to_end(chunk.number)
        return table

    def _check(self, index: int, last: int, what: str) -> None:
        if not 0 <= index <= last:
            there = f"0 to {last}" if last >= 0 else "none"
            cut = ", and is cut off there" if self.truncated else ""
            raise TakeError(f"{self.name} has no {what} {index}: it has {there}{cut}")

    def _again(self, world: World, period: int) -> None:
        """Let the world pass a control period again; every state must be the one recorded."""
        states: list[Snapshot] = []
        world.advance(self.commands(period), self.events(period), states)
        found = np.empty(self.header.columns)
        for state in states:
            row_of(state, found)
            row_of(self.step_snapshot(state.step), expected := np.empty(self.header.columns))
            if found.tobytes() != expected.tobytes():
                raise TakeError(
                    f"{self.name} can't be replayed here: step {state.step} ({state.time:.3f} s) is the first that "
                    f"differs, by up to {np.nanmax(np.abs(found - expected)):.3g}; "
                    f"{self.header.differences() or 'versions and machine are the same: the take was altered'}. "
                    "Its recorded states can still be rendered"
                )

    def _unpack(self, bundle: dict[str, bytes]) -> Path:
        """Write the scene's files, meshes among them, into a folder that lasts as long as the take is open."""
        self._folder = tempfile.TemporaryDirectory(prefix="worldsim-take-")
        root = Path(self._folder.name).resolve()
        for name, data in bundle.items():
            path = (root / name).resolve()
            if not path.is_relative_to(root):
                raise TakeError(f"{self.name} carries a file {name!r} that would lie outside its folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return root / self.header.main
