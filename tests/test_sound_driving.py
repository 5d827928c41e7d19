"""Objects of a scene that sound like vehicles, by how they move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tests.scenes import scene_of
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.physics.world import World
from worldsim.render.rig import CameraRig
from worldsim.scene.load import load_scene
from worldsim.sound.desk import Desk
from worldsim.sound.source.cue import Caller
from worldsim.sound.source.driving import DRIVES, Driver
from worldsim.sound.source.gather import programme_of
from worldsim.sound.source.source import Clock
from worldsim.sound.source.vehicle import VehicleSound, VehicleState

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


@dataclass(frozen=True)
class Ride:
    """The shipped kart from start to standstill, by control period: 1/60 s each."""

    speed: np.ndarray  # m/s
    states: list[VehicleState]
    wheels: np.ndarray  # (N, 2) rad/s, the driven ones
    made: np.ndarray  # (N, 800) Pa at 1 m: the vehicle alone
    horn: np.ndarray  # (N,) Pa rms at 1 m: the sound of its event
    away: np.ndarray  # (N,) m between horn and kart
    stems: dict[str, np.ndarray]  # (N, 800, 2) at the first camera
    began: dict[str, int]  # outcomes and the control periods in which they came to hold


@pytest.fixture(scope="module")
def ride() -> Ride:
    scene = load_scene("kart")
    with World(scene) as world:
        kart = world.part_index("kart")
        rows = [world.joint_names.index(name) for name in world.joint_names if "rear" in name]
        rig = CameraRig(next(iter(scene.cameras.values())), world.parts)
        desk = Desk.of(world, stems=True)
        sources = programme_of(world).sources
        source = next(s for s in sources if isinstance(s, VehicleSound))
        caller = next(s for s in sources if isinstance(s, Caller))
        driver = Driver(kart, DRIVES["motorbike"], Clock())
        speed, states, wheels, made, horn, away = [], [], [], [], [], []
        began: dict[str, int] = {}
        stems: dict[str, list[np.ndarray]] = {}
        for k in range(6 * 60):
            contacts = np.asarray(world.advance())
            now = world.snapshot()
            desk.advance(now, contacts, rig.camera(now))
            for name, layer in desk.stems.items():
                stems.setdefault(name, []).append(layer)
            speed.append(float(np.hypot(*now.velocity[kart, :2])))
            states.append(driver(now))
            wheels.append(now.joint_velocity[rows])
            made.append(source.advance(now, contacts, 800).samples)
            called = caller.advance(now, contacts, 800)
            horn.append(float(np.sqrt(np.mean(np.square(called.samples)))))
            away.append(float(np.linalg.norm(called.position - now.position[kart])))
            for name, holds in world.outcomes().items():
                if holds:
                    began.setdefault(name, k)
    layers = {name: np.array(blocks) for name, blocks in stems.items()}
    return Ride(
        np.array(speed), states, np.array(wheels), np.array(made), np.array(horn), np.array(away), layers, began
    )


def test_the_shipped_kart_is_driven_by_its_wheels(ride: Ride) -> None:
    assert ride.speed.max() > 7.5
    assert ride.speed[-1] < 0.05
    assert ride.wheels[60:120].min() > 20.0  # they turn ahead at least as fast as it goes
    assert np.diff(ride.speed).max() * 60 < 9.81  # no more than tyres can give
    skids = (np.abs(ride.wheels).max(axis=1) < 0.5) & (ride.speed > 3.0)
    assert np.count_nonzero(skids) > 20  # locked wheels, a third of a second at least
    assert list(ride.began) == ["coming", "ploughed", "stopped"]


def test_the_shipped_kart_is_heard_to_pull_to_skid_and_to_hoot(ride: Ride) -> None:
    states, made = ride.states, ride.made
    assert max(state.load for state in states[:60]) == pytest.approx(1.0)
    assert max(state.slip for state in states) > 0.4
    assert max(state.brake for state in states) > 0.8
    # The pulses of two cylinders, rpm/60 a second, while it pulls away; the gear is one, so pitch follows speed.
    for middle in (60, 90, 110):
        wave = made[middle - 4 : middle + 4].ravel()
        spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 16))
        pitch = states[middle - 1].rpm / 60
        hertz = np.arange(len(spectrum)) * 48_000 / (1 << 16)
        near = (hertz > 0.8 * pitch) & (hertz < 1.2 * pitch)
        assert hertz[near][np.argmax(spectrum[near])] == pytest.approx(pitch, rel=0.05)
    # Tyres that slide squeal above the engine.
    slip = np.array([state.slip for state in states])
    squeals = band_power(made[slip > 0.4], 850, 1_050)
    rolls = band_power(made[120:150], 850, 1_050)
    assert squeals > 10 * rolls
    # The horn is an event's: silent until the kart comes, then it goes along with it.
    coming = ride.began["coming"]
    assert not ride.horn[: coming - 1].any()
    assert ride.horn[coming + 4 : coming + 24].min() > 0.3
    assert ride.away.max() == 0.0
    loud = [float(np.sqrt(np.mean(np.square(block)))) for block in ride.stems["sources"]]
    assert np.max(loud[60:]) > 10 * np.mean(loud[:20])  # it comes near
    assert np.isfinite(made).all()


def band_power(blocks: np.ndarray, low: float, high: float) -> float:
    """Return the mean power of blocks between two frequencies, Hz."""
    spectrum = np.abs(np.fft.rfft(blocks * np.hanning(blocks.shape[1]), axis=1)) ** 2
    hertz = np.fft.rfftfreq(blocks.shape[1], 1 / 48_000)
    return float(spectrum[:, (hertz > low) & (hertz < high)].mean())
