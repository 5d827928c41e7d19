"""Every sound that is not a contact, as WAV files and spectrograms: `python sound_sources.py FOLDER`.

Nothing here needs a world: voices, creaks and beds are driven by hand. The pictures of docs/sound_sources.md are these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from worldsim.physics.state import CONTACT_DTYPE, Snapshot
from worldsim.scene.sound import MusicSpec
from worldsim.sound import write_wav
from worldsim.sound.music.band import Music
from worldsim.sound.music.theory import MOODS
from worldsim.sound.source import bark
from worldsim.sound.source.birds import Birds
from worldsim.sound.source.call import LEVELS, call
from worldsim.sound.source.creak import Creak
from worldsim.sound.source.hinge import creaking_of
from worldsim.sound.source.insects import Insects
from worldsim.sound.source.source import Clock
from worldsim.sound.source.tag import tinkles
from worldsim.sound.source.vehicle import VehicleKind, VehicleState, VehicleVoice
from worldsim.sound.source.weather import City, Layer, Rain, Room, Wind

Floats = NDArray[np.float64]

RATE, BLOCK = 48_000, 800
WIDTH, HEIGHT, LEFT = 300, 150, 30  # pixels of one spectrogram, and of its scale


def dog_sounds() -> dict[str, Floats]:
    """Return what a beagle and a shepherd say, and a beagle's breath and tag."""
    pants = [bark.breath(11, k, 0.12, k % 2 == 0, 1.0) for k in range(10)]
    return {
        "bark, beagle": bark.bark(11, 5),
        "bark, shepherd": bark.bark(32, 5),
        "woof": bark.woof(11, 5),
        "yelp": bark.yelp(11, 5),
        "whine": bark.whine(11, 5),
        "growl": bark.growl(11, 5),
        "panting": np.concatenate(pants),
        "collar": np.concatenate(tinkles(RATE)),
    }


def thing_sounds() -> dict[str, Floats]:
    """Return hinges that swing to and fro, and a drive: idling, two gears, a horn, a skid, a stop."""
    made = {}
    for name, mass, metal in (("wooden gate, 20 kg", 20.0, False), ("iron gate, 80 kg", 80.0, True)):
        creak, angle, out = Creak(creaking_of(mass, metal, 3), RATE, 4), 0.0, []
        for k in range(240):
            speed = 1.2 * np.sin(k / 40)
            angle += speed / 60
            wave = creak(speed, angle, BLOCK)
            out.append(np.zeros(BLOCK) if wave is None else wave)
        made[name] = np.concatenate(out)
    for name, cylinders in (("four cylinders", 4), ("electric", 0)):
        voice = VehicleVoice(VehicleKind(cylinders), RATE, 3)
        made[name] = np.concatenate([voice(driven(k / 60), BLOCK) for k in range(600)])
    return made


def driven(t: float) -> VehicleState:
    """Return what a car does after t s."""
    if t < 1 or t > 9:
        return VehicleState(900.0)
    if t < 5:
        return VehicleState(1_200 + 1_900 * ((t - 1) % 2), 0.9, 6 * (t - 1))
    if t < 6:
        return VehicleState(2_500, 0.2, 24.0, horn=t > 5.3)
    return VehicleState(max(900.0, 2_500 - 600 * (t - 6)), 0.0, 24 - 8 * (t - 6), 0.6 if t < 7.5 else 0.0, 1.0)


def bed_sounds() -> dict[str, Floats]:
    """Return the layers of the ambience."""
    layers: Mapping[str, tuple[Callable[[int, int], Layer], float]] = {
        "breeze": (Wind, 0.25),
        "gale": (Wind, 0.95),
        "rain": (Rain, 0.8),
        "city": (City, 0.6),
        "room": (Room, 0.6),
        "birds": (Birds, 0.9),
        "crickets, 18 °C": (Insects, 0.9),
    }
    made = {}
    for name, (layer, share) in layers.items():
        one, out = layer(RATE, 3), np.zeros((10 * RATE, 2))
        for start in range(0, len(out), BLOCK):
            one.onto(out[start : start + BLOCK], start, share, share)
        made[name] = out
    return made


