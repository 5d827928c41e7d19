"""Codes the minute of footage again for a smaller file, and draws its sheet and the README's picture from it.

    python docs/tools/footage_film.py out/rampage.mp4 --hero 7.5

FILM is what `worldsim record` wrote by the command in docs/diffusion.md. `--hero` says at which second the README's
four begin.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

DOCS = Path(__file__).parents[1]
EVERY, ACROSS, WIDTH = 3.0, 4, 360  # s from one moment of the sheet to the next; moments in a row; px of each
HERO, HERO_WIDTH, HERO_EVERY = 4.2, 416, 2  # s; px; frames of the film from one of the moving picture to the next
QUALITY = "27"  # constant rate factor of H.264


def smaller(film: Path, out: Path) -> None:
    """Code the picture again; the sound is copied."""
    with av.open(str(film)) as source, av.open(str(out), "w", options={"movflags": "faststart"}) as made:
        picture = source.streams.video[0]
        coded = made.add_stream("libx264", picture.average_rate, options={"crf": QUALITY, "preset": "veryslow"})
        coded.width, coded.height, coded.pix_fmt = picture.width, picture.height, "yuv420p"
        coded.time_base = picture.time_base or Fraction(1, 24)
        sound = [(stream, made.add_stream_from_template(stream)) for stream in source.streams.audio]
        for packet in source.demux():
            if packet.stream.type == "video":
                for frame in packet.decode():
                    assert isinstance(frame, av.VideoFrame)
                    made.mux(coded.encode(frame))
            elif packet.dts is not None:
                packet.stream = next(copy for stream, copy in sound if stream is packet.stream)
                made.mux(packet)
        made.mux(coded.encode())


def resized(frame: av.VideoFrame, width: int) -> Image.Image:
    """Return a frame at a width in px."""
    picture = frame.to_image()
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the clip, the sheet and the moving picture into docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--hero", type=float, default=0.0, help="second at which the README's picture begins")
    given = parser.parse_args()
    clip = DOCS / "clips" / "dog_rampage_footage.mp4"
    smaller(given.film, clip)
    moments: list[Image.Image] = []
    hero: list[Image.Image] = []
    with av.open(str(clip)) as opened:
        for number, frame in enumerate(opened.decode(video=0)):
            if frame.time >= EVERY * (len(moments) + 0.5):
                moments.append(resized(frame, WIDTH))
            if given.hero <= frame.time < given.hero + HERO and number % HERO_EVERY == 0:
                hero.append(resized(frame, HERO_WIDTH))
    rows = [np.concatenate([np.asarray(one) for one in moments[k : k + ACROSS]], 1) for k in range(0, 20, ACROSS)]
    Image.fromarray(np.concatenate(rows)).save(DOCS / "images" / "footage_film.jpg", quality=88)
    coloured = [one.quantize(256) for one in hero]
    coloured[0].save(DOCS / "images" / "hero.gif", save_all=True, append_images=coloured[1:], duration=80, loop=0)


if __name__ == "__main__":
    main()
