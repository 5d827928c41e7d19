"""From sources in the world to two ears: distance, side, the air between, and the pitch of what moves.

The listener is the camera. Sound is not delayed by the distance, so that it stays with the picture, as in films; the
pitch is shifted as the motion asks, and the ear that is farther hears later. A camera that jumps to another place takes
its ears along in one block, without a click.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worldsim.render.camera import Camera
from worldsim.sound.binaural import HEAD_RADIUS, lag, shadow
from worldsim.sound.modes import AIR_SOUND_SPEED
from worldsim.sound.panner import AIR, LOW, LOWER, MAIN, Placed

Floats = NDArray[np.float64]

NEAREST = 1.0  # m: nothing gets louder by being nearer than this
WIDTH = 0.85  # how far to one side the loudness goes; 1 would leave the far ear in silence
AIR_LOSS = 0.0098  # share a metre in the 3-tap low-pass below: −3 dB at 10 kHz over 20 m, 20 °C, 50 % (ISO 9613-1)
JUMP = 60.0  # m/s: a camera that seems faster was cut
TURN = 8.0  # rad/s: likewise for its direction
MAX_SHIFT = 0.25  # a source or listener faster than this share of the speed of sound is not shifted further
LEAST_SHIFT = 0.004  # 7 cents: less is not heard and not computed


class Listener:
    """The camera's ears, and how they move."""

    def __init__(self, sample_rate: int, period: float, *, binaural: bool = False) -> None:
        """Start nowhere; `sample_rate` in Hz, `period` in s between two cameras; `binaural` for headphones."""
        self._binaural = binaural
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
        if before is None or before is camera:
            self._velocity = np.zeros(3)
            return
        velocity = (np.asarray(camera.position) - before.position) / self._period
        cosine = (
            float(np.vdot(before.rotation, camera.rotation)) - 1
        ) / 2  # the trace of one times the other turned back
        turned = math.acos(min(max(cosine, -1.0), 1.0)) / self._period
        cut = math.sqrt(velocity @ velocity) > JUMP or turned > TURN
        self._velocity = np.zeros(3) if cut else velocity

    def place(self, position: Floats, clear: Floats | None = None) -> Placed:
        """Return how sources at (S, 3) m are heard.

        Loudness: 1/r from `NEAREST` on. Side θ: constant power, L = cos((1 + w sin θ) π/4), R = sin(…), or, for
        headphones, what a head does to it (`binaural.py`). Delay: Woodworth's a (θ + sin θ)/c.

        Args:
            position: (S, 3) m, world.
            clear: (S, 2) what obstacles leave of the treble and of the bass; all of both where left out.
        """
        local, distance = self._local(position)
        far = 1 / np.maximum(distance, NEAREST)
        side = local[:, 0] / np.maximum(distance, 1e-9) * np.minimum(distance / 0.3, 1.0)  # no side inside the camera
        weight = np.zeros((2, 4, len(position)))
        low: Floats | None = None
        if self._binaural:
            main = shadow(side) * far
            low = far - main
        else:
            angle = (1 + WIDTH * side) * np.pi / 4
            main = np.array([np.cos(angle), np.sin(angle)]) * far
        if clear is not None:
            treble, bass = clear.T
            if low is not None:
                weight[:, LOWER] = low * (bass - treble)
                low = low * treble + main * (bass - treble)
            else:
                low = main * (bass - treble)
            main = main * treble
        weight[:, MAIN] = main
        weight[:, AIR] = main * np.minimum(AIR_LOSS * distance, 0.25)
        if low is not None:
            weight[:, LOW] = low
        later = lag(side, self._sample_rate)
        return Placed(weight, np.maximum([later, -later], 0.0), 2 if low is None else 4)

    def distance(self, position: Floats) -> Floats:
        """Return (S,) m, at least `NEAREST`."""
        offset = position - self.eye
        return np.asarray(np.maximum(np.sqrt(np.einsum("si,si->s", offset, offset)), NEAREST))

    def distance_to(self, point: Floats) -> float:
        """Return m to one point (3,), at least `NEAREST`: several times quicker than for an array of them."""
        return max(math.dist(point.tolist(), self.eye.tolist()), NEAREST)

    def pitch(self, position: Floats, velocity: Floats) -> Floats:
        """Return (S,) Doppler factors, (c + v_listener)/(c − v_source) along the line; 1 where it is not heard."""
        offset = position - self.eye
        toward = offset / -np.maximum(np.sqrt(np.einsum("si,si->s", offset, offset)), 1e-9)[:, None]
        limit = MAX_SHIFT * AIR_SOUND_SPEED
        source = np.minimum(np.maximum(np.einsum("si,si->s", velocity, toward), -limit), limit)
        ears = np.minimum(np.maximum(-toward @ self._velocity, -limit), limit)
        factor = (AIR_SOUND_SPEED + ears) / (AIR_SOUND_SPEED - source)
        return np.where(np.abs(factor - 1) < LEAST_SHIFT, 1.0, factor)

    @property
    def eye(self) -> Floats:
        """(3,) m: where the ears are, after the first `move`."""
        assert self._camera is not None
        return np.asarray(self._camera.position, np.float64)

    def _local(self, position: Floats) -> tuple[Floats, Floats]:
        assert self._camera is not None
        offset = position - self.eye
        return offset @ self._camera.rotation, np.asarray(np.sqrt(np.einsum("si,si->s", offset, offset)))


def turn_of(quaternion: Floats) -> Floats:
    """Return the (3, 3) rotation of one (4,) quaternion x, y, z, w: several times quicker than for an array of them."""
    x, y, z, w = quaternion.tolist()
    return np.array(
        (
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
        )
    ).reshape(3, 3)  # fmt: skip
