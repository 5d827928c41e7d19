"""Scenes drawn from a seed, for training: every family of assets, surface and light, things that stand, fall and fly.

They are scene files like an author's, as text. It knows nothing of cameras' pictures or of what learns from them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT_PREFABS = ("barrel", "garden_chair", "tyre", "bowling_pin")
"""Prefabs that occur in no scene to train with."""
KEPT_MATERIALS = ("marble", "rusty_steel", "leather")
"""Materials that occur in no scene to train with."""

PREFABS: Mapping[str, float] = MappingProxyType(
    {
        "can_stack": 0.9, "cardboard_box": 0.3, "cone": 0.25, "crate": 0.35, "domino": 0.1, "flower_pot": 0.2,
        "table": 0.8, "bench": 0.9, "bin": 0.3, "can": 0.06, "tunnel": 0.9, "weave_pole": 0.1, "jump_barrier": 0.8,
        "ramp": 1.1, "see_saw": 1.6, "swing": 1.6, "shelf": 0.9, "barrel": 0.35, "garden_chair": 0.45, "tyre": 0.4,
        "bowling_pin": 0.1,
    }
)  # fmt: skip
"""Prefab → the radius in m that it needs."""
BEHIND = ("fence", "tree", "bush")
"""Prefabs for the background."""
COLOURED = (
    "can_stack",
    "can",
    "cone",
    "flower_pot",
    "bin",
    "garden_chair",
    "jump_barrier",
    "swing",
    "see_saw",
    "domino",
)

SOLID = (
    "wood", "hardwood", "steel", "aluminium", "ceramic", "terracotta", "stone", "marble", "concrete", "brick",
    "rubber", "plastic", "cardboard", "fabric", "rusty_steel", "leather", "painted_steel", "painted_wood", "glass",
)  # fmt: skip
GROUNDS = {
    "grass": 5.0, "concrete": 1.2, "asphalt": 1.0, "parquet": 1.5, "tiles": 1.0, "gravel": 0.8, "soil": 0.8,
    "sand": 0.8, "wood": 0.6, "carpet": 0.6, "snow": 0.4, "brick": 0.4, "ice": 0.3, "stone": 0.6, "rubber": 0.3,
}  # fmt: skip
"""Material of the ground → how often."""
LAWNS = {"grass": 8.0, "gravel": 1.0, "soil": 1.0, "stone": 1.0, "snow": 0.5, "concrete": 0.5}
"""Likewise of a garden's."""
LEAVES = ("#4d6b2b", "#47652a", "#43602b", "#66803a", "#5b6b34", "#3f5c26", "#6d7d3c")
"""Colours of trees, bushes and hedges."""
WALLS = ("#9c4e36", "#b08a5e", "cream")
"""Colours of houses and sheds."""
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "white", "cream", "grey", "black")
BREEDS = ("beagle", "shepherd", "corgi", "greyhound")
KEPT_BREED = "poodle"
"""A breed that occurs in no scene to train with."""
SIDE = 2.6  # m: half of the square in which things are


def procedural_scene(
    rng: np.random.Generator,
    *,
    actors: bool,
    kept_assets: bool = False,
    garden: bool = False,
) -> str:
    """Return a scene file.

    Args:
        rng: draws everything.
        actors: whether a dog is in it.
        kept_assets: use only what training never sees (`KEPT_PREFABS`, `KEPT_MATERIALS`, `KEPT_BREED`) where there is
            a choice; without it, never those.
        garden: whether it lies among hedges, trees and houses, with woods at the end of what is seen.
    """
    prefabs = [name for name in PREFABS if (name in KEPT_PREFABS) == kept_assets]
    materials = [name for name in SOLID if (name in KEPT_MATERIALS) == kept_assets]
    taken: list[tuple[float, float, float]] = []
    objects: list[dict[str, Any]] = []
    for number in range(int(rng.integers(3, 8))):
        name = str(rng.choice(prefabs))
        place = _free(rng, taken, PREFABS[name])
        if place is not None:
            objects.append(_prefab(rng, name, f"thing{number}", place))
    for number in range(int(rng.integers(2, 9))):
        place = _free(rng, taken, 0.3)
        if place is not None:
            objects.append(_solid(rng, materials, f"solid{number}", place))
    if garden:
        objects += _garden(rng)
    else:
        objects += [_behind(rng, str(rng.choice(BEHIND)), k) for k in range(int(rng.integers(0, 4)))]
    scene: dict[str, Any] = {
        "format": 1,
        "name": "procedural",
        "ground": {"material": _weighted(rng, LAWNS if garden else GROUNDS)},
        "objects": objects,
        "cameras": _cameras(rng, actors),
    }
    if actors:
        at = _free(rng, taken, 0.6) or (-3.2, 0.0)
        heading = float(np.degrees(np.arctan2(-at[1], -at[0])) + rng.normal(0, 35))
        dog = {
            "kind": "dog",
            "breed": KEPT_BREED if kept_assets else str(rng.choice(BREEDS)),
            "at": _rounded(at),
            "heading_deg": round(heading, 1),
        }
        scene["actors"] = {"rex": dog}
    return json.dumps(scene)


