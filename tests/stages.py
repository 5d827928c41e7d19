"""Stages made by hand for the tests of the renderers: parts, materials and snapshots without a world."""

from __future__ import annotations

import numpy as np

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.stage import Stage
from worldsim.scene.layout import IDENTITY, Geom, Material, Quat, Shape, Vec3
from worldsim.scene.look import Look


def material(
    name: str, colour: Vec3, texture: str = "plain", roughness: float = 0.6, metallic: float = 0.0
) -> Material:
    """Return a material of which only the surface matters."""
    return Material(
        name, 1000, 0.5, 0, 0.2, colour, colour, texture, 0.1, roughness, metallic, youngs_modulus=1e9, poisson=0.3,
        loss_factor=0.01,
    )  # fmt: skip


MATERIALS = {
    m.name: m
    for m in (
        material("grey", (0.4, 0.4, 0.4)),
        material("red", (0.6, 0.1, 0.05), roughness=0.3),
        material("green", (0.1, 0.5, 0.1)),
        material("steel", (0.6, 0.6, 0.6), roughness=0.2, metallic=1.0),
        material("lawn", (0.1, 0.2, 0.05), "grass", 0.9),
    )
}


class Builder:
    """Collects parts and where they are."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.position: list[Vec3] = []
        self.orientation: list[Quat] = []

    def add(
        self, name: str, shape: Shape, at: Vec3, material: str = "grey", turn: Quat = IDENTITY, static: bool = False
    ) -> Builder:
        """Add a part of one shape."""
        return self.body(name, (Geom(shape, material=material),), at, turn, static)

    def body(
        self, name: str, geoms: tuple[Geom, ...], at: Vec3, turn: Quat = IDENTITY, static: bool = False
    ) -> Builder:
        """Add a part of several geoms."""
        index = len(self.parts)
        kind = name.split(".")[0]
        self.parts.append(Part(index, name, name, index + 1, kind, None, geoms[0].material, geoms, static, 1.0))
        self.position.append(at)
        self.orientation.append(turn)
        return self

    def ground(self, material: str = "grey") -> Builder:
        """Add the plane that reaches the horizon."""
        return self.add("ground", Shape("plane", (100.0, 100.0)), (0, 0, 0), material, static=True)

    def stage(self, look: Look | None = None) -> Stage:
        """Return the stage."""
        return Stage(self.parts, MATERIALS, look or Look(), "test")

    def snapshot(self, time: float = 0.0) -> Snapshot:
        """Return where everything is."""
        count = len(self.parts)
        return snapshot_of(np.array(self.position, float).reshape(count, 3), np.array(self.orientation, float), time)


def snapshot_of(position: np.ndarray, orientation: np.ndarray, time: float = 0.0) -> Snapshot:
    """Return a snapshot of poses at rest."""
    zero, none = np.zeros_like(position), np.zeros(0)
    return Snapshot(round(time * 240), time, position, orientation, zero, zero, none, none)
