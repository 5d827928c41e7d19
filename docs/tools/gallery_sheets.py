"""Draws three moments of every scene of docs/gallery.md, at the quality of films.

python docs/tools/gallery_sheets.py [NAME …]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from worldsim import World
from worldsim.policy import pilot_for
from worldsim.render import make_renderer
from worldsim.render.rig import CameraRig
from worldsim.render.stage import Stage
from worldsim.scene.load import load_scene

IMAGES = Path(__file__).resolve().parents[1] / "images"
SIZE, SHEET = (640, 360), (1260, 236)


@dataclass(frozen=True)
class Sheet:
    """What to show of a scene: who drives, from where, and when, in s after the reset."""

    scene: str
    policy: str | None
    camera: str
    times: tuple[float, ...]


SHEETS = (
    Sheet("dog_agility", "dog_agility", "chase", (1.0, 5.0, 9.0)),
    Sheet("dog_rampage", "dog_rampage", "wide", (0.3, 3.5, 7.0)),
    Sheet("dominoes", None, "low", (0.1, 2.5, 6.0)),
    Sheet("bowling", None, "low", (0.8, 1.42, 1.75)),
    Sheet("tower", None, "wide", (0.1, 1.4, 2.4)),
    Sheet("marble_run", None, "whole", (0.4, 2.0, 4.5)),
    Sheet("kart", None, "chase", (2.9, 3.8, 4.6)),
    Sheet("playground", "wander", "park", (0.2, 2.5, 5.0)),
    Sheet("robot_arm", "wander", "side", (0.1, 2.5, 7.0)),
    Sheet("warehouse", "dog_rampage", "aisle", (0.6, 3.2, 6.0)),
)


def draw(sheet: Sheet) -> None:
    """Write the picture of a scene."""
    scene = load_scene(sheet.scene)
    with World(scene, seed=0) as world:
        pilot = pilot_for(world, sheet.policy, 0)
        rig = CameraRig(scene.cameras[sheet.camera], world.parts)
        renderer = make_renderer("raster", Stage.of(world), SIZE, quality="film")
        shown = []
        for time in sheet.times:
            while world.time < time - 1e-9:
                world.advance(pilot(world))
                camera = rig.camera(world.snapshot())
            shown.append(renderer.frame(world.snapshot(), camera))
        renderer.close()
    row = Image.fromarray(np.concatenate(shown, 1)).resize(SHEET, Image.Resampling.LANCZOS)
    row.save(IMAGES / f"scene_{sheet.scene}.jpg", quality=86)


if __name__ == "__main__":
    for each in SHEETS:
        if len(sys.argv) < 2 or each.scene in sys.argv[1:]:
            draw(each)
