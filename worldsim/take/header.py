"""What a take says of itself: the scene's files, the seed, versions, rates and names.

No clock, no paths, no user names: the same run gives the same bytes.
"""

from __future__ import annotations

import base64
import json
import platform
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldsim.errors import TakeError

if TYPE_CHECKING:
    from worldsim.physics.world import World
    from worldsim.scene.layout import Layout
    from worldsim.scene.model import Scene

MAX_HEADER = 64 << 20  # bytes, unpacked: a scene with its meshes is smaller


@dataclass(frozen=True)
class Header:
    """The head of a take.

    Attributes:
        scene_name: of the scene. main: its file among `files`.
        files: path relative to the scene's folder → text, or base64 after "base64:" for what is not text.
        seed, spare_balls: as given to `World`. policy: who acted, in words, or None.
        step_rate, control_rate, frame_rate, sample_rate: Hz.
        parts: names, in the order of the states' rows. joints: likewise.
        actors: name → names of its command's channels.
        versions: of worldsim, python, numpy, pybullet. machine: operating system and processor family.
    """

    scene_name: str
    main: str
    files: dict[str, str]
    seed: int
    spare_balls: int
    policy: str | None
    step_rate: int
    control_rate: int
    frame_rate: int
    sample_rate: int
    parts: tuple[str, ...]
    joints: tuple[str, ...]
    actors: dict[str, tuple[str, ...]]
    versions: dict[str, str]
    machine: str

    @property
    def steps_per_control(self) -> int:
        """Physics steps in one control period."""
        return self.step_rate // self.control_rate

    @property
    def columns(self) -> int:
        """Numbers in one state: 13 a part, 2 a joint."""
        return 13 * len(self.parts) + 2 * len(self.joints)

    @property
    def channels(self) -> int:
        """Numbers in the commands of one control period."""
        return sum(len(names) for names in self.actors.values())

    @classmethod
    def of(cls, world: World, policy: str | None = None) -> Header:
        """Describe a world.

        Raises:
            TakeError: the world was not built from its scene but from a layout of its own, which no file can carry.
        """
        from worldsim.scene.load import bundle_of

        if world.layout != world.scene.layout(world.seed):
            raise TakeError("this world was built from a layout of its own, not from its scene: no take can carry it")
        bundle, main = bundle_of(world.scene)
        bundle.update(_meshes(world.scene, world.layout))
        rates = world.scene.rates
        return cls(
            world.scene.name,
            main,
            {name: _text(data) for name, data in sorted(bundle.items())},
            world.seed,
            world.spare_balls,
            policy,
            world.step_rate,
            world.control_rate,
            rates.frame_rate,
            rates.sample_rate,
            tuple(part.name for part in world.parts),
            tuple(world.joint_names),
            {name: tuple(c.name for c in actor.command_channels) for name, actor in world.actors.items()},
            versions(),
            machine(),
        )

    def bundle(self) -> dict[str, bytes]:
        """Return the scene's files as bytes."""
        return {
            name: base64.b64decode(text[7:]) if text.startswith("base64:") else text.encode()
            for name, text in self.files.items()
        }

    def to_bytes(self) -> bytes:
        """Return it as compressed JSON."""
        # Names of actors keep their order: it is the order of the commands.
        return zlib.compress(json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Header:
        """Read what `to_bytes` wrote; `name` is the take's, for messages.

        Raises:
            TakeError: it is not a header of this version.
        """
        try:
            values: dict[str, Any] = json.loads(zlib.decompressobj().decompress(data, MAX_HEADER))
            for key in ("parts", "joints"):
                values[key] = tuple(values[key])
            values["actors"] = {actor: tuple(names) for actor, names in values["actors"].items()}
            header = cls(**values)
            if not (header.control_rate > 0 and header.step_rate % header.control_rate == 0):
                raise ValueError("rates that do not divide")
        except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise TakeError(f"{name}: its header can't be read: {error}") from None
        return header

    def differences(self) -> str:
        """Say in words what differs between where this take was made and here, or "" where nothing does."""
        now = versions()
        found = [f"{key} {old}, here {now.get(key)}" for key, old in self.versions.items() if now.get(key) != old]
        if self.machine != machine():
            found.append(f"{self.machine}, here {machine()}")
        return "; ".join(found)


def versions() -> dict[str, str]:
    """Return the versions that a replay depends on."""
    from importlib.metadata import PackageNotFoundError, version

    import numpy

    import worldsim

    try:
        pybullet = version("pybullet")
    except PackageNotFoundError:
        pybullet = "none"
    return {
        "worldsim": worldsim.__version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "pybullet": pybullet,
    }


def machine() -> str:
    """Return operating system and processor family: "Linux x86_64"."""
    return f"{platform.system()} {platform.machine()}"


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text.encode() != data or text.startswith("base64:"):
        return "base64:" + base64.b64encode(data).decode()
    return text


def _meshes(scene: Scene, layout: Layout) -> dict[str, bytes]:
    """Return the meshes and URDF files a drawing uses from the scene's folder, and what the URDF files name."""
    files = scene._files
    if files is None or files.root is None:
        return {}
    root = files.root.resolve()
    wanted = {geom.shape.mesh for body in layout.bodies for geom in body.geoms}
    robots = {body.urdf for body in layout.bodies} | {
        Path(str(urdf)) for place in layout.actors if (urdf := getattr(place.options, "urdf", None))
    }
    for robot in [robot for robot in robots if robot is not None and robot.is_file()]:
        wanted.add(robot)
        wanted.update(_named_by(robot))
    found: Mapping[str, bytes] = {
        path.resolve().relative_to(root).as_posix(): path.read_bytes()
        for path in wanted
        if path is not None and path.resolve().is_relative_to(root) and path.is_file()
    }
    return dict(found)


def _named_by(urdf: Path) -> set[Path]:
    """Return the files a URDF file names, relative ones taken from its folder."""
    import re

    names = re.findall(r"""filename\s*=\s*["']([^"']+)["']""", urdf.read_text(encoding="utf-8", errors="replace"))
    return {urdf.parent / re.sub(r"^(package|file)://", "", name) for name in names}
