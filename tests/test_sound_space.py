"""Space around sound: walls, Doppler, rooms that answer, a head between the ears, stems that add up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import FRONT, RATE, ground, level, part, row, snapshot
from worldsim.physics.part import Part
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.render.camera import Camera
from worldsim.scene.layout import Geom, Shape
from worldsim.scene.material import shipped_materials
from worldsim.sound.binaural import shadow
from worldsim.sound.desk import Desk
from worldsim.sound.doppler import Flight
from worldsim.sound.occlusion import screen_loss
from worldsim.sound.place import Place, place_at
from worldsim.sound.reverb import Reverb
from worldsim.sound.solids import Solids
from worldsim.sound.source.source import Bed, Emission, Source
from worldsim.sound.synth import Synth

NOTHING = np.zeros(0, CONTACT_DTYPE)
BLOCK = 800


class Tone(Source):
    """A sine, or noise where no frequency is given, that flies at a steady speed."""

    def __init__(self, frequency: float | None, start: tuple[float, float, float], speed: tuple[float, float, float]):
        self.name = "tone"
        self.frequency, self.start, self.speed = frequency, np.array(start), np.array(speed)
        self.rng = np.random.default_rng(0)

    def advance(self, now: Snapshot, contacts: np.ndarray, count: int) -> Emission:
        t = now.time + (np.arange(count) + 1 - count) / RATE
        wave = np.sin(2 * np.pi * self.frequency * t) if self.frequency else self.rng.standard_normal(count)
        return Emission(0.1 * wave, self.start + self.speed * now.time, self.name)


class Hum(Bed):
    """A steady bed."""

    def advance(self, now: Snapshot, contacts: np.ndarray, count: int) -> np.ndarray:
        return np.full((count, 2), 0.01) * np.sin(np.arange(count) * 2 * np.pi * 4 / count)[:, None]


def boxes(*walls: tuple[tuple[float, float, float], tuple[float, float, float]], material: str = "concrete") -> Solids:
    """Return solids of (centre, size)."""
    parts = [
        Part(
            k,
            f"w{k}",
            f"w{k}",
            k + 1,
            "box",
            None,
            material,
            (Geom(Shape("box", size), at, material=material),),
            True,
            0,
        )
        for k, (at, size) in enumerate(walls)
    ]
    return Solids(parts, shipped_materials(), snapshot(4, np.zeros((len(parts), 3))))


def hear(
    desk: Desk, seconds: float, cameras: list[Camera] | None = None, rows: dict[int, np.ndarray] | None = None
) -> np.ndarray:
    """Return (n, 2) of a desk whose parts stand still at the origin."""
    place = np.zeros((len(desk.synth.parts), 3))
    out = []
    for k in range(round(seconds * 60)):
        camera = cameras[min(k, len(cameras) - 1)] if cameras else FRONT
        out.append(desk.advance(snapshot(4 * k + 4, place), (rows or {}).get(k, NOTHING), camera))
    return np.concatenate(out).astype(np.float64)


def empty(solids: Solids | None = None, *, binaural: bool = False) -> Synth:
    return Synth([ground()], shipped_materials(), solids=solids, binaural=binaural)


def peak_frequency(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 19))
    return float(np.argmax(spectrum)) * RATE / (1 << 19)


@pytest.mark.parametrize(("source", "listener"), [(30, 0), (-30, 0), (0, 25), (0, -25), (50, 0), (-40, 10), (0, 0)])
def test_doppler_follows_the_formula(source: float, listener: float) -> None:
    flight = Flight(BLOCK, RATE, 400)
    out = []
    for k in range(48):
        t = (BLOCK * k + np.arange(BLOCK) + 1) / RATE
        when = (k + 1) / 60
        wave = np.sin(2 * np.pi * 1000 * t)
        heard = flight(wave, np.array([60 - source * when, 0, 0]), np.array([listener * when, 0, 0]))
        out.append(np.zeros(BLOCK) if heard is None else heard)
    pitch = peak_frequency(np.concatenate(out)[RATE // 4 :])
    assert pitch == pytest.approx(1000 * (343 + listener) / (343 - source), rel=1e-3)


def test_a_fly_by_falls_in_pitch_through_the_desk() -> None:
    desk = Desk(empty(), [Tone(800.0, (-40.0, 3.0, 0.0), (40.0, 0.0, 0.0))])
    out = hear(desk, 2.2).mean(axis=1)
    before, after = peak_frequency(out[24000:36000]), peak_frequency(out[-14000:])
    assert before == pytest.approx(800 * 343 / 303, rel=0.01)
    assert after == pytest.approx(800 * 343 / 383, rel=0.01)


def test_far_sound_comes_later() -> None:
    class Clap(Tone):
        def advance(self, now: Snapshot, contacts: np.ndarray, count: int) -> Emission:
            wave = np.zeros(count)
            wave[0] = 1.0 if now.step == 4 else 0.0
            return Emission(wave, self.start, self.name)

    for distance in (2.0, 20.0, 100.0):
        out = hear(Desk(empty(), [Clap(None, (0, distance - 1, 0), (0, 0, 0))]), 0.5)
        first = np.flatnonzero(np.abs(out[:, 0]) > 1e-7)[0] - 400
        assert first / RATE == pytest.approx(distance / 343, abs=2e-4)


def test_screens_take_what_maekawa_says() -> None:
    assert screen_loss(np.array([0.0]), 1000)[0] == 0
    assert screen_loss(np.array([0.1715]), 1000)[0] == pytest.approx(10 * np.log10(23))  # N = 1
    losses = screen_loss(np.array([0.01, 0.1, 1.0]), 4000)
    assert (np.diff(losses) >= 0).all()
    assert losses[-1] == 24.0


def test_the_way_around_a_wall() -> None:
    wall = boxes(((0.0, 2.0, 1.0), (8.0, 0.2, 2.0)))
    behind = np.array([[0.0, 4.0, 1.0], [0.0, 4.0, 6.0], [0.0, 1.0, 1.0], [20.0, 2.0, 1.0]])
    detour = wall.detour(behind, np.array([0.0, 0.0, 1.0]))
    assert detour[0] == pytest.approx(2 * np.hypot(2.0, 1.0) - 4.0, abs=0.01)  # over the top, 1 m up
    assert (detour[1:] == 0).all()
    assert wall.detour(behind[:1], np.array([0.0, 0.0, 1.0]), np.array([0]))[0] == 0, "nothing hides itself"


def test_a_wall_muffles_and_does_not_click() -> None:
    wall = boxes(((0.0, 2.0, 1.5), (8.0, 0.2, 3.0)))
    camera = Camera.looking((0, 0, 1.5), (0, 4, 1.5))
    aside = Camera.looking((9, 0, 1.5), (0, 4, 1.5))

    def bands(solids: Solids) -> tuple[float, float]:
        out = hear(Desk(empty(solids), [Tone(None, (0, 4, 1.5), (0, 0, 0))]), 1.0, [camera])[RATE // 2 :, 0]
        power = np.abs(np.fft.rfft(out)) ** 2
        f = np.fft.rfftfreq(len(out), 1 / RATE)
        return tuple(10 * np.log10(power[(f > a) & (f < b)].sum()) for a, b in ((100, 400), (4000, 8000)))

    open_low, open_high = bands(Solids((), {}))
    low, high = bands(wall)
    assert open_low - low == pytest.approx(15.1, abs=1.5), "1 m of detour at 250 Hz"
    assert open_high - high == pytest.approx(23.5, abs=1.5)
    tone = Desk(empty(wall), [Tone(300.0, (0, 4, 1.5), (0, 0, 0))])
    out = hear(tone, 1.5, [camera] * 30 + [aside] * 60)[:, 0]
    jumps = np.abs(np.diff(out, n=2))
    assert jumps[RATE // 2 - 900 : RATE // 2 + 8000].max() < 2.0 * jumps[-20000:].max() + 1e-6


def test_a_cut_does_not_click_for_sources_either() -> None:
    cameras = [FRONT] * 30 + [Camera.looking((12.0, 9.0, 0.0), (0, 0, 0))] * 30
    out = hear(Desk(empty(), [Tone(440.0, (0.0, 3.0, 0.0), (0, 0, 0))]), 1.0, cameras)
    jumps = np.abs(np.diff(out, n=2, axis=0)).max(axis=1)
    assert jumps[RATE // 2 - 800 : RATE // 2 + 2400].max() < 1.5 * jumps[8000:20000].max()


@pytest.mark.parametrize("time", [0.4, 1.2, 2.5])
def test_a_room_rings_as_long_and_as_loud_as_it_is_told(time: float) -> None:
    room = Reverb(BLOCK, RATE)
    room.become(Place(time, 0.5, 1.0, 5.0), at_once=True)
    burst = np.random.default_rng(0).standard_normal(BLOCK)
    spectrum = np.fft.rfft(burst)
    spectrum[(np.fft.rfftfreq(BLOCK, 1 / RATE) > 1000)] = 0
    burst = np.fft.irfft(spectrum, BLOCK)
    out = [room(burst)] + [room(None) for _ in range(round(90 * time))]
    tail = np.concatenate([np.zeros((BLOCK, 2)) if block is None else block for block in out])
    energy = np.cumsum((tail**2).sum(axis=1)[::-1])[::-1]
    fall = 10 * np.log10(np.maximum(energy / energy[0], 1e-12))
    at = [np.argmax(fall < -k) for k in (5, 35)]
    assert 2 * (at[1] - at[0]) / RATE == pytest.approx(time, rel=0.15)
    assert np.sqrt((tail**2).sum(axis=0).mean() / (burst**2).sum()) == pytest.approx(0.5, rel=0.35)
    assert abs(np.corrcoef(tail.T)[0, 1]) < 0.3
    for _ in range(round(120 * time)):
        last = room(None)
    assert last is None, "it falls silent"


def hall(size: tuple[float, float, float], material: str) -> Solids:
    x, y, z = size
    t = 0.3
    return boxes(
        ((0, 0, z + t / 2), (x, y, t)),
        ((0, y / 2, z / 2), (x, t, z)), ((0, -y / 2, z / 2), (x, t, z)),
        ((x / 2, 0, z / 2), (t, y, z)), ((-x / 2, 0, z / 2), (t, y, z)),
        material=material,
    )  # fmt: skip


def test_places() -> None:
    ear = np.array([0.5, 0.3, 1.6])
    field = place_at(Solids((), {}), ear, 0.4)
    assert field.gain == 0
    assert place_at(boxes(((6, 0, 1), (0.3, 4, 2))), ear).gain == 0, "one wall is no room"
    stone = place_at(hall((24, 16, 8), "concrete"), ear)
    carpet = place_at(hall((24, 16, 8), "carpet"), ear, 0.4)
    chamber = place_at(hall((4, 3, 2.6), "wood"), ear)
    assert stone.enclosed > 0.95
    assert stone.time > 2 * carpet.time
    assert stone.time > 1.5 * chamber.time > 0.3
    # Eyring by hand for the hall: V/S of the box, one absorption.
    volume, surface = 24 * 16 * 8, 2 * (24 * 16 + 24 * 8 + 16 * 8)
    by_hand = 0.161 * volume / (-surface * np.log(1 - 0.084))
    assert stone.time == pytest.approx(min(by_hand, 3.5), rel=0.35)


def test_a_hall_answers_and_a_field_does_not() -> None:
    blow = {3: row(13, 1, 0, (0, 0, 0), 0.5)}
    parts = [ground(0, "concrete"), part(1, Shape("box", (0.06, 0.06, 0.05)), "wood")]

    def tail(solids: Solids) -> float:
        out = hear(Desk(Synth(parts, shipped_materials(), solids=solids)), 2.0, rows=blow)
        return float(np.square(out[RATE // 2 :]).sum() / np.square(out).sum())

    assert tail(Solids((), {})) == 0
    assert tail(hall((24, 16, 8), "concrete")) > 1e-5


def test_a_head_shadows_the_treble() -> None:
    left, right = shadow(np.array([1.0]))[:, 0]
    assert right == pytest.approx(2.0, abs=0.01), "6 dB more than in the open, at the wall of a sphere"
    assert left < 0.3
    synth = empty(binaural=True)
    out = hear(Desk(synth, [Tone(None, (5.0, -1.0, 0.0), (0, 0, 0))]), 1.0)[RATE // 2 :]
    f = np.fft.rfftfreq(len(out), 1 / RATE)
    power = np.abs(np.fft.rfft(out, axis=0)) ** 2

    def apart(low: float, high: float) -> float:
        band = power[(f > low) & (f < high)].sum(axis=0)
        return float(10 * np.log10(band[1] / band[0]))

    assert abs(apart(50, 150)) < 2
    assert apart(5000, 9000) > 12
    lags = [float(out[100:-100, 1] @ out[100 + k : len(out) - 100 + k, 0]) for k in range(60)]
    assert np.argmax(lags) / RATE == pytest.approx(0.0875 / 343 * (np.pi / 2 + 1), abs=1e-4)


def test_stems_add_up_and_do_not_change_the_whole() -> None:
    parts = [ground(0, "concrete"), part(1, Shape("box", (0.2, 0.15, 0.005)), "steel")]
    blow = {3: row(13, 1, 0, (0, 0, 0), 0.5)}
    bed: Bed = Hum()

    def desk(stems: bool) -> Desk:
        tone = Tone(700.0, (3.0, 3.0, 0.0), (0, 0, 0))
        synth = Synth(parts, shipped_materials(), solids=hall((9, 9, 5), "brick"))
        return Desk(synth, [tone], bed, bed, stems=stems)

    whole = hear(desk(False), 0.6, rows=blow)
    split = desk(True)
    layers: dict[str, list[np.ndarray]] = {}
    for k in range(36):
        split.advance(snapshot(4 * k + 4, np.zeros((2, 3))), blow.get(k, NOTHING), FRONT)
        for name, block in split.stems.items():
            layers.setdefault(name, []).append(block)
    assert list(layers) == ["contacts", "sources", "ambience", "music"]
    total = np.sum([np.concatenate(blocks) for blocks in layers.values()], axis=0)
    assert np.allclose(total, whole, atol=1e-6)
    music = np.concatenate(layers["music"])
    assert level(music[: 3 * BLOCK]) > level(music[8 * BLOCK : 12 * BLOCK]) + 3, "music makes way"
