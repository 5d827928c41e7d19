"""A clip: a few frames of one camera in one take, the traced pictures beside everything the simulator knows of them.

One file of numpy arrays each, compressed, without pickle. It knows nothing of how clips come about or what learns from
them.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import DataError
from worldsim.output import write_whole
from worldsim.render.camera import Camera
from worldsim.scene.look_vector import LOOK_VECTOR_NAMES

FORMAT = 1


@dataclass(frozen=True)
class ClipInfo:
    """Where a clip comes from.

    Attributes:
        name: of the clip, the file's without ".npz". scene: a shipped scene's name, or "procedural".
        scene_seed: what drew the scene. camera: the camera's name. look: the look's words.
        split: "train", or what is kept from training: "scene", "asset" or "look".
        rate: frames/s. samples: paths a pixel of the reference. size: (width, height) in pixels.
        actors: whether a dog or a robot is in the scene.
        worldsim: the version, and commit: of the code that made it ("" where unknown).
    """

    name: str
    scene: str
    scene_seed: int
    camera: str
    look: str
    split: str
    rate: float
    samples: int
    size: tuple[int, int]
    actors: bool = False
    worldsim: str = ""
    commit: str = ""
    format: int = FORMAT


@dataclass(frozen=True)
class Clip:
    """T frames, H pixels high and W wide, row 0 at the top; P parts.

    Attributes:
        info: where it comes from.
        reference: (T, H, W, 3) uint8 sRGB, path-traced. raster: (T, H, W, 3) uint8 sRGB.
        depth: (T, H, W) float16 m along the view axis, +inf where nothing is.
        normal: (T, H, W, 3) int8: unit normals in camera space times 127.
        albedo: (T, H, W, 3) uint8: square root of the linear albedo times 255.
        surface: (T, H, W, 2) uint8: roughness and metallic times 255.
        motion: (T, H, W, 2) float16 pixels, from this frame back to the one before; 0 in the first.
        part: (T, H, W) uint16: index of the part + 1, 0 for the background.
        part_pose: (T, P, 7) float32: x, y, z in m and quaternion xyzw.
        camera: (T, 14) float64: position, rotation by rows (camera axes as columns), vertical field of view in rad, far
            in m.
        look: (16,) float32, see `worldsim.scene.look_vector`.
        kinds: (P + 1,) uint8 and buckets: (P + 1,) uint8, by index of the part + 1: see
            `worldsim.render.diffusion.conditions`.
        instances: (P + 1,) uint16 and classes: (P + 1,) uint8: instance and class ids by index of the part + 1.
    """

    info: ClipInfo
    reference: NDArray[np.uint8]
    raster: NDArray[np.uint8]
    depth: NDArray[np.float16]
    normal: NDArray[np.int8]
    albedo: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    motion: NDArray[np.float16]
    part: NDArray[np.uint16]
    part_pose: NDArray[np.float32]
    camera: NDArray[np.float64]
    look: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    buckets: NDArray[np.uint8]
    instances: NDArray[np.uint16]
    classes: NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together.

        Raises:
            DataError: a shape or a type is not what the attributes say.
        """
        for name, (kind, shape) in self._wanted().items():
            array = getattr(self, name)
            if array.dtype != kind or array.shape != shape:
                raise DataError(
                    f"clip {self.info.name}: {name} is {array.dtype} of shape {array.shape}, expected {kind} {shape}"
                )

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.reference)

    def _wanted(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        count, height, width = self.part.shape if self.part.ndim == 3 else (0, 0, 0)
        parts = self.part_pose.shape[1] if self.part_pose.ndim == 3 else 0
        frame = (count, height, width)
        return {
            "reference": ("uint8", (*frame, 3)),
            "raster": ("uint8", (*frame, 3)),
            "depth": ("float16", frame),
            "normal": ("int8", (*frame, 3)),
            "albedo": ("uint8", (*frame, 3)),
            "surface": ("uint8", (*frame, 2)),
            "motion": ("float16", (*frame, 2)),
            "part": ("uint16", frame),
            "part_pose": ("float32", (count, parts, 7)),
            "camera": ("float64", (count, 14)),
            "look": ("float32", (len(LOOK_VECTOR_NAMES),)),
            "kinds": ("uint8", (parts + 1,)),
            "buckets": ("uint8", (parts + 1,)),
            "instances": ("uint16", (parts + 1,)),
            "classes": ("uint8", (parts + 1,)),
        }

    def save(self, path: Path) -> None:
        """Write it whole or not at all.

        Raises:
            OutputError: the disk is full, or the folder can't be written to.
        """
        arrays = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "info"}
        text = np.frombuffer(json.dumps(asdict(self.info)).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, info=text, **arrays)
        write_whole(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Clip:
        """Read a clip.

        Raises:
            DataError: no such file, or not a whole clip.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                arrays: dict[str, Any] = {name: held[name] for name in held.files}
            info = info_from(bytes(arrays.pop("info")))
            return cls(info, **arrays)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise _broken(path, error) from None


def info_of(path: Path) -> tuple[ClipInfo, int]:
    """Return where a clip comes from and how many frames it has, without reading its pictures.

    Raises:
        DataError: no such file, or not a whole clip.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            return info_from(bytes(held["info"])), len(held["camera"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise _broken(path, error) from None


def camera_of(view: NDArray[np.float64]) -> Camera:
    """Return the camera of a row of `Clip.camera`, (14,)."""
    return Camera(view[:3], view[3:12].reshape(3, 3), float(view[12]), far=float(view[13]))


def _broken(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is not a whole clip ({error}); delete it and run `worldsim renderer data` again")


def info_from(text: bytes) -> ClipInfo:
    """Return what a clip's JSON says.

    Raises:
        ValueError, KeyError, TypeError: it is not of this version.
    """
    found = json.loads(text)
    if found.get("format") != FORMAT:
        raise ValueError(f"format {found.get('format')}, this version reads {FORMAT}")
    found["size"] = tuple(found["size"])
    return ClipInfo(**found)
