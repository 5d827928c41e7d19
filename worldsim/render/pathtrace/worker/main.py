"""The process that traces: `python main.py FOLDER` inside the environment that `make reference` makes.

This file and its neighbours are the only ones that import Blender's module bpy (GPL-3.0-or-later). They run as a
separate program: worldsim starts it, sends poses over a pipe and gets pictures back, and imports nothing of it.

Messages on standard input: {"do": "frame", "seed", "fov", "near", "height", "geoms", "squares", "bones"} with the
camera's pose (3, 4), the geoms' (G, 3, 4), the squares of grass (N, 5), the matrices of the skins' bones (B, 3, 4), and
where motion is blurred camera, geoms and bones of the moment before, all as float64; {"do": "identities", …} the same;
{"do": "stage"} alone: the folder holds another stage.
The answers on standard output: {"done": …} with the picture's bytes, or {"error": text}. At the start comes
{"done": "ready"}.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from frames import BrokenPipeline, receive, send


def main() -> None:
    """Serve until the pipe ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Blender talks on standard output
    questions = os.fdopen(os.dup(0), "rb")
    import numpy as np
    from scene import TracedStage

    stage = TracedStage(Path(sys.argv[1]))
    send(answers, {"done": "ready"})
    while True:
        try:
            message, data = receive(questions)
        except BrokenPipeline:
            return
        try:
            if message["do"] == "stage":
                stage = TracedStage(Path(sys.argv[1]))
                send(answers, {"done": "stage"})
                continue
            numbers = np.frombuffer(data, np.float64)
            sizes = [12, 12 * message["geoms"], 5 * message["squares"], 12 * message["bones"]]
            view, geoms, grass, bones, before = np.split(numbers, np.cumsum(sizes))
            grass, bones = grass.reshape(-1, 5), bones.reshape(-1, 3, 4)
            was_view, was_geoms, was_bones = np.split(before, np.cumsum([sizes[0], sizes[1]]))
            stage.still()
            stage.move(geoms.reshape(-1, 3, 4))
            stage.lay(grass[:, 0].astype(int), grass[:, 1:], message["height"])
            stage.look(view.reshape(3, 4), message["fov"], message["near"])
            stage.bend(bones, was_bones.reshape(-1, 3, 4) if len(before) else None)
            if len(before):
                stage.blur(was_geoms.reshape(-1, 3, 4), was_view.reshape(3, 4))
            found = stage.identities() if message["do"] == "identities" else stage.trace(message["seed"])
            send(answers, {"done": message["do"]}, found.tobytes())
        except Exception:  # the other side decides what a failed picture means
            send(answers, {"error": traceback.format_exc()})


if __name__ == "__main__":
    main()
