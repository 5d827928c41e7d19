"""Sounds for the tests: parts given in code, blows written by hand, spectra."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.render.camera import Camera
from worldsim.scene.layout import Geom, Material, Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.synth import Synth

Floats = NDArray[np.float64]

RATE = 48_000
FRONT = Camera.looking((0.0, -1.0, 0.0), (0.0, 0.0, 0.0))


def part(index: int, shape: Shape, material: str, *, static: bool = False, mass: float | None = None) -> Part:
    """Return a thing of one geom; solid where no mass is given."""
    made = shipped_materials()[material]
    if mass is None:
        mass = 0.0 if static else volume(shape) * made.density
    return Part(
        index,
        f"p{index}",
        f"p{index}",
        index + 1,
        shape.kind,
        None,
        material,
        (Geom(shape, material=material),),
        static,
        mass,
    )


def volume(shape: Shape) -> float:
    """Return m³ of a box or sphere."""
    return 4 / 3 * np.pi * shape.size[0] ** 3 if shape.kind == "sphere" else float(np.prod(shape.size))


def ground(index: int = 0, material: str = "grass") -> Part:
    """Return an endless plane."""
    return part(index, Shape("plane", (100.0, 100.0)), material, static=True)


def snapshot(step: int, position: Floats, velocity: Floats | None = None, spin: Floats | None = None) -> Snapshot:
    """Return a state with every part upright."""
    count = len(position)
    turn = np.tile([0.0, 0.0, 0.0, 1.0], (count, 1))
    still = np.zeros((count, 3))
    return Snapshot(
        step, step / 240, position, turn, still if velocity is None else velocity, still if spin is None else spin,
        np.zeros(0), np.zeros(0),
    )  # fmt: skip


def row(
    step: int,
    a: int,
    b: int,
    at: Sequence[float] | Floats,
    impulse: float = 0.1,
    velocity: Sequence[float] = (0.0, 0.0, -1.0),
    depth: float = 0.0,
) -> NDArray[np.void]:
    """Return one contact of a on top of b."""
    made = np.zeros(1, CONTACT_DTYPE)
    made["step"], made["part_a"], made["part_b"] = step, a, b
    made["position"], made["normal"] = at, (0.0, 0.0, 1.0)
    made["depth"], made["impulse"], made["velocity"], made["new"] = depth, impulse, velocity, True
    return made


def play(
    parts: Sequence[Part],
    rows: Iterable[NDArray[np.void]],
    seconds: float,
    position: Floats | None = None,
    camera: Camera = FRONT,
    velocity: Floats | None = None,
    spin: Floats | None = None,
    **options: Any,
) -> Floats:
    """Return (n, 2) of hand-made contacts, from the world's time 0 on."""
    synth = Synth(parts, shipped_materials(), **options)
    log = np.concatenate([np.zeros(0, CONTACT_DTYPE), *rows])
    position = np.zeros((len(parts), 3)) if position is None else position
    out = []
    for period in range(round(seconds * 60) + 1):
        inside = log[(log["step"] > 4 * period) & (log["step"] <= 4 * period + 4)]
        out.append(synth.advance(snapshot(4 * period + 4, position, velocity, spin), inside, camera))
    return np.concatenate(out)[synth.latency :].astype(np.float64)


def loudest_frequency(samples: Floats, low: float = 30.0, high: float = 20_000.0) -> float:
    """Return the frequency, Hz, of the spectrum's peak, between bins by a parabola through the logarithms."""
    mono = samples.mean(axis=1)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 1 << 18))
    f = np.fft.rfftfreq(1 << 18, 1 / RATE)
    spectrum[(f < low) | (f > high)] = 0
    k = int(np.argmax(spectrum))
    a, b, c = np.log(spectrum[k - 1 : k + 2])
    return float(f[k] + (f[1] - f[0]) * (a - c) / 2 / (a - 2 * b + c))


def level(samples: Floats) -> float:
    """Return rms in dB."""
    return float(10 * np.log10(np.mean(np.square(samples))))


def decay_time(samples: Floats, drop: float = 30.0) -> float:
    """Return s from the loudest 5 ms to the last that is not `drop` dB below it."""
    mono = np.abs(samples).sum(axis=1)
    windows = np.sqrt(np.mean(np.square(mono[: len(mono) // 240 * 240].reshape(-1, 240)), axis=1))
    loud = np.flatnonzero(windows > windows.max() * 10 ** (-drop / 20))
    return float(loud[-1] - np.argmax(windows)) * 240 / RATE


def onsets(mono: Floats, threshold: float, quiet: float = 0.02) -> Floats:
    """Return the times, s, at which |mono| rises through `threshold` after `quiet` s below it."""
    above = np.flatnonzero(np.abs(mono) > threshold)
    if not len(above):
        return np.zeros(0)
    fresh = np.concatenate([[True], np.diff(above) > quiet * RATE])
    return above[fresh] / RATE


def material(name: str) -> Material:
    """Return a shipped material."""
    return shipped_materials()[name]
