"""The director: takes a dog from behaviour to behaviour; a noise interrupts, and what a fall broke off begins again.

A state machine of three states: doing a behaviour, startled in the middle of one, and getting up. It is deterministic:
the same world and story give the same commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from worldsim.behaviour.body import Body
from worldsim.behaviour.going import chase, jump_over, knock_over, run_to, walk_to
from worldsim.behaviour.nose import fetch, sniff
from worldsim.behaviour.still import Acts, lie, look_at, scratch, settle, sit, stand, startle, wag, wait
from worldsim.behaviour.thing import Cast
from worldsim.scene.story_text import Said
from worldsim.scene.story_words import DEEDS
from worldsim.task import Floats, Task

Behaviour = Callable[[Body, Cast, Said, float], Acts]

BEHAVIOURS: Mapping[str, Behaviour] = MappingProxyType(
    {
        "stand": stand, "wait": wait, "sit": sit, "lie": lie, "wag": wag, "scratch": scratch, "look_at": look_at,
        "sniff": sniff, "walk_to": walk_to, "run_to": run_to, "jump_over": jump_over, "knock_over": knock_over,
        "chase": chase, "fetch": fetch, "startle": startle,
    }
)  # fmt: skip
"""How each behaviour of `worldsim.scene.story_words.DEEDS` is done."""

CALM = frozenset({"stand", "wait", "sit", "lie", "wag", "scratch", "look_at", "sniff"})
"""Behaviours that a noise interrupts: a running dog has other things on its mind."""
LOUD = 0.8
"""N·s that two things must exchange, beyond the lighter one's weight, 1 m from the dog's head, to frighten it; n times
as much n metres off, as sound falls with distance."""
BRAVE = 3.0
"""s after a fright in which nothing frightens again."""
MEETING = 0.05
"""s after two things met in which what they exchange is a blow: the solver meets them a step before it parts them."""
FRIGHT = 1.6
"""s that a fright lasts."""


@dataclass(frozen=True)
class Cue:
    """One behaviour of a story: what, and since which time of the story, s, it may begin."""

    said: Said
    after: float = 0.0


class Director:
    """Drives one dog through one story.

    Attributes:
        doing: the behaviour that it does now; "startle" in a fright, "recover" after a fall, "" when the story is over.
        log: (s since the story began, what began then).
    """

    def __init__(self, task: Task, story: Sequence[Cue]) -> None:
        """Begin a story here and now.

        Raises:
            PolicyError: the actor is no dog, or can't do one of the behaviours.
            UnknownNameError: a behaviour is about a thing that the scene does not have.
        """
        self.body = Body(task)
        self.cast = Cast(task.world, task.actor_name)
        for cue in story:
            if cue.said.to is not None:
                self.cast.things(cue.said.to)
        self._story = tuple(story)
        self._place = -1
        self._acts: Acts = iter(())
        self._broken = False
        self._time = self._began = 0.0
        self._brave = 0.0
        self._fresh: dict[tuple[int, int], float] = {}  # pairs that have just met, and for how long they count as such
        self.doing = ""
        self.log: list[tuple[float, str]] = []

    @property
    def over(self) -> bool:
        """Whether the story has been told."""
        return self._place >= len(self._story)

    def command(self) -> Floats:
        """Return the command of the coming control period."""
        fallen = self.body.dog.doing == "recover"
        if fallen and self.doing != "recover":
            self.body.pose = None
            self._interrupt("recover", settle(self.body))
        elif self.doing in CALM:
            noise = self._noise()
            if noise is not None and self._time > self._brave:
                self._brave = self._time + BRAVE
                self._interrupt("startle", startle(self.body, self.cast, Said("startle"), FRIGHT, noise))
        self._time += self.body.dt
        for _ in range(3):  # a behaviour may be over at once
            command = next(self._acts, None)
            if command is not None:
                return command
            self._go_on()
        return self.body.order(pose=self.body.pose)

    def _interrupt(self, what: str, acts: Acts) -> None:
        self._acts, self._broken = acts, True
        self._note(what)

    def _go_on(self) -> None:
        """Begin the next behaviour, or again the one that was broken off."""
        if not self._broken or self.body.achieved:
            self._place += 1
        self._broken = self.body.achieved = False
        if self._place >= len(self._story):
            self._place = len(self._story)
            self.doing = ""
            return
        cue = self._story[self._place]
        if self._time < cue.after:
            self._place -= 1
            self._acts = wait(self.body, self.cast, Said("wait"), min(0.2, cue.after - self._time + self.body.dt))
            self.doing = "wait"
            return
        said = cue.said
        seconds = said.seconds if said.seconds is not None else (DEEDS[said.do].seconds or 0.0)
        self._acts = BEHAVIOURS[said.do](self.body, self.cast, said, seconds)
        self._note(said.do)

    def _note(self, what: str) -> None:
        self.doing = what
        self.log.append((round(self._time, 3), what))

    def _noise(self) -> Floats | None:
        """Return where the loudest contact of the last control period was, m (3,), if it was loud enough."""
        world = self.body.world
        rows = world.period_contacts.rows
        self._fresh = {pair: left - self.body.dt for pair, left in self._fresh.items() if left > self.body.dt}
        if not rows.size:
            return None
        self._fresh |= {(int(row["part_a"]), int(row["part_b"])): MEETING for row in rows[rows["new"]]}
        parts = world.parts
        ear = self.body.muzzle()
        loudest, where = LOUD, None
        for a, b in sorted(self._fresh):
            if self.body.task.actor_name in (parts[a].actor, parts[b].actor):
                continue
            mine = rows[(rows["part_a"] == a) & (rows["part_b"] == b)]
            if not mine.size:
                continue
            mass = min((parts[k].mass for k in (a, b) if parts[k].mass > 0), default=0.0)
            exchanged = float(mine["impulse"].sum()) - mass * 9.81 * self.body.dt
            at = mine["position"][int(np.argmax(mine["impulse"]))]
            loudness = exchanged / max(1.0, float(np.linalg.norm(at - ear)))
            if loudness > loudest:
                loudest, where = loudness, np.array(at)
        return where
