"""The container of a take: chunks in a row, each with its length and a hash that binds it to all before it.

Knows nothing of what is in them.
A file that stops in the middle of a chunk is *truncated*: every whole chunk before is good. Anything else that does not
fit is *damage* and is refused, with the number of the chunk.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import IO

from worldsim.errors import TakeError

MAGIC = b"WSTK"
VERSION = 1
PREAMBLE = struct.Struct("<4sHH")  # magic, version, reserved (0)
HEADER = struct.Struct("<4sIQII32s")  # kind, count, first, payload bytes, CRC-32 of the 20 bytes before, digest
CHECKED = struct.Struct("<4sIQI")
MAX_PAYLOAD = 1 << 30
KINDS = (b"HEAD", b"DATA", b"DONE")


@dataclass(frozen=True)
class Chunk:
    """Where one chunk lies and what it says of itself.

    Attributes:
        number: its place in the file, from 0. kind: one of `KINDS`.
        first, count: the control periods in it (DATA).
        offset: of its header in bytes. length: of its payload in bytes.
        digest: SHA-256 of the digest before it, the checked part of its header and its payload.
    """

    number: int
    kind: bytes
    first: int
    count: int
    offset: int
    length: int
    digest: bytes

    @property
    def end(self) -> int:
        """The offset of what follows."""
        return self.offset + HEADER.size + self.length


def write_preamble(file: IO[bytes]) -> None:
    """Write what every take starts with."""
    file.write(PREAMBLE.pack(MAGIC, VERSION, 0))


def write_chunk(
    file: IO[bytes], number: int, kind: bytes, first: int, count: int, payload: bytes, before: bytes
) -> Chunk:
    """Append a chunk at the file's place; `before` is the digest of the chunk before it (32 zero bytes at first)."""
    offset = file.tell()
    checked = CHECKED.pack(kind, count, first, len(payload))
    digest = _digest(before, checked, payload)
    file.write(checked + struct.pack("<I", zlib.crc32(checked)) + digest + payload)
    return Chunk(number, kind, first, count, offset, len(payload), digest)


def scan(file: IO[bytes], name: str) -> tuple[list[Chunk], bool]:
    """Find the chunks of a take by their headers, without reading their payloads.

    Returns:
        The whole chunks, and whether the file stops in the middle of one.

    Raises:
        TakeError: not a take, of another version, or a damaged header.
    """
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(PREAMBLE.size)
    if not MAGIC.startswith(start[:4]) or size == 0:
        raise TakeError(f"{name} is not a take: it starts with {start[:4]!r}, a take with {MAGIC!r}")
    if len(start) < PREAMBLE.size:
        raise TakeError(f"{name} is cut off after {size} bytes: nothing was recorded in it")
    _, version, reserved = PREAMBLE.unpack(start)
    if version != VERSION or reserved:
        raise TakeError(
            f"{name} is a take of version {version}; this worldsim reads version {VERSION}: "
            "use the worldsim that wrote it"
        )
    chunks: list[Chunk] = []
    place = PREAMBLE.size
    while place < size:
        header = _header(file, name, len(chunks), place, size)
        if header is None or header.end > size:
            return chunks, True
        _check_order(name, chunks, header)
        chunks.append(header)
        place = header.end
    return chunks, False


def _header(file: IO[bytes], name: str, number: int, place: int, size: int) -> Chunk | None:
    """Return the header at that place, or None where the file ends within it."""
    if place + HEADER.size > size:
        return None
    file.seek(place)
    data = file.read(HEADER.size)
    kind, count, first, length, check, digest = HEADER.unpack(data)
    if zlib.crc32(data[: CHECKED.size]) != check or kind not in KINDS or length > MAX_PAYLOAD:
        raise damaged(name, number, "its header is not what was written")
    return Chunk(number, kind, first, count, place, length, digest)


def _check_order(name: str, before: list[Chunk], chunk: Chunk) -> None:
    """Refuse chunks in another order than a writer makes: HEAD, DATA without gaps, DONE."""
    if not before:
        good = chunk.kind == b"HEAD"
    elif before[-1].kind == b"DONE" or chunk.kind == b"HEAD":
        good = False
    else:
        good = chunk.first == before[-1].first + before[-1].count
    if not good:
        raise damaged(name, chunk.number, "it is out of order: a chunk was removed, added or moved")


def read_payload(file: IO[bytes], name: str, chunk: Chunk, before: bytes) -> bytes:
    """Return a chunk's payload, checked against its digest; `before` is the digest of the chunk before it.

    Raises:
        TakeError: it is not what was written.
    """
    file.seek(chunk.offset)
    data = file.read(HEADER.size + chunk.length)
    payload = data[HEADER.size :]
    if len(payload) != chunk.length or _digest(before, data[: CHECKED.size], payload) != chunk.digest:
        raise damaged(name, chunk.number, "its contents are not what was written")
    return payload


def damaged(name: str, number: int, what: str) -> TakeError:
    """Return the error for a chunk that was altered."""
    return TakeError(f"{name} is damaged or was altered: chunk {number}: {what}")


def _digest(before: bytes, checked: bytes, payload: bytes) -> bytes:
    digest = hashlib.sha256(before)
    digest.update(checked)
    digest.update(payload)
    return digest.digest()
