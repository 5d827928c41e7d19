"""Judging renderers: measures of clips, violations that must be noticed, bars, drift, sheets, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from worldsim.cli import run
from worldsim.errors import DataError, TakeError
from worldsim.physics.state import Snapshot
from worldsim.record.recorder import Shot, record
from worldsim.render.camera import Camera
from worldsim.render.diffusion.weights import make_or_load
from worldsim.render.gbuffer import GBuffer
from worldsim.render.renderer import Moment
from worldsim.scene.look import Look
from worldsim.scene.look_vector import look_vector
from worldsim.take import Take
from worldsim.training.clip import Clip, ClipInfo
from worldsim.training.evaluate.horizon import film, horizon
from worldsim.training.evaluate.judge import Findings, JudgeOptions, judge, pick
from worldsim.training.evaluate.measure import BY_NAME, MEASURES, Measured, measure, unseen
from worldsim.training.evaluate.sheet import sheet_of
from worldsim.training.evaluate.verdict import bars, document, table, unnoticed, violation_table
from worldsim.training.evaluate.violation import VIOLATIONS, chosen
from worldsim.training.manifest import CLIPS, Manifest

FRAMES, HEIGHT, WIDTH = 4, 64, 96
STEP = 3  # px a frame that the box moves to the right
SIDE = 18


def clip_of(name: str = "a", split: str = "scene", boxes: int = 1) -> Clip:
    """Return a clip of a box that slides over a plain before a wall; the raster is flatter and darker."""
    rng = np.random.default_rng(0)
    part = np.ones((FRAMES, HEIGHT, WIDTH), np.uint16)
    part[:, HEIGHT // 2 :] = 2
    motion = np.zeros((FRAMES, HEIGHT, WIDTH, 2), np.float16)
    colour = np.array([[0, 0, 0], [150, 160, 190], [90, 110, 60], [210, 60, 40]], float)
    grain = rng.normal(0, 3, (HEIGHT, WIDTH, 3))
    reference = np.zeros((FRAMES, HEIGHT, WIDTH, 3))
    stripes = 24 * ((np.arange(SIDE) // 6) % 2)[:, None, None]
    for t in range(FRAMES):
        left = 24 + STEP * t
        box = (slice(30, 30 + SIDE), slice(left, left + SIDE))
        if boxes:
            part[t][box] = 3
            motion[t][(*box, 0)] = -STEP * (t > 0)
        reference[t] = colour[part[t]] + grain
        if boxes:
            reference[t][box] += stripes
    normal = np.zeros((FRAMES, HEIGHT, WIDTH, 3), np.int8)
    normal[part == 1] = normal[part == 3] = (0, 0, 127)
    normal[part == 2] = (0, 127, 0)
    truth = np.clip(reference, 0, 255).round().astype(np.uint8)
    info = ClipInfo(name, "made", 0, "side", "noon", split, 30.0, 16, (WIDTH, HEIGHT))
    return Clip(
        info,
        truth,
        np.clip(reference * 0.8 + 6, 0, 255).round().astype(np.uint8),
        np.array([np.inf, 9, 5, 3], np.float16)[part],
        normal,
        np.full((FRAMES, HEIGHT, WIDTH, 3), 128, np.uint8),
        np.full((FRAMES, HEIGHT, WIDTH, 2), 128, np.uint8),
        motion,
        part,
        np.tile(np.array([0, 0, 0, 0, 0, 0, 1], np.float32), (FRAMES, 3, 1)),
        np.tile(np.array([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1.0, 50]), (FRAMES, 1)),
        look_vector(Look()),
        np.zeros(4, np.uint8),
        np.arange(4, dtype=np.uint8),
        np.arange(4, dtype=np.uint16),
        np.arange(4, dtype=np.uint8),
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two clips kept from training and one that is not."""
    folder = tmp_path / "data"
    (folder / CLIPS).mkdir(parents=True)
    for name, split in (("a", "scene"), ("b", "look"), ("c", "train")):
        clip_of(name, split).save(folder / CLIPS / f"{name}.npz")
    Manifest.scan(folder).save()
    return folder


def last(options: JudgeOptions, untrained: bool = False) -> Findings:
    return [*judge(options, make_or_load(None) if untrained else None)][-1]


