"""The visible geoms of a stage, gathered by mesh for instanced drawing, and their poses as arrays. No OpenGL here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.physics.part import Part
from worldsim.physics.state import Snapshot
from worldsim.render.mesh import LEVELS, Mesh, bend_of, scale_of, unit_mesh
from worldsim.render.raster.tiles import Recipe, recipe
from worldsim.render.stage import Stage, is_ground
from worldsim.render.surface import blended
from worldsim.rotation import matrix_from_quat_xyzw, quat_multiply_xyzw, quat_rotate_xyzw
from worldsim.scene.layout import Geom, Material, Shape

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

KIND = {"box": 1.0, "cylinder": 2.0, "cone": 3.0, "plane": 4.0}
"""What geometry.vert.glsl calls the shapes; everything else is round (0)."""


SKIN_CELLS = (18, 11, 9)
"""Cells along a skin by level of detail; there are no coarser ones."""

Meshes = tuple[Mesh, ...]
"""By level of detail, as many as differ."""


@dataclass(frozen=True)
class Batch:
    """Instances of one mesh.

    Attributes:
        meshes: one for each level of detail; see `mesh.LEVELS`.
        form: "FLAT", "ROUND" or "GROUND": which shader.
        rows: (N,) int: places in the arrays of `Instances`.
        casts: whether it throws a shadow.
    """

    meshes: Meshes
    form: str
    rows: NDArray[np.int64]
    casts: bool


@dataclass(frozen=True)
class Instances:
    """All visible geoms of a stage.

    Attributes:
        batches: by mesh. part: (G,) part index. local: (G, 3, 4) pose in the part's frame.
        look: (G, 19) float32: size 3, colour 3, part + 1, colour2 3, layer, surface 4, detail 4.
        radius: (G,) m of the bounding sphere about the geom's origin. bend: (G,) m, the radius that is seen to be
            round: what the level of detail follows. turn: (G, 4) quaternion xyzw of `local`.
        layers: names of the textures, in the order of the layers; the first is plain.
        skin_look: (S, 19) float32: `look` of the stage's skins.
    """

    batches: tuple[Batch, ...]
    part: NDArray[np.int64]
    local: Floats
    look: Floats32
    radius: Floats
    bend: Floats
    turn: Floats
    layers: tuple[str, ...]
    skin_look: Floats32

    def placed(self, snapshot: Snapshot) -> tuple[Floats, Floats]:
        """Return the quaternions (G, 4) xyzw and places (G, 3) m in the world."""
        orientation = snapshot.orientation[self.part]
        place = quat_rotate_xyzw(orientation, self.local[:, :, 3]) + snapshot.position[self.part]
        return quat_multiply_xyzw(orientation, self.turn), place

    def poses(self, snapshot: Snapshot) -> Floats:
        """Return (G, 3, 4) poses in the world."""
        turn = matrix_from_quat_xyzw(snapshot.orientation)[self.part]
        out = turn @ self.local
        out[:, :, 3] += snapshot.position[self.part]
        return out


def gather(stage: Stage) -> Instances:
    """Return the instances of a stage."""
    parts: list[int] = []
    local: list[Floats] = []
    looks: list[list[float]] = []
    radii: list[float] = []
    bends: list[float] = []
    turns: list[Sequence[float]] = []
    groups: dict[tuple[int, str, bool], tuple[Meshes, list[int]]] = {}
    layers: dict[str, int] = {"plain": 0}

    def add(part: Part, geom: Geom, meshes: Meshes, size: Sequence[float], form: str) -> None:
        material = stage.materials[geom.material]
        texture = recipe(material.texture)
        layer = layers.setdefault(texture.name, len(layers))
        casts = form != "GROUND" and geom.shape.kind != "plane"
        key = (id(meshes[0]), form, casts)
        groups.setdefault(key, (meshes, []))[1].append(len(parts))
        parts.append(part.index)
        pose = np.empty((3, 4))
        pose[:, :3] = matrix_from_quat_xyzw(geom.orientation)
        pose[:, 3] = geom.position
        local.append(pose)
        looks.append(_look(part, geom, material, texture, layer, size, form))
        radii.append(float(np.linalg.norm(meshes[0].position * np.asarray(size, np.float32), axis=1).max()))
        bends.append(min(radii[-1], bend_of(geom.shape)))
        turns.append(geom.orientation)

    skinned = {int(part) for skin in stage.skins for part in skin.parts}
    for part in stage.parts:
        visible = [g for g in part.geoms if g.visible and not (g.skinned and part.index in skinned)]
        smooth = [geom for geom in visible if geom.smooth]
        if len(smooth) > 1:
            colours = tuple(_colour(stage, geom) for geom in smooth)
            whole_skin = tuple(blended(tuple(smooth), colours, cells=count) for count in SKIN_CELLS)
            largest = max(smooth, key=lambda geom: float(np.prod(scale_of(geom.shape))))
            whole = Geom(largest.shape, material=largest.material)
            add(part, whole, whole_skin, (1.0, 1.0, 1.0), "ROUND")
            visible = [geom for geom in visible if not geom.smooth]
        for geom in visible:
            kind = geom.shape.kind
            form = "GROUND" if is_ground(part, geom) else "FLAT" if kind in KIND else "ROUND"
            size = scale_of(geom.shape)
            if form == "GROUND":
                size = (max(size[0], 4000.0), max(size[1], 4000.0), 1.0)
            levels = (unit_mesh(geom.shape, level) for level in range(len(LEVELS) + 1))
            add(part, geom, tuple({id(mesh): mesh for mesh in levels}.values()), size, form)
    skin_looks = []
    for skin in stage.skins:
        material = stage.materials[skin.material]
        texture = recipe(material.texture)
        layer = layers.setdefault(texture.name, len(layers))
        geom = Geom(Shape("sphere", (1.0,)), material=skin.material)
        skin_looks.append(_look(stage.parts[skin.parts[0]], geom, material, texture, layer, (1.0, 1.0, 1.0), "ROUND"))
    order = {"FLAT": 0, "ROUND": 0, "GROUND": 1}
    batches = sorted(
        (Batch(meshes, form, np.array(rows), casts) for (_, form, casts), (meshes, rows) in groups.items()),
        key=lambda batch: order[batch.form],
    )
    return Instances(
        tuple(batches),
        np.array(parts, np.int64),
        np.array(local).reshape(-1, 3, 4),
        np.array(looks, np.float32).reshape(-1, 19),
        np.array(radii),
        np.array(bends),
        np.array(turns, np.float64).reshape(-1, 4),
        tuple(layers),
        np.array(skin_looks, np.float32).reshape(-1, 19),
    )


def _colour(stage: Stage, geom: Geom) -> tuple[float, float, float]:
    """Return the main colour of a geom."""
    return geom.colour if geom.colour is not None else stage.materials[geom.material].colour


def _look(
    part: Part, geom: Geom, material: Material, texture: Recipe, layer: int, size: Sequence[float], form: str
) -> list[float]:
    """Return the 19 numbers of `Instances.look`."""
    colour: Sequence[float] = material.colour
    colour2: Sequence[float] = material.colour2
    if geom.colour is not None:
        # The second colour keeps its relation to the first.
        colour2 = tuple(
            min(1.0, new * min(second / max(first, 0.02), 4.0))
            for new, first, second in zip(geom.colour, colour, colour2, strict=True)
        )
        colour = geom.colour
    length = max(material.texture_scale, 1e-4) * texture.features
    seed = ((part.index + 1) * 0.754877666) % 1.0 * 7.0 if form != "GROUND" and texture.scatter else 0.0
    kind = 0.0 if form == "ROUND" else KIND.get(geom.shape.kind, 0.0)
    return [
        *size,
        *colour,
        float(part.index + 1),
        *colour2,
        float(layer),
        material.roughness,
        material.metallic,
        1.0 / (length * texture.aspect),
        1.0 / length,
        kind,
        texture.bump,
        texture.ground_patches if form == "GROUND" else texture.patches,
        seed,
    ]