def _weighted(rng: np.random.Generator, shares: Mapping[str, float]) -> str:
    share = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=share / share.sum()))


def _rounded(values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    return [round(float(value), 3) for value in values]


def _free(
    rng: np.random.Generator, taken: list[tuple[float, float, float]], radius: float
) -> tuple[float, float] | None:
    """Return a place that overlaps nothing, and note it; None where none was found."""
    for _ in range(30):
        x, y = rng.normal(0, 0.5 * SIDE, 2).clip(-SIDE, SIDE)
        if all(np.hypot(x - u, y - v) > radius + r for u, v, r in taken):
            taken.append((x, y, radius))
            return float(x), float(y)
    return None


def _prefab(rng: np.random.Generator, prefab: str, name: str, at: tuple[float, float]) -> dict[str, Any]:
    params = {"colour": str(rng.choice(COLOURS))} if prefab in COLOURED and rng.random() < 0.8 else {}
    found: dict[str, Any] = {"prefab": prefab, "name": name, "at": _rounded(at), "params": params}
    found["rotation_deg"] = [0, 0, round(float(rng.uniform(-180, 180)), 1)]
    if prefab in ("cardboard_box", "crate", "tyre") and rng.random() < 0.5:
        kind = "pyramid" if prefab == "cardboard_box" else "tower"
        found["repeat"] = {"stack": {"kind": kind, "columns" if kind == "pyramid" else "rows": int(rng.integers(2, 5))}}
    elif prefab in ("domino", "bowling_pin", "can", "weave_pole"):
        found["repeat"] = {"line": {"count": int(rng.integers(2, 7)), "step": [0.22, 0, 0]}}
    return found


def _solid(rng: np.random.Generator, materials: Sequence[str], name: str, at: tuple[float, float]) -> dict[str, Any]:
    """Return a primitive: one that lies, is dropped or is thrown."""
    shape = str(rng.choice(["box", "sphere", "cylinder", "capsule", "cone"]))
    size = float(np.exp(rng.uniform(np.log(0.05), np.log(0.28))))
    found: dict[str, Any] = {"name": name, "shape": shape, "material": str(rng.choice(list(materials)))}
    if shape == "box":
        found["size"] = _rounded(2 * size * rng.uniform(0.4, 1.0, 3))
        half = 0.5 * found["size"][2]
    elif shape == "sphere":
        found["radius"], half = round(size, 3), size
    else:
        height = 2 * size * float(rng.uniform(1.0, 1.8))
        found["radius"], found["height"], half = round(0.6 * size, 3), round(height, 3), 0.5 * height
    if rng.random() < 0.35:
        found["colour"] = str(rng.choice(COLOURS))
    flying = rng.random() < 0.45
    lift = float(rng.uniform(0.2, 1.6)) if flying else 0.001
    found["at"] = _rounded((*at, half + lift))
    if flying:
        found["rotation_deg"] = _rounded(rng.uniform(-180, 180, 3))
        found["velocity"] = _rounded((-np.array([*at, 0.0]) * rng.uniform(0, 1.2)) + rng.normal(0, 0.8, 3))
        found["angular_velocity_deg"] = _rounded(rng.normal(0, 220, 3))
    return found


def _behind(rng: np.random.Generator, prefab: str, number: int) -> dict[str, Any]:
    """Return something that stands behind the rest."""
    angle, distance = float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(5, 11))
    at = [distance * np.cos(angle), distance * np.sin(angle)]
    step = {"fence": 1.8, "tree": 4.5, "bush": 2.2}[prefab]
    across = [-step * np.sin(angle), step * np.cos(angle), 0]
    return {
        "prefab": prefab,
        "name": f"behind{number}",
        "at": _rounded(at),
        "rotation_deg": [0, 0, round(float(np.degrees(angle)) + 90, 1)],
        "repeat": {"line": {"count": int(rng.integers(2, 5)), "step": _rounded(across)}},
    }


