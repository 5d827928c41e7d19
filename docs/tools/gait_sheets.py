"""Draws docs/images/gaits_BREED.jpg: every breed in every gait, seen from its side.

    python docs/tools/gait_sheets.py [BREED …]

Nothing is staged: the pictures are of a dog that was commanded and filmed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from worldsim import World
from worldsim.actor.dog.breed import BREEDS
from worldsim.physics.command import Commands
from worldsim.policy import pilot_for
from worldsim.render import make_renderer
from worldsim.render.camera import Camera
from worldsim.render.stage import Stage
from worldsim.scene.model import Scene

IMAGES = Path(__file__).resolve().parents[1] / "images"
WIDTH, HEIGHT = 272, 170  # px of one picture
COUNT = 5  # pictures a row
QUALITY = 72


@dataclass(frozen=True)
class Row:
    """One gait: what is commanded, and when it is drawn.

    Attributes:
        label: its name. speed: share of the breed's top speed. turn: share of its fastest turn.
        begin: s after the reset of the first picture. every: s between pictures.
        jump: s at which it is told to jump, or None. tumble: how it lies at first, or None.
        story: a sentence to act out instead of a command.
    """

    label: str
    speed: float = 0.0
    turn: float = 0.0
    begin: float = 3.0
    every: float = 0.1
    jump: float | None = None
    tumble: int | None = None
    story: str = ""


ROWS = (
    Row("stand", begin=0.5, every=0.6),
    Row("walk", speed=0.2, every=0.17),
    Row("trot", speed=0.5, every=0.08),
    Row("run", speed=1.0, every=0.06),
    Row("turn", speed=0.3, turn=0.7, every=0.3),
    Row("jump", speed=0.75, begin=3.08, every=0.1, jump=3.0),
    Row("get up", begin=0.02, every=0.33, tumble=3),
    Row("sit", begin=0.3, every=0.7, story="sit for 5 s"),
)


def sheet(breed: str) -> Image.Image:
    """Return the pictures of a breed, a gait a row."""
    page = Image.new("RGB", (COUNT * WIDTH, len(ROWS) * HEIGHT))
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(15)
    for at, row in enumerate(ROWS):
        page.paste(Image.fromarray(np.concatenate(pictures(breed, row), 1)), (0, at * HEIGHT))
        pen.text((8, at * HEIGHT + 6), row.label, (20, 20, 24), font)
    return page


def pictures(breed: str, row: Row) -> list[NDArray[np.uint8]]:
    """Return the (HEIGHT, WIDTH, 3) pictures of one gait."""
    options = {"kind": "dog", "breed": breed, "at": [0, 0], "heading_deg": 0}
    if row.tumble is not None:
        options["tumble"] = row.tumble
    if row.story:
        options |= {"look": True, "mouth": True, "poses": True}
    data = {"format": 1, "name": "gaits", "ground": {"material": "concrete"}, "actors": {"rex": options}}
    shown: list[NDArray[np.uint8]] = []
    with World(Scene.model_validate(data), seed=0, detailed=bool(row.story)) as world:
        command = commander(world, breed, row)
        renderer = make_renderer("raster", Stage.of(world), (2 * WIDTH, 2 * HEIGHT), quality="film")
        torso = world.part_index("rex/torso")
        for k in range(COUNT):
            until = row.begin + k * row.every
            camera = None
            while world.time < until - 1e-9:
                world.advance(command(world))
                if world.time > until - 0.05 and camera is None:  # so that what moved is blurred as in a film
                    camera = beside(world, torso, breed)
                    renderer.frame(world.snapshot(), camera)
            picture = renderer.frame(world.snapshot(), beside(world, torso, breed))
            small = Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
            shown.append(np.asarray(small))
        renderer.close()
    return shown


def commander(world: World, breed: str, row: Row) -> Callable[[World], Commands]:
    """Return what commands the dog of a row."""
    if row.story:
        return pilot_for(world, f"dog_story: {row.story}", 0)
    body = BREEDS[breed]

    def command(world: World) -> Commands:
        jumps = row.jump is not None and row.jump <= world.time < row.jump + 0.1
        turn = row.turn * body.turn if world.time > 1.5 else 0.0
        return {"rex": np.array([row.speed * body.speed, turn, float(jumps)])}

    return command


def beside(world: World, torso: int, breed: str) -> Camera:
    """Return a camera at the dog's left that goes along with it."""
    x, y, z = world.snapshot().position[torso]
    tall = BREEDS[breed].hip_height + 0.12
    away = 4.6 * tall
    angle = math.radians(-72)
    eye = (x + away * math.cos(angle), y + away * math.sin(angle), 0.9 * tall)
    return Camera.looking(eye, (x + 0.12 * tall, y, max(0.6 * tall, 0.9 * z)), fov=math.radians(28))


def main() -> None:
    """Draw the sheets."""
    for breed in sys.argv[1:] or BREEDS:
        sheet(breed).save(IMAGES / f"gaits_{breed}.jpg", quality=QUALITY)


if __name__ == "__main__":
    main()
