"""Meshes and skins: closed, outward, of the right size."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from worldsim.errors import SceneError
from worldsim.render.mesh import Mesh, scale_of, unit_mesh
from worldsim.render.obj import load_mesh
from worldsim.render.surface import blended, blended_distance
from worldsim.scene.layout import Geom, Shape

SOLIDS = {
    Shape("box", (0.2, 0.3, 0.4)): 0.024,
    Shape("sphere", (0.3,)): 4 / 3 * math.pi * 0.027,
    Shape("ellipsoid", (0.2, 0.4, 0.6)): 4 / 3 * math.pi * 0.1 * 0.2 * 0.3,
    Shape("cylinder", (0.2, 0.5)): math.pi * 0.04 * 0.5,
    Shape("cone", (0.2, 0.5)): math.pi * 0.04 * 0.5 / 3,
    Shape("capsule", (0.1, 0.5)): math.pi * 0.01 * 0.3 + 4 / 3 * math.pi * 0.001,
}


def volume(mesh: Mesh, scale: object = (1, 1, 1)) -> float:
    """Return the volume inside by the divergence theorem."""
    a, b, c = (mesh.position[mesh.faces[:, k]].astype(float) * np.array(scale) for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("shape", SOLIDS, ids=lambda shape: shape.kind)
def test_volume_and_direction(shape: Shape, level: int) -> None:
    mesh = unit_mesh(shape, level)
    assert volume(mesh, scale_of(shape)) == pytest.approx(SOLIDS[shape], rel=(0.03, 0.06, 0.15)[level])
    a, b, c = (mesh.position[mesh.faces[:, k]].astype(float) for k in range(3))
    outward = np.cross(b - a, c - a)
    assert (np.einsum("ij,ij->i", outward, mesh.normal[mesh.faces].sum(1)) > 0).all()
    assert np.allclose(np.linalg.norm(mesh.normal, axis=1), 1, atol=1e-5)


def test_same_shape_is_one_mesh() -> None:
    assert unit_mesh(Shape("box", (1, 2, 3))) is unit_mesh(Shape("box", (3, 2, 1)))


def test_skin_lies_on_the_blended_surface_and_is_closed() -> None:
    geoms = (
        Geom(Shape("capsule", (0.1, 0.6)), smooth=True),
        Geom(Shape("ellipsoid", (0.4, 0.3, 0.3)), (0.2, 0, 0.1), smooth=True),
    )
    mesh = blended(geoms, ((1, 0, 0), (0, 0, 1)))
    position = mesh.position.astype(float)
    assert np.abs(blended_distance(geoms, position)[0]).max() < 2e-3
    edges = np.sort(np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]), 1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert volume(mesh) > 0
    assert mesh.colour is not None
    assert mesh.colour[position[:, 2].argmin()] == pytest.approx((1, 0, 0), abs=0.02)
    assert mesh.colour[position[:, 0].argmax()] == pytest.approx((0, 0, 1), abs=0.02)


def test_skin_of_one_sphere_is_that_sphere() -> None:
    geom = Geom(Shape("sphere", (0.3,)), (1, 2, 3), smooth=True)
    mesh = blended((geom,), ((1, 1, 1),))
    assert np.allclose(np.linalg.norm(mesh.position - [1, 2, 3], axis=1), 0.3, atol=1e-4)
    assert volume(mesh) == pytest.approx(4 / 3 * math.pi * 0.027, rel=0.03)


def test_a_plane_has_no_skin() -> None:
    with pytest.raises(SceneError, match="a plane can't be smooth"):
        blended_distance((Geom(Shape("plane", (1, 1))),), np.zeros((1, 3)))


def test_obj_with_quads_and_negative_indices(tmp_path: Path) -> None:
    file = tmp_path / "cube.obj"
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    quads = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "-7 -3 -1 -5"]
    lines = ["# a cube", "o cube", *(f"v {x} {y} {z}" for x, y, z in corners), *(f"f {quad}" for quad in quads)]
    file.write_text("\n".join(lines))
    mesh = load_mesh(file)
    assert len(mesh.faces) == 12
    assert volume(mesh) == pytest.approx(1.0)
    # A right angle stays sharp: every vertex has a normal of one face.
    assert np.allclose(np.abs(mesh.normal).max(1), 1)


@pytest.mark.parametrize(("group", "sharp"), [("s 1", False), ("s off", True), ("s 0", True)])
def test_a_smoothing_group_makes_all_of_it_smooth(tmp_path: Path, group: str, sharp: bool) -> None:
    file = tmp_path / "roof.obj"
    corners = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    faces = ["1 3 5", "3 2 5", "2 4 5", "4 1 5", "3 1 6", "2 3 6", "4 2 6", "1 4 6"]
    file.write_text("\n".join([*(f"v {x} {y} {z}" for x, y, z in corners), group, *(f"f {face}" for face in faces)]))
    mesh = load_mesh(file)
    assert len(mesh.position) == (24 if sharp else 6)
    if not sharp:
        assert np.allclose(mesh.normal, mesh.position, atol=1e-6)  # an octahedron's corners point outward
    assert volume(mesh) == pytest.approx(4 / 3)


PLANTS = sorted((Path(__file__).parent.parent / "scenes" / "meshes").glob("*.obj"))


@pytest.mark.parametrize("file", PLANTS, ids=lambda file: file.stem)
def test_shipped_plants_are_closed_and_of_size_one(file: Path) -> None:
    mesh = load_mesh(file)
    edges = np.sort(np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]), 1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    size = np.ptp(mesh.position, axis=0)
    assert volume(mesh) > 0.25 * size.prod()
    assert size == pytest.approx([1 if file.stem == "hedge" else 2] * 3, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 0\n", r"x\.obj:1: .*three numbers"),
        ("v 0 0 nan\n", r"x\.obj:1: .*finite"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", r"x\.obj:4: .*vertex 4.*has 3"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n", r"x\.obj:4: .*three"),
    ],
)
def test_bad_obj_says_where(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x.obj"
    file.write_text(text)
    with pytest.raises(SceneError, match=message):
        load_mesh(file)


def test_missing_obj_says_so(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"none\.obj"):
        load_mesh(tmp_path / "none.obj")
