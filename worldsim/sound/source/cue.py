"""Plays the sounds that a scene asks for when something comes to hold, whether it happens now or is heard from a take.

It judges the scene's conditions itself, from snapshots and contacts, so that a take needs no record of what fired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.outcome import OutcomeJudge
from worldsim.physics.state import Snapshot
from worldsim.scene.outcome import TriggerSpec
from worldsim.scene.sound import SoundEventSpec
from worldsim.sound.source.call import DOG, call
from worldsim.sound.source.dog import DogVoice
from worldsim.sound.source.playlist import Playlist
from worldsim.sound.source.source import Bed, Clock, Emission, Follower, Source, silence

if TYPE_CHECKING:
    from worldsim.physics.world import World

Floats = NDArray[np.float64]

EVERY = 2  # control periods between two looks
HALF = 0.35  # of its level at 1 m: what comes from nowhere is as loud as from 3 m in front


@dataclass(frozen=True)
class Touched:
    """Contacts as a judge asks for them."""

    rows: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.rows)

    def pairs(self) -> set[tuple[int, int]]:
        """Return the pairs of part indices, smaller first, that pressed on each other."""
        hard = self.rows[self.rows["impulse"] > 0]
        low, high = np.minimum(hard["part_a"], hard["part_b"]), np.maximum(hard["part_a"], hard["part_b"])
        return set(zip(low.tolist(), high.tolist(), strict=True))


class Cues:
    """Says, control period by control period, which of a scene's sounds begin. Everything asks the same one."""

    def __init__(self, world: World, clock: Clock) -> None:
        """Look up what the events wait for; `world` is at its start."""
        scene = world.scene
        self.events = scene.sound.events
        waits = {event.on for event in self.events}
        # Flags are set by triggers, so all of them run; the word each sends is its place.
        named: list[set[str]] = [{word for word in (t.name, t.event) if word} for t in scene.triggers]
        triggers = [t.model_copy(update={"event": f"e{k}"}) for k, t in enumerate(scene.triggers)]
        for outcome in scene.outcomes:
            if outcome.name in waits:
                triggers.append(TriggerSpec(when=outcome.when, event=f"e{len(triggers)}"))
                named.append({outcome.name})
        self._named = named
        judged = scene.model_copy(update={"triggers": tuple(triggers), "outcomes": ()})
        self._judge = OutcomeJudge(judged, world.layout, world.parts, world.snapshot())
        self._clock, self._follower = clock, Follower(clock)
        self._step, self._now = -1, frozenset[int]()

    def begin(self, snapshot: Snapshot, contacts: NDArray[np.void]) -> frozenset[int]:
        """Return the places in `events` of those that begin in the period that ends with `snapshot`."""
        if snapshot.step == self._step:
            return self._now
        self._step = snapshot.step
        follows = self._follower.follows(snapshot) or snapshot.step == self._clock.steps
        if not follows:
            self._judge.reset()
        # Looking is the dear part, so it is done every other period: 33 ms at 60 Hz, a frame of a film.
        looks = not follows or (snapshot.step // self._clock.steps) % EVERY == 0
        fired = self._judge.observe(Touched(contacts), (lambda: snapshot) if looks else None)
        words = set().union(*(self._named[int(word[1:])] for word in fired)) if follows and fired else set()
        self._now = frozenset(k for k, event in enumerate(self.events) if event.on in words)
        return self._now


class Caller(Source):
    """One event's sound at its place: a point, an object or an actor. A dog says its own words itself."""

    def __init__(
        self, place: int, cues: Cues, where: Floats | int, name: str, clock: Clock, voice: DogVoice | None
    ) -> None:
        """Get ready; the wave is made now, not when it is wanted.

        Args:
            place: of the event in `cues.events`.
            cues: say when it begins.
            where: (3,) m, or the index of the part it comes from.
            name: whose sound it is.
            clock: the world's rates.
            voice: the dog that says it.
        """
        self.name = name
        self._event: SoundEventSpec = cues.events[place]
        self._place, self._cues, self._where, self._clock, self._voice = place, cues, where, clock, voice
        self._gain = 10 ** (self._event.level / 20)
        self._wave = None if voice else call(self._event.play, clock.sample_rate) * self._gain
        self._playlist = Playlist()

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of it; see `Source`."""
        end = self._clock.end(snapshot)
        if self._place in self._cues.begin(snapshot, contacts):
            if self._wave is None:
                assert self._voice is not None
                self._voice.say(self._event.play, end, self._gain)
            else:
                self._playlist.add(end - count, self._wave)
        here = self._where if isinstance(self._where, np.ndarray) else snapshot.position[self._where]
        out = self._playlist.onto(np.zeros(count), end - count) if self._playlist else silence(count)
        return Emission(out, here, self.name)


class Announcements(Bed):
    """The sounds of events that come from nowhere in particular."""

    def __init__(self, cues: Cues, clock: Clock) -> None:
        """Get their waves ready."""
        self._cues, self._clock, self._playlist = cues, clock, Playlist()
        everywhere = [(k, event) for k, event in enumerate(cues.events) if event.at is None]
        self._waves = {k: call(e.play, clock.sample_rate) * (HALF * 10 ** (e.level / 20)) for k, e in everywhere}

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Floats:
        """Return (count, 2) Pa; see `Bed`."""
        end = self._clock.end(snapshot)
        for place in sorted(self._cues.begin(snapshot, contacts) & self._waves.keys()):
            self._playlist.add(end - count, self._waves[place])
        out = np.zeros((count, 2))
        return self._playlist.onto(out, end - count) if self._playlist else out


def callers_of(world: World, cues: Cues, clock: Clock, dogs: Mapping[str, DogVoice]) -> Sequence[Caller]:
    """Return the sources of a scene's events that have a place."""
    made = []
    for place, event in enumerate(cues.events):
        if isinstance(event.at, str):
            actor = event.at.split("/", 1)[0]
            name = actor if actor in world.actors else event.at
            voice = dogs.get(name) if event.play in DOG else None
            made.append(Caller(place, cues, world.part_index(event.at), name, clock, voice))
        elif event.at is not None:
            made.append(Caller(place, cues, np.array(event.at, np.float64), "event", clock, None))
    return made
