"""What a scene may read: its own folder tree and the library; includes, meshes and URDF files looked through first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenes import HEAD, refusals, scene_of, write
from worldsim.errors import SceneError
from worldsim.scene import mesh as mesh_module
from worldsim.scene.load import load_scene
from worldsim.scene.mesh import MeshError, mesh_hull, scan_obj

CUBE = (
    "".join(f"v {x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1))
    + "f 1 2 4 3\nf 5 6 8 7\nf 1 2 6 5\nf 3 4 8 7\n"
)


def test_a_mesh_gets_its_volume_and_mass(tmp_path: Path) -> None:
    write(tmp_path, CUBE, "things/cube.obj")
    scene = scene_of(
        tmp_path, "objects: [{shape: mesh, file: things/cube.obj, scale: [2, 1, 1], material: ice, at: [0, 0]}]"
    )
    body = scene.layout().bodies[1]
    assert body.mass == pytest.approx(917 * 2)
    assert body.geoms[0].shape.mesh == (tmp_path / "things/cube.obj").resolve()
    assert body.position == pytest.approx((0, 0, 0))  # its lowest point is its own z = 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../outside.obj", "lies outside the scene's folder"),
        ("a/../../outside.obj", "lies outside the scene's folder"),
        ("/etc/passwd", "is an absolute path"),
        ("C:/x.obj", "is an absolute path"),
        ("~/x.obj", "is an absolute path"),
        ("nothing.obj", "there is no mesh 'nothing.obj'"),
        ("cub.obj", "(did you mean 'cube.obj'?)"),
        ("scene.yaml", "expected an OBJ file (.obj)"),
        ("link.obj", "lies outside the scene's folder"),
        ("a\\0b", "is not a usable file name"),
    ],
)
def test_paths_do_not_escape(tmp_path: Path, name: str, expected: str) -> None:
    folder = tmp_path / "mine"
    write(tmp_path, CUBE, "outside.obj")
    write(folder, CUBE, "cube.obj")
    (folder / "link.obj").symlink_to(tmp_path / "outside.obj")
    found = refusals(folder, f'objects: [{{shape: mesh, file: "{name}"}}]')
    assert expected in found[0]


def test_the_fence_can_be_lifted(tmp_path: Path) -> None:
    write(tmp_path, CUBE, "outside.obj")
    path = write(tmp_path / "mine", "objects: [{shape: mesh, file: ../outside.obj}]")
    assert load_scene(path, allow_outside=True).layout().bodies[1].mass > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "has 0 vertices and 0 faces"),
        ("v 1 2\n", "line 1: a vertex needs three numbers"),
        ("v 1 2 x\n", "line 1: a vertex needs three numbers"),
        ("v 1 2 nan\n", "line 1: a vertex with a number that is not finite"),
        ("v 1 2 1e30\n", "line 1: a vertex with a number that is not finite or beyond"),
        (CUBE + "f 1 2 9\n", "line 13: a face names vertex 9, but 8 were given so far"),
        (CUBE + "f 1 2\n", "line 13: a face needs three corners or more, found 2"),
        (CUBE + "f 1 2 q\n", "line 13: 'q' is not a corner of a face"),
        (CUBE.replace("1\n", "0\n", 4), "is flat: a mesh needs a volume"),
    ],
)
def test_broken_meshes_are_told(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, text.replace("v 0 0 1", "v 0 0 0") if "flat" in expected else text, "x.obj")
    if "flat" in expected:
        (tmp_path / "x.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\n" + "f 1 2 3\n" * 4)
    found = refusals(tmp_path, "objects: [{shape: mesh, file: x.obj}]")
    assert expected in found[0]


def test_mesh_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh_module, "MAX_MESH_VERTICES", 100)
    many = write(tmp_path, "v 0 0 0\n" * 101, "many.obj")
    with pytest.raises(MeshError, match="has more than 100 vertices"):
        scan_obj(many)
    monkeypatch.setattr(mesh_module, "MAX_MESH_BYTES", 100)
    with pytest.raises(MeshError, match=r"many\.obj has 0 MiB; a mesh has at most"):
        scan_obj(many)
    with pytest.raises(MeshError, match="can't be read"):
        mesh_hull(tmp_path / "nothing.obj")


def test_includes_merge_and_the_including_file_wins(tmp_path: Path) -> None:
    write(tmp_path, "ground: {material: sand}\ngravity: [0, 0, -1]\nobjects: [{name: a, shape: sphere, "
    "radius: 1, at: [9, 9]}]\n"
          "cameras: {x: {at: [1, 1, 1]}, y: {at: [2, 2, 2]}}\n", "parts/base.yaml")  # fmt: skip
    scene = scene_of(
        tmp_path,
        "include: [parts/base.yaml]\ngravity: [0, 0, -2]\nobjects: [{name: b, shape: sphere, radius: 1}]\n"
        "cameras: {y: {at: [3, 3, 3]}}",
    )
    assert [body.name for body in scene.layout().bodies] == ["ground", "a", "b"]
    assert scene.ground is not None
    assert scene.ground.material == "sand"
    assert scene.gravity == (0, 0, -2)
    assert scene.cameras["x"].at == (1, 1, 1)  # type: ignore[union-attr]
    assert scene.cameras["y"].at == (3, 3, 3)  # type: ignore[union-attr]
    mark = scene.mark_of("a")
    assert (mark.file, mark.line) == (tmp_path / "parts/base.yaml", 3)


def test_mistakes_in_an_included_file_point_there(tmp_path: Path) -> None:
    write(tmp_path, "\nobjects: [{name: a, shape: sphere, radius: -1}]\n", "base.yaml")
    assert refusals(tmp_path, "include: [base.yaml]")[0].startswith(
        "base.yaml:2:44: objects[0].radius: expected at least"
    )


def test_circles_of_includes_and_missing_ones_are_told(tmp_path: Path) -> None:
    write(tmp_path, "include: [b.yaml]", "a.yaml")
    write(tmp_path, "include: [a.yaml]", "b.yaml")
    found = refusals(tmp_path, "include: [a.yaml]")
    assert (
        found[0]
        == "b.yaml:1:11: include: the files include each other in a circle: scene.yaml → a.yaml → b.yaml → a.yaml"
    )
    assert "3:11: include: there is no included file 'c.yaml'" in refusals(tmp_path, "include: [c.yaml]")[0]
    assert "lies outside the scene's folder" in refusals(tmp_path, "include: [../c.yaml]")[0]
    assert "expected a list of file names" in refusals(tmp_path, "include: {a: b}")[0]


URDF = "<robot name='r'><link name='a'><visual><geometry><mesh filename='{}'/></geometry></visual></link></robot>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<robot", "is not XML"),
        ("<a/>", "expected <robot> with at least one <link>, found <a>"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><robot><link name='a'/></robot>", "XML entities are not allowed"),
        (URDF.format("../../secret.obj"), "lies outside the scene's folder"),
        (URDF.format("/etc/passwd"), "is an absolute path"),
        (URDF.format("package://x.obj"), "URDF 'r.urdf' names the mesh 'x.obj'"),
    ],
)
def test_urdf_files_are_looked_through(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, text, "r.urdf")
    assert expected in refusals(tmp_path, "objects: [{urdf: r.urdf, at: [0, 0, 1]}]")[0]


def test_urdf_files_of_pybullet_can_be_named(tmp_path: Path) -> None:
    scene = scene_of(tmp_path, 'objects: [{urdf: "pybullet_data:r2d2.urdf", at: [0, 0, 1]}]')
    body = scene.layout().bodies[1]
    assert body.name == "r2d2"
    assert body.urdf is not None
    assert body.urdf.is_file()
    for name in ("pybullet_data:../x.urdf", "pybullet_data:nothing.urdf", "pybullet_data:plane.mtl"):
        assert "PyBullet's data has no URDF file" in refusals(tmp_path, f'objects: [{{urdf: "{name}"}}]')[0]


def test_a_scene_from_no_file_names_no_files() -> None:
    from worldsim.scene.model import Scene

    scene = Scene.model_validate({"format": 1, "name": "x", "objects": [{"shape": "mesh", "file": "a.obj"}]})
    with pytest.raises(SceneError, match="a scene that came from no file can't name others"):
        scene.layout()


def test_a_link_to_the_scene_folder_itself_is_no_escape(tmp_path: Path) -> None:
    write(tmp_path / "real", CUBE, "cube.obj")
    write(tmp_path / "real", HEAD + "objects: [{shape: mesh, file: cube.obj}]")
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    assert len(load_scene(tmp_path / "alias" / "scene.yaml").layout().bodies) == 2
