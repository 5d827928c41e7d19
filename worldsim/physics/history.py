"""The inputs of a world since its reset, and saved states on the way that make going back quick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import CheckpointError
from worldsim.physics.checkpoint import Checkpoint
from worldsim.physics.event import Event

Entry = tuple[tuple[NDArray[np.float64], ...], tuple[Event, ...]] | None
"""One input: the actors' checked commands and the events of a control period; None for a single physics step."""

MOST = 64  # saved states kept; beyond, every other one is given up: memory stays bounded, old moments take longer


class History:
    """What happened, in order.

    Attributes:
        entries: the inputs.
    """

    def __init__(self, start: Checkpoint, steps_per_control: int, every: int | None) -> None:
        """Begin at the start's saved state, which is never closed; `every` physics steps another one, or None."""
        self.entries: list[Entry] = []
        self._anchors = [start]
        self._steps = steps_per_control
        self._every = every

    def due(self, step_count: int) -> bool:
        """Whether it is time to save the state."""
        return self._every is not None and step_count - self._anchors[-1].saved.step_count >= self._every

    def keep(self, anchor: Checkpoint) -> None:
        """Take a saved state."""
        self._anchors.append(anchor)
        if len(self._anchors) > MOST:
            for old in self._anchors[1:-1:2]:
                old.close()
            self._anchors = [anchor for anchor in self._anchors if not anchor.closed]

    def way_to(self, step: int, now: int) -> tuple[Checkpoint, list[Entry]]:
        """Return the saved state to go back to and the inputs to repeat from there, so as to reach a physics step.

        Raises:
            CheckpointError: the step is not an instant between two inputs.
        """
        boundary = count = 0
        for count, entry in enumerate(self.entries):  # noqa: B007
            if boundary >= step:
                break
            boundary += 1 if entry is None else self._steps
        else:
            count = len(self.entries)
        if boundary != step:
            raise CheckpointError(
                f"step {step} is not an instant between two inputs of this world's history since its reset "
                f"(which ends at step {now}, {self._steps} steps a control period)"
            )
        anchor = max(
            (anchor for anchor in self._anchors if anchor.saved.step_count <= step),
            key=lambda anchor: anchor.saved.step_count,
        )
        return anchor, self.entries[anchor.saved.journal : count]

    def cut(self, entries: int, step_count: int) -> None:
        """Forget what came after so many inputs, at that physics step."""
        del self.entries[entries:]
        for anchor in [a for a in self._anchors[1:] if a.saved.step_count > step_count]:
            anchor.close()
            self._anchors.remove(anchor)

    def close(self) -> None:
        """Free the saved states but the start's."""
        for anchor in self._anchors[1:]:
            anchor.close()
        del self._anchors[1:]
