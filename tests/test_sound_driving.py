"""Objects of a scene that sound like vehicles, by how they move."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import scene_of
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.physics.world import World
from worldsim.sound.source.driving import DRIVES, Driver
from worldsim.sound.source.gather import programme_of
from worldsim.sound.source.source import Clock
from worldsim.sound.source.vehicle import VehicleSound

NOTHING = np.zeros(0, CONTACT_DTYPE)

CART = """
ground: {material: asphalt}
objects:
  - {name: cart, shape: box, size: [2, 1, 0.6], at: [0, 0, 0.31], material: tin}
cameras: {main: {at: [0, -8, 2], look_at: [0, 0, 0.3]}}
sound:
  vehicles: [{at: cart, engine: car}]
"""


def driven(world: World, speeds: list[float]) -> list[Snapshot]:
    """Return snapshots of a cart that goes along x at these speeds, m/s."""
    start, where, out = world.snapshot(), 0.0, []
    cart = world.part_index("cart")
    for k, speed in enumerate(speeds):
        where += speed / 60
        position, velocity = start.position.copy(), start.velocity.copy()
        position[cart, 0], velocity[cart, 0] = where, speed
        out.append(replace(start, step=4 * (k + 1), time=(k + 1) / 60, position=position, velocity=velocity))
    return out


def test_an_object_drives_like_a_car(tmp_path: Path) -> None:
    speeds = [0.0] * 60 + [3.0 * k / 60 for k in range(420)] + [21.0] * 60
    with World(scene_of(tmp_path, CART)) as world:
        source = next(s for s in programme_of(world).sources if isinstance(s, VehicleSound))
        driver = Driver(world.part_index("cart"), DRIVES["car"], Clock())
        states, blocks = [], []
        for s in driven(world, speeds):
            states.append(driver(s))
            made = source.advance(s, NOTHING, 800)
            assert made.name == "cart"
            blocks.append(made.samples)
    rpm = np.array([state.rpm for state in states])
    assert np.all(rpm[:60] == 850)
    assert rpm.min() >= 850
    assert rpm.max() <= 3_600
    assert rpm[-1] == pytest.approx(21 * 160)
    falling = (np.diff(rpm) < -100).astype(int)
    assert np.count_nonzero(np.diff(falling) > 0) == 2  # at 8.4 and 15 m/s: the first two gears end there
    assert max(state.load for state in states) == pytest.approx(1.0, abs=0.01)
    assert max(abs(state.slip) for state in states) == 0.0
    idle, fast = np.concatenate(blocks[20:60]), np.concatenate(blocks[500:540])
    assert 0 < np.sqrt(np.mean(idle**2)) < 0.2 * np.sqrt(np.mean(fast**2))
    spectrum = np.abs(np.fft.rfft(idle * np.hanning(len(idle))))
    peak = np.argmax(spectrum[:160]) * 48_000 / len(idle)
    assert min(abs(peak - order * 850 / 120) for order in range(1, 9)) < 2.5  # half orders of the firing rate


def test_a_vehicle_that_slides_squeals_and_one_that_stops_brakes(tmp_path: Path) -> None:
    with World(scene_of(tmp_path, CART)) as world:
        cart = world.part_index("cart")
        driver = Driver(cart, DRIVES["electric"], Clock())
        slowing = [driver(s) for s in driven(world, [20.0] * 30 + [20.0 - 6 * k / 60 for k in range(60)])]
        assert slowing[20].brake == 0.0
        assert slowing[-1].brake == pytest.approx(1.0, abs=0.02)
        assert slowing[-1].load == 0.0
        sliding = driven(world, [0.0] * 3)[-1]
        sliding.velocity[cart] = (1.0, 5.0, 0.0)
        assert Driver(cart, DRIVES["car"], Clock())(sliding).slip == 1.0