def music_sounds() -> dict[str, Floats]:
    """Return 16 s of each mood, all players in."""
    made, still = {}, np.zeros((1, 3))
    for mood in MOODS:
        music = Music(MusicSpec.model_validate({"mood": mood, "intensity": 0.8}), [], Clock(), 5)
        out = []
        for step in range(4, 4 * 60 * 16, 4):
            now = Snapshot(step, step / 240, still, np.zeros((1, 4)), still, still, np.zeros(0), np.zeros(0))
            out.append(music.advance(now, np.zeros(0, CONTACT_DTYPE), BLOCK))
        made[mood] = np.concatenate(out)
    return made


def spectrogram(wave: Floats, title: str, top: float) -> Image.Image:
    """Return a picture: time to the right, pitch up to `top` Hz, 70 dB from black to white."""
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    size = 1_024 if len(mono) < 2 * RATE else 2_048
    padded = np.pad(mono, size // 2)
    starts = np.linspace(0, len(padded) - size, WIDTH).astype(np.int64)
    frames = padded[starts[:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, 2 * size))[:, : int(top / RATE * 2 * size)]
    level = 20 * np.log10(power + 1e-12)
    shade = np.clip((level - level.max() + 70) / 70, 0, 1).T[::-1]
    colours = np.array([(10, 12, 24), (52, 36, 92), (150, 52, 92), (236, 112, 62), (252, 236, 190)], np.float64)
    rgb = np.stack([np.interp(shade, np.linspace(0, 1, 5), colours[:, k]) for k in range(3)], axis=-1)
    page = Image.new("RGB", (WIDTH + LEFT, HEIGHT + 18), (255, 255, 255))
    page.paste(Image.fromarray(rgb.astype(np.uint8)).resize((WIDTH, HEIGHT)), (LEFT, 16))
    ink = ImageDraw.Draw(page)
    ink.text((LEFT, 2), f"{title} ({len(mono) / RATE:.2g} s)", fill=(20, 20, 20))
    for k in range(5):
        y = 16 + HEIGHT - k * HEIGHT / 4
        ink.text((0, min(max(y - 6, 14), HEIGHT + 5)), f"{k * top / 4_000:.3g}k", fill=(90, 90, 90))
    return page


def sheet(pictures: list[Image.Image], columns: int = 3) -> Image.Image:
    """Return the pictures side by side."""
    wide, high = pictures[0].size
    page = Image.new("RGB", (columns * wide, -(-len(pictures) // columns) * high), (255, 255, 255))
    for k, picture in enumerate(pictures):
        page.paste(picture, (k % columns * wide, k // columns * high))
    return page


def main(folder: Path) -> list[Path]:
    """Write everything and return the pictures' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "dog": (dog_sounds(), 12_000.0),
        "things": (thing_sounds(), 6_000.0),
        "beds": (bed_sounds(), 9_000.0),
        "calls": ({word: call(word) for word in LEVELS}, 9_000.0),
        "music": (music_sounds(), 3_000.0),
    }
    written = []
    for name, (sounds, top) in pages.items():
        for title, wave in sounds.items():
            stereo = np.stack([wave, wave], axis=1) if wave.ndim == 1 else wave
            write_wav(
                folder / f"{name}_{title.replace(',', '').replace(' ', '_')}.wav", 0.7 * stereo / np.abs(stereo).max()
            )
        path = folder / f"sound_{name}.jpg"
        sheet([spectrogram(wave, title, top) for title, wave in sounds.items()]).save(path, quality=82)
        written.append(path)
    return written


if __name__ == "__main__":
    print("\n".join(str(path) for path in main(Path(sys.argv[1] if len(sys.argv) > 1 else "sounds"))))
