"""A shot being filmed: snapshots in, in their order; frames, layers and sound out. It knows nothing of what moves them.

Frame k of a film shows the world at physics step k · step_rate / fps exactly; the sound of a control period follows the
frame at its start. Both are functions of the snapshots and contacts alone, so a film of a running world and one of its
take are the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import RateError, UnknownNameError
from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.record.layers import LayerWriter
from worldsim.record.writer import FrameWriter
from worldsim.render.camera import Camera
from worldsim.render.exposure import Exposure
from worldsim.render.renderer import Renderer
from worldsim.scene.model import Scene


class Rig(Protocol):
    """What says where the camera is: a `CameraRig`, or anything like it."""

    def camera(self, snapshot: Snapshot) -> Camera:
        """Return where the camera is; called once for each frame, in order."""
        ...


@dataclass(frozen=True)
class Fixed:
    """A camera that stays where it is."""

    where: Camera

    def camera(self, snapshot: Snapshot) -> Camera:
        """Return where it is."""
        return self.where


@dataclass(frozen=True)
class Period:
    """One control period, for those who make its sound.

    Attributes:
        number: 0 is the first after the reset.
        before: the state at its start. states: after each of its S physics steps.
        contacts: (K,) `CONTACT_DTYPE`, of all its steps.
        commands: by actor, as asked.
        camera: where the listener is.
    """

    number: int
    before: Snapshot
    states: Sequence[Snapshot]
    contacts: NDArray[np.void]
    commands: Mapping[str, NDArray[np.float64]]
    camera: Camera


class Sound(Protocol):
    """What makes the sound of a film.

    Attributes:
        sample_rate: Hz; a whole number of samples fits a control period.
    """

    sample_rate: int

    def block(self, period: Period) -> NDArray[np.float32]:
        """Return sound, (n, 2) float32 in [-1, 1]; about sample_rate / control_rate samples.

        Called once for each period, in order. Block follows block without a gap, from the start of the first period on:
        what is made late may be left out of the first blocks and given later.
        """
        ...


@runtime_checkable
class WholeSound(Sound, Protocol):
    """What can also give all its sound again at the end, when it is known how loud it is."""

    def whole(self, begin: int, count: int) -> Iterator[NDArray[np.float32]] | None:
        """Return blocks of `count` samples from sample `begin` on, (n, 2) float32 in [-1, 1]; None if they are lost."""
        ...


def frame_stride(step_rate: int, fps: int) -> int:
    """Return the physics steps from one frame to the next.

    Raises:
        RateError: frames would fall between steps.
    """
    if fps < 1 or step_rate % fps:
        good = [rate for rate in range(1, step_rate + 1) if step_rate % rate == 0]
        near = sorted(good, key=lambda rate: abs(rate - fps))[:4]
        raise RateError(
            f"{fps} frames a second do not divide {step_rate} physics steps a second; "
            f"near it do: {', '.join(map(str, sorted(near)))}"
        )
    return step_rate // fps


def choose_rig(
    scene: Scene, parts: Sequence[Part], first: Snapshot, camera: str | Camera | Rig | None, size: tuple[int, int]
) -> Rig:
    """Return the rig that is meant: a camera of the scene by name, a fixed one, a rig, or the scene's first.

    Raises:
        UnknownNameError: the scene has no such camera.
    """
    from worldsim.render.rig import CameraRig, default_camera

    if isinstance(camera, Camera):
        return Fixed(camera)
    if camera is not None and not isinstance(camera, str):
        return camera
    if camera is None:
        if not scene.cameras:
            return Fixed(default_camera(parts, first, size[0] / size[1]))
        camera = next(iter(scene.cameras))
    if camera not in scene.cameras:
        raise UnknownNameError("camera", camera, scene.cameras)
    return CameraRig(scene.cameras[camera], parts)


class Film:
    """Feeds a renderer's pictures, layers and sound to their files.

    Attributes:
        frames: how many so far.
        late: whether frames are written some time after they are shown.
    """

    late = False

    def __init__(
        self,
        writer: FrameWriter,
        renderer: Renderer,
        rig: Rig,
        layers: LayerWriter | None,
        sound: Sound | None,
        exposure: Exposure | None = None,
    ) -> None:
        """Take everything that films; without an exposure pictures are as they are drawn, through a pinhole."""
        self.writer, self.renderer, self.rig, self.layers, self.sound = writer, renderer, rig, layers, sound
        self.exposure = exposure
        self.frames = 0
        self._previous: tuple[Snapshot, Camera] | None = None
        self._camera: Camera | None = None
        self._heard = 0  # samples made so far
        self._first_sample = 0  # of those, where the film begins
        self._digest = hashlib.sha256()

    @property
    def frame_hash(self) -> str:
        """SHA-256, as hex, of all frames' pixels so far."""
        return self._digest.hexdigest()

    @property
    def written(self) -> int:
        """How many frames are in the file."""
        return self.frames

    def warm(self, snapshot: Snapshot) -> None:
        """Let the camera follow what happens before the first frame."""
        self._camera = self.rig.camera(snapshot)

    def begin_sound(self, sample: int) -> None:
        """Leave out that many samples of the sound: they belong to what happens before the first frame."""
        self._first_sample = sample

    def show(self, snapshot: Snapshot) -> None:
        """Add a frame of the world as it is in the snapshot."""
        camera = self.rig.camera(snapshot)
        if self.layers is None and self.exposure is None:
            pixels = self.renderer.frame(snapshot, camera, self._previous)
        else:
            buffer = self.renderer.render(snapshot, camera, self._previous)
            pixels = buffer.color if self.exposure is None else self.exposure(buffer, camera, snapshot)
            if self.layers is not None:
                self.layers.frame(buffer, camera, snapshot.time)
        self._previous, self._camera = (snapshot, camera), camera
        self._digest.update(np.ascontiguousarray(pixels).data)
        self.writer.frame(pixels)
        self.frames += 1

    def listen(
        self,
        number: int,
        before: Snapshot,
        states: Sequence[Snapshot],
        contacts: NDArray[np.void],
        commands: Mapping[str, NDArray[np.float64]],
    ) -> None:
        """Add the sound of a control period."""
        if self.sound is not None and self.writer.takes_sound and self._camera is not None:
            block = self.sound.block(Period(number, before, states, contacts, commands, self._camera))
            early = min(max(self._first_sample - self._heard, 0), len(block))
            self._heard += len(block)
            if early < len(block):
                self.hear(block[early:])

    def hear(self, samples: NDArray[np.float32]) -> None:
        """Add sound, (n, 2) float32, that belongs to the film."""
        self.writer.audio(samples)

    def finish(self) -> None:
        """Write what is not written yet; nothing is shown afterwards."""
        self.master()

    def master(self) -> None:
        """Let the sound be brought to its loudness as a whole, where what makes it can do that."""
        sound, begin = self.sound, self._first_sample
        if isinstance(sound, WholeSound) and self.writer.takes_sound:
            self.writer.remaster(lambda count: sound.whole(begin, count))