def _garden(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return what stands round a garden: trees and bushes, a hedge, perhaps houses, daisies, and mostly woods."""
    found: list[dict[str, Any]] = []

    def put(prefab: str, distance: float, angle: float, params: dict[str, Any], **more: Any) -> None:
        turn = round(float(rng.uniform(-180, 180)) if prefab in ("tree", "bush", "daisies") else angle - 90, 1)
        at = _rounded((distance * np.cos(np.radians(angle)), distance * np.sin(np.radians(angle))))
        name = f"{prefab}{len(found)}"
        found.append({"prefab": prefab, "name": name, "at": at, "rotation_deg": [0, 0, turn], "params": params, **more})

    def angle() -> float:
        return float(rng.uniform(-180, 180))

    for _ in range(int(rng.integers(2, 7))):
        height = round(float(rng.uniform(3.5, 9)), 2)
        crown = str(rng.choice(["broad", "round", "tall"]))
        width = round(height * float(rng.uniform(0.3, 0.5) if crown == "tall" else rng.uniform(0.6, 1.0)), 2)
        put(
            "tree", float(rng.uniform(6, 16)), angle(),
            {"height": height, "width": width, "crown": crown, "colour": str(rng.choice(LEAVES))},
        )  # fmt: skip
    for _ in range(int(rng.integers(1, 7))):
        radius = round(float(rng.uniform(0.3, 0.9)), 2)
        put("bush", float(rng.uniform(4, 10)), angle(), {"radius": radius, "colour": str(rng.choice(LEAVES))})
    for _ in range(int(rng.integers(0, 4))):
        way, height = angle(), round(float(rng.uniform(0.8, 2.0)), 2)
        along = [3 * -np.sin(np.radians(way)), 3 * np.cos(np.radians(way)), 0]
        repeat = {"line": {"count": int(rng.integers(2, 6)), "step": _rounded(along)}}
        put("hedge", float(rng.uniform(8.5, 14)), way, {"length": 3, "height": height}, repeat=repeat)
    for prefab, chance in (("house", 0.4), ("house", 0.2), ("shed", 0.3)):
        if rng.random() < chance:
            put(
                prefab,
                float(rng.uniform(11, 18)),
                angle(),
                {"colour": str(rng.choice(["#9c4e36", "#b08a5e", "cream"]))},
            )
    for _ in range(int(rng.integers(0, 5))):
        put("daisies", float(rng.uniform(0.5, 6)), angle(), {})
    if rng.random() < 0.8:
        params = {"height": round(float(rng.uniform(5, 10)), 2), "colour": str(rng.choice(LEAVES))}
        ring = {"count": int(rng.integers(4, 7)), "radius": round(float(rng.uniform(30, 44)), 1), "facing": "along"}
        found.append({"prefab": "treeline", "name": "wood", "at": [0, 0], "params": params, "repeat": {"ring": ring}})
    return found


def _cameras(rng: np.random.Generator, actors: bool) -> dict[str, Any]:
    """Return cameras far and near, high and low, still and moving."""

    def around(distance: float, height: float) -> list[float]:
        angle = float(rng.uniform(-np.pi, np.pi))
        return _rounded((distance * np.cos(angle), distance * np.sin(angle), height))

    def fov() -> float:
        return round(float(rng.uniform(35, 62)), 1)

    def aim(low: float, high: float) -> list[float]:
        return _rounded((*rng.normal(0, 0.5, 2), rng.uniform(low, high)))

    cameras: dict[str, Any] = {
        "wide": {"at": around(float(rng.uniform(4.5, 8)), float(rng.uniform(1, 3.2))), "look_at": aim(0.1, 0.6)},
        "near": {"at": around(float(rng.uniform(1.8, 3.2)), float(rng.uniform(0.35, 1.5))), "look_at": aim(0.1, 0.5)},
        "low": {"at": around(float(rng.uniform(2.5, 4)), float(rng.uniform(0.12, 0.4))), "look_at": aim(0.2, 0.6)},
        "orbit": {
            "orbit": aim(0.2, 0.5), "radius": round(float(rng.uniform(2.5, 5)), 2),
            "height": round(float(rng.uniform(0.6, 2.5)), 2), "start_deg": round(float(rng.uniform(0, 360)), 1),
            "period": round(float(rng.choice([-1, 1]) * rng.uniform(6, 25)), 1),
        },
    }  # fmt: skip
    if actors:
        cameras["chase"] = {
            "follow": "rex", "distance": round(float(rng.uniform(1.1, 2.8)), 2),
            "height": round(float(rng.uniform(0.3, 1.1)), 2), "heading_deg": round(float(rng.uniform(-180, 180)), 1),
        }  # fmt: skip
    for camera in cameras.values():
        camera["fov_deg"] = fov()
    return cameras
