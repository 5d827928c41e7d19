"""The mixing desk: contacts, sources, ambience and music come together, each as a stem of its own where asked for.

Contacts and sources are heard through the space: side, distance, air, obstacles, Doppler, the answer of the room.
Ambience and music are stereo already; they make way while something is heard over them. The desk has the same face as
`Synth`, so streams and tracks take either. It does not know how any of them sounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.sound.bus import NOBODY, Bus, Voices
from worldsim.sound.doppler import Flight
from worldsim.sound.duck import Ducker
from worldsim.sound.place import Place, place_at
from worldsim.sound.reverb import Reverb
from worldsim.sound.solids import absorption
from worldsim.sound.source.gather import programme_of
from worldsim.sound.source.source import Bed, Source, silence
from worldsim.sound.synth import AUDIBLE, PASCAL, Synth
from worldsim.sound.tone import HighPass

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.look import Look

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
        self._playing = tuple(name for name, bed in self._beds.items() if bed is not None)
        self.sample_rate, self.block = synth.sample_rate, synth.block
        self.latency, self.steps_per_block = synth.latency, synth.steps_per_block
        self._floor, self._indoors = floor, indoors
        both = [len(synth.parts), len(self._sources)]
        self._buses = [
            Bus(slots, self.block, self.sample_rate, synth.listener, synth.solids)
            for slots in (both if stems else [sum(both)])
        ]
        self._flights = [Flight(self.block, self.sample_rate, self.latency) for _ in self._sources]
        self._late = np.zeros((2, self.latency, 2))  # ambience and music wait for the contacts
        self._duck = Ducker(self.block, self.sample_rate)
        self._keep = stems
        self.stems: dict[str, NDArray[np.float32]] = {}
        self._rooms = [Reverb(self.block, self.sample_rate) for _ in self._buses]
        self._filters = [HighPass(self.sample_rate, self.block) for _ in range(len(STEMS) if stems else 1)]
        self.place = STUDIO if indoors else Place(0.15, 0.0, 0.0, 0.0)
        self._look_in = 0
        self._names = [""] * len(self._sources)

    @staticmethod
    def of(
        world: World,
        *,
        binaural: bool = False,
        stems: bool = False,
        synth: Synth | None = None,
        look: Look | None = None,
        beds: bool = True,
    ) -> Desk:
        """Return the desk of a world with all that its scene asks to be heard.

        Args:
            world: at its start.
            binaural: for headphones.
            stems: whether `stems` is kept.
            synth: one made for the same parts before, which begins anew: making one takes some 20 ms.
            look: that replaces the scene's, where it is filmed in another light.
            beds: whether ambience, music and sounds from nowhere are heard, too.
        """
        if synth is None:
            synth = Synth.of(world, binaural=binaural)
        else:
            synth.reset(world.seed)
            synth.solids.place(world.snapshot())
        ground = next((part.material for part in world.parts if part.name == "ground"), None)
        floor = absorption(world.layout.materials.get(ground)) if ground else 0.1
        indoors = (look or world.scene.look).sky == "studio"
        heard = programme_of(world, synth.sample_rate, look)
        around = (heard.ambience, heard.music) if beds else (None, None)
        return Desk(synth, heard.sources, *around, floor=floor, indoors=indoors, stems=stems)

    def advance(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> NDArray[np.float32]:
        """Return the sound of one control period, as `Synth.advance`: (block, 2) float32 in which 1 is 10 Pa."""
        rows = np.asarray(contacts)
        voices = [self.synth.voices(snapshot, rows, camera), self._source_voices(snapshot, rows)]
        if not self._keep:
            voices = [voices[0].beside(voices[1], len(self.synth.parts))]
        dry = [bus.hear(given, snapshot) for bus, given in zip(self._buses, voices, strict=True)]
        self._look_around()
        over = dry[0] if len(dry) == 1 else dry[0] + dry[1]
        if not self._keep:
            back = self._rooms[0](self._buses[0].sent)
            total = over if back is None else over + back
            for bed in self._hear_beds(snapshot, rows, over):
                total = total if bed is None else total + bed
            return np.asarray(self._filters[0](total) * PASCAL, np.float32)
        layers: list[Floats | None] = []
        for bus, room, layer in zip(self._buses, self._rooms, dry, strict=True):
            back = room(bus.sent)
            layers.append(layer if back is None else layer + back)
        layers += self._hear_beds(snapshot, rows, over)
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
        count = len(self.synth.parts)
        levels = self._buses[0].loudness()
        if self._keep:
            levels += [(slot + count, level) for slot, level in self._buses[1].loudness()]
        for slot, level in levels:
            name = self.synth.parts[slot].owner if slot < count else self._names[slot - count]
            power[name] = power.get(name, 0.0) + level**2
        return [(name, math.sqrt(total)) for name, total in power.items() if total > AUDIBLE**2]

    def _source_voices(self, snapshot: Snapshot, rows: NDArray[np.void]) -> Voices:
        """Return what the sources give out, as it arrives."""
        eye = self.synth.listener.eye
        slots, mono, where, still = [], [], [], silence(self.block)
        for k, (source, flight) in enumerate(zip(self._sources, self._flights, strict=True)):
            emission = source.advance(snapshot, rows, self.block)
            self._names[k] = emission.name
            place = np.asarray(emission.position, np.float64)
            quiet = emission.samples is still or not emission.samples.any()
            arriving = flight(None if quiet else emission.samples, place, eye)
            if arriving is not None:
                slots.append(k)
                mono.append(arriving)
                where.append(place)
        index = np.array(slots, np.int64)
        places = np.array(where, np.float64).reshape(-1, 3)
        return Voices(index, np.array(mono).reshape(-1, self.block), places, np.full(len(index), -1), NOBODY)

    def _hear_beds(self, snapshot: Snapshot, rows: NDArray[np.void], over: Floats) -> list[Floats | None]:
        """Return ambience and music, late like the rest, softer while what is over them is heard."""
        beds: list[Floats | None] = [None, None]
        if not self._playing:
            return beds
        softer = self._duck(over, self._playing)
        for k, (name, bed) in enumerate(self._beds.items()):
            if bed is None:
                continue
            line = np.concatenate([self._late[k], bed.advance(snapshot, rows, self.block)])
            self._late[k] = line[self.block :]
            beds[k] = line[: self.block] * softer[name]
        return beds

    def _look_around(self) -> None:
        """Now and then judge the place again; the room follows smoothly."""
        self._look_in -= 1
        if self._look_in >= 0:
            return
        self._look_in = round(LOOK_AROUND * self.sample_rate / self.block) - 1
        place = place_at(self.synth.solids, self.synth.listener.eye, self._floor)
        self.place = STUDIO if self._indoors and place.gain == 0 else place
        for room in self._rooms:
            room.become(self.place, at_once=room.fresh)
