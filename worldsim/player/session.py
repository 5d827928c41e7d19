"""What is played: a world, who drives it, its past, and the take that keeps it all. It knows nothing of windows.

A person's keys and a policy's actions go through the same `advance`. Going back is exact: the world is restored and the
take is cut at that moment.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import CheckpointError
from worldsim.physics.command import Commands
from worldsim.physics.event import Event
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.player.history import Flash, History
from worldsim.policy import pilot_for, policies
from worldsim.scene.model import Scene
from worldsim.take import TakeWriter

REMEMBERED = 60.0  # s of the past that can be scrubbed
STRONG = 0.15  # N·s from which on a new contact is worth showing
BALLS = 8  # to throw

Input = tuple[Commands, tuple[Event, ...]]


@dataclass
class Slot:
    """A moment to come back to, and how to get there even from another course of events.

    Attributes:
        moment: it. inputs: all that was put in from the start to it, one a control period.
        branch: the last moment its course shares with what has happened since.
    """

    moment: Snapshot
    inputs: list[Input]
    branch: Snapshot


class Session:
    """A scene being played.

    Attributes:
        scene, world: it. policy: the name of what drives where no person does, None for none. driven: whether it
            drives now. history: the last minute.
        states, contacts: of the last control period: a snapshot for each physics step, rows of `CONTACT_DTYPE`.
    """

    def __init__(self, scene: Scene, seed: int = 0, policy: str | None = None, driven: bool = False) -> None:
        """Build the world and begin a take in a temporary folder.

        Raises:
            SceneError: the scene can't be built. UnknownNameError: no such policy.
            OutputError: nothing can be written to the folder for temporary files.
        """
        self.scene = scene
        self.policy = policy
        self.world = World(scene, seed, spare_balls=BALLS, anchor_every=1.0)
        self._folder = Path(tempfile.mkdtemp(prefix="worldsim-"))
        self._takes = 0
        self._take: TakeWriter | None = None
        try:
            self._pilot = pilot_for(self.world, policy, seed)
            self._take = self._new_take()
        except BaseException:
            self.close()
            raise
        self.driven = driven and policy is not None
        self.history = History(int(REMEMBERED * self.world.control_rate), self.world.snapshot())
        self._begin()

    def _begin(self) -> None:
        self._static = np.array([part.static for part in self.world.parts])
        self._acting = np.array([part.actor is not None for part in self.world.parts])
        self.history.restart(self.world.snapshot())
        self._inputs: list[Input] = []
        self._slot: Slot | None = None
        self.states: Sequence[Snapshot] = (self.history.now,)
        self.contacts: NDArray[np.void] = self.world.contacts.rows

    @property
    def take(self) -> TakeWriter:
        """The take being written."""
        if self._take is None:
            raise RuntimeError("a session that could not be made has no take")
        return self._take

    def _new_take(self) -> TakeWriter:
        self._takes += 1
        return TakeWriter(self._folder / f"{self._takes}.take", self.world, policy=self.policy)

    # ---- time

    def advance(self, commands: Commands, events: Sequence[Event] = ()) -> None:
        """Let one control period pass with a person's commands and events, or the policy's commands.

        Where a moment of the past is looked at, time goes on from there.
        """
        self.resume()
        self._advance(dict(self._pilot(self.world)) if self.driven else commands, tuple(events))

    def _advance(self, commands: Commands, events: tuple[Event, ...]) -> None:
        contacts, self.states = self.take.advance(commands, events)
        self._inputs.append((commands, events))
        self.history.append(self.states[-1])
        self.contacts = rows = contacts.rows
        strong = rows[rows["new"] & (rows["impulse"] > STRONG) & self._worth_showing(rows)]
        for row in strong[np.argsort(-strong["impulse"])][:12]:
            self.history.flash(Flash(row["position"].copy(), float(row["impulse"]), self.world.time))

    def _worth_showing(self, rows: NDArray[np.void]) -> NDArray[np.bool_]:
        """Return which contacts are more than an actor's step on what does not move."""
        a, b = rows["part_a"], rows["part_b"]
        return ~((self._static[a] & self._acting[b]) | (self._static[b] & self._acting[a]))

    def resume(self) -> None:
        """Make the moment that is looked at the present; what came after it is gone, in the take too."""
        if self.history.looking:
            self._go_to(self.history.shown)

    def _go_to(self, moment: Snapshot) -> None:
        if moment.step != self.world.step_count:
            if moment.step == 0:
                self.world.reset()
            else:
                self.world.restore(moment)
            periods = moment.step // self.world.steps_per_control
            self.take.rewind(periods)
            del self._inputs[periods:]
            if self._slot is not None and moment.step < self._slot.branch.step:
                self._slot.branch = moment
        self.history.cut(moment)

    def reset(self, seed: int | None = None) -> None:
        """Start again: with the same seed, which keeps the moment remembered, or with another."""
        if seed is None or seed == self.world.seed:
            self.world.reset()
            start = self.world.snapshot()
            if self._slot is not None:
                self._slot.branch = start
            self.take.rewind(0)
            self._inputs.clear()
            self.history.restart(start)
            return
        self.world.reset(seed)
        self.take.abort()
        self._pilot = pilot_for(self.world, self.policy, seed)
        self._take = self._new_take()
        self._begin()

    # ---- a moment to come back to

    def save(self) -> None:
        """Remember this moment."""
        self.resume()
        self._slot = Slot(self.history.now, list(self._inputs), self.history.now)

    def load(self, progress: Callable[[float], None] = lambda done: None) -> bool:
        """Go back to the moment remembered, to the byte; False where there is none.

        From another course of events it is reached by going back to where the two part, and by doing all again from
        there.

        Args:
            progress: called with what is done of that, in [0, 1].
        """
        slot = self._slot
        if slot is None:
            return False
        self._go_to(slot.branch)
        first = len(self._inputs)
        for k, (commands, events) in enumerate(slot.inputs[first:]):
            self._advance(commands, events)
            progress((k + 1) / (len(slot.inputs) - first))
        if not np.array_equal(self.history.now.position, slot.moment.position):
            raise CheckpointError("the moment remembered could not be reached again: what followed ended elsewhere")
        slot.branch = slot.moment
        return True

    # ---- who drives

    def swap_driver(self) -> None:
        """Let the policy drive instead of the person, or the other way round.

        Where no policy was asked for, the one named as the scene is taken, or else one that wanders.

        Raises:
            WorldsimError: the policy can't drive in this scene.
        """
        if self.policy is None and self.world.actors:
            name = self.scene.name if self.scene.name in policies() else "wander"
            self._pilot = pilot_for(self.world, name, self.world.seed)
            self.policy = name
        self.driven = self.policy is not None and not self.driven

    # ---- files

    def keep_take(self, path: Path) -> Path:
        """Write all that has happened so far to a finished take, and go on.

        Raises:
            OutputError: it can't be written there.
        """
        self.resume()
        return self.take.copy_to(path)

    def close(self) -> None:
        """Free the world and the temporary files; a second call does nothing."""
        if self._take is not None:
            self._take.abort()
        self.world.close()
        shutil.rmtree(self._folder, ignore_errors=True)
