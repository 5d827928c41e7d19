"""Sound and picture together, on what happens in shipped scenes: 200 blows, each where it belongs, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import RATE
from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.physics.world import World
from worldsim.render.camera import Camera
from worldsim.scene.load import load_scene
from worldsim.sound import SoundStream, Synth
from worldsim.sound.desk import Desk
from worldsim.sound.impact import Impact, ImpactFinder
from worldsim.sound.loudness import true_peak
from worldsim.sound.synth import AUDIBLE, PASCAL

SCENES = ("dominoes", "tower", "marble_run")
NOTHING = np.zeros(0, CONTACT_DTYPE)
FELT = 0.02  # N·s: a coin that falls from a table


@dataclass(frozen=True)
class Run:
    """Some seconds of a scene."""

    synth: Synth
    periods: list[tuple[Snapshot, np.ndarray]]
    hits: list[tuple[int, Impact]]  # the period in which each is told


def run_scene(name: str, seconds: float) -> Run:
    finder = ImpactFinder(240)
    periods, hits = [], []
    with World(load_scene(name)) as world:
        synth = Synth.of(world)
        for k in range(round(60 * seconds)):
            rows = np.asarray(world.advance())
            snapshot = world.snapshot()
            periods.append((snapshot, rows))
            hits += [(k, hit) for hit in finder.find(rows, snapshot.step)]
    return Run(synth, periods, hits)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: run_scene(name, 2.5) for name in SCENES}


def alone(run: Run, hit: Impact) -> tuple[float, float]:
    """Return onset, s, and peak, Pa, of one blow of a run with all else taken away, heard from 1.5 m."""
    run.synth.reset()
    eye = hit.position + np.array([0.0, -1.4, 0.5])
    camera = Camera.looking(tuple(eye), tuple(hit.position))
    pair = {hit.part_a, hit.part_b}
    first = (hit.step - 1) // 4
    out = []
    for snapshot, rows in run.periods[first : first + 4]:
        mine = [{int(a), int(b)} == pair for a, b in zip(rows["part_a"], rows["part_b"], strict=True)]
        keep = rows[np.array(mine, bool) & (rows["step"] >= hit.step) & (rows["step"] < hit.step + 2)]
        out.append(run.synth.advance(snapshot, keep, camera) / PASCAL)
    sound = np.abs(np.concatenate(out)).max(axis=1)
    start = first * 800 - run.synth.latency
    peak = float(sound.max())
    return (start + int(np.argmax(sound > max(1e-7, 1e-4 * peak)))) / RATE, peak


def touches(run: Run, hit: Impact) -> tuple[float, float]:
    """Return between which times, s, the points of two surfaces meet that a step tells, from their gaps and speeds."""
    rows = run.periods[(hit.step - 1) // 4][1]
    rows = rows[(rows["step"] == hit.step) & (rows["impulse"] > 0)]
    pair = {hit.part_a, hit.part_b}
    times = []
    for row in rows:
        closing = -float(row["velocity"] @ row["normal"])
        if {int(row["part_a"]), int(row["part_b"])} == pair and closing > 0.05:
            times.append((hit.step - 1) / 240 + float(np.clip(-row["depth"] / closing, -1 / 240, 1 / 240)))
    return min(times), max(times)


def test_two_hundred_blows_are_heard_when_surfaces_meet(runs: dict[str, Run]) -> None:
    errors = []
    for run in runs.values():
        felt = [hit for k, hit in run.hits if hit.impulse > FELT and (hit.step - 1) // 4 + 4 <= len(run.periods)]
        for hit in felt[:: max(1, len(felt) // 100)]:
            onset, peak = alone(run, hit)
            assert peak > AUDIBLE, f"a blow of {hit.impulse:.3f} N·s is not heard"
            first, last = touches(run, hit)
            errors.append(onset - float(np.clip(onset, first, last)))
    assert len(errors) >= 200
    assert np.abs(errors).max() < 1e-3, f"worst {1e3 * np.abs(errors).max():.2f} ms of {len(errors)}"


def test_nothing_sounds_without_a_contact(runs: dict[str, Run]) -> None:
    for run in runs.values():
        run.synth.reset()
        camera = Camera.looking((0, -3, 1), (0, 0, 0))
        for snapshot, _ in run.periods[:60]:
            assert not run.synth.advance(snapshot, NOTHING, camera).any()


def test_whole_scenes_are_clean_and_hold_their_level(runs: dict[str, Run]) -> None:
    for name, run in runs.items():
        run.synth.reset()
        stream = SoundStream(Desk(run.synth))
        camera = Camera.looking((0.5, -3, 1), (0, 0, 0.3))
        out = np.concatenate([stream.advance(snapshot, rows, camera) for snapshot, rows in run.periods])
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 10 ** (-1 / 20) + 1e-6
        assert np.abs(out).max() > 0.05, name
        assert np.abs(out.mean(axis=0)).max() < 2e-3, "no DC"


def lag(ours: np.ndarray, theirs: np.ndarray, at: int, reach: int = 480) -> tuple[float, float]:
    """Return by how many s `theirs` comes later around sample `at`, by correlation, and how alike they are there."""
    piece = ours[at - 96 : at + 960]
    around = theirs[at - 96 - reach : at + 960 + reach]
    if len(around) < len(piece) + 2 * reach or not piece.any():
        return 0.0, 0.0
    products = np.correlate(around, piece, mode="valid")
    energy = np.convolve(around**2, np.ones(len(piece)), mode="valid")
    alike = products / np.sqrt(np.maximum(energy, 1e-12) * (piece @ piece))
    best = int(np.argmax(alike))
    return (best - reach) / RATE, float(alike[best])


@pytest.mark.slow
def test_blows_are_where_they_belong_in_the_decoded_film(tmp_path: Path) -> None:
    """At least 200 blows, all that are heard: AAC and mp4 move none by more than 5 ms; no peak is too high.

    And each is heard within the frame's time before the first picture that shows its contact.
    """
    import av

    from worldsim.record.recorder import Shot, record
    from worldsim.take import Take

    offsets, there = [], 0
    for name in ("dominoes", "tower", "marble_run"):
        out = tmp_path / f"{name}.mp4"
        record(name, out, seconds=3.0, shot=Shot(size=(64, 36), sound=SoundStream.of))
        with av.open(str(out)) as container:
            frames = [(float(frame.time or 0.0), frame.to_ndarray()) for frame in container.decode(audio=0)]
        with av.open(str(out)) as container:
            shown = np.array([float(frame.time or 0.0) for frame in container.decode(video=0)])
        assert shown == pytest.approx(np.arange(len(shown)) / 30, abs=1e-4)
        assert frames[0][0] == pytest.approx(0.0, abs=1e-6)
        both = np.concatenate([samples for _, samples in frames], axis=1)
        assert 20 * np.log10(true_peak(both.T).max()) <= -0.9
        decoded = both.mean(axis=0)
        finder = ImpactFinder(240)
        with Take.open(out.with_suffix(".take")) as take, take.world() as world:
            from worldsim.record.film import choose_rig

            rig = choose_rig(take.scene, world.parts, take.snapshot(0), None, (64, 36))
            stream = SoundStream.of(world)
            blocks, hits = [], []
            for k in range(len(take)):
                snapshot = take.snapshot(k + 1)
                blocks.append(stream.advance(snapshot, take.contacts(k), rig.camera(snapshot)))
                hits += finder.find(take.contacts(k), snapshot.step)
        ours = np.concatenate(blocks)[stream.latency :].mean(axis=1)
        for hit in hits:
            late, alike = lag(ours, decoded, round(hit.time * RATE))
            there += alike > 0.0
            if alike > 0.8:
                offsets.append(late)
                seen = shown[np.searchsorted(shown, hit.time - 1e-6)] if hit.time < shown[-1] else hit.time
                assert -1e-3 < seen - (hit.time + late) < 1 / 30 + 1e-3
    assert len(offsets) >= 200
    assert len(offsets) >= 0.99 * there
    assert np.abs(offsets).max() < 5e-3
