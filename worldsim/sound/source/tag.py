"""The tag on a dog's collar: a small brass disc that strikes its ring."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worldsim.sound.chance import uniform

Floats = NDArray[np.float64]

RATIOS = (1.0, 1.73, 2.33, 3.91)  # of a free disc: modes (2,0), (0,1), (3,0), (1,1) (Leissa, Vibration of Plates)
PITCH = 3_300.0  # Hz: brass, 28 mm across, 1.2 mm thick, hanging free
LEVEL = 0.020  # Pa at 1 m, the peak of a tinkle
VARIANTS = 8


@functools.lru_cache(maxsize=4)
def tinkles(sample_rate: int) -> tuple[Floats, ...]:
    """Return some tinkles, each (n,) Pa at 1 m: one, two or three strikes of the tag at different places."""
    made = []
    count = int(0.09 * sample_rate)
    t = np.arange(count) / sample_rate
    ring = PITCH * np.array([*RATIOS, *(1.37 * r for r in RATIOS[:2])])  # the disc, and the ring it hangs on
    ring = ring[ring < 0.45 * sample_rate]
    for k in range(VARIANTS):
        chance = uniform(40, k, 41)
        out = np.zeros(count)
        for strike in range(1 + int(3 * chance[0])):
            start = int(chance[1 + strike] * 0.03 * sample_rate) if strike else 0
            share = 0.3 + 0.7 * chance[8 + 6 * strike : 8 + 6 * strike + len(ring)]
            decay = 45.0 * (0.7 + 0.3 * ring / PITCH)
            waves = np.exp(-decay[:, None] * t) * np.sin(2 * np.pi * ring[:, None] * t)
            out[start:] += (share[:, None] * waves).sum(axis=0)[: count - start] * 0.7**strike
        fade = np.minimum(1.0, (count - np.arange(count)) / (0.01 * sample_rate))
        out *= fade * LEVEL / np.abs(out).max()
        out.setflags(write=False)
        made.append(out)
    return tuple(made)
