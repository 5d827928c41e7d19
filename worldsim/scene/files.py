"""The files a scene may read: its own folder tree and the shipped library, nothing else unless it is allowed.

Files can also come from memory, so that a take can carry its scene with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from worldsim.errors import did_you_mean
from worldsim.scene.library import shipped_folder, shipped_prefabs, shown_path
from worldsim.scene.limits import MAX_FILE_BYTES
from worldsim.scene.mesh import MeshError, mesh_hull

PYBULLET = "pybullet_data:"


class FileError(ValueError):
    """A file that a scene names and can't have; `hint` may say what was meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Take message and hint."""
        super().__init__(message)
        self.hint = hint


class Files:
    """What one scene may read.

    Attributes:
        root: the scene file's folder, or None for a scene that came from no file.
        read: every file read so far: the name messages use → its bytes.
    """

    def __init__(
        self, root: Path | None, allow_outside: bool = False, memory: Mapping[str, bytes] | None = None
    ) -> None:
        """Take the root, and whether files outside it may be read.

        Args:
            root: the scene file's folder.
            allow_outside: lift the fence.
            memory: files by their path relative to the root, which come before those on disk; when given, nothing but
                the shipped library is read from disk.
        """
        self.root = root
        self.allow_outside = allow_outside
        self.memory = memory
        self.read: dict[Path, bytes] = {}

    def load(self, path: Path) -> bytes:
        """Return a file's bytes.

        Raises:
            FileError: it can't be read, or is too large.
        """
        if path in self.read:
            return self.read[path]
        data = self._from_memory(path)
        if data is None and not self._on_disk(path):
            raise FileError(f"{path} is not among the files that came with the scene")
        if data is None:
            try:
                if path.stat().st_size > MAX_FILE_BYTES:
                    size = path.stat().st_size / 2**20
                    raise FileError(f"{path} has {size:.1f} MiB; at most {MAX_FILE_BYTES >> 20} MiB")
                data = path.read_bytes()
            except (OSError, ValueError) as error:
                if isinstance(error, FileError):
                    raise
                raise FileError(f"{path} can't be read: {getattr(error, 'strerror', error)}") from None
        self.read[path] = data
        return data

    def _from_memory(self, path: Path) -> bytes | None:
        if self.memory is None or self.root is None:
            return None
        try:
            return self.memory.get(path.relative_to(self.root).as_posix())
        except ValueError:
            return None

    def exists(self, path: Path) -> bool:
        """Return whether there is such a file to read."""
        return self._from_memory(path) is not None or (self._on_disk(path) and path.is_file())

    def _on_disk(self, path: Path) -> bool:
        """Return whether a file may come from disk: from memory alone come all but the shipped library's."""
        return self.memory is None or self.allow_outside or path.resolve().is_relative_to(shipped_folder())

    def find(self, name: str, base: Path | None, what: str) -> Path:
        """Return the file of that name, relative to the folder `base`.

        Raises:
            FileError: absolute, outside the scene's folder tree, or not there.
        """
        if self.root is None:
            raise FileError(f"{what} {name!r}: a scene that came from no file can't name others")
        if "\0" in name or not name.strip():
            raise FileError(f"{what} {name!r} is not a usable file name")
        path = Path(name)
        if (path.is_absolute() or re.match(r"^[A-Za-z]:|^\\|^~", name)) and not self.allow_outside:
            raise FileError(
                f"{what} {name!r} is an absolute path", "write it relative to the file, or allow outside files"
            )
        full = (base or self.root) / path
        try:
            real = full.resolve()
            inside = any(real.is_relative_to(top) for top in (self.root.resolve(), shipped_folder()))
        except (OSError, RuntimeError):
            raise FileError(f"{what} {name!r} is not a usable file name") from None
        if not inside and not self.allow_outside:
            raise FileError(f"{what} {name!r} lies outside the scene's folder {self.root}", "copy it beside the scene")
        if not self.exists(full):
            folder = full.parent
            near = [p.name for p in sorted(folder.iterdir())[:500]] if folder.is_dir() else []
            raise FileError(f"there is no {what} {name!r}", did_you_mean(full.name, near))
        return full

    def prefab(self, name: str, base: Path | None) -> Path:
        """Return the file of a prefab: `prefabs/NAME.yaml` beside the scene, a path ending in .yaml, or a shipped one.

        Raises:
            FileError: there is none.
        """
        if name.endswith((".yaml", ".yml")):
            return self.find(name, base, "prefab file")
        if not re.match(r"^[A-Za-z_][A-Za-z0-9_-]*$", name):
            raise FileError(f"{name!r} is not the name of a prefab")
        own: dict[str, Path] = {}
        if self.root is not None:
            folder = self.root / "prefabs"
            direct = folder / f"{name}.yaml"
            if self.exists(direct):
                return self.find(f"prefabs/{name}.yaml", self.root, "prefab file")
            own = {p.stem: p for p in folder.glob("*.yaml")} if self.memory is None and folder.is_dir() else {}
        shipped = shipped_prefabs()
        if name in shipped:
            return shown_path(shipped[name])
        known = sorted({*own, *shipped})
        raise FileError(f"no prefab is called {name!r}; known: {', '.join(known)}", did_you_mean(name, known))

    def mesh(self, name: str, base: Path | None) -> Path:
        """Return an OBJ file, looked through, as an absolute path.

        Raises:
            FileError: not there, not an OBJ file, or broken.
        """
        path = self.find(name, base, "mesh")
        if path.suffix.lower() != ".obj":
            raise FileError(f"mesh {name!r}: expected an OBJ file (.obj)")
        try:
            mesh_hull(path.resolve())
        except MeshError as error:
            raise FileError(f"mesh: {error}") from None
        return path.resolve()

    def urdf(self, name: str, base: Path | None) -> Path:
        """Return a URDF file as an absolute path; "pybullet_data:NAME" is one that comes with PyBullet.

        Raises:
            FileError: not there, no XML, or it names files outside the tree.
        """
        import importlib.util

        if name.startswith(PYBULLET):
            found = importlib.util.find_spec("pybullet_data")
            folder = Path(str(found.origin)).parent.resolve() if found else Path()
            path = (folder / name.removeprefix(PYBULLET)).resolve()
            if not found or not path.is_relative_to(folder) or not path.is_file() or path.suffix != ".urdf":
                raise FileError(f"PyBullet's data has no URDF file {name.removeprefix(PYBULLET)!r}")
            return path
        path = self.find(name, base, "URDF file")
        self._check_urdf(path, name)
        return path.resolve()

    def _check_urdf(self, path: Path, name: str) -> None:
        import xml.etree.ElementTree as ElementTree

        data = self.load(path)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise FileError(f"URDF {name!r}: XML entities are not allowed")
        try:
            tree = ElementTree.fromstring(data)
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            raise FileError(f"URDF {name!r} is not XML: {error}") from None
        if tree.tag != "robot" or tree.find("link") is None:
            raise FileError(f"URDF {name!r}: expected <robot> with at least one <link>, found <{tree.tag}>")
        for element in tree.iter():
            filename = element.get("filename")
            if filename and element.tag in ("mesh", "texture"):
                plain = re.sub(r"^(package|file)://", "", filename)
                found = self.find(plain, path.parent, f"URDF {name!r} names the {element.tag}")
                if found.suffix.lower() == ".obj":
                    self.mesh(plain, path.parent)
