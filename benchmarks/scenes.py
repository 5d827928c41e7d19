"""Scenes of the benchmarks, made in code: a dog on a lawn with crates at rest, and a row of dominoes."""

from __future__ import annotations

from typing import Any

from worldsim.scene.model import Scene


def dog_and_crates(crates: int) -> Scene:
    """Return a dog on flat ground, with so many loose crates standing about, out of its way."""
    objects: list[dict[str, Any]] = []
    if crates:
        rows = max(1, crates // 10)
        objects.append(
            {
                "name": "crate",
                "shape": "box",
                "size": [0.2, 0.2, 0.2],
                "at": [-3, 4, 0.1],
                "material": "wood",
                "repeat": {"grid": {"count": [10, rows], "step": [0.6, 0.6]}},
            }
        )
    return Scene.model_validate(
        {"format": 1, "name": "bench", "objects": objects, "actors": {"rex": {"kind": "dog", "at": [0, 0]}}}
    )


def dominoes(count: int) -> Scene:
    """Return a row of dominoes like those of the scene `dominoes`, the first of which is falling."""
    piece = {"shape": "box", "size": [0.018, 0.06, 0.12], "material": "plastic"}
    first = {"at": [-0.065, 0, 0.062], "rotation_deg": [0, 12, 0], "angular_velocity_deg": [0, 170, 0]}
    rows = [
        {"name": "first", **piece, **first},
        {"name": "piece", **piece, "at": [0, 0, 0.06], "repeat": {"line": {"count": count - 1, "step": [0.065, 0, 0]}}},
    ]
    return Scene.model_validate(
        {
            "format": 1,
            "name": "bench_dominoes",
            "ground": {"material": "parquet"},
            "solver_iterations": 12,
            "objects": rows,
        }
    )
