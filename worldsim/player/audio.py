"""The window's sound: from the world's control periods to the sound card, and what the display says of it.

Nothing here knows of windows or keys. A machine without a sound card plays silently and says so once.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import SoundError
from worldsim.physics.state import Snapshot
from worldsim.physics.world import World
from worldsim.render.camera import Camera
from worldsim.scene.look import Look
from worldsim.sound.bridge import Bridge
from worldsim.sound.stream import SoundStream

CHUNK = 256  # samples the card takes at once: 5 ms
QUEUED = 512  # samples kept before the card: 11 ms
LOOK = 0.003  # s between two looks at what it still has
INIT_AUDIO, AUDIO_F32 = 0x10, 0x8120  # SDL.h, SDL_audio.h (little endian)
FRAME = 8  # bytes of a stereo sample
STEPS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)  # of the volume
SWITCH = 0.001  # s for which a thread may keep Python's lock from the card; Python's own 5 ms are as long as a chunk
QUIETEST = -60.0  # dB below the loudest: what the view of sources still lists


@dataclass(frozen=True)
class Report:
    """How the window's sound went.

    Attributes:
        card: what played it, "" for none. underruns: how often the card wanted sound that was not there.
        latency: s from what happens to when it is heard, on average; 0 where nothing was. seconds: played.
    """

    card: str = ""
    underruns: int = 0
    latency: float = 0.0
    seconds: float = 0.0


class _Spec(ctypes.Structure):
    """SDL_AudioSpec of SDL 2 (SDL_audio.h)."""

    _fields_ = (
        ("freq", ctypes.c_int),
        ("format", ctypes.c_uint16),
        ("channels", ctypes.c_uint8),
        ("silence", ctypes.c_uint8),
        ("samples", ctypes.c_uint16),
        ("padding", ctypes.c_uint16),
        ("size", ctypes.c_uint32),
        ("callback", ctypes.c_void_p),
        ("userdata", ctypes.c_void_p),
    )


class Card:
    """A sound card, fed from a bridge by a thread of its own.

    SDL is asked directly, through the library that pygame has loaded: its queue of samples plays on without Python's
    lock, whereas pygame's callback waits for that lock, and closing its device while it does never returns.

    Attributes:
        name: of the device. late: how often it had played all there was before more came.
    """

    def __init__(self, bridge: Bridge, sample_rate: int) -> None:
        """Open the default device.

        Raises:
            SoundError: there is none, or it can't be opened.
        """
        self._sdl = _sdl()
        if self._sdl.SDL_InitSubSystem(INIT_AUDIO) != 0:
            raise SoundError(f"no sound card ({self._reason()}): it plays silently; recordings have their sound")
        name = self._sdl.SDL_GetAudioDeviceName(0, 0) if self._sdl.SDL_GetNumAudioDevices(0) != 0 else None
        asked, got = _Spec(sample_rate, AUDIO_F32, 2, 0, CHUNK), _Spec()
        self._id = self._sdl.SDL_OpenAudioDevice(None, 0, ctypes.byref(asked), ctypes.byref(got), 0) if name else 0
        if not self._id:
            reason = self._reason() if name else "none is there"
            self._sdl.SDL_QuitSubSystem(INIT_AUDIO)
            raise SoundError(f"no sound card ({reason}): it plays silently; recordings have their sound")
        self.name = str(name.decode(errors="replace")) if name else ""
        self.late = 0
        self._bridge = bridge
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="worldsim-sound", daemon=True)
        self._sdl.SDL_PauseAudioDevice(self._id, 0)
        self._thread.start()

    def _reason(self) -> str:
        return str(self._sdl.SDL_GetError().decode(errors="replace")) or "no reason given"

    def _feed(self) -> None:
        """Keep a little more than `QUEUED` samples before the card, until the end."""
        begun = False
        while not self._ending.wait(LOOK):
            waiting = self._sdl.SDL_GetQueuedAudioSize(self._id) // FRAME
            if begun and not waiting and self._bridge.flowing:
                self.late += 1
            while waiting < QUEUED:
                samples = self._bridge.pull(CHUNK)
                if self._sdl.SDL_QueueAudio(self._id, samples.ctypes.data, samples.nbytes) != 0:
                    return  # the card is gone: unplugged
                waiting += CHUNK
                begun = True

    def close(self) -> None:
        """Stop it; a second call does nothing."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._thread.join()
        sys.setswitchinterval(self._interval)
        self._sdl.SDL_CloseAudioDevice(self._id)
        self._sdl.SDL_QuitSubSystem(INIT_AUDIO)


