"""Films one moment of every shipped scene and of every named look three ways, and writes docs/footage.md about them.

    python docs/tools/footage_pages.py [--out FOLDER] [--weights WEIGHTS] [--samples N]

Raster, footage and reference of the same moment stand side by side, with what the first two differ from the third. The
reference needs `make reference`; its pictures are kept in the folder, so that other weights are shown at little cost.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from worldsim import World
from worldsim.policy import pilot_for, policies
from worldsim.render import make_renderer
from worldsim.render.metrics.flip import flip
from worldsim.render.metrics.psnr import psnr
from worldsim.render.renderer import Moment
from worldsim.render.rig import CameraRig
from worldsim.render.stage import Stage
from worldsim.scene.library import shipped_folder
from worldsim.scene.load import load_scene
from worldsim.scene.look import Look
from worldsim.scene.look_names import NAMED_LOOKS

Picture = NDArray[np.uint8]

DOCS = Path(__file__).resolve().parents[1]
SIZE = (384, 256)
BEGIN = 2.0  # s after the reset
FRAMES = 12  # of footage; the last is shown
RATE = 30.0  # frames/s
STAGED = "dog_agility"  # the scene of the looks
CAMERAS = {"bowling": "low", "dominoes": "low", "marble_run": "whole", "tower": "wide", "warehouse": "aisle",
           "playground": "park", "robot_arm": "orbit", "kart": "chase"}  # fmt: skip
PILOTS = {"agility_random": "dog_agility"}
HEAD = 22  # px: the line of words above a row
SHOWN = (288, 192)


@dataclass(frozen=True)
class Row:
    """One moment, three ways.

    Attributes:
        name: of the scene or the look. raster, footage, reference: (H, W, 3) uint8.
    """

    name: str
    raster: Picture
    footage: Picture
    reference: Picture

    def line(self) -> str:
        """Return the row of the table."""
        before, after = (psnr(picture, self.reference) for picture in (self.raster, self.footage))
        seen, left = (flip(picture, self.reference) for picture in (self.raster, self.footage))
        return f"| `{self.name}` | {before:.1f} | {after:.1f} | {seen:.3f} | {left:.3f} | {left / seen:.2f} |"


def main() -> None:
    """Film, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS.parent / "out" / "footage")
    parser.add_argument("--weights", default="small")
    parser.add_argument("--samples", type=int, default=32)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    scenes = [film(name, None, wanted) for name in sorted(path.stem for path in shipped_folder().glob("*.yaml"))]
    looks = [film(STAGED, name, wanted) for name in NAMED_LOOKS]
    for title, rows in (("scenes", scenes), ("looks", looks)):
        sheet(rows, DOCS / "images" / f"footage_{title}.jpg")
    (DOCS / "footage.md").write_text(page(scenes, looks, wanted.samples))


def film(scene_name: str, look: str | None, wanted: argparse.Namespace) -> Row:
    """Return a moment of a scene, in a named look or in its own."""
    scene = load_scene(scene_name)
    with World(scene, seed=0) as world:
        stage = Stage.of(world, None if look is None else Look.model_validate(look))
        moments = list(run(world, scene_name))
        renderer = make_renderer("diffusion", stage, SIZE, weights=wanted.weights, threads=1)
        for moment in moments:
            footage = renderer.frame(*moment)
        renderer.close()
        plain = make_renderer("raster", stage, SIZE)
        raster = plain.frame(*moments[-1])
        plain.close()
        seen = hashlib.sha256(moments[-1][0].position.tobytes() + moments[-1][1].position.tobytes()).hexdigest()[:8]
        kept = wanted.out / f"{look or scene_name}-{wanted.samples}-{seen}.png"
        if not kept.is_file():
            tracer = make_renderer("pathtrace", stage, SIZE, samples=wanted.samples, threads=2)
            Image.fromarray(tracer.frame(*moments[-1])).save(kept)
            tracer.close()
    print(f"{look or scene_name}", flush=True)
    return Row(look or scene_name, raster, footage, np.asarray(Image.open(kept)))


def run(world: World, name: str) -> Iterator[Moment]:
    """Yield the frames from `BEGIN` on, each with its camera."""
    scene = world.scene
    pilot = pilot_for(world, PILOTS.get(name, name if name in policies() else None), 0)
    rig = CameraRig(scene.cameras[CAMERAS.get(name, next(iter(scene.cameras)))], world.parts)
    for number in range(FRAMES):
        while world.time < BEGIN + number / RATE - 1e-9:
            world.advance(pilot(world))
        snapshot = world.snapshot()
        yield snapshot, rig.camera(snapshot)


def sheet(rows: list[Row], path: Path) -> None:
    """Write a picture with two columns of rows."""
    font = ImageFont.load_default(15)
    width, height = 3 * SHOWN[0] + 8, SHOWN[1] + HEAD
    half = (len(rows) + 1) // 2
    canvas = Image.new("RGB", (2 * width, half * height), "white")
    draw = ImageDraw.Draw(canvas)
    for place, row in enumerate(rows):
        left, top = width * (place // half), height * (place % half)
        draw.text((left + 4, top + 2), f"{row.name}: raster, footage, reference", fill="black", font=font)
        for k, picture in enumerate((row.raster, row.footage, row.reference)):
            small = Image.fromarray(picture).resize(SHOWN, Image.Resampling.LANCZOS)
            canvas.paste(small, (left + k * SHOWN[0], top + HEAD))
    canvas.save(path, quality=84, optimize=True)


def page(scenes: list[Row], looks: list[Row], samples: int) -> str:
    """Return the text of the page."""
    head = "PSNR dB, raster | PSNR dB, footage | FLIP, raster | FLIP, footage | ratio |\n|---|---:|---:|---:|---:|---:|"
    tables = ["\n".join([f"| {title} | {head}", *(row.line() for row in rows)])
              for title, rows in (("scene", scenes), ("look", looks))]  # fmt: skip
    about = (
        f"One moment of every shipped scene in its own light, and of `{STAGED}` in every named look: the raster's "
        f"picture, the footage that the shipped weights make of it in one step (frame {FRAMES} of a film), and the "
        f"path tracer's picture of the same moment ({samples} paths a pixel, denoised). {SIZE[0]}×{SIZE[1]}; made by "
        "`python docs/tools/footage_pages.py`. The scenes `tower` and `playground` and the looks `autumn`, "
        "`blue_hour` and `mist` were kept from training; these are single frames, and the figures that count are "
        "those of [the clips kept from training](diffusion.md#what-it-reaches)."
    )
    return f"""# Footage of every scene and every look

{about}

![every scene, three ways](images/footage_scenes.jpg)

{tables[0]}

![every look, three ways](images/footage_looks.jpg)

{tables[1]}
"""


if __name__ == "__main__":
    main()
