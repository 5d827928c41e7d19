"""Makes a film of three minutes: a dog on agility courses, cut from several cameras, with sound.

    python docs/tools/agility_film.py -o out/dog_agility.mp4 [--size 640x360] [--crf 30] [--sheet SHEET.jpg]

Every run is a take: simulated once by the shipped policy, then filmed. The same code and versions give the same film.
Pictures are cut every few seconds; the sound of a run is heard through from where its first camera goes along.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worldsim.physics.state import Snapshot
from worldsim.record.recorder import Shot, record, render_take
from worldsim.record.video import VideoWriter
from worldsim.render.camera import Camera
from worldsim.render.rig import CameraRig
from worldsim.scene.camera import FollowCamera
from worldsim.scene.look_text import read_look
from worldsim.sound import take_sound
from worldsim.take import Take

LENGTH = 240.0  # s, at most
SHOTS = (5.5, 3.5, 4.5, 4.0, 3.5)  # s, again and again
AHEAD = 0.62  # share of a trackside shot after which the dog passes the camera
RUN_OUT = 2.0  # s that are shown after the finish
FPS, RATE = 30, 48_000  # frames/s, Hz
FADE = 0.6  # s of sound, at both ends of a run


@dataclass(frozen=True)
class Run:
    """One dog's way over a course: the scene, its seed, and the light it is filmed in."""

    scene: str
    seed: int
    look: str = ""


RUNS = (
    Run("agility_random", 0),
    Run("agility_random", 1, "golden hour"),
    Run("agility_random", 3, "overcast"),
    Run("agility_random", 4, "misty autumn morning"),
    Run("agility_random", 5, "late afternoon"),
    Run("dog_agility", 0),
)


class Trackside:
    """A camera on a tripod that is turned after the dog, as a person would, a little late."""

    def __init__(self, eye: Sequence[float], torso: int) -> None:
        """Stand at (3,) m and watch a part."""
        self._eye, self._torso = np.array(eye), torso
        self._aim: np.ndarray | None = None

    def camera(self, snapshot: Snapshot) -> Camera:
        """Return where it looks now; called once a frame."""
        target = snapshot.position[self._torso] + (0.0, 0.0, 0.03)
        self._aim = target if self._aim is None else self._aim + 0.25 * (target - self._aim)
        distance = float(np.linalg.norm(self._aim - self._eye))
        return Camera.looking(self._eye, self._aim, fov=np.radians(np.clip(105 / distance, 24, 58)))


def rigs(take: Take, start: float, end: float, number: int) -> CameraRig | Trackside:
    """Return the camera of a shot."""
    with take.world() as world:
        parts, torso = world.parts, world.part_index("rex/torso")
    kind = number % len(SHOTS)
    moment = round((start + AHEAD * (end - start)) * take.header.control_rate)
    passing = take.snapshot(min(moment, len(take))).position[torso]
    if kind == 0:
        return CameraRig(
            FollowCamera(follow="rex", smooth=0.5, distance=1.9, height=0.7, heading_deg=28, fov_deg=46), parts
        )
    if kind == 1:
        return Trackside((passing[0] + 0.4, passing[1] - 1.7, 0.28), torso)
    if kind == 2:
        return CameraRig(
            FollowCamera(follow="rex", smooth=0.5, distance=2.2, height=0.35, heading_deg=90, fov_deg=34), parts
        )
    if kind == 3:
        return Trackside((passing[0] + 1.0, passing[1] - 3.2, 1.5), torso)
    return CameraRig(
        FollowCamera(follow="rex", smooth=0.5, distance=2.4, height=0.3, heading_deg=158, fov_deg=38), parts
    )


def film_run(run: Run, folder: Path, size: tuple[int, int], left: float) -> tuple[list[Path], NDArray[np.float32]]:
    """Film one run from all its cameras; return its shots, and its sound (n, 2)."""
    name = f"{run.scene}_{run.seed}"
    shot = Shot(size=(64, 36), fps=4)
    video, seconds = folder / f"{name}.mp4", 60.0
    for ended in (False, True):
        made = record(run.scene, video, seconds=seconds, policy="dog_agility", seed=run.seed, shot=shot,
                      until_outcome=not ended)  # fmt: skip
        seconds = made.seconds + RUN_OUT
    assert made.take is not None
    print(f"{name}: {made.outcome} after {made.seconds:.1f} s", flush=True)
    with Take.open(made.take) as take:
        look = read_look(run.look, take.scene.look)[0] if run.look else None
        stop = min(take.seconds, left)
        parts, at, number = [], 0.0, 0
        while at < stop - 0.5:
            end = at + SHOTS[number % len(SHOTS)]
            end = stop if stop - end < 2.0 else end
            path = folder / f"{name}_{number:02}.mp4"
            filming = Shot(size=size, fps=FPS, crf=12, camera=rigs(take, at, end, number), look=look)
            render_take(take, path, start=at, end=end, shot=filming)
            parts.append(path)
            at, number = end, number + 1
        with take.world() as world:
            chase = CameraRig(take.scene.cameras["chase"], world.parts)
        heard = take_sound(take, chase.camera)[: round(stop * RATE)].copy()
    ramp = np.linspace(0, 1, round(FADE * RATE), dtype=np.float32)[:, None]
    heard[: len(ramp)] *= ramp
    heard[-len(ramp) :] *= ramp[::-1]
    return parts, heard


def frames(films: Sequence[Path]) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of films one after the other, (H, W, 3)."""
    for film in films:
        with av.open(str(film)) as opened:
            for frame in opened.decode(video=0):
                yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def sheet(film: Path, seconds: float, out: Path, columns: int = 6, rows: int = 6) -> None:
    """Write a contact sheet of a film, to be looked at."""
    wanted = [round((k + 0.5) * seconds * FPS / (columns * rows)) for k in range(columns * rows)]
    pictures = [
        np.asarray(Image.fromarray(picture).resize((256, 144), Image.Resampling.LANCZOS))
        for number, picture in enumerate(frames([film]))
        if number in wanted
    ]
    lines = [np.concatenate(pictures[k : k + columns], 1) for k in range(0, len(pictures), columns)]
    Image.fromarray(np.concatenate(lines)).save(out, quality=80)


def main() -> None:
    """Make the film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--crf", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=LENGTH)
    parser.add_argument("--sheet", type=Path)
    wanted = parser.parse_args()
    width, height = map(int, wanted.size.split("x"))
    wanted.output.parent.mkdir(parents=True, exist_ok=True)
    length = 0.0
    with (
        tempfile.TemporaryDirectory() as name,
        VideoWriter(wanted.output, (width, height), FPS, RATE, crf=wanted.crf, preset="slow", bitrate=64_000) as film,
    ):
        for run in RUNS:
            if length < wanted.seconds - 2:
                parts, heard = film_run(run, Path(name), (width, height), wanted.seconds - length)
                for picture in frames(parts):
                    film.frame(picture)
                due = film.frames * RATE // FPS - film.samples
                film.audio(np.pad(heard, ((0, max(0, due - len(heard))), (0, 0)))[:due])
                length = film.frames / FPS
    if wanted.sheet:
        sheet(wanted.output, length, wanted.sheet)
    print(f"{wanted.output}: {length:.0f} s, {wanted.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
