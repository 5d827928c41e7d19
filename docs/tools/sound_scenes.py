"""Records a clip with sound of every shipped scene, and writes docs/sound_scenes.md about what is heard in them.

    python docs/tools/sound_scenes.py [--out FOLDER] [--scenes NAME,NAME] [--seconds S]

Clips and takes stay in the folder; the page, its spectrograms and copies of the clips go to docs/. The figures are
those of the clip as it is decoded again from its mp4, and of the take beside it.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sound_pages import RATE, spectrogram

from worldsim.policy import policies
from worldsim.record.film import choose_rig
from worldsim.record.recorder import Shot, record
from worldsim.scene.library import shipped_folder
from worldsim.scene.load import load_scene
from worldsim.sound.desk import Desk
from worldsim.sound.impact import ImpactFinder
from worldsim.sound.loudness import decibels, integrated_loudness, true_peak
from worldsim.sound.stream import SoundStream
from worldsim.take import Take

Floats = NDArray[np.float64]

DOCS = Path(__file__).resolve().parents[1]
OF = {"agility_random": "dog_agility"}
SIZE, CRF = (320, 180), 30.0
LOUDEST = 4  # names
SCENES = sorted(path.stem for path in shipped_folder().glob("*.yaml"))


@dataclass(frozen=True)
class Heard:
    """What is heard in a clip.

    Attributes:
        name: the scene's. loudness: LUFS. peak: dBTP. blows: how many. loudest: names and dB at the ears (re 20 µPa).
    """

    name: str
    loudness: float
    peak: float
    blows: int
    loudest: list[tuple[str, float]]


def main() -> None:
    """Record, listen, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS.parent / "out" / "sound_scenes")
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--seconds", type=float, default=6.0)
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    heard = []
    for name in wanted.scenes.split(","):
        video = wanted.out / f"{name}.mp4"
        if not video.exists():
            shot = Shot(size=SIZE, sound=SoundStream.of, crf=CRF)
            record(name, video, seconds=wanted.seconds, policy=driven(name), shot=shot)
        shutil.copy(video, DOCS / "clips" / f"{name}.mp4")
        samples = decoded(video)
        picture(samples.mean(axis=1), wanted.seconds).save(DOCS / "images" / f"sound_scene_{name}.jpg", quality=80)
        heard.append(listen(name, samples, video.with_suffix(".take")))
        print(heard[-1])
    (DOCS / "sound_scenes.md").write_text(page(heard, wanted.seconds), encoding="utf-8")


def driven(name: str) -> str | None:
    """Return who drives the actors of a scene: the policy of its name, or one that wanders."""
    if not load_scene(name).actors:
        return None
    return OF.get(name, name if name in policies() else "wander")


def decoded(video: Path) -> NDArray[np.float32]:
    """Return (n, 2) of the sound of a clip."""
    import av

    with av.open(str(video)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(frames, axis=1).T, np.float32)


def listen(name: str, samples: NDArray[np.float32], path: Path) -> Heard:
    """Return the figures of a clip and of the take it was made from."""
    power: dict[str, float] = {}
    blows = 0
    with Take.open(path) as take, take.world() as world:
        rig = choose_rig(take.scene, world.parts, take.snapshot(0), None, SIZE)
        desk, finder = Desk.of(world), ImpactFinder(world.step_rate)
        for period in range(len(take)):
            snapshot, rows = take.snapshot(period + 1), take.contacts(period)
            desk.advance(snapshot, rows, rig.camera(snapshot))
            blows += len(finder.find(rows, snapshot.step))
            for who, level in desk.heard():
                power[who] = power.get(who, 0.0) + level**2
        order = sorted(power.items(), key=lambda pair: -pair[1])[:LOUDEST]
        loudest = [(who, 10 * np.log10(total / len(take)) - decibels(2e-5)) for who, total in order]
    peak = float(true_peak(samples).max(initial=0.0))
    return Heard(name, integrated_loudness(samples, RATE), decibels(peak), blows, loudest)


def picture(samples: Floats, seconds: float) -> Image.Image:
    """Return a spectrogram with seconds below."""
    shown = Image.fromarray(spectrogram(samples, seconds)).resize((600, 150), Image.Resampling.BILINEAR)
    image = Image.new("RGB", (600, 166), (255, 255, 255))
    image.paste(shown, (0, 0))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    for second in range(int(seconds) + 1):
        draw.text((min(max(600 * second / seconds, 8), 592), 159), f"{second} s", (60, 60, 60), font, anchor="mm")
    return image


def page(heard: list[Heard], seconds: float) -> str:
    """Return docs/sound_scenes.md."""
    lines = [
        "# How the scenes sound",
        "",
        f"The first {seconds:g} s of every shipped scene, driven by the policy of its name or by `wander`, heard from "
        "its first camera, as `worldsim record NAME -o NAME.mp4 --policy …` makes them. Figures and pictures are of "
        "the sound as it is decoded again from the mp4; 60 Hz to 16 kHz by octaves, 80 dB from black to white.",
        "",
        "```",
        "python docs/tools/sound_scenes.py          # records the clips to out/sound_scenes/ and writes this page",
        "```",
        "",
        "| scene | loudness, LUFS | true peak, dBTP | blows | loudest, dB at the ears on average |",
        "|---|---|---|---|---|",
    ]
    for one in heard:
        names = ", ".join(f"{who} {level:.0f}" for who, level in one.loudest)
        loudness = f"{one.loudness:.1f}" if one.loudness > -100 else "silence"
        peak = f"{one.peak:.1f}" if one.peak > -100 else "none"
        lines.append(f"| [{one.name}](#{one.name}) | {loudness} | {peak} | {one.blows} | {names} |")
    lines += ["", "Blows are touches hard enough to be struck, before what nobody hears is left out."]
    for one in heard:
        lines += ["", f"## {one.name}", "", f"![Spectrogram of {one.name}](images/sound_scene_{one.name}.jpg)", "",
                  f"[The clip, with its sound](clips/{one.name}.mp4)"]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
