"""Dogs that differ from the breed's standard: mass, grip, strength, slowness, and knocks from outside.

A policy trained on one exact body learns that body's accidents (Tobin et al., 2017; Peng et al., 2018). Everything is
drawn when an episode begins, from the generator the world hands the actor; knocks are a function of the drawn seed and
their number, so that a restored world goes on as before. Off by default. This module knows nothing of gaits or tasks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worldsim.physics.client import Client

KNOCK = 0.05
"""s that a knock lasts."""


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if not all(map(math.isfinite, pair)) or pair[0] > pair[1]:
        raise ValueError(f"[low, high] with low at most high, found {list(pair)}")
    return pair


Factor = Annotated[tuple[float, float], AfterValidator(_ordered)]


class Randomise(BaseModel):
    """What differs from episode to episode; each pair is [low, high], every number between equally likely.

    Attributes:
        mass, friction, strength: factors of the breed's masses, of the paws' friction, of the motors' torque limits.
        latency_s: s from an order to its effect, rounded to control periods.
        push_every_s: s between knocks on the torso; null for none. push_speed: m/s that a knock, from any
            side, would add to the dog if its paws did not hold on to the ground.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mass: Factor = (1.0, 1.0)
    friction: Factor = (1.0, 1.0)
    strength: Factor = (1.0, 1.0)
    latency_s: Factor = (0.0, 0.0)
    push_every_s: Factor | None = None
    push_speed: Factor = (0.3, 1.0)

    def draw(self, rng: np.random.Generator, rate: int) -> Drawing:
        """Draw a dog for an episode; `rate` is the control rate, Hz."""
        mass, friction, strength, latency = (
            float(rng.uniform(*pair)) for pair in (self.mass, self.friction, self.strength, self.latency_s)
        )
        seed = int(rng.integers(2**31))
        return Drawing(max(mass, 0.05), max(friction, 0.0), max(strength, 0.0), round(max(latency, 0.0) * rate), seed)

    def knock(self, seed: int, number: int) -> Knock:
        """Return an episode's knock by its number, from 0."""
        assert self.push_every_s is not None
        rng = np.random.default_rng((seed, number))
        wait, speed, angle = rng.uniform(*self.push_every_s), rng.uniform(*self.push_speed), rng.uniform(0, 2 * math.pi)
        return Knock(max(float(wait), KNOCK), float(speed) * math.cos(angle), float(speed) * math.sin(angle))


@dataclass(frozen=True)
class Drawing:
    """One dog: factors of mass, friction and strength; latency in control periods; the seed of its knocks."""

    mass: float = 1.0
    friction: float = 1.0
    strength: float = 1.0
    latency: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Knock:
    """wait: s since the knock before. x, y: m/s that it adds to the whole dog, world."""

    wait: float
    x: float
    y: float


class Body:
    """The masses and frictions of one body as built, and a drawing of them put into PyBullet.

    A restored PyBullet state has poses and velocities only, so whoever restores applies the drawing again.
    """

    def __init__(self, client: Client, body: int, links: int) -> None:
        """Read what was built."""
        self._client, self._body = client, body
        self._built = [client.getDynamicsInfo(body, link)[:3] for link in range(-1, links)]
        self.mass = sum(info[0] for info in self._built)
        self._applied = Drawing()

    def apply(self, drawing: Drawing) -> None:
        """Make the body what was drawn."""
        before, self._applied = self._applied, drawing
        if (before.mass, before.friction) == (drawing.mass, drawing.friction):
            return
        for link, (mass, friction, inertia) in enumerate(self._built, start=-1):
            self._client.changeDynamics(
                self._body,
                link,
                mass=mass * drawing.mass,
                localInertiaDiagonal=[moment * drawing.mass for moment in inertia],
                lateralFriction=friction * drawing.friction,
            )


def default() -> Randomise:
    """Return what a training of a robust policy starts with."""
    return Randomise(
        mass=(0.85, 1.2), friction=(0.6, 1.2), strength=(0.85, 1.1), latency_s=(0.0, 0.02), push_every_s=(2.0, 5.0)
    )


RandomiseField = Annotated[
    Randomise | None,
    Field(description="what differs from episode to episode: mass, friction, strength, latency, knocks"),
]
