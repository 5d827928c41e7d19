"""Rhythm instead of joints: one clock, and for each leg how far, how high and when it steps.

A central pattern generator in the space of the paws, turned into joint angles by the legs' closed-form kinematics: a
policy that sets a rhythm learns far sooner than one that has to invent it (Iscen et al., Policies Modulating Trajectory
Generators, 2018). All lengths are in hip heights inside, m outside. This module knows nothing of balance: paws go where
the clock says, whatever the torso does.
"""

from __future__ import annotations

import math

from worldsim.actor.base import Channel
from worldsim.actor.dog.skeleton import LEGS

TROT = (0.0, 0.5, 0.5, 0.0)
"""Turns: when each leg steps while its phase channel is 0."""
PER_LEG = ("stride", "lift", "phase", "side", "height")
QUICK = 0.3
"""Share of a new amplitude taken in one control period of 1/60 s: paws don't leap when a policy changes its mind."""


def cpg_channels(height: float) -> tuple[Channel, ...]:
    """Return the rhythm's 21 channels for hips `height` m over the paws; all neutral, a dog stands.

    Frequency (Hz) first; then for each leg: stride, the length of a step along the torso; lift, how high the paw
    swings; phase (turns) on top of a trot's; side and height, where the paw is, outwards and up from its place.
    """
    top = 1 / (2 * math.pi) * math.sqrt(9.81 / height) * 4  # four swings of the leg's pendulum
    legs = [
        channel
        for leg in LEGS
        for channel in (
            Channel(f"{leg}_stride", "m", -1.2 * height, 1.2 * height),
            Channel(f"{leg}_lift", "m", 0.0, 0.5 * height),
            Channel(f"{leg}_phase", "1", -0.5, 0.5),
            Channel(f"{leg}_side", "m", -0.35 * height, 0.35 * height),
            Channel(f"{leg}_height", "m", -0.12 * height, 0.4 * height),
        )
    ]
    return (Channel("frequency", "Hz", 0.0, top, 0.5 * top), *legs)


class Cpg:
    """The clock and the paws it asks for. All of its state is in `state()`."""

    def __init__(self, home: list[float], dt: float) -> None:
        """Take the paws' places at rest (twelve numbers, m) and the control period in s."""
        self._home, self._dt = home, dt
        self._share = 1 - (1 - QUICK) ** (60 * dt)
        self.begin()

    def begin(self) -> None:
        """Stand."""
        self.phase = 0.0
        self._set = [0.0] * (len(PER_LEG) * 4)
        self.feet = list(self._home)

    def state(self) -> tuple[object, ...]:
        """Return everything that `update` depends on."""
        return self.phase, tuple(self._set), tuple(self.feet)

    def set_state(self, state: tuple) -> None:
        """Take back what `state` returned."""
        self.phase, settings, feet = state
        self._set, self.feet = list(settings), list(feet)

    def update(self, values: tuple[float, ...]) -> None:
        """Plan the paws for the end of the next control period from the 21 channels."""
        self.phase = (self.phase + values[0] * self._dt) % 1.0
        self._set = [old + self._share * (new - old) for old, new in zip(self._set, values[1:21], strict=True)]
        for leg in range(4):
            stride, lift, offset, side, height = self._set[5 * leg : 5 * leg + 5]
            turn = (self.phase + TROT[leg] + offset) % 1.0
            if turn < 0.5:  # on the ground: backwards at an even speed
                along, up = 0.5 - 2 * turn, 0.0
            else:  # through the air, forwards
                part = 2 * turn - 1
                along, up = -0.5 * math.cos(math.pi * part), math.sin(math.pi * part)
            outwards = side if leg % 2 == 0 else -side
            k = 3 * leg
            self.feet[k] = self._home[k] + stride * along
            self.feet[k + 1] = self._home[k + 1] + outwards
            self.feet[k + 2] = self._home[k + 2] + lift * up + height
