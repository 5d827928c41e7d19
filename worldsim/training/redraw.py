"""Drawing the raster of clips again after the raster changed: the traced pictures, which took hours, stay.

A clip keeps the pose of every part and every camera, so no world has to run. It knows nothing of what
learns from clips.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim import World
from worldsim.errors import DataError
from worldsim.physics.state import Snapshot
from worldsim.render import make_renderer
from worldsim.render.diffusion.conditions import kinds_of
from worldsim.render.stage import Stage
from worldsim.scene.look_vector import look_vector
from worldsim.training.clip import Clip, camera_of
from worldsim.training.plan import GROUPS, Job, job

SAME = 0.98
"""Share of the pixels that must show the same part as when the clip was made."""


def redraw(
    paths: Sequence[Path], seed: int, samples: int, tell: Callable[[int, int], None] = lambda done, total: None
) -> list[Path]:
    """Draw the raster of clips again, in place; return those that were left alone because their world is another now.

    Args:
        paths: of the clips.
        seed: that the folder was made from.
        samples: paths a pixel that it was made with.
        tell: told how many are done, of how many.

    Raises:
        DataError: a file is not a whole clip, or its name is not one that `worldsim renderer data` gives.
        OutputError: the disk is full, or the folder can't be written to.
    """
    left: list[Path] = []
    for place, path in enumerate(paths):
        found = job_of(path.stem, seed, samples)
        again = drawn(Clip.load(path), found)
        if again is None:
            left.append(path)
        else:
            again.save(path)
        tell(place + 1, len(paths))
    return left


def drawn(clip: Clip, found: Job) -> Clip | None:
    """Return a clip with the raster as it is drawn now, or None where what is seen is not the same any more."""
    look = next((shot.look for shot in found.shots if np.allclose(look_vector(shot.look), clip.look, atol=1e-4)), None)
    if look is None or found.scene_name != clip.info.scene:
        return None
    with World(found.scene(), seed=found.seed) as world:
        stage = Stage.of(world, look)
        if not np.array_equal(kinds_of(stage), clip.kinds):
            return None
        raster = make_renderer("raster", stage, clip.info.size)
        try:
            rest = world.snapshot()
            pairs = zip(clip.part_pose, clip.camera, strict=True)
            moments = [(snapshot_of(rest, pose), camera_of(view)) for pose, view in pairs]
            layers = [raster.render(*moment) for moment in moments]
        finally:
            raster.close()
    if np.mean(np.stack([layer.part for layer in layers]) == clip.part) < SAME:
        return None
    return replace(clip, raster=np.stack([layer.color for layer in layers]))


def job_of(clip: str, seed: int, samples: int) -> Job:
    """Return the job of a clip by its name.

    Raises:
        DataError: it is not one that `worldsim renderer data` gives.
    """
    name, number, place = ([*clip.split("-"), "", "", ""])[:3]
    group = next((group for group in GROUPS if group == name), None)
    if group is None or not (number.isdigit() and place.isdigit()):
        raise DataError(f"{clip}.npz is not a name that `worldsim renderer data` gives, such as props-00017-2.npz")
    return job(seed, group, int(number), samples)


def snapshot_of(rest: Snapshot, part_pose: NDArray[np.float32]) -> Snapshot:
    """Return the snapshot in which the parts are where a clip (P, 7) says."""
    pose = part_pose.astype(np.float64)
    turn = pose[:, 3:] / np.linalg.norm(pose[:, 3:], axis=1, keepdims=True)
    return replace(rest, position=np.ascontiguousarray(pose[:, :3]), orientation=turn)
