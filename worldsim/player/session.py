"""What is played: a world, who drives it, its past, and the take that keeps it all. It knows nothing of windows.

A person's keys and a policy's actions go through the same `advance`. Going back is exact: the world is restored and the
take is cut at that moment.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.event import Event
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.policy import pilot_for
from worldsim.scene.model import Scene
from worldsim.take import Take, TakeWriter

REMEMBERED = 60.0  # s of the past that can be scrubbed
FLASH = 0.25  # s a contact is shown
STRONG = 0.15  # N·s from which on a new contact is worth showing
BALLS = 8  # to throw


@dataclass(frozen=True)
class Flash:
    """A contact to show: where, (3,) m; how strong, N·s; when, s."""

    position: NDArray[np.float64]
    impulse: float
    time: float


class Session:
    """A scene being played.

    Attributes:
        world: it. policy: the name of what drives where no person does. driven: whether it drives now.
        past: a snapshot for every control period of the last minute, the present last. flashes: recent strong contacts.
    """

    def __init__(self, scene: Scene, seed: int = 0, policy: str | None = None, driven: bool = False) -> None:
        """Build the world and begin a take in a temporary folder."""
        self.scene = scene
        self.policy = policy
        self.driven = driven and policy is not None
        self.world = World(scene, seed, spare_balls=BALLS, anchor_every=1.0)
        self._folder = Path(tempfile.mkdtemp(prefix="worldsim-"))
        self._takes = 0
        try:
            self._pilot = pilot_for(self.world, policy, seed)
            self.take = self._new_take()
        except BaseException:
            self.close()
            raise
        self._slot: Snapshot | None = None
        self._start()

    def _new_take(self, start: Take | None = None) -> TakeWriter:
        self._takes += 1
        return TakeWriter(self._folder / f"{self._takes}.take", self.world, policy=self.policy, start=start)

    def _start(self) -> None:
        now = self.world.snapshot()
        self.past: deque[Snapshot] = deque([now], maxlen=int(REMEMBERED * self.world.control_rate))
        self.flashes: list[Flash] = []
        self.states: list[Snapshot] = [now]

    # ---- time

    @property
    def now(self) -> Snapshot:
        """The present."""
        return self.past[-1]

    @property
    def before(self) -> Snapshot:
        """One control period ago."""
        return self.past[-2] if len(self.past) > 1 else self.past[-1]

    def advance(self, commands: dict[str, NDArray[np.float64]], events: list[Event]) -> None:
        """Let one control period pass with a person's commands and events, or the policy's commands."""
        if self.driven:
            commands = dict(self._pilot(self.world))
        contacts, self.states = self.take.advance(commands, events)
        self.past.append(self.world.snapshot())
        rows = contacts.rows
        strong = rows[rows["new"] & (rows["impulse"] > STRONG)] if len(rows) else rows
        for row in strong[np.argsort(-strong["impulse"])][:12]:
            self.flashes.append(Flash(row["position"].copy(), float(row["impulse"]), self.world.time))
        self.flashes = [f for f in self.flashes if 0 <= self.world.time - f.time < FLASH][-40:]

    def go_to(self, moment: Snapshot) -> None:
        """Go back to a moment of the past; what came after it is gone, in the take too."""
        if moment.step == self.world.step_count:
            return
        self.world.restore(moment)
        self.take.rewind(moment.step // self.world.steps_per_control)
        while len(self.past) > 1 and self.past[-1].step > moment.step:
            self.past.pop()
        if self.past[-1].step != moment.step:
            self.past.clear()
            self.past.append(moment)
        self.flashes = []

    def back(self) -> None:
        """Go one control period back."""
        if len(self.past) > 1:
            self.go_to(self.past[-2])

    def reset(self, seed: int | None = None) -> None:
        """Start again: the same seed, or another, which begins another take."""
        other = seed is not None and seed != self.world.seed
        self.world.reset(seed)
        self._slot = None
        if other:
            self.take.abort()
            self._pilot = pilot_for(self.world, self.policy, self.world.seed)
            self.take = self._new_take()
        else:
            self.take.rewind(0)
        self._start()

    def save(self) -> None:
        """Remember this moment."""
        self._slot = self.now

    def load(self) -> bool:
        """Go back to the moment remembered; False where there is none."""
        if self._slot is None or self._slot.step > self.world.step_count:
            return False
        self.go_to(self._slot)
        return True

    # ---- files

    def keep_take(self, path: Path) -> Path:
        """Write the take so far to a file, and go on in another one forked from it."""
        self.take.close()
        finished = self.take.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(finished, path)
        with Take.open(finished) as start:
            self.take = self._new_take(start)
        finished.unlink(missing_ok=True)
        return path

    def close(self) -> None:
        """Free the world and the temporary files; a second call does nothing."""
        if hasattr(self, "take"):
            self.take.abort()
        self.world.close()
        shutil.rmtree(self._folder, ignore_errors=True)
