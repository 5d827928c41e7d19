"""The mixing desk: contacts, sources, ambience and music come together, each as a stem of its own where asked for.

Contacts and sources are heard through the space: side, distance, air, obstacles, Doppler, the answer of the room.
Ambience and music are stereo already; they make way while something is heard over them. The desk has the same face as
`Synth`, so streams and tracks take either. It does not know how any of them sounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.sound.doppler import Flight
from worldsim.sound.duck import Ducker
from worldsim.sound.occlusion import Occlusion
from worldsim.sound.panner import MAIN, Panner
from worldsim.sound.place import Place, place_at
from worldsim.sound.reverb import Reverb
from worldsim.sound.solids import absorption
from worldsim.sound.source.gather import programme_of
from worldsim.sound.source.source import Bed, Source
from worldsim.sound.synth import AUDIBLE, PASCAL, Synth
from worldsim.sound.tone import HighPass

if TYPE_CHECKING:
    from worldsim.physics.world import World

Floats = NDArray[np.float64]

STEMS = ("contacts", "sources", "ambience", "music")
STUDIO = Place(0.45, 0.12, 1.0, 6.0)  # the room of tables and lamps: a furnished hall of some 500 m³
LOOK_AROUND = 1.0  # s between two looks at the place


class Desk:
    """All that is heard of a world. Feed every control period in order.

    Attributes:
        sample_rate: Hz. block: samples a control period. steps_per_block: physics steps in it.
        latency: samples by which everything comes out later than it happens.
        stems: name to (block, 2) of the last block, 1 = 10 Pa, where they were asked for; together they are the block.
        place: what kind of place the ears are in.
    """

    def __init__(
        self,
        synth: Synth,
        sources: Sequence[Source] = (),
        ambience: Bed | None = None,
        music: Bed | None = None,
        *,
        floor: float = 0.1,
        indoors: bool = False,
        stems: bool = False,
    ) -> None:
        """Put it together.

        Args:
            synth: contacts to sound.
            sources: what has a sound of its own.
            ambience: what is heard around.
            music: what is played to it.
            floor: share of sound that the floor swallows.
            indoors: whether there is a room even where nothing of it stands there: a studio.
            stems: whether `stems` is kept.
        """
        self.synth, self._sources = synth, tuple(sources)
        self._beds = {"ambience": ambience, "music": music}
        self.sample_rate, self.block = synth.sample_rate, synth.block
        self.latency, self.steps_per_block = synth.latency, synth.steps_per_block
        self._solids = synth.solids
        self._floor, self._indoors = floor, indoors
        count = len(self._sources)
        self._occlusion = Occlusion(self._solids, count)
        self._panner = Panner(count, self.block, self.sample_rate, synth.listener.longest_delay)
        self._flights = [Flight(self.block, self.sample_rate, self.latency) for _ in self._sources]
        self._late = np.zeros((2, self.latency, 2))  # ambience and music wait for the contacts
        self._duck = Ducker(self.block, self.sample_rate)
        self._keep = stems
        self.stems: dict[str, NDArray[np.float32]] = {}
        rooms = 2 if stems else 1
        self._rooms = [Reverb(self.block, self.sample_rate) for _ in range(rooms)]
        self._filters = [HighPass(self.sample_rate) for _ in range(len(STEMS) if stems else 1)]
        self.place = STUDIO if indoors else Place(0.15, 0.0, 0.0, 0.0)
        self._look_in = 0
        self._emitted: list[tuple[str, float]] = []

    @staticmethod
    def of(world: World, *, binaural: bool = False, stems: bool = False, synth: Synth | None = None) -> Desk:
        """Return the desk of a world with all that its scene asks to be heard.

        Args:
            world: at its start.
            binaural: for headphones.
            stems: whether `stems` is kept.
            synth: one made for the same parts before, which begins anew: making one takes some 20 ms.
        """
        if synth is None:
            synth = Synth.of(world, binaural=binaural)
        else:
            synth.reset(world.seed)
            synth.solids.move(world.snapshot())
        ground = next((part.material for part in world.parts if part.name == "ground"), None)
        floor = absorption(world.layout.materials.get(ground)) if ground else 0.1
        indoors = world.scene.look.sky == "studio"
        heard = programme_of(world, synth.sample_rate)
        beds = (heard.ambience, heard.music)
        return Desk(synth, heard.sources, *beds, floor=floor, indoors=indoors, stems=stems)

    def advance(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> NDArray[np.float32]:
        """Return the sound of one control period, as `Synth.advance`: (block, 2) float32 in which 1 is 10 Pa."""
        rows = np.asarray(contacts)
        struck = self.synth.pascals(snapshot, rows, camera)
        given, sent = self._hear_sources(snapshot, rows)
        self._look_around()
        sends = [self.synth.sent, sent]
        if not self._keep:
            sends = [_sum(sends)]
        wet = [room(send) for room, send in zip(self._rooms, sends, strict=True)]
        layers: list[Floats | None] = [struck, given]
        beds = self._hear_beds(snapshot, rows, struck if given is None else struck + given)
        for k, back in enumerate(wet):
            if back is not None:
                layers[k] = _sum([layers[k], back])
        layers += beds
        if not self._keep:
            total = _sum(layers)
            return (self._filters[0](struck if total is None else total) * PASCAL).astype(np.float32)
        silence = np.zeros((self.block, 2))
        filtered = [
            wash(silence if layer is None else layer) * PASCAL
            for wash, layer in zip(self._filters, layers, strict=True)
        ]
        self.stems = {name: layer.astype(np.float32) for name, layer in zip(STEMS, filtered, strict=True)}
        return np.asarray(np.sum(filtered, axis=0), np.float32)

    def heard(self) -> list[tuple[str, float]]:
        """Return who sounded in the last block and how loud, Pa at the ears (rms): names of objects and actors."""
        power: dict[str, float] = {}
        for name, level in self.synth.heard() + self._emitted:
            power[name] = power.get(name, 0.0) + level**2
        return [(name, float(np.sqrt(total))) for name, total in power.items()]

    def _hear_sources(self, snapshot: Snapshot, rows: NDArray[np.void]) -> tuple[Floats | None, Floats | None]:
        """Return the sources' (block, 2) Pa at the ears, and (block,) Pa at 1 m into the room; None for silence."""
        self._emitted = []
        if not self._sources:
            return None, None
        self._occlusion.move(snapshot)
        listener = self.synth.listener
        mono, where, names, slots = [], [], [], []
        for k, (source, flight) in enumerate(zip(self._sources, self._flights, strict=True)):
            emission = source.advance(snapshot, rows, self.block)
            place = np.asarray(emission.position, np.float64)
            heard = flight(emission.samples, place, listener.eye)
            if not flight.empty and heard.any():
                mono.append(heard)
                where.append(place)
                names.append(emission.name)
                slots.append(k)
        if not slots:
            return self._panner.rest(), None
        index, voices, at = np.array(slots, np.int64), np.array(mono), np.array(where)
        placed = listener.place(at, self._occlusion.clear(index, at, listener.eye))
        gain = np.sqrt(np.square(placed.weight[:, :, MAIN]).sum(axis=1))
        levels = np.sqrt(np.einsum("sn,sn->s", voices, voices) / self.block) * gain
        self._emitted = [(n, float(v)) for n, v in zip(names, levels, strict=True) if v > AUDIBLE]
        return self._panner.mix(index, voices, placed, np.zeros(0, np.int64)), voices.sum(axis=0)

    def _hear_beds(self, snapshot: Snapshot, rows: NDArray[np.void], over: Floats) -> list[Floats | None]:
        """Return ambience and music, late like the rest, softer while what is over them is heard."""
        beds: list[Floats | None] = [None, None]
        if not any(self._beds.values()):
            return beds
        softer = self._duck(over)
        for k, (name, bed) in enumerate(self._beds.items()):
            if bed is None:
                continue
            line = np.concatenate([self._late[k], bed.advance(snapshot, rows, self.block)])
            self._late[k] = line[self.block :]
            beds[k] = line[: self.block] * softer.get(name, 1.0)
        return beds

    def _look_around(self) -> None:
        """Now and then judge the place again; the room follows smoothly."""
        self._look_in -= 1
        if self._look_in >= 0:
            return
        self._look_in = round(LOOK_AROUND * self.sample_rate / self.block) - 1
        place = place_at(self._solids, self.synth.listener.eye, self._floor)
        self.place = STUDIO if self._indoors and place.gain == 0 else place
        for room in self._rooms:
            room.become(self.place, at_once=room.fresh)


def _sum(layers: Sequence[Floats | None]) -> Floats | None:
    """Return the sum of those that are there."""
    total: Floats | None = None
    for layer in layers:
        if layer is not None:
            total = layer if total is None else total + layer
    return total
