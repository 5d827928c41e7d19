"""A stage as files for the tracing process: arrays in one .npz, everything else in one JSON document.

Geometry, fur, grass, textures and sky are all made here, from the same sources as the raster's, so that the process
itself only hands them to Cycles. It knows nothing of Blender.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.instances import Instances
from worldsim.render.mesh import Mesh
from worldsim.render.pathtrace import coat, foliage, grass
from worldsim.render.pathtrace.options import PathTraceOptions
from worldsim.render.pathtrace.skins import describe
from worldsim.render.pathtrace.solid import Solid, ground_mesh, solid
from worldsim.render.pathtrace.surface_points import drawn_in
from worldsim.render.raster.tiles import NOISE, texels
from worldsim.render.sky import LUMA, Sky, hemi_uv
from worldsim.render.stage import Stage

Document = dict[str, Any]

SKY_SIDE = 2048
"""Texels round the horizon."""
FUR, WOOL, GRASS, LEAVES = "fur", "wool", "grass", "leaves"
"""Textures that get hairs, the second on skins only, and blades or leaves."""


def write_stage(
    folder: Path, stage: Stage, instances: Instances, sky: Sky, size: tuple[int, int], options: PathTraceOptions
) -> None:
    """Write `stage.npz` and `stage.json` into a folder."""
    arrays: dict[str, NDArray[Any]] = {}
    document = _describe(stage, instances, options, arrays)
    document["sky"] = _sky(sky, options, arrays)
    document["size"] = list(size)
    document["options"] = asdict(options) | {"threads": options.cores}
    for layer in {*instances.layers, NOISE}:
        arrays[f"tile_{layer}"] = texels(layer)
    np.savez(folder / "stage.npz", allow_pickle=False, **arrays)
    (folder / "stage.json").write_text(json.dumps(document))


def _describe(
    stage: Stage, instances: Instances, options: PathTraceOptions, arrays: dict[str, NDArray[Any]]
) -> Document:
    """Fill the arrays with prototypes and return materials, prototypes and objects."""
    materials: dict[tuple[Any, ...], int] = {}
    listed: list[Document] = []
    prototypes: list[Document] = []
    made: dict[tuple[Any, ...], tuple[int, ...]] = {}
    objects: list[Document] = []
    owners = _owner_sizes(stage, instances)
    lawn: Document | None = None

    def material(look: NDArray[np.float32], form: str, tinted: bool) -> int:
        surface: Document = {
            "layer": instances.layers[int(look[10])],
            "form": form,
            "tinted": tinted,
            "colour": look[3:6].tolist(),
            "colour2": look[7:10].tolist(),
            "roughness": float(look[11]),
            "metallic": float(look[12]),
            "tile": look[13:15].tolist(),
            "bump": float(look[16]),
            "patches": float(look[17]),
        }
        key = tuple(tuple(value) if isinstance(value, list) else value for value in surface.values())
        if key not in materials:
            materials[key] = len(listed)
            listed.append(surface)
        return materials[key]

    def prototype(kind: str, surface: int, **data: NDArray[Any] | float) -> int:
        number = len(prototypes)
        entry: Document = {"kind": kind, "material": surface}
        for name, value in data.items():
            if isinstance(value, np.ndarray):
                arrays[f"{number}_{name}"] = value
            else:
                entry[name] = value
        prototypes.append(entry)
        return number

    def mesh_of(shape: Solid, surface: int) -> int:
        data = {"position": shape.position, "normal": shape.normal, "faces": shape.faces}
        data |= {"place": shape.place, "along": shape.along}
        if shape.tint is not None:
            data["tint"] = shape.tint
        return prototype("mesh", surface, **data)

    for batch in instances.batches:
        mesh = batch.meshes[0]
        for row in (int(item) for item in batch.rows):
            look = instances.look[row]
            size, kind = tuple(float(item) for item in look[:3]), int(look[15])
            surface = material(look, batch.form, mesh.colour is not None)
            part = stage.parts[int(instances.part[row])]
            furry = options.fur and instances.layers[int(look[10])] == FUR and batch.form == "ROUND"
            leafy = options.grass and listed[surface]["layer"] in (GRASS, LEAVES) and kind == 0 and part.actor is None
            key = (id(mesh), size, kind, surface, owners[part.owner] if furry else 0.0)
            if key not in made:
                if batch.form == "GROUND":
                    made[key] = (mesh_of(ground_mesh(), surface),)
                elif furry:
                    made[key] = _furry(
                        mesh, size, listed[surface], owners[part.owner], row, surface, mesh_of, prototype
                    )
                elif leafy:
                    made[key] = _leafy(mesh, size, listed[surface], row, surface, mesh_of, prototype)
                else:
                    made[key] = (mesh_of(solid(mesh, kind, size), surface),)
            objects += [
                {"row": row, "prototype": number, "part": part.index, "seed": float(look[18]), "static": part.static}
                for number in made[key]
            ]
            if batch.form == "GROUND" and options.grass and listed[surface]["layer"] == GRASS and lawn is None:
                lawn = {"material": surface, "row": row}
    skins: list[Document] = []
    for place, skin in enumerate(stage.skins):
        look = instances.skin_look[place]
        surface = material(look, "SKIN", True)
        furry = options.fur and instances.layers[int(look[10])] in (FUR, WOOL)
        skins.append(describe(skin, place, listed[surface], surface, furry, prototype))
    if lawn is not None:
        rng = np.random.default_rng(options.seed + 71)
        lawn["prototypes"] = []
        for _ in range(grass.VARIANTS):
            blades = grass.patch(rng)
            data = {"position": blades.position, "normal": blades.normal, "faces": blades.faces}
            data |= {"root": blades.root, "shade": blades.shade}
            lawn["prototypes"].append(prototype("blades", lawn["material"], **data))
        lawn["most"] = grass.MOST
    return {"materials": listed, "prototypes": prototypes, "objects": objects, "lawn": lawn, "skins": skins}


def _owner_sizes(stage: Stage, instances: Instances) -> dict[str, float]:
    """Return the bounding radius in m of the largest drawn thing of every owner."""
    sizes: dict[str, float] = {part.owner: 0.0 for part in stage.parts}
    for row, part in enumerate(instances.part):
        owner = stage.parts[int(part)].owner
        sizes[owner] = max(sizes[owner], float(instances.radius[row]))
    return sizes


def _furry(
    mesh: Mesh,
    size: tuple[float, ...],
    surface: Document,
    body: float,
    row: int,
    number: int,
    mesh_of: Any,
    prototype: Any,
) -> tuple[int, ...]:
    """Return the prototypes of the skin and of the hairs on it."""
    skin = solid(mesh, 0, size)
    hairs = coat.grow(
        skin, coat.hair_length(body), tuple(surface["colour"]), tuple(surface["colour2"]), np.random.default_rng(row)
    )
    below = mesh_of(drawn_in(skin, hairs.depth), number)
    above = prototype("hair", number, points=hairs.points, colour=hairs.colour, radius=hairs.radius)
    return below, above


def _leafy(
    mesh: Mesh, size: tuple[float, ...], surface: Document, row: int, number: int, mesh_of: Any, prototype: Any
) -> tuple[int, ...]:
    """Return the prototypes of a crown or bush and of the leaves on it."""
    body = solid(mesh, 0, size)
    leaves = foliage.sprout(body, tuple(surface["colour"]), tuple(surface["colour2"]), np.random.default_rng(row))
    data = {"position": leaves.position, "normal": leaves.normal, "faces": leaves.faces, "colour": leaves.colour}
    return mesh_of(drawn_in(body, leaves.depth), number), prototype("leaves", number, **data)


def _sky(sky: Sky, options: PathTraceOptions, arrays: dict[str, NDArray[Any]]) -> Document:
    """Fill in the sky's picture and return what else there is of light and air."""
    arrays["sky"] = equirectangular(sky.map)
    lit = sky.sun * max(sky.light.direction[2], 0.0) / np.pi + sky.ambient
    return {
        "sun": sky.sun.tolist(),
        "direction": list(sky.light.direction),
        "angle": 2 * sky.light.angular_radius,
        "disc": sky.disc.tolist() if sky.sun.any() else [0.0, 0.0, 0.0],
        "ground": sky.ground.tolist(),
        "air": sky.air.tolist(),
        "air_axis": sky.air_axis.tolist(),
        "haze_density": sky.haze_density,
        "level": float(lit @ LUMA),
    }


def equirectangular(hemisphere: NDArray[np.float32], side: int = SKY_SIDE) -> NDArray[np.float32]:
    """Return the upper half (side / 4, side, 3) of a sky by azimuth and elevation, lowest row first.

    Column c looks along the azimuth π − 2π (c + ½) / side, Cycles' convention.
    """
    elevation = (np.arange(side // 4) + 0.5) / (side // 2) * np.pi
    azimuth = np.pi - (np.arange(side) + 0.5) / side * 2 * np.pi
    flat = np.cos(elevation)[:, None]
    up = np.broadcast_to(np.sin(elevation)[:, None], (side // 4, side))
    uv = hemi_uv(np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), up], -1))
    texel = [uv[..., 1] * len(hemisphere) - 0.5, uv[..., 0] * len(hemisphere) - 0.5]
    planes = [ndimage.map_coordinates(hemisphere[..., k], texel, order=1, mode="nearest") for k in range(3)]
    return np.stack(planes, -1).astype(np.float32)
