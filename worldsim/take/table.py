"""The contents of a DATA chunk: some control periods with their inputs, states and contacts, to bytes and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.event import Event, Pull, Throw
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.take.codec import CodecError, join, pack_records, pack_rows, split, unpack_records, unpack_rows
from worldsim.take.header import Header

KINDS: dict[str, Callable[..., Event]] = {"pull": Pull, "throw": Throw}


@dataclass(frozen=True)
class Table:
    """N control periods of S physics steps each.

    Attributes:
        commands: (N, C) float64: the channels of all actors one after the other, in the order of the header.
        events: N tuples. counts: (N,) uint32, contacts in each period.
        states: (N·S, K) float64, see `row_of`.
        contacts: (counts.sum(),) `CONTACT_DTYPE`.
    """

    commands: NDArray[np.float64]
    events: tuple[tuple[Event, ...], ...]
    counts: NDArray[np.uint32]
    states: NDArray[np.float64]
    contacts: NDArray[np.void]

    def to_bytes(self) -> bytes:
        """Return it compressed."""
        happened = [
            [period, [[type(event).__name__.lower(), asdict(event)] for event in events]]
            for period, events in enumerate(self.events)
            if events
        ]
        return join(
            [
                pack_rows(self.commands),
                json.dumps(happened, separators=(",", ":")).encode(),
                self.counts.astype("<u4").tobytes(),
                pack_rows(self.states),
                pack_records(self.contacts),
            ]
        )

    @classmethod
    def from_bytes(cls, data: bytes, header: Header, periods: int) -> Table:
        """Read what `to_bytes` wrote.

        Raises:
            CodecError: it does not fit the header.
        """
        commands, happened, counts, states, contacts = split(data, 5)
        events: list[tuple[Event, ...]] = [()] * periods
        try:
            for period, found in json.loads(happened):
                events[period] = tuple(_event(*one) for one in found)
            count = np.frombuffer(counts, "<u4")
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise CodecError(str(error)) from None
        table = cls(
            unpack_rows(commands), tuple(events), count, unpack_rows(states), unpack_records(contacts, CONTACT_DTYPE)
        )
        expected = ((periods, header.channels), (periods * header.steps_per_control, header.columns))
        if (table.commands.shape, table.states.shape) != expected or len(count) != periods:
            raise CodecError(f"tables of {table.commands.shape} and {table.states.shape}, expected {expected}")
        if count.sum() != len(table.contacts):
            raise CodecError("the contacts do not fit")
        return table


def _event(kind: str, values: dict[str, Any]) -> Event:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return KINDS[kind](**fields)


def row_of(state: Snapshot, out: NDArray[np.float64]) -> None:
    """Write a state into (K,) `out`: position, orientation, velocity, angular velocity of all parts; joints."""
    np.concatenate(
        [
            state.position.ravel(),
            state.orientation.ravel(),
            state.velocity.ravel(),
            state.angular_velocity.ravel(),
            state.joint_position,
            state.joint_velocity,
        ],
        out=out,
    )


def snapshot_of(row: NDArray[np.float64], step: int, header: Header) -> Snapshot:
    """Return the state in a row (K,), bit for bit the one that `row_of` took."""
    p, j = len(header.parts), len(header.joints)
    arrays, place = [], 0
    for shape in ((p, 3), (p, 4), (p, 3), (p, 3), (j,), (j,)):
        size = int(np.prod(shape))
        array = row[place : place + size].reshape(shape)
        array.setflags(write=False)
        arrays.append(array)
        place += size
    return Snapshot(step, step / header.step_rate, *arrays)
