"""Chains and ropes: links that turn against each other click, and where all hangs the load groans.

A chain is what ball joints join in a row. Metal clicks brightly, everything else rustles softly. Taut and still it is
silent; the more its links swing against each other and the more abruptly, the more it rattles.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.scene.layout import Joint
from worldsim.sound.chance import uniform
from worldsim.sound.source.creak import Creak
from worldsim.sound.source.hinge import creaking_of
from worldsim.sound.source.luck import Luck
from worldsim.sound.source.playlist import Playlist
from worldsim.sound.source.source import Clock, Emission, Follower, Source, silence

Floats = NDArray[np.float64]

CLICK = 0.03  # Pa at 1 m: the peak of a click of a 1.5 kg link at 1 rad/s
TURN = 0.15  # rad/s between neighbours: slower is silent
RATE = 14.0  # clicks a second and rad/s, all links together, up to `MOST`
MOST = 4  # clicks a control period
LOADED = 20.0  # kg below which the suspension does not groan


class ChainRattle(Source):
    """One chain or rope.

    Attributes:
        name: the object's name, that of its first link.
    """

    def __init__(self, links: Sequence[Part], above: Part | None, metal: bool, clock: Clock, seed: int) -> None:
        """Start at rest.

        Args:
            links: in their order, what hangs on the last included.
            above: what the first hangs on; None for the world.
            metal: whether the links are.
            clock: the world's rates.
            seed: of its clicks.
        """
        self.name = links[0].owner
        self._rows = np.array([part.index for part in links], np.int64)
        self._above = None if above is None else above.index
        self._metal = metal
        weight = float(np.median([part.mass for part in links]))
        self._level = CLICK * (weight / 1.5) ** 0.5 * (1.0 if self._metal else 0.15)
        self._clicks = clicks(clock.sample_rate, self._metal, round(-20 * np.log2(max(weight, 0.01) / 1.5) / 6))
        self._clock, self._luck = clock, Luck(3 * MOST + 1, seed, 71)
        self._follower, self._playlist = Follower(clock), Playlist()
        load = sum(part.mass for part in links)
        groans = load >= LOADED
        self._groan = Creak(creaking_of(load, self._metal, seed), clock.sample_rate, seed) if groans else None
        self._angle = 0.0

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Emission:
        """Return one control period of the chain; see `Source`."""
        end = self._clock.end(snapshot)
        spin = snapshot.angular_velocity[self._rows]
        top = spin[0] if self._above is None else spin[0] - snapshot.angular_velocity[self._above]
        between = spin[1:] - spin[:-1]
        turning = np.sqrt(np.einsum("ij,ij->i", between, between))
        if self._follower.follows(snapshot):
            self._rattle(turning, snapshot.step // self._clock.steps, end)
        out = silence(count)
        if self._playlist:
            out = self._playlist.onto(np.zeros(count), end - count)
        if self._groan is not None:
            speed = float(np.sqrt(top @ top))
            self._angle += speed * self._clock.period
            groan = self._groan(speed, self._angle, count)
            out = out if groan is None else out + groan
        loud = np.maximum(np.concatenate([[0.0], turning]), 1e-3)[:, None]
        where = (loud * snapshot.position[self._rows]).sum(axis=0) / loud.sum()
        return Emission(out, where, self.name)

    def _rattle(self, turning: Floats, period: int, end: int) -> None:
        loose = np.maximum(turning - TURN, 0.0)
        total = float(loose.sum())
        if total <= 0.0:
            return
        first, *rest = self._luck.at(period)
        count = min(MOST, int(RATE * total * self._clock.period + first))
        hardest = float(loose.max())
        for k in range(count):
            moment, which, force = rest[3 * k : 3 * k + 3]
            wave = self._clicks[int(which * len(self._clicks))]
            strength = min(3.0, hardest) * (0.25 + 0.75 * force)
            self._playlist.add(end + int(moment * self._clock.block), wave * (self._level * strength))


@functools.lru_cache(maxsize=16)
def clicks(sample_rate: int, metal: bool, semitones: int, variants: int = 6) -> tuple[Floats, ...]:
    """Return some clicks of links, each (n,) with peak 1.

    Args:
        sample_rate: Hz.
        metal: steel rings for 60 ms, rope rustles for 15.
        semitones: above a link of 1.5 kg.
        variants: how many.
    """
    count = int((0.06 if metal else 0.02) * sample_rate)
    t = np.arange(count) / sample_rate
    made = []
    for k in range(variants):
        chance = uniform(12, k, 81 + metal)
        tones = 1_250.0 * 2 ** (semitones / 12) * np.array([1.0, 1.62, 2.41, 3.77, 5.3]) * (0.94 + 0.12 * chance[:5])
        tones = tones[tones < 0.45 * sample_rate]
        decay = (70.0 if metal else 400.0) * (0.7 + 0.3 * tones / tones[0])
        wave = (0.3 + chance[5 : 5 + len(tones)]) @ (
            np.exp(-np.outer(decay, t)) * np.sin(2 * np.pi * np.outer(tones, t))
        )
        wave *= np.minimum(1.0, np.arange(count, 0, -1) / (0.2 * count))
        wave -= np.hanning(count) * (wave.sum() / np.hanning(count).sum())  # no DC
        wave /= np.abs(wave).max()
        wave.setflags(write=False)
        made.append(wave)
    return tuple(made)


def chains_of(joints: Sequence[Joint]) -> list[list[Joint]]:
    """Return the rows of at least three ball joints in which each one's parent is the child of the one before."""
    after = {joint.parent: joint for joint in joints if joint.kind == "ball" and joint.parent is not None}
    balls = [joint for joint in joints if joint.kind == "ball"]
    children = {joint.child for joint in balls}
    rows = []
    for first in (joint for joint in balls if joint.parent not in children):
        row = [first]
        while row[-1].child in after and after[row[-1].child] not in row:
            row.append(after[row[-1].child])
        if len(row) >= 3:
            rows.append(row)
    return rows
