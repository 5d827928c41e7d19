"""What gets installed: every package and data file, under the name worldsim and no other."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
COLLECTIONS = ("benchmarks", "envs", "policies", "scenes")
DATA = {".yaml", ".glsl", ".json", ".npz", ".safetensors", ".obj", ".urdf", ".md"}

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="only in a checkout")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def sources(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def packages_in_tree() -> set[str]:
    found = set()
    for init in ROOT.glob("worldsim/**/__init__.py"):
        folders = init.parent.relative_to(ROOT).parts
        if folders[1:2] and folders[1] in COLLECTIONS:
            continue  # a link, found below under its own folder
        found.add(".".join(folders))
    for name in COLLECTIONS:
        for init in (ROOT / name).rglob("__init__.py"):
            found.add(".".join(("worldsim", *init.parent.relative_to(ROOT).parts)))
    return found


def shipped_files() -> set[str]:
    """Paths, as they lie in a wheel, of all code and data of the tree."""
    found = set()
    for top in ("worldsim", *COLLECTIONS):
        for path in sources(ROOT / top):
            place = path.relative_to(ROOT)
            if path.suffix not in {".py", *DATA} or (top == "worldsim" and place.parts[1] in COLLECTIONS):
                continue
            found.add(place.as_posix() if top == "worldsim" else f"worldsim/{place.as_posix()}")
    return found


def test_package_list_is_the_tree() -> None:
    assert set(project()["tool"]["setuptools"]["packages"]) == packages_in_tree()


def test_every_folder_of_modules_is_a_package() -> None:
    for top in ("worldsim", *COLLECTIONS):
        for path in sources(ROOT / top):
            if path.suffix == ".py":
                assert (path.parent / "__init__.py").exists(), f"{path.parent} has modules but no __init__.py"


def test_collections_are_mapped_and_linked() -> None:
    mapped = project()["tool"]["setuptools"]["package-dir"]
    assert mapped == {f"worldsim.{name}": name for name in COLLECTIONS}
    for name in COLLECTIONS:
        assert os.readlink(ROOT / "worldsim" / name) == f"../{name}"


def test_links_are_committed_as_links() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listing = subprocess.run(
        ["git", "ls-files", "-s", *(f"worldsim/{name}" for name in COLLECTIONS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [line.split()[0] for line in listing] == ["120000"] * len(COLLECTIONS)


def test_constraints_pin_every_dependency() -> None:
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    table = project()["project"]
    wanted = [*table["dependencies"], *(d for extra in table["optional-dependencies"].values() for d in extra)]
    for requirement in wanted:
        name = requirement.split(">")[0].split("[")[0].strip().lower().replace("_", "-")
        assert name in pinned | {"worldsim"}, f"constraints.txt does not pin {name}"


def test_version_is_said_once() -> None:
    import worldsim

    assert project()["project"]["version"] == worldsim.__version__


def build(command: str, into: Path) -> Path:
    """Call the build backend in a process of its own, on a copy of the tree, without the network."""
    copy = into / "source"
    clean = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(clean, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, copy / name
        if not (source.exists() or source.is_symlink()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
        else:
            target.write_bytes(source.read_bytes())
    out = into / "out"
    out.mkdir()
    code = f"from setuptools import build_meta; build_meta.{command}({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    return build("build_wheel", tmp_path_factory.mktemp("wheel"))


def test_wheel_holds_every_module_and_data_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert shipped_files() - inside == set()
    assert "worldsim/py.typed" in inside
    assert {name.split("/")[0] for name in inside} == {
        "worldsim",
        f"worldsim-{project()['project']['version']}.dist-info",
    }


def test_wheel_works_from_elsewhere(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    environment = {**os.environ, "PYTHONPATH": str(target), "PYTHONSAFEPATH": "1"}
    code = (
        "import sys, worldsim, pathlib;"
        f"assert pathlib.Path(worldsim.__file__).is_relative_to({str(target)!r}), worldsim.__file__;"
        "from worldsim.cli import main; main(['scene', 'list'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "dog_agility" in done.stdout


def test_sdist_holds_what_it_takes_to_test(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    archive = build("build_sdist", tmp_path)
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    in_wheel = {
        name.removeprefix("worldsim/") if name.split("/")[1] in COLLECTIONS else name for name in shipped_files()
    }
    assert in_wheel - names == set()
    for path in ("tests/test_packaging.py", "docs/index.md", "constraints.txt", "Makefile", "README.md", "LICENSE"):
        assert path in names