def test_the_reference_is_equal_to_itself_and_the_raster_is_not() -> None:
    clip = clip_of()
    own, raster = measure(clip.reference, clip), measure(clip.raster, clip)
    assert (own.mean("psnr"), own.mean("ssim"), own.mean("flip")) == (100, pytest.approx(1), pytest.approx(0))
    assert own.mean("moving") == pytest.approx(1)
    for name in ("psnr", "ssim", "flip"):
        value, right = raster.mean(name), own.mean(name)
        assert value is not None
        assert right is not None
        assert BY_NAME[name].worse(value, right) > 0
    assert len(own.values["warp"]) == FRAMES - 1
    assert [len(measure(clip.reference, clip, every=3).values[name]) for name in ("flip", "psnr")] == [2, FRAMES]
    assert Measured({}).mean("psnr") is None
    with pytest.raises(ValueError, match=r"pictures are uint8 \(3, 64, 96, 3\); the clip's are uint8 \(4, 64, 96, 3\)"):
        measure(clip.reference[:3], clip)


def test_what_a_thing_uncovers_was_not_seen_before() -> None:
    found = unseen(clip_of(), 2)
    left = 24 + STEP * 2
    assert found[40, left - STEP : left].all()  # ground that the box stood before
    assert not found[40, left : left + SIDE].any()
    assert unseen(clip_of(), 0).all()


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: violation.name)
def test_measures_notice_what_is_wrong(violation: Any) -> None:
    clip = clip_of()
    right, wrong = clip.reference.copy(), violation.inject(clip.reference, clip)
    assert (clip.reference == right).all()  # the clip itself is left alone
    assert wrong.dtype == np.uint8
    before, after = measure(clip.reference, clip), measure(wrong, clip)
    for name in violation.must:
        was, became = before.mean(name), after.mean(name)
        assert was is not None
        assert became is not None
        assert BY_NAME[name].worse(became, was) > 0, f"{name}: {was} became {became}"


def test_violations_need_a_thing_that_is_seen() -> None:
    assert chosen(clip_of()) == 3
    empty = clip_of(boxes=0)
    assert chosen(empty) is None
    done = {each.name for each in VIOLATIONS if each.inject(empty.reference, empty) is not None}
    assert done == {"drifting", "flickering", "blurred"}  # what needs neither a thing nor motion


def test_kept_clips_are_judged_and_an_untrained_network_scores_as_the_raster(data: Path) -> None:
    found = last(JudgeOptions(data, steps=(1,), violations=1), untrained=True)
    assert (found.clips, found.frames) == ({"scene": 1, "look": 1}, {"scene": 4, "look": 4})  # none of training
    assert list(found.values) == ["raster", "diffusion 1 step", "reference"]
    assert found.identical
    for each in MEASURES:
        assert found.mean("raster", each.name) == found.mean("diffusion 1 step", each.name)
    assert len(found.injected["moved"]["psnr"]) == 1  # into one clip only
    assert unnoticed(found) == ()
    told = document(found, ["diffusion 1 step"])
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["measures"]["raster"]["look"]["psnr"] == pytest.approx(found.mean("raster", "psnr", ("look",)))
    columns, rows = table(found)
    assert columns[1] == "PSNR dB"
    assert [row[0] for row in rows] == list(found.values)
    assert rows[2][1] == "–"  # the reference against itself says nothing
    marks = {row[0]: row for row in violation_table(found)[1]}
    assert marks["moved"][4].endswith("*")
    assert not any("!" in cell for row in marks.values() for cell in row)


def test_whoever_stops_keeps_what_there_is(data: Path) -> None:
    first = next(iter(judge(JudgeOptions(data, violations=0), None)))
    assert sum(first.clips.values()) == 1
    assert not first.injected
    assert first.identical is None


def test_clips_are_picked_evenly_and_missing_ones_are_told(data: Path, tmp_path: Path) -> None:
    paths = [Path(str(k)) for k in range(9)]
    assert pick(paths, 3) == [Path("0"), Path("4"), Path("8")]
    assert pick(paths, 0) == paths
    with pytest.raises(DataError, match="has no clips of the splits asset; make more with `worldsim renderer data`"):
        last(JudgeOptions(data, splits=("asset",)))
    with pytest.raises(DataError, match=r"there is no .*manifest.json"):
        last(JudgeOptions(tmp_path / "none"))


