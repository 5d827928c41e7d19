"""How much faster than real time sound is made from a finished log, on one core.

Only the synthesiser, fader and limiter are measured: the physics ran before. The floor of a dog run is 20 times real
time, of 300 dominoes, from the push to the last, 5 times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from worldsim.benchmarks.measure import Result
from worldsim.scene.load import load_scene
from worldsim.scene.model import Scene
from worldsim.scene.object import PrefabObject

ROUNDS = 5
PIECES = 300
MORE_BENDS = ((-0.3, 4.2), (0.5, 4.8), (3.0, 4.8), (3.8, 5.4), (3.0, 6.0), (1.0, 6.0))
"""m, where the row of the scene `dominoes`, which has 245, goes on."""


@dataclass(frozen=True)
class Subject:
    """What is heard.

    Attributes:
        name: of the result. scene: makes it. seconds: simulated. floor: times real time.
    """

    name: str
    scene: Callable[[], Scene]
    seconds: float
    floor: float


def three_hundred_dominoes() -> Scene:
    """Return the shipped scene with a longer row."""
    scene = load_scene("dominoes")
    row, *others = scene.objects
    assert isinstance(row, PrefabObject)
    assert row.repeat is not None
    assert row.repeat.path is not None
    path = row.repeat.path
    points = [*(list(point) for point in path.points), *(list(point) for point in MORE_BENDS)]
    longer = path.model_validate({"points": points, "count": PIECES, "turn": path.turn})
    row = row.model_copy(update={"repeat": row.repeat.model_copy(update={"path": longer})})
    bell = [one for one in others if one.name != "bell"]  # it stands where the row goes on
    return scene.model_copy(update={"objects": (row, *bell)})


SUBJECTS = (
    Subject("sound_dog", lambda: load_scene("dog_agility"), 6.0, 20.0),
    Subject("sound_dominoes_300", three_hundred_dominoes, 20.0, 5.0),
    Subject("sound_tower", lambda: load_scene("tower"), 6.0, 5.0),
)


def run() -> Iterator[Result]:
    """Yield simulated seconds of sound made a second of processor time, for three scenes."""
    for subject in SUBJECTS:
        yield measure(subject)


def measure(subject: Subject) -> Result:
    """Return how fast the sound of a subject is made."""
    from worldsim.physics.world import World
    from worldsim.render.rig import CameraRig
    from worldsim.sound import SoundStream

    scene = subject.scene()
    log = []
    with World(scene) as world:
        rig = CameraRig(next(iter(scene.cameras.values())), world.parts)
        ahead = {
            actor: np.concatenate([[1.5], np.zeros(len(body.command_channels) - 1)])
            for actor, body in world.actors.items()
        }
        for _ in range(round(subject.seconds * world.control_rate)):
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
        over = [name for name, holds in world.outcomes().items() if holds]
    took = min(times)  # whatever else the machine does only adds to it
    rows = sum(len(contacts) for _, contacts, _ in log)
    note = f"{rows / subject.seconds:.0f} contact rows a simulated second; {1e3 * took / len(log):.2f} ms a block"
    note += f"; at the end: {', '.join(over)}" if over else ""
    return Result(subject.name, subject.seconds / took, "x real time", subject.floor, note)
