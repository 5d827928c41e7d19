"""The sound of a stretch of time as a whole: aligned to the picture, at a programme's loudness.

`SoundTrack` collects it while a world runs; `take_sound` and `take_stems` make it afterwards from a take, with any
camera: from the take's start, the same samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import SoundError
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.render.camera import Camera
from worldsim.sound.desk import Desk
from worldsim.sound.master import master
from worldsim.sound.master import mastered as brought_up
from worldsim.sound.synth import Synth

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.take import Take

LEAD = 3.0  # s heard, and thrown away, before a stretch of a take begins: what rings there rings on


class SoundTrack:
    """The sound of a world from the first period added to the last.

    Attributes:
        synth: what makes it. sample_rate: Hz.
    """

    def __init__(self, synth: Synth | Desk) -> None:
        """Start at the first period that is added."""
        self.synth = synth
        self.sample_rate = synth.sample_rate
        self._blocks: list[NDArray[np.float32]] = []
        self._stems: list[dict[str, NDArray[np.float32]]] = []
        self._last: tuple[Snapshot, Camera] | None = None

    @staticmethod
    def of(world: World) -> SoundTrack:
        """Return the track of a world that is about to run; its seed varies the blows."""
        return SoundTrack(Desk.of(world))

    def __len__(self) -> int:
        """Return how many samples there are."""
        return len(self._blocks) * self.synth.block

    def add(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> NDArray[np.float32]:
        """Add one control period and return what `Synth.advance` gives: for a loudspeaker, `synth.latency` late."""
        block = self.synth.advance(snapshot, contacts, camera)
        self._blocks.append(block)
        if isinstance(self.synth, Desk) and self.synth.stems:
            self._stems.append(self.synth.stems)
        self._last = (snapshot, camera)
        return block

    def raw(self) -> NDArray[np.float32]:
        """Return all of it, (n, 2) float32 in which 1 is 10 Pa at the camera, sample 0 at the first period's start.

        Call it once, at the end: it asks the synthesiser for the last milliseconds.
        """
        return self.finish()[0]

    def finish(self) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """Return all of it as `raw`, and likewise each stem where the desk keeps them; call it once, at the end."""
        if self._last is None:
            return np.zeros((0, 2), np.float32), {}
        length = len(self)
        snapshot, camera = self._last
        self.add(replace(snapshot, step=snapshot.step + self.synth.steps_per_block), np.zeros(0, CONTACT_DTYPE), camera)
        self._last = None
        late = slice(self.synth.latency, self.synth.latency + length)
        names = list(self._stems[0]) if self._stems else []
        stems = {name: np.concatenate([block[name] for block in self._stems])[late] for name in names}
        return np.concatenate(self._blocks)[late], stems

    def mastered(self) -> NDArray[np.float32]:
        """Return all of it at −16 LUFS with peaks below −1 dBTP, as a video file gets it; call it once, at the end."""
        return master(self.raw(), self.sample_rate)


def take_sound(
    take: Take,
    camera: Callable[[Snapshot], Camera] | Camera,
    first: int = 0,
    last: int | None = None,
    *,
    mastered: bool = True,
    binaural: bool = False,
) -> NDArray[np.float32]:
    """Return the sound of a take as heard from a camera.

    Args:
        take: what happened.
        camera: one that stands still, or what gives it for each snapshot (`CameraRig(spec, parts).camera`).
        first: control period it begins with.
        last: the first control period that is not heard, the take's end where left out.
        mastered: whether it is brought to −16 LUFS and −1 dBTP; else 1 is 10 Pa.
        binaural: for headphones.

    Returns:
        ((last − first) · sample_rate/control_rate, 2) float32; sample 0 is the start of period `first`.

    Raises:
        SoundError: the stretch is empty or not in the take.
        TakeError: the take can't be read.
    """
    samples, _, rate = _heard(take, camera, first, last, binaural=binaural, stems=False)
    return master(samples, rate) if mastered else samples


def take_stems(
    take: Take,
    camera: Callable[[Snapshot], Camera] | Camera,
    first: int = 0,
    last: int | None = None,
    *,
    mastered: bool = True,
    binaural: bool = False,
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Return the sound of a take, as `take_sound`, and its stems (`desk.STEMS`) with the same gain.

    The stems together are what went into the limiter; they may pass full scale.
    """
    samples, stems, rate = _heard(take, camera, first, last, binaural=binaural, stems=True)
    if not mastered:
        return samples, stems
    out, gain = brought_up(samples, rate)
    return out, {name: stem * np.float32(gain) for name, stem in stems.items()}


def _heard(
    take: Take,
    camera: Callable[[Snapshot], Camera] | Camera,
    first: int,
    last: int | None,
    *,
    binaural: bool,
    stems: bool,
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]], int]:
    """Return raw sound, stems and the sample rate, Hz."""
    end = len(take) if last is None else last
    if not 0 <= first < end <= len(take):
        raise SoundError(f"periods {first} to {end} were asked for; the take has 0 to {len(take)}: give a part of that")
    look = camera if callable(camera) else lambda _: camera
    with take.world() as world:
        track = SoundTrack(Desk.of(world, binaural=binaural, stems=stems))
    lead = min(first, round(LEAD * take.header.control_rate))
    after = min(end + 1, len(take))  # the last milliseconds need what comes next
    for period in range(first - lead, after):
        snapshot = take.snapshot(period + 1)
        track.add(snapshot, take.contacts(period), look(snapshot))
    samples, parts = track.finish()
    asked = slice(lead * track.synth.block, (lead + end - first) * track.synth.block)
    return samples[asked], {name: stem[asked] for name, stem in parts.items()}, track.sample_rate
