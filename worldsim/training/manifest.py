"""What a folder of clips holds: `manifest.json` beside the clips. It knows nothing of how they are made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from worldsim.errors import DataError
from worldsim.output import write_whole
from worldsim.training.clip import FORMAT, ClipInfo, info_of

NAME = "manifest.json"
CLIPS = "clips"
LICENCE = (
    "Everything is generated: scenes, shapes, textures and skies by worldsim (MIT), light by Blender's Cycles, whose "
    "pictures are their maker's. No picture, mesh or recording of anybody else's is in it."
)


@dataclass(frozen=True)
class Entry:
    """A clip in the manifest: its file's name, its origin, how many frames."""

    file: str
    info: ClipInfo
    frames: int


@dataclass(frozen=True)
class Manifest:
    """The clips of a folder.

    Attributes:
        folder: where. entries: in the order of their names.
    """

    folder: Path
    entries: tuple[Entry, ...]

    def of(self, *splits: str) -> tuple[Path, ...]:
        """Return the paths of the clips of these splits: "train", "scene", "asset", "look"."""
        return tuple(self.folder / CLIPS / entry.file for entry in self.entries if entry.info.split in splits)

    def frames(self, *splits: str) -> int:
        """Return how many frames these splits have; all of them without a name."""
        return sum(entry.frames for entry in self.entries if not splits or entry.info.split in splits)

    def save(self) -> None:
        """Write it.

        Raises:
            OutputError: the folder can't be written to.
        """
        document = {
            "format": FORMAT,
            "licence": LICENCE,
            "frames": dict(Counter(self._frames_by_split())),
            "clips": [{"file": e.file, "frames": e.frames, **asdict(e.info)} for e in self.entries],
        }
        write_whole(self.folder / NAME, json.dumps(document, indent=1).encode(), shared=True)

    def _frames_by_split(self) -> Iterable[str]:
        for entry in self.entries:
            yield from (entry.info.split,) * entry.frames

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder.

        Raises:
            DataError: there is none, or it can't be read.
        """
        path = folder / NAME
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["format"] != FORMAT:
                raise DataError(f"{path} has format {document['format']}, this version reads {FORMAT}")
            entries = []
            for row in document["clips"]:
                file, frames = row.pop("file"), row.pop("frames")
                entries.append(Entry(file, ClipInfo(**{**row, "size": tuple(row["size"])}), frames))
            return cls(folder, tuple(entries))
        except FileNotFoundError:
            raise DataError(f"there is no {path}: make clips first (worldsim renderer data --out {folder})") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} can't be read ({error}); `worldsim renderer data` writes it anew") from None

    @classmethod
    def scan(cls, folder: Path, known: Manifest | None = None) -> Manifest:
        """Look at the clips in a folder; those that `known` has are not opened again.

        Raises:
            DataError: a file among them is not a whole clip.
        """
        have = {entry.file: entry for entry in known.entries} if known else {}
        entries = []
        for path in sorted((folder / CLIPS).glob("*.npz")):
            entry = have.get(path.name)
            if entry is None:
                info, frames = info_of(path)
                entry = Entry(path.name, info, frames)
            entries.append(entry)
        return cls(folder, tuple(entries))