def test_bars_compare_with_raster_and_reference() -> None:
    found = Findings()
    for subject, psnr, flip, warp in (
        ("raster", 20, 0.2, 0.01),
        ("made", 23.5, 0.1, 0.03),
        ("reference", 100, 0, 0.02),
    ):
        values: dict[str, tuple[float, ...]] = {"psnr": (psnr,), "flip": (flip,), "warp": (warp,), "edge_f1": (0.8,)}
        found.add(subject, "scene", Measured(values))
    told = {bar.name: (round(bar.value, 6), bar.met) for bar in bars(found, "made")}
    assert told == {
        "psnr_gain": (3.5, True),
        "flip_ratio": (0.5, True),
        "edge_f1": (0.8, False),
        "warp_ratio": (1.5, False),
    }  # no SSIM and no masks were measured, so nothing is said of them
    assert {bar.name: bar.wanted for bar in bars(found, "made")}["flip_ratio"] == "at most 0.75"


class Drifting:
    """Stands in for the learned renderer: the raster's grey plus a little more with every frame."""

    size = (WIDTH, HEIGHT)

    def __init__(self, rate: float) -> None:
        self.rate, self.count = rate, 0
        self.start: NDArray[np.uint8] | None = None

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        clip = clip_of()
        self.start = clip.raster[0]
        made = np.clip(np.floor(self.start + self.rate * self.count), 0, 255).astype(np.uint8)
        self.count += 1
        part = clip.part[0].astype(np.int32)
        return GBuffer(
            color=made,
            depth=clip.depth[0].astype(np.float32),
            normal=clip.normal[0].astype(np.float32) / 127,
            albedo=np.zeros((HEIGHT, WIDTH, 3), np.float32),
            roughness_metallic=np.zeros((HEIGHT, WIDTH, 2), np.float32),
            motion=np.zeros((HEIGHT, WIDTH, 2), np.float32),
            instance=part,
            class_id=part,
            class_names=("background",),
            part=part,
        )


def test_drift_is_found_where_there_is_some(tmp_path: Path) -> None:
    still = [(None, None)] * 120
    steady = horizon(iter(still), Drifting(0.0), every=2)  # type: ignore[arg-type]
    moving = horizon(iter(still), Drifting(0.1), every=2)  # type: ignore[arg-type]
    assert (steady.frames, len(steady.series["light"])) == (120, 45)
    assert not any(found.drifts for found in steady.slopes().values())
    assert moving.slopes()["light"].drifts
    told = moving.document()
    assert told["light"]["per_1000"] == pytest.approx(100, rel=0.05)  # of 255: a tenth each frame
    assert json.dumps(told, allow_nan=False)
    record("dominoes", tmp_path / "d.gif", seconds=0.2, shot=Shot(size=(32, 16)))
    with Take.open(tmp_path / "d.take") as take:
        shown = [*film(take, (32, 16), 5)]
        assert [round(snapshot.time * 30) for snapshot, _ in shown] == [0, 1, 2, 3, 4]
        with pytest.raises(TakeError, match="has 7 frames; 3000 were asked for: record one of 100 s or more"):
            next(film(take, (32, 16), 3000))


def test_sheets_have_a_column_for_each_and_a_row_for_each_frame() -> None:
    clip = clip_of()
    page = sheet_of(clip, {"raster": clip.raster, "reference": clip.reference}, frames=2)
    assert page.shape == (18 + 2 * (HEIGHT + 4), 2 * (WIDTH + 4) - 4, 3)
    assert (page[18 : 18 + HEIGHT, :WIDTH] == clip.raster[0]).all()
    assert (page[18 + HEIGHT + 4 : -4, WIDTH + 4 :] == clip.reference[-1]).all()
    assert page[:18].max() > 100  # something is written


def test_the_command_judges_writes_and_refuses(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    base = ["renderer", "eval", "--data", str(data), "--weights", "none"]
    assert run([*base, "--clips", "1", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("1 clips (1 scene), 4 frames")
    assert "wrong things done to the reference" in told
    assert json.loads((out / "eval.json").read_text())["weights"] is None
    assert (out / "sheets" / "a.png").is_file()
    assert run([*base, "--violations", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == {"look": 1, "scene": 1}
    assert run([*base, "--steps", "9"]) == 2
    assert "'9' is no list of numbers from 1 to 8, such as 1,2,4" in capsys.readouterr().err
    assert run([*base[:-1], "nowhere"]) == 2
    assert "nowhere is no folder with config.json" in capsys.readouterr().err
    assert run([*base, "--split", "sky"]) == 2
    assert "'sky' is none of scene, asset, look, train" in capsys.readouterr().err
