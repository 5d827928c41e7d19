"""The window's loop at 960×540 on a scene with a dog: input, physics, picture; drawn to nowhere. Beside 30 frames/s."""

from __future__ import annotations

import os
from collections.abc import Iterator

from worldsim.benchmarks.measure import Result

WANTED = 30.0  # frames/s
FRAMES = 240


def run() -> Iterator[Result]:
    """Yield frames a second of the play loop, paced as a person sees it: it never runs faster than its screen."""
    from worldsim.player.app import play
    from worldsim.player.options import PlayOptions

    before = {name: os.environ.get(name) for name in ("SDL_VIDEODRIVER", "SDL_AUDIODRIVER")}
    os.environ.update({"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"})
    try:
        found = play(PlayOptions("dog_agility", policy="dog_agility", max_frames=FRAMES))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    note = (
        f"median {1000 * found.frame_p50:.0f} ms, 95 % within {1000 * found.frame_p95:.0f} ms; "
        f"{found.real_time_factor:.2f} x real time; the floor is the wish"
    )
    yield Result("play_960x540_fps", found.fps, "frames/s", WANTED, note)
