"""What to film for training: job after job from a seed, and which of them are kept for judging.

The same seed and number give the same job, whatever came before: any process can do any of them. It knows nothing of
renderers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from worldsim.scene.load import load_bundle, load_scene
from worldsim.scene.look import Look
from worldsim.scene.look_names import NAMED_LOOKS
from worldsim.scene.model import Scene
from worldsim.training.procedural import procedural_scene

Group = Literal["props", "dogs", "lights", "stills", "skies", "gardens"]
Split = Literal["train", "scene", "asset", "look"]

GROUPS: tuple[Group, ...] = ("props", "dogs", "lights", "stills", "skies", "gardens")
"""Without a dog, with one, and for training only, both in turns: more lights of fewer frames; `skies` also has
twilight, moonlight, mist and stranger colours, `gardens` trees, hedges and houses all round."""
KEPT_LOOKS = ("autumn", "blue_hour", "mist")
"""Named looks that no training clip has."""

SHIPPED = {
    "props": ("bowling", "dominoes", "marble_run", "robot_arm", "warehouse"),
    "dogs": ("dog_agility", "dog_rampage", "yard"),
}
"""Shipped scenes to train with, by group."""
GARDENS = ("agility_random", "dog_agility", "dog_fetch", "dog_rampage", "dog_recover", "dog_story", "yard")
"""Shipped scenes with something behind them, for the group of that name."""
KEPT_SCENES = {"props": "tower", "dogs": "playground"}
"""Shipped scenes that no training clip shows."""

PILOTS = {"dog_agility": "dog_agility", "dog_rampage": "dog_rampage"}
"""Who drives in a shipped scene; elsewhere a dog wanders."""

KEPT_SHARE = 0.09
SHIPPED_SHARE = 0.3
NAMED_SHARE = 0.35

TRAIN_SIZE, KEPT_SIZE = (288, 192), (384, 256)
SHOTS = {"props": 3, "dogs": 3, "lights": 6, "stills": 12, "skies": 12, "gardens": 12}
"""Shots of a job to train with; one of a job that is kept."""
LIGHTS = {"props": 3, "dogs": 3, "lights": 6, "stills": 6, "skies": 6, "gardens": 6}
"""Lights of a job to train with; its shots share them evenly."""
TRAIN_FRAMES, KEPT_FRAMES = {"props": 4, "dogs": 4, "lights": 2, "stills": 1, "skies": 1, "gardens": 1}, 6
"""Frames of a shot."""


@dataclass(frozen=True)
class Spread:
    """How widely lights are drawn.

    Attributes:
        haze: both exponents of its beta distribution. contrast: mean and deviation.
        exposure, warmth, saturation: deviations. wet: the share of lights with wet ground.
        seasons: each as likely as it is often in here.
    """

    haze: tuple[float, float]
    exposure: float
    warmth: float
    contrast: tuple[float, float]
    saturation: float
    wet: float
    seasons: tuple[str, ...]


SEASONS = ("summer", "spring", "dry", "snow", "winter")
USUAL = Spread((1.2, 4), 0.2, 0.3, (0.03, 0.12), 0.15, 0.15, ("summer", "summer", *SEASONS))
STRANGE = Spread((0.8, 1.2), 0.3, 0.5, (0.0, 0.18), 0.25, 0.25, SEASONS)


@dataclass(frozen=True)
class Shot:
    """A stretch of a job.

    Attributes:
        camera: the scene camera's name. start: s after the reset.
        look: the light, and look_words: it in words.
    """

    camera: str
    start: float
    look: Look
    look_words: str


@dataclass(frozen=True)
class Job:
    """One world, filmed in a few shots in one light each.

    Attributes:
        number: of the job. group: what is in it. split: what it is for.
        source: a shipped scene's name, or a scene file.
        scene_name: for people. seed: of the world.
        pilot: who drives a dog, "" for nobody. shots: in the order of time.
        size: (width, height) in pixels. frames: of each shot. samples: paths a pixel.
    """

    number: int
    group: Group
    split: Split
    source: str
    scene_name: str
    seed: int
    pilot: str
    shots: tuple[Shot, ...]
    size: tuple[int, int]
    frames: int
    samples: int

    def scene(self) -> Scene:
        """Load the scene."""
        if self.scene_name != "procedural":
            return load_scene(self.source)
        return load_bundle({"procedural.yaml": self.source.encode()}, "procedural.yaml")

    def clip_names(self) -> tuple[str, ...]:
        """Return the names of its clips, one for each shot."""
        return tuple(f"{self.group}-{self.number:05d}-{place}" for place in range(len(self.shots)))


def jobs(seed: int, group: Group, samples: int, start: int = 0, step: int = 1) -> Iterator[Job]:
    """Yield jobs without end, from number `start` on in steps of `step`."""
    number = start
    while True:
        yield job(seed, group, number, samples)
        number += step


def job(seed: int, group: Group, number: int, samples: int) -> Job:
    """Return one job of a group."""
    rng = np.random.default_rng([seed, GROUPS.index(group), number])
    split: Split = "train"
    if group in KEPT_SCENES and rng.random() < KEPT_SHARE:
        split = ("scene", "asset", "look")[int(rng.integers(3))]
    garden = group == "gardens"
    dogs = group == "dogs" or (group not in KEPT_SCENES and number % 2 == 1)
    actors = "dogs" if dogs else "props"
    kept = split != "train"
    if split == "scene":
        name = source = KEPT_SCENES[actors]
    elif split != "asset" and rng.random() < SHIPPED_SHARE and (dogs or not garden):
        name = source = str(rng.choice(GARDENS if garden and dogs else SHIPPED[actors]))
    else:
        made_up = procedural_scene(rng, actors=dogs, kept_assets=split == "asset", garden=garden)
        name, source = "procedural", made_up
    draw = _strange if group == "skies" else _look
    lights = [draw(rng, split)]
    made = Job(
        number,
        group,
        split,
        source,
        name,
        int(rng.integers(2**31)),
        PILOTS.get(name, "wander") if dogs else "",
        (),
        KEPT_SIZE if kept else TRAIN_SIZE,
        KEPT_FRAMES if kept else TRAIN_FRAMES[group],
        2 * samples if kept else samples,
    )
    cameras = sorted(made.scene().cameras)
    count = 1 if kept else SHOTS[group]
    starts = np.sort(rng.uniform(0.1, 7.0 if dogs else 2.5, count))
    chosen = [str(rng.choice(cameras)) for _ in range(count)]
    if dogs and any("chase" in name for name in cameras):
        chosen[0] = next(name for name in cameras if "chase" in name)
    kinds = 1 if kept else LIGHTS[group]
    lights += [draw(rng, split) for _ in range(kinds - 1)]
    shots = tuple(
        Shot(camera, round(float(start), 3), *lights[place * kinds // count])
        for place, (camera, start) in enumerate(zip(chosen, starts, strict=True))
    )
    return Job(**{**made.__dict__, "shots": shots})


def _look(rng: np.random.Generator, split: Split) -> tuple[Look, str]:
    """Return a light and its words."""
    if split == "look":
        name = str(rng.choice(KEPT_LOOKS))
        return Look.model_validate(name), name
    if rng.random() < NAMED_SHARE:
        name = str(rng.choice([name for name in NAMED_LOOKS if name not in KEPT_LOOKS]))
        return Look.model_validate(name), name
    sky = str(rng.choice(["clear", "clear", "partly_cloudy", "partly_cloudy", "overcast", "storm", "sunset"]))
    elevation = rng.uniform(1.5, 6) if sky == "sunset" else np.degrees(np.arcsin(rng.uniform(0.1, 0.95)))
    return _light(rng, sky, float(elevation), USUAL)


def _strange(rng: np.random.Generator, split: Split) -> tuple[Look, str]:
    """Return a light from the whole range of them, or one time in three as elsewhere, and its words."""
    if rng.random() < 1 / 3:
        return _look(rng, split)
    sky = str(rng.choice(["clear", "clear", "clear", "partly_cloudy", "overcast", "overcast", "storm", "night"]))
    low, high = (15.0, 70.0) if sky == "night" else (-8.0, 65.0 if rng.random() < 0.5 else 4.0)
    return _light(rng, sky, float(rng.uniform(low, high)), STRANGE)


def _light(rng: np.random.Generator, sky: str, elevation_deg: float, spread: Spread) -> tuple[Look, str]:
    """Return a light under a sky, everything else drawn, and its words."""

    def normal(mean: float, deviation: float, most: float) -> float:
        return round(float(np.clip(rng.normal(mean, deviation), -most, most)), 3)

    keys = {
        "sky": sky,
        "sun_elevation_deg": round(elevation_deg, 1),
        "sun_azimuth_deg": round(float(rng.uniform(-180, 180)), 1),
        "haze": round(float(rng.beta(*spread.haze)), 3),
        "exposure": normal(0, spread.exposure, np.inf),
        "warmth": normal(0, spread.warmth, 1),
        "contrast": normal(*spread.contrast, 0.4),
        "saturation": normal(0, spread.saturation, 0.5),
        "wetness": round(float(rng.uniform(0.3, 1)), 3) if rng.random() < spread.wet else 0.0,
        "season": str(rng.choice(spread.seasons)),
    }
    return Look.model_validate(keys), ", ".join(f"{key}={value}" for key, value in keys.items())
