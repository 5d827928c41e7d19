"""A sound card, asked through SDL, and fed by a thread of its own. It knows nothing of worlds."""

from __future__ import annotations

import ctypes
import math
import sys
import threading
import time

from worldsim.errors import SoundError
from worldsim.sound.bridge import Bridge

CHUNK = 240  # samples the card takes at once: 5 ms
QUEUED = 552  # samples kept before the card: 11.5 ms, for which the thread that brings them may be kept waiting
LOOK = 0.003  # s between two looks at what it still has
INIT_AUDIO, AUDIO_F32 = 0x10, 0x8120  # SDL.h, SDL_audio.h (little endian)
FRAME = 8  # bytes of a stereo sample
SWITCH = 0.001  # s for which a thread may keep Python's lock from the card; Python's own 5 ms are as long as a chunk


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
        self._rate = sample_rate
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
        lasts = math.inf  # until when what was queued is played for sure
        while not self._ending.wait(LOOK):
            waiting, now = self._sdl.SDL_GetQueuedAudioSize(self._id) // FRAME, time.monotonic()
            if not waiting and now > lasts and self._bridge.flowing:
                self.late += 1
            lasts = now + (max(waiting, QUEUED) + CHUNK) / self._rate
            while waiting < QUEUED:
                samples = self._bridge.pull(CHUNK)
                if self._sdl.SDL_QueueAudio(self._id, samples.ctypes.data, samples.nbytes) != 0:
                    return  # the card is gone: unplugged
                waiting += CHUNK

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