def _sdl() -> ctypes.CDLL:
    """Return the SDL that pygame has loaded; calls through it let go of Python's lock."""
    import pygame.base

    sdl = ctypes.CDLL("SDL2.dll" if sys.platform == "win32" else pygame.base.__file__)
    sdl.SDL_GetError.restype = sdl.SDL_GetAudioDeviceName.restype = ctypes.c_char_p
    sdl.SDL_GetQueuedAudioSize.restype = sdl.SDL_OpenAudioDevice.restype = ctypes.c_uint32
    sdl.SDL_QueueAudio.argtypes = (ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
    return sdl


class Audio:
    """The sound of what is played, over all the worlds a window shows.

    Attributes:
        problem: why nothing is heard, "" where something is.
    """

    def __init__(self, wanted: bool = True) -> None:
        """Open the card; without one, or where no sound is wanted, nothing is made."""
        self.problem = ""
        self._stream: SoundStream | None = None
        self._card: Card | None = None
        self._waits: tuple[float, int] = (0.0, 0)  # s in store, summed over how many periods
        self._rate = 48_000
        self._bridge = Bridge(self._rate)
        self._closed: Report | None = None
        if wanted:
            try:
                self._card = Card(self._bridge, self._rate)
            except SoundError as error:
                self.problem = str(error)

    @property
    def works(self) -> bool:
        """Whether a card plays."""
        return self._card is not None

    def begin(self, world: World, look: Look | None = None) -> None:
        """Hear another world from now on; a look replaces its scene's."""
        self._bridge.rest()
        self._stream = SoundStream.of(world, look) if self._card is not None else None

    def hear(self, snapshot: Snapshot, contacts: NDArray[np.void], camera: Camera, speed: float) -> None:
        """Take a control period that has just passed; `speed` is simulated seconds a second asked for."""
        if self._stream is None:
            return
        self._bridge.push(self._stream.advance(snapshot, contacts, camera), speed)
        waited, count = self._waits
        self._waits = (waited + self._bridge.delay, count + 1)

    def rest(self) -> None:
        """Fall silent at once, until the next period."""
        self._bridge.rest()

    # ---- the knobs

    def louder(self, steps: int) -> None:
        """Turn the volume up, or down for a negative number."""
        bridge = self._bridge
        place = min(range(len(STEPS)), key=lambda k: abs(STEPS[k] - bridge.volume))
        bridge.volume = STEPS[min(max(place + steps, 0), len(STEPS) - 1)]
        bridge.muted = False

    def mute(self) -> None:
        """Silence it, or not."""
        self._bridge.muted = not self._bridge.muted

    # ---- what the display says

    @property
    def words(self) -> str:
        """How loud it is, in words; "" where nothing can be heard."""
        if self._card is None:
            return ""
        if self._bridge.muted:
            return "muted"
        late = self._underruns
        return f"{100 * self._bridge.volume:.0f} %" + (f", {late} gap{'s' * (late != 1)}" if late else "")

    def loudest(self, count: int) -> list[tuple[str, float]]:
        """Return the names of what is heard most now, and how loud in [0, 1]: 1 is the loudest heard lately."""
        if self._stream is None:
            return []
        return [(name, 1 - level / QUIETEST) for name, level in self._stream.loudest()[:count] if level > QUIETEST]

    @property
    def _underruns(self) -> int:
        return self._bridge.underruns + (self._card.late if self._card is not None else 0)

    def report(self) -> Report:
        """Return how it went so far."""
        if self._closed is not None:
            return self._closed
        if self._card is None or self._stream is None:
            return Report()
        waited, count = self._waits
        latency = (
            self._stream.latency / self._rate + waited / max(count, 1) + (QUEUED + CHUNK) / self._rate if count else 0.0
        )
        return Report(self._card.name, self._underruns, latency, self._bridge.pulled / self._rate)

    def close(self) -> None:
        """Close the card; a second call does nothing."""
        self._closed = self.report()
        if self._card is not None:
            self._card.close()
        self._card = self._stream = None
