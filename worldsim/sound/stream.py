"""Sound while it happens, ready for a loudspeaker or a file: synthesiser, fader and limiter in a row.

The window pulls it into the sound card, the recorder puts it beside the picture; both get the same samples for the same
periods.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.sound.desk import Desk
from worldsim.sound.level import Leveller
from worldsim.sound.master import CEILING, Limiter
from worldsim.sound.programme import Programme
from worldsim.sound.synth import Synth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from worldsim.physics.world import World
    from worldsim.scene.look import Look


ROOM = 0.6  # dB below the ceiling: what goes up between samples and in AAC
LOOKAHEAD = (
    0.0035  # s over which the limiter closes: less than where the whole is known (`master.py`), to be heard sooner
)
PEAK_HOLD = 0.985  # a look at the loudest source: what was loudest counts a little less each time


class Heard(Protocol):
    """One control period as a recorder tells it; `worldsim.record.film.Period` is one."""

    @property
    def states(self) -> Sequence[Snapshot]:
        """After each physics step."""

    @property
    def contacts(self) -> NDArray[np.void]:
        """Of all steps, `CONTACT_DTYPE`."""

    @property
    def camera(self) -> Camera:
        """Where the ears are."""


class SoundStream:
    """The sound of a running world in stereo within [-1, 1].

    Attributes:
        sample_rate: Hz. block_size: samples a control period. volume: 0 is silent, 1 is as made.
        latency: samples by which `advance` gives everything later than it happens: some 12 ms.
    """

    def __init__(self, synth: Synth | Desk) -> None:
        """Start silent."""
        self._synth = synth
        self.sample_rate, self.block_size = synth.sample_rate, synth.block
        longest = int(LOOKAHEAD * synth.sample_rate)
        step = next(size for size in range(longest, 0, -1) if synth.block % size == 0)
        self._leveller = Leveller(synth.sample_rate)
        self._limiter = Limiter(synth.sample_rate, ceiling=CEILING - ROOM, step=step)
        self.latency = synth.latency + self._limiter.latency
        self._early = self.latency  # samples of `block` still to be left out
        self._raw_early = synth.latency  # likewise of what is kept of it
        self._whole: Programme | None = Programme(synth.sample_rate)
        self.volume = 1.0
        self._top = 0.0  # Pa: the loudest source lately

    @staticmethod
    def of(world: World, look: Look | None = None) -> SoundStream:
        """Return the stream of a world; recorders take this function as what makes their sound.

        Args:
            world: at its start.
            look: that replaces the scene's: what is heard around follows it.
        """
        return SoundStream(Desk.of(world, look=look))

    def advance(self, snapshot: Snapshot, contacts: ArrayLike, camera: Camera) -> NDArray[np.float32]:
        """Return (block_size, 2) after one more control period, as `Synth.advance`; `latency` samples late."""
        return self._levelled(self._synth.advance(snapshot, contacts, camera))

    def _levelled(self, raw: NDArray[np.floating]) -> NDArray[np.float32]:
        loud = self._leveller(raw)
        return self._limiter(loud if self.volume == 1.0 else loud * self.volume)

    def loudest(self) -> list[tuple[str, float]]:
        """Return who sounded in the last block, the loudest first, and how loud: dB below the loudest heard lately."""
        heard = self._synth.heard()
        top = max((level for _, level in heard), default=0.0)
        self._top = max(top, self._top * PEAK_HOLD)
        decibels = [(name, 20 * float(np.log10(max(level / max(self._top, 1e-9), 1e-9)))) for name, level in heard]
        return sorted(decibels, key=lambda pair: -pair[1])

    def block(self, period: Heard) -> NDArray[np.float32]:
        """Return the sound of a period for a file: in time with the picture.

        Block follows block without a gap, sample 0 of the first at the first period's start. What comes late is caught
        up by leaving out the first `latency` samples, so the first block is that much shorter than the others.
        """
        raw = self._synth.advance(period.states[-1], period.contacts, period.camera)
        self._keep(raw)
        out = self._levelled(raw)
        skip = min(self._early, len(out))
        self._early -= skip
        return out[skip:]

    def whole(self, begin: int, count: int) -> Iterator[NDArray[np.float32]] | None:
        """Return the sound of all blocks so far from sample `begin` on, `count` samples, with one gain for all of it.

        That gain is what brings it to the loudness of a programme, which is known at the end only. None where there was
        no room on the disk to keep it.
        """
        return self._whole.finished(begin, count, ROOM) if self._whole is not None else None

    def _keep(self, raw: NDArray[np.floating]) -> None:
        skip = min(self._raw_early, len(raw))
        self._raw_early -= skip
        if self._whole is not None:
            try:
                self._whole.add(raw[skip:])
            except OSError:  # the film goes on with the sound it has
                self._whole = None


class SampleQueue:
    """Samples between the loop that makes them and the sound card that takes them; bounded. For one thread.

    Attributes:
        underruns: how often the card asked for samples that were not there.
    """

    def __init__(self, longest: int) -> None:
        """Hold at most `longest` samples; older ones are dropped, so that sound never lags behind the picture."""
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._longest = longest
        self._held = 0
        self._last = np.zeros(2, np.float32)
        self.underruns = 0

    def __len__(self) -> int:
        return self._held

    def push(self, block: NDArray[np.float32]) -> None:
        """Add (n, 2)."""
        self._blocks.append(block)
        self._held += len(block)
        while self._held > self._longest and len(self._blocks) > 1:
            self._held -= len(self._blocks.popleft())

    def pull(self, count: int) -> NDArray[np.float32]:
        """Take (count, 2); where there is too little, the last sample fades out in what is missing."""
        out = np.zeros((count, 2), np.float32)
        filled = 0
        while filled < count and self._blocks:
            block = self._blocks[0]
            part = block[: count - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            self._held -= len(part)
            if len(part) == len(block):
                self._blocks.popleft()
            else:
                self._blocks[0] = block[len(part) :]
        if filled < count:
            self.underruns += 1
            last = out[filled - 1] if filled else self._last
            out[filled:] = last * np.exp(-np.arange(count - filled) / 200.0)[:, None].astype(np.float32)
        if count:
            self._last = out[-1].copy()
        return out
