"""Draws docs/images/optics.jpg: one moment through a pinhole and through every optics that has a name.

python docs/tools/optics_sheet.py [OUT.jpg]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from worldsim.physics.world import World
from worldsim.policy import pilot_for
from worldsim.render import make_renderer
from worldsim.render.exposure import Exposure
from worldsim.render.optics import NAMED
from worldsim.render.rig import CameraRig
from worldsim.render.stage import Stage
from worldsim.scene.load import load_scene

SIZE = (640, 360)
SECONDS, FPS = 6.0, 20
SEED = 105


def main(out: Path = Path(__file__).parent.parent / "images" / "optics.jpg") -> None:
    """Film `dog_rampage` up to a moment and write the sheet."""
    with World(load_scene("dog_rampage"), SEED) as world:
        pilot, rig = pilot_for(world, "dog_rampage", SEED), CameraRig(world.scene.cameras["tele"], world.parts)
        renderer = make_renderer("diffusion", Stage.of(world), SIZE, threads=1)
        previous = None
        for _ in range(round(SECONDS * FPS)):
            snapshot = world.snapshot()
            previous = snapshot, rig.camera(snapshot)
            for _ in range(world.control_rate // FPS):
                world.advance(pilot(world))
        snapshot = world.snapshot()
        camera = rig.camera(snapshot)
        buffer = renderer.render(snapshot, camera, previous)
        pictures = {"pinhole": buffer.color}
        pictures |= {name: Exposure.of(o, world.parts)(buffer, camera, snapshot) for name, o in NAMED.items()}
        renderer.close()
    width, height = SIZE
    sheet = Image.new("RGB", (3 * width, 2 * height))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(20)
    for k, (name, picture) in enumerate(pictures.items()):
        at = (k % 3 * width, k // 3 * height)
        sheet.paste(Image.fromarray(np.ascontiguousarray(picture)), at)
        pen.text((at[0] + 12, at[1] + 8), name, (255, 255, 255), font, stroke_width=2, stroke_fill=(0, 0, 0))
    sheet.save(out, quality=90)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
