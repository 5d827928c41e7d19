"""How much faster than real time sound is made from a finished log, on one core.

Only the synthesiser, fader and limiter are measured: the physics ran before. The floor of a dog run is 20 times real
time, of 200 dominoes 5 times.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from worldsim.benchmarks.measure import Result

SECONDS = 6.0
ROUNDS = 5
SUBJECTS = (("sound_dog", "dog_agility", 20.0), ("sound_dominoes", "dominoes", 5.0), ("sound_tower", "tower", 5.0))


def run() -> Iterator[Result]:
    """Yield simulated seconds of sound made a second of processor time, for three scenes."""
    for name, scene, floor in SUBJECTS:
        yield _measure(name, scene, floor)


def _measure(name: str, scene_name: str, floor: float) -> Result:
    from worldsim.physics.world import World
    from worldsim.render.rig import CameraRig
    from worldsim.scene.load import load_scene
    from worldsim.sound import SoundStream

    scene = load_scene(scene_name)
    log = []
    with World(scene) as world:
        rig = CameraRig(next(iter(scene.cameras.values())), world.parts)
        ahead = {
            actor: np.concatenate([[1.5], np.zeros(len(body.command_channels) - 1)])
            for actor, body in world.actors.items()
        }
        for _ in range(round(SECONDS * world.control_rate)):
            contacts = world.advance(ahead).rows
            snapshot = world.snapshot()
            log.append((snapshot, contacts, rig.camera(snapshot)))
        times = []
        for _ in range(ROUNDS):
            stream = SoundStream.of(world)
            begun = time.process_time()
            for period in log:
                stream.advance(*period)
            times.append(time.process_time() - begun)
    took = min(times)  # whatever else the machine does only adds to it
    rows = sum(len(contacts) for _, contacts, _ in log)
    note = f"{rows / SECONDS:.0f} contact rows a simulated second; {1e3 * took / len(log):.2f} ms a block"
    return Result(name, SECONDS / took, "x real time", floor, note)
