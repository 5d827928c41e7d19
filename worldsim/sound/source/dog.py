"""A dog's own sounds: what it says, how it pants, the tag on its collar. Its feet are heard by their contacts.

What it does is read from its parts: work from trunk and legs, knocks from the contacts of trunk and head, jolts from
the neck that carries the collar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.sound.chance import uniform
from worldsim.sound.source.bark import bark, breath, growl, whine, woof, yelp
from worldsim.sound.source.luck import Luck
from worldsim.sound.source.playlist import Playlist
from worldsim.sound.source.source import Clock, Emission, Follower, Source, silence
from worldsim.sound.source.tag import tinkles
from worldsim.sound.source.temper import Moment, Saying, Temper

Floats = NDArray[np.float64]

STRIDE = 2.2  # (m/s)/√(kg^⅓): speed over the cube root's root of the mass at which a dog works as hard as it can
PANTS = 0.10  # effort from which it is heard
BREATHS = 6  # waves of each kind
LEAST = 0.02  # N·s: lighter touches are not noticed
JOLT = 5.0  # m/s²: gentler jolts leave the tag still
HEAVY, NEAR = 2.0, 1.6  # kg and m: of a thing that moves towards a dog and is growled at
WORDS = ("bark", "growl", "whine", "woof", "yelp")


class DogVoice(Source):
    """One dog.

    Attributes:
        name: the actor's. temper: when it says what. mass: kg.
    """

    def __init__(self, name: str, parts: Sequence[Part], clock: Clock, seed: int) -> None:
        """Start silent.

        Args:
            name: the actor's.
            parts: all of the world.
            clock: its rates.
            seed: of its temper and its voice.
        """
        self.name, self._clock, self._seed = name, clock, seed
        own = [part for part in parts if part.actor == name]
        self.mass = sum(part.mass for part in own)
        self._row = {part.name.removeprefix(f"{name}/"): part.index for part in own}
        self._mine = np.zeros(len(parts), np.bool_)
        self._mine[[part.index for part in own]] = True
        self._trunk = np.zeros(len(parts), np.bool_)
        self._trunk[[row for word, row in self._row.items() if word in ("torso", "neck", "head")]] = True
        self._legs = np.array([row for word, row in self._row.items() if word.endswith("_lower")], np.int64)
        self._others = np.array([part.index for part in parts if not part.actor and part.mass >= HEAVY], np.int64)
        self.temper = Temper(seed, clock.period)
        self._luck = Luck(3, seed, 31)
        self._follower, self._playlist = Follower(clock), Playlist()
        self._breaths: dict[int, Floats] = {}
        self._inhales, self._next_breath = False, 0
        self._neck = np.zeros(3)

    def say(self, word: str, at: int, strength: float = 1.0) -> None:
        """Say one of `WORDS` from sample `at` of the world's clock on."""
        rate, key = self._clock.sample_rate, self._seed * 7919 + at
        if word == "bark":
            wave = bark(self.mass, key, rate, strength)
        elif word == "yelp":
            wave = yelp(self.mass, key, rate, strength)
        else:
            wave = {"woof": woof, "whine": whine, "growl": growl}[word](self.mass, key, rate)
        self._playlist.add(at, wave)

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of the dog; see `Source`."""
        end = self._clock.end(snapshot)
        origin = end - count
        if self._follower.follows(snapshot):
            moment = self._moment(snapshot, contacts)
            for word in self.temper.feel(moment):
                self._speak(word, end)
            self._jingle(snapshot, end)
        else:
            self._next_breath = end
        self._neck = snapshot.velocity[self._row["neck"]]
        self._pant(origin, count)
        out = self._playlist.onto(np.zeros(count), origin) if self._playlist else silence(count)
        return Emission(out, snapshot.position[self._row["head"]], self.name)

    def _speak(self, word: Saying, end: int) -> None:
        self.say(word.kind, end + int(word.delay * self._clock.sample_rate), word.strength)

    def _moment(self, snapshot: Snapshot, contacts: NDArray[np.void]) -> Moment:
        """Read from the world what the dog feels."""
        torso = self._row["torso"]
        pace = snapshot.velocity[torso]
        legs = (snapshot.velocity[self._legs] - pace).ravel()
        speed, swing = math.sqrt(pace @ pace), math.sqrt(legs @ legs / len(legs))
        work = min(1.0, (0.7 * speed + 0.6 * swing) / (STRIDE * self.mass ** (1 / 6)))
        knock = crash = 0.0
        if len(contacts):
            begun = contacts["new"].nonzero()[0]
            new = contacts[begun[contacts["impulse"][begun] > LEAST]] if len(begun) else contacts[:0]
            if len(new):
                knock, crash = self._blows(new, snapshot.position[torso])
        x, y, _, _ = snapshot.orientation[torso].tolist()
        down = 1 - 2 * (x * x + y * y) < 0.3  # cosine of the angle between its up and the world's
        stranger = speed < 0.3 and bool(len(self._others)) and self._approached(snapshot, torso)
        return Moment(snapshot.step // self._clock.steps, work, knock, crash, stranger, down)

    def _blows(self, new: NDArray[np.void], here: Floats) -> tuple[float, float]:
        """Return `Moment.knock` and `Moment.crash` of contacts that have just begun."""
        a, b, impulse = new["part_a"], new["part_b"], new["impulse"]
        own, other = self._mine[a], self._mine[b]
        hit = (own != other) & (self._trunk[a] | self._trunk[b])
        knock = float(impulse[hit].max(initial=0.0)) / (0.5 * self.mass)
        away = ~(own | other)
        way = new["position"][away] - here
        far = np.maximum(np.sqrt(np.einsum("ij,ij->i", way, way)), 1.0)
        return knock, float((impulse[away] / far).max(initial=0.0))

    def _approached(self, snapshot: Snapshot, torso: int) -> bool:
        """Return whether something heavy comes slowly near."""
        way = snapshot.position[torso] - snapshot.position[self._others]
        distance = np.sqrt((way**2).sum(axis=1))
        closing = (way * snapshot.velocity[self._others]).sum(axis=1) / np.maximum(distance, 1e-6)
        return bool(((distance < NEAR) & (closing > 0.15) & (closing < 2.0)).any())

    def _pant(self, origin: int, count: int) -> None:
        """Breathe in and out, faster and louder the harder it works: up to some 5 Hz (Crawford 1962)."""
        effort = self.temper.effort
        if effort < PANTS:
            self._next_breath = origin + count
            return
        half = 0.5 / (2.4 + 2.6 * effort)
        while self._next_breath < origin + count:
            at, self._inhales = max(self._next_breath, origin), not self._inhales
            key = 2 * int(uniform(1, self._seed, at)[0] * BREATHS) + self._inhales
            if key not in self._breaths:
                self._breaths[key] = breath(self.mass, key, 0.12, not self._inhales, 1.0, self._clock.sample_rate)
            if not self._talks(at):
                self._playlist.add(at, self._breaths[key] * min(1.0, 0.2 + effort))
            self._next_breath = at + int(half * self._clock.sample_rate)

    def _talks(self, at: int) -> bool:
        """Return whether a word longer than a breath is being said: nobody pants while barking."""
        return self._playlist.longest_at(at) > 0.125 * self._clock.sample_rate

    def _jingle(self, snapshot: Snapshot, end: int) -> None:
        """Let the tag strike its ring when the neck jolts."""
        change = snapshot.velocity[self._row["neck"]] - self._neck
        jolt = math.sqrt(change @ change) / self._clock.period
        if jolt > JOLT:
            chance, moment, which = self._luck.at(snapshot.step // self._clock.steps)
            if chance < min(0.6, jolt / 60):
                made = tinkles(self._clock.sample_rate)
                wave = made[int(which * len(made))]
                self._playlist.add(end + int(moment * self._clock.block), wave * min(1.5, jolt / 25))
