"""Draws the pictures of docs/sound.md and, of what moves, of docs/sound_sources.md: spectrograms.

    python docs/tools/sound_pages.py [--confusion]

Times go to the right, frequencies up from 60 Hz to 16 kHz by octaves; bright is loud, 80 dB from black to white.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from worldsim.scene.model import Scene

Floats = NDArray[np.float64]

RATE = 48_000
WIDTH, HEIGHT, MARGIN, LABEL = 220, 150, 8, 20  # px of one spectrogram
COLUMNS = 5
LOWEST, HIGHEST, DEPTH = 60.0, 16_000.0, 80.0  # Hz, Hz, dB
INK = np.array([(10, 9, 20), (60, 22, 92), (150, 45, 96), (226, 96, 58), (250, 180, 70), (255, 250, 225)], np.float64)
IMAGES = Path(__file__).resolve().parents[1] / "images"
MATERIALS = (
    "steel", "rusty_steel", "painted_steel", "aluminium", "tin", "glass", "ceramic", "tiles", "stone", "marble",
    "terracotta", "brick", "concrete", "asphalt", "gravel", "hardwood", "parquet", "wood", "painted_wood", "plastic",
    "cardboard", "leather", "rubber", "ice", "snow", "fabric", "carpet", "fur", "wool", "grass", "soil", "sand",
)  # fmt: skip


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--confusion", action="store_true", help="also run the listener and print its table")
    wanted = parser.parse_args()
    sheet({name: struck(name) for name in MATERIALS}, 0.6).save(IMAGES / "sound_materials.jpg", quality=88)
    sheet(moving(), 3.0).save(IMAGES / "sound_moving.jpg", quality=88)
    if wanted.confusion:
        from worldsim.benchmarks.materials import MATERIALS as NAMES
        from worldsim.benchmarks.materials import confusion_matrix

        table = confusion_matrix()
        print("| struck \\ named | " + " | ".join(NAMES) + " |\n" + "|---" * (len(NAMES) + 1) + "|")
        for name, row in zip(NAMES, table.tolist(), strict=True):
            print(f"| {name} | " + " | ".join(str(count or "") for count in row) + " |")
        print(f"{np.trace(table) / table.sum():.3f} of {table.sum()}")
        confusion_picture(table, NAMES).save(IMAGES / "sound_confusion.png")


def struck(material: str) -> Floats:
    """Return (n,) of a plate of 30 × 20 × 1 cm that a wooden ball falls on from half a metre."""
    from worldsim.physics.world import World
    from worldsim.render.camera import Camera
    from worldsim.scene.model import Scene
    from worldsim.sound.synth import Synth

    plate = {"name": "plate", "shape": "box", "size": [0.3, 0.2, 0.01], "at": [0, 0, 0.5], "static": True}
    ball = {"name": "ball", "shape": "sphere", "radius": 0.012, "at": [0.11, 0.07, 1.0], "material": "hardwood"}
    things = [{**plate, "material": material}, ball]
    scene = Scene.model_validate({"format": 1, "name": "plate", "ground": {"material": "grass"}, "objects": things})
    camera = Camera.looking((0.0, -1.0, 0.8), (0.0, 0.0, 0.5))
    blocks: list[NDArray[np.float32]] = []
    with World(scene) as world:
        synth = Synth.of(world)
        while len(blocks) < 40:
            contacts = world.advance()
            block = synth.advance(world.snapshot(), contacts, camera)
            if blocks or block.any():
                blocks.append(block)
    return np.concatenate(blocks).mean(axis=1).astype(np.float64)


def moving() -> dict[str, Floats]:
    """Return what is heard of things that move in worlds of their own, 3 s each, (n,) Pa at 1 m or at the ears."""
    from worldsim.scene.load import load_scene
    from worldsim.scene.model import Scene
    from worldsim.sound.source.chain import ChainRattle
    from worldsim.sound.source.servo import ServoWhine
    from worldsim.sound.source.vehicle import VehicleSound
    from worldsim.sound.source.whoosh import Whoosh

    def scene(**keys: Any) -> Scene:
        return Scene.model_validate({"format": 1, "name": "page", **keys})

    def hanging(material: str, mass: float) -> Scene:
        link: dict[str, Any] = {"name": "link", "shape": "capsule", "radius": 0.03, "height": 0.2, "mass": mass}
        link |= {"material": material, "at": [0, 0, 3.0], "rotation_deg": [0, 90, 0]}
        link["repeat"] = {"line": {"count": 10, "step": [0.2, 0, 0]}}
        beam = {"name": "beam", "shape": "box", "size": [0.1, 0.1, 0.1], "at": [-0.2, 0, 3.0], "static": True}
        return scene(objects=[beam, link], joints=[{"kind": "ball", "chain": "link.*", "parent": "beam"}])

    def dog(ground: str) -> Scene:
        return scene(ground={"material": ground}, actors={"rex": {"kind": "dog", "at": [0, 0]}})

    ball = {"name": "ball", "shape": "sphere", "radius": 0.1, "at": [0, 0, 1.5], "velocity": [11, 0, 14], "mass": 0.4}
    kart = load_scene("kart")
    electric = kart.model_copy(update={"sound": kart.sound.model_copy(update={
        "vehicles": tuple(one.model_copy(update={"engine": "electric"}) for one in kart.sound.vehicles)})})  # fmt: skip
    return {
        "dog trots on grass": trotting(dog("grass")),
        "dog trots on parquet": trotting(dog("parquet")),
        "iron chain swings": sourced(hanging("steel", 1.5), ChainRattle),
        "rope swings": sourced(hanging("fabric", 0.3), ChainRattle),
        "robot arm turns": sourced(load_scene("robot_arm"), ServoWhine, "wander"),
        "a ball flies": sourced(scene(objects=[ball]), Whoosh),
        "kart, two cylinders": sourced(kart, VehicleSound, begin=1.5),
        "kart, electric": sourced(electric, VehicleSound, begin=1.5),
    }


def sourced(scene: Scene, kind: type, policy: str | None = None, begin: float = 0.0) -> Floats:
    """Return (n,) Pa at 1 m of a scene's first source of a kind, 3 s from `begin` s on."""
    from worldsim.physics.world import World
    from worldsim.policy import pilot_for
    from worldsim.sound.source.gather import programme_of

    out = []
    with World(scene) as world:
        pilot = pilot_for(world, policy, 0)
        source = next(one for one in programme_of(world).sources if isinstance(one, kind))
        for _ in range(round(60 * (begin + 3.0))):
            rows = np.asarray(world.advance(pilot(world)))
            out.append(source.advance(world.snapshot(), rows, RATE // 60).samples)
    return np.concatenate(out[round(60 * begin) :])


def trotting(scene: Scene) -> Floats:
    """Return (n,) of a dog's feet from 1.5 m beside it, 3 s of a trot, contacts alone."""
    from worldsim.physics.world import World
    from worldsim.render.camera import Camera
    from worldsim.sound.synth import Synth

    out = []
    with World(scene) as world:
        synth, torso = Synth.of(world), world.part_index("rex")
        for _ in range(60 * 5):
            rows = world.advance({"rex": np.array([1.5, 0.0, 0.0])})
            now = world.snapshot()
            x, y, _ = now.position[torso].tolist()
            out.append(synth.advance(now, rows, Camera.looking((x, y - 1.5, 0.6), (x, y, 0.2))))
    return np.concatenate(out[120:]).mean(axis=1).astype(np.float64)


def spectrogram(samples: Floats, seconds: float) -> NDArray[np.uint8]:
    """Return (HEIGHT, WIDTH, 3): time to the right, frequency up, loudness as brightness."""
    size = 2048
    padded = np.concatenate([np.zeros(size // 2), samples, np.zeros(int(seconds * RATE) + size)])
    starts = np.linspace(0, seconds * RATE, WIDTH).astype(int)
    frames = np.stack([padded[at : at + size] for at in starts]) * np.hanning(size)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    place = np.geomspace(LOWEST, HIGHEST, HEIGHT + 1) / RATE * size
    rows = []
    for low, high in itertools.pairwise(place):
        if high - low < 1.5:
            k, share = int((low + high) / 2), (low + high) / 2 % 1
            rows.append(power[:, k] * (1 - share) + power[:, k + 1] * share)
        else:
            rows.append(power[:, int(low) : int(np.ceil(high))].max(axis=1))
    level = 10 * np.log10(np.stack(rows[::-1]) + 1e-30)
    bright = np.clip((level - level.max()) / DEPTH + 1, 0.0, 1.0) * (len(INK) - 1)
    below = np.minimum(bright.astype(int), len(INK) - 2)
    share = (bright - below)[..., None]
    return np.asarray(INK[below] * (1 - share) + INK[below + 1] * share, np.uint8)


def sheet(sounds: dict[str, Floats], seconds: float) -> Image.Image:
    """Return spectrograms side by side with their names."""
    lines = -(-len(sounds) // COLUMNS)
    step_x, step_y = WIDTH + MARGIN, HEIGHT + LABEL + MARGIN
    page = Image.new("RGB", (COLUMNS * step_x + MARGIN, lines * step_y + MARGIN), (255, 255, 255))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for k, (name, samples) in enumerate(sounds.items()):
        x, y = MARGIN + k % COLUMNS * step_x, MARGIN + k // COLUMNS * step_y
        draw.text((x + 2, y), name, (30, 30, 30), font)
        page.paste(Image.fromarray(spectrogram(samples, seconds)), (x, y + LABEL))
    return page


def confusion_picture(table: NDArray[np.int64], names: tuple[str, ...]) -> Image.Image:
    """Return the table as squares: rows what was struck, columns what it was called."""
    cell, left = 46, 96
    page = Image.new("RGB", (left + cell * len(names) + 10, left + cell * len(names) + 10), (255, 255, 255))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    shares = table / table.sum(axis=1, keepdims=True)
    for row, name in enumerate(names):
        draw.text((left - 8, left + cell * row + cell // 2), name, (30, 30, 30), font, anchor="rm")
        turned = Image.new("RGB", (left, 20), (255, 255, 255))
        ImageDraw.Draw(turned).text((2, 2), name, (30, 30, 30), font)
        page.paste(turned.rotate(90, expand=True), (left + cell * row + cell // 2 - 10, 0))
        for column in range(len(names)):
            x, y = left + cell * column, left + cell * row
            tint = 255 - int(200 * shares[row, column])
            draw.rectangle((x, y, x + cell - 2, y + cell - 2), (tint, tint, 255 if tint < 255 else 248))
            if table[row, column]:
                ink = (255, 255, 255) if tint < 130 else (30, 30, 30)
                draw.text((x + cell // 2, y + cell // 2), str(table[row, column]), ink, font, anchor="mm")
    return page


if __name__ == "__main__":
    main()
