"""What is heard around, by look: how much wind, birds, insects, rain, city, room; and the bed that plays it.

`shares_of` turns a look and what a scene says otherwise into shares; `Ambience` plays them and moves smoothly to others
when the look changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.state import Snapshot
from worldsim.scene.look import Look
from worldsim.scene.sound import AmbienceSpec
from worldsim.sound.source.birds import Birds
from worldsim.sound.source.cue import Announcements
from worldsim.sound.source.insects import Insects
from worldsim.sound.source.source import Bed, Clock
from worldsim.sound.source.weather import City, Layer, Rain, Room, Wind

Floats = NDArray[np.float64]

LAYERS = ("wind", "birds", "insects", "rain", "city", "room")
WIND = {
    "clear": 0.15,
    "partly_cloudy": 0.22,
    "overcast": 0.32,
    "storm": 0.85,
    "sunset": 0.12,
    "night": 0.1,
    "studio": 0.0,
}
BIRDS = {"summer": 0.6, "spring": 1.0, "dry": 0.4, "autumn": 0.3, "winter": 0.12, "snow": 0.06}
INSECTS = {"summer": 0.9, "spring": 0.35, "dry": 0.9, "autumn": 0.4, "winter": 0.0, "snow": 0.0}
NIGHTS = {"summer": 18.0, "spring": 11.0, "dry": 22.0, "autumn": 9.0, "winter": 0.0, "snow": -5.0}  # °C
TOWN = re.compile(r"\b(city|street|streets|urban|downtown|traffic|car park|parking|alley|rooftop)\b", re.IGNORECASE)
CHANGE = 2.0  # s in which a layer comes or goes wholly
AHEAD = 6  # control periods that are made at once: the layers need to know nothing of what happens
OPENING = 0.2  # s of fading in at the very start


def shares_of(look: Look, spec: AmbienceSpec | None) -> dict[str, float]:
    """Return the share of each layer, 0 … 1; nothing where the scene asks for no ambience.

    Args:
        look: of the scene.
        spec: what the scene says; None for no ambience.
    """
    if spec is None:
        return dict.fromkeys(LAYERS, 0.0)
    given = {name: getattr(spec, name) for name in LAYERS}
    return {name: share if given[name] is None else given[name] for name, share in look_shares(look).items()}


def look_shares(look: Look) -> dict[str, float]:
    """Return the share of each layer that a look asks for."""
    if look.sky == "studio":
        return {**dict.fromkeys(LAYERS, 0.0), "room": 0.6}
    soaked = look.sky in ("overcast", "storm")
    rain = min(1.0, max(0.0, (look.wetness - 0.35) / 0.65)) if soaked else 0.0
    elevation = look.sun_angles()[0]
    dark = look.is_night
    dusk = 1.4 if -0.05 < elevation < 0.25 else 1.0  # the birds' chorus
    fair = (1 - rain) * (0.1 if look.sky == "storm" else 1.0)
    return {
        "wind": WIND[look.sky],
        "birds": 0.0 if dark else min(1.0, BIRDS[look.season] * dusk) * fair,
        "insects": (INSECTS[look.season] if dark else 0.25 * INSECTS[look.season] * (elevation < 0.2)) * fair,
        "rain": rain,
        "city": 0.5 if TOWN.search(look.prompt) else 0.0,
        "room": 0.0,
    }


class Ambience(Bed):
    """All that is heard around, and what a scene announces.

    Attributes:
        shares: what it plays or moves to, by layer.
    """

    def __init__(
        self, look: Look, spec: AmbienceSpec | None, clock: Clock, seed: int, announcements: Announcements | None = None
    ) -> None:
        """Start as the look asks.

        Args:
            look: of the scene.
            spec: what the scene says; None for no ambience.
            clock: the world's rates.
            seed: of gusts, birds and all.
            announcements: what is played from nowhere in particular.
        """
        self._spec, self._clock, self._announcements = spec, clock, announcements
        self.shares = shares_of(look, spec)
        self._now = dict.fromkeys(LAYERS, 0.0)
        self._opened = 0.0
        self._ahead, self._ahead_from = np.zeros((0, 2)), 0  # made already, and from which sample on
        self._gain = 10 ** (spec.level / 20) if spec else 1.0
        rate = clock.sample_rate
        self._layers: Mapping[str, Layer] = {
            "wind": Wind(rate, seed),
            "birds": Birds(rate, seed),
            "insects": Insects(rate, seed, NIGHTS[look.season]),
            "rain": Rain(rate, seed),
            "city": City(rate, seed),
            "room": Room(rate, seed),
        }

    def become(self, look: Look) -> None:
        """Move to another look within some seconds."""
        self.shares = shares_of(look, self._spec)

    def advance(self, snapshot: Snapshot, contacts: NDArray[np.void], count: int) -> Floats:
        """Return (count, 2) Pa at the ears; see `Bed`."""
        start = self._clock.end(snapshot) - count
        if not (self._ahead_from <= start and start + count <= self._ahead_from + len(self._ahead)):
            self._ahead, self._ahead_from = self._layered(start, count * AHEAD), start
        begin = start - self._ahead_from
        out = self._ahead[begin : begin + count]
        if self._announcements is not None:
            out = out + self._announcements.advance(snapshot, contacts, count)
        return out

    def _layered(self, start: int, count: int) -> Floats:
        """Return (count, 2) of all layers from a sample of the world's clock on."""
        out = np.zeros((count, 2))
        seconds = count / self._clock.sample_rate
        most = seconds / (CHANGE if self._opened >= OPENING else OPENING)
        self._opened += seconds
        for name, layer in self._layers.items():
            before, wanted = self._now[name], self.shares[name]
            after = self._now[name] = before + min(max(wanted - before, -most), most)
            if before > 0 or after > 0:
                layer.onto(out, start, before, after)
        out *= self._gain
        return out
