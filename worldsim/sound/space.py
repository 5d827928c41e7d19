"""From sources in the world to two ears: distance, side, the air between, and the pitch of what moves.

The listener is the camera. Sound is not delayed by the distance, so that it stays with the picture, as in films; the
pitch is shifted as the motion asks, and the ear that is farther hears later. A camera that jumps to another place takes
its ears along in one block, without a click.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.camera import Camera
from worldsim.sound.modes import AIR_SOUND_SPEED

Floats = NDArray[np.float64]

NEAREST = 1.0  # m: nothing gets louder by being nearer than this
HEAD_RADIUS = 0.0875  # m (Woodworth 1938)
WIDTH = 0.85  # how far to one side the loudness goes; 1 would leave the far ear in silence
AIR_LOSS = 0.0098  # share a metre in the 3-tap low-pass below: −3 dB at 10 kHz over 20 m, 20 °C, 50 % (ISO 9613-1)
JUMP = 60.0  # m/s: a camera that seems faster was cut
TURN = 8.0  # rad/s: likewise for its direction
MAX_SHIFT = 0.25  # a source or listener faster than this share of the speed of sound is not shifted further
LEAST_SHIFT = 0.004  # 7 cents: less is not heard and not computed


@dataclass(frozen=True)
class Placed:
    """How sources reach the ears at one instant.

    Attributes:
        gain: (S, 2) left and right, with distance. delay: (S, 2) samples, >= 0; the nearer ear's is 0.
        air: (S,) how much the air takes from the treble, in [0, 0.25].
    """

    gain: Floats
    delay: Floats
    air: Floats


class Listener:
    """The camera's ears, and how they move."""

    def __init__(self, sample_rate: int, period: float) -> None:
        """Start nowhere; `sample_rate` in Hz, `period` in s between two cameras."""
        self._sample_rate = sample_rate
        self._period = period
        self._camera: Camera | None = None
        self._velocity = np.zeros(3)

    @property
    def longest_delay(self) -> int:
        """Samples the far ear can lag, rounded up, and one more."""
        return int(np.ceil(HEAD_RADIUS / AIR_SOUND_SPEED * (np.pi / 2 + 1) * self._sample_rate)) + 2

    def move(self, camera: Camera) -> None:
        """Take the camera of the next instant."""
        before, self._camera = self._camera, camera
        if before is None:
            self._velocity = np.zeros(3)
            return
        velocity = (np.asarray(camera.position) - before.position) / self._period
        cosine = (np.trace(before.rotation.T @ camera.rotation) - 1) / 2
        turned = float(np.arccos(np.clip(cosine, -1.0, 1.0))) / self._period
        cut = float(np.linalg.norm(velocity)) > JUMP or turned > TURN
        self._velocity = np.zeros(3) if cut else velocity

    def place(self, position: Floats) -> Placed:
        """Return how sources at (S, 3) m are heard.

        Side θ: constant power, L = cos((1 + w sin θ) π/4), R = sin(…). Delay: Woodworth's a (θ + sin θ)/c. Loudness:
        1/r from `NEAREST` on.
        """
        local, distance = self._local(position)
        side = local[:, 0] / np.maximum(distance, 1e-9)
        side = side * np.clip(distance / 0.3, 0.0, 1.0)  # inside the camera there is no side
        angle = (1 + WIDTH * side) * np.pi / 4
        gain = np.stack([np.cos(angle), np.sin(angle)], axis=1) / np.maximum(distance, NEAREST)[:, None]
        azimuth = np.arcsin(np.clip(side, -1.0, 1.0))
        lag = HEAD_RADIUS / AIR_SOUND_SPEED * (azimuth + np.sin(azimuth)) * self._sample_rate
        delay = np.stack([np.maximum(lag, 0.0), np.maximum(-lag, 0.0)], axis=1)
        return Placed(gain, delay, np.minimum(AIR_LOSS * distance, 0.25))

    def distance(self, position: Floats) -> Floats:
        """Return (S,) m, at least `NEAREST`."""
        return np.maximum(self._local(position)[1], NEAREST)

    def pitch(self, position: Floats, velocity: Floats) -> Floats:
        """Return (S,) Doppler factors, (c + v_listener)/(c − v_source) along the line; 1 where it is not heard."""
        _, distance = self._local(position)
        toward = (self._eye - position) / np.maximum(distance, 1e-9)[:, None]
        limit = MAX_SHIFT * AIR_SOUND_SPEED
        source = np.clip(np.einsum("si,si->s", velocity, toward), -limit, limit)
        ears = np.clip(-toward @ self._velocity, -limit, limit)
        factor = (AIR_SOUND_SPEED + ears) / (AIR_SOUND_SPEED - source)
        return np.where(np.abs(factor - 1) < LEAST_SHIFT, 1.0, factor)

    @property
    def _eye(self) -> Floats:
        assert self._camera is not None
        return np.asarray(self._camera.position, np.float64)

    def _local(self, position: Floats) -> tuple[Floats, Floats]:
        assert self._camera is not None
        offset = position - self._eye
        return offset @ self._camera.rotation, np.asarray(np.sqrt(np.einsum("si,si->s", offset, offset)))


def mix(mono: Floats, history: Floats, before: Placed, now: Placed) -> Floats:
    """Mix sources into two ears over one block in which they move from `before` to `now`.

    Args:
        mono: (S, N) Pa at 1 m.
        history: (S, H) the samples before it.
        before: how the sources reach the ears at the block's start.
        now: and at its end.

    Returns:
        (N, 2).
    """
    count, length = mono.shape
    lead = history.shape[1]
    line = np.concatenate([history, mono], axis=1)
    # The air as a symmetric 3-tap low-pass, 1 − 2a (1 − cos ω), one sample (21 µs) late.
    air = ((before.air + now.air) / 2)[:, None]
    soft = np.zeros_like(line)
    soft[:, 2:] = line[:, 1:-1] + air * (line[:, :-2] - 2 * line[:, 1:-1] + line[:, 2:])
    ramp = np.arange(1, length + 1) / length
    out = np.empty((length, 2))
    flat = soft.ravel()
    base = (np.arange(count) * line.shape[1] + lead)[:, None] + np.arange(length)
    for ear in (0, 1):
        start, end = before.delay[:, ear], now.delay[:, ear]
        gain = before.gain[:, ear, None] + (now.gain[:, ear] - before.gain[:, ear])[:, None] * ramp
        if not (start.any() or end.any()):
            heard = soft[:, lead:]
        else:
            delay = start[:, None] + (end - start)[:, None] * ramp
            whole = delay.astype(np.int64)
            share = delay - whole
            at = base - whole
            near = flat[at]
            heard = near + share * (flat[at - 1] - near)
        out[:, ear] = np.einsum("sn,sn->n", gain, heard)
    return out
